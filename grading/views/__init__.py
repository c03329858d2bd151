from grading.views.appeals import appeal_edit
from grading.views.entering import grade_list
from grading.views.history import history_download, history_list
from grading.views.marking import grade_edit
from grading.views.meetings import meeting_create, meeting_edit, meeting_list, meeting_update
from grading.views.office import office_sheet
from grading.views.reading import grade_detail, record_download
from grading.views.releasing import grade_release
from grading.views.rules import rule_detail, rule_edit
from grading.views.talks import talk_edit

__all__ = [
    "appeal_edit",
    "grade_detail",
    "grade_edit",
    "grade_list",
    "grade_release",
    "history_download",
    "history_list",
    "meeting_create",
    "meeting_edit",
    "meeting_list",
    "meeting_update",
    "office_sheet",
    "record_download",
    "rule_detail",
    "rule_edit",
    "talk_edit",
]
