from grading.views.appeals import appeal_edit
from grading.views.documents import (
    certificate_download,
    document_check,
    document_issue,
    document_search,
    record_download,
)
from grading.views.entering import grade_list
from grading.views.exporting import grades_download, report_detail, report_download, report_issue
from grading.views.history import history_download, history_list
from grading.views.marking import grade_edit
from grading.views.meetings import meeting_create, meeting_edit, meeting_list, meeting_update
from grading.views.office import office_sheet
from grading.views.reading import grade_detail
from grading.views.releasing import grade_release
from grading.views.rules import rule_detail, rule_edit
from grading.views.talks import talk_edit

__all__ = [
    "appeal_edit",
    "certificate_download",
    "document_check",
    "document_issue",
    "document_search",
    "grade_detail",
    "grade_edit",
    "grade_list",
    "grade_release",
    "grades_download",
    "history_download",
    "history_list",
    "meeting_create",
    "meeting_edit",
    "meeting_list",
    "meeting_update",
    "office_sheet",
    "record_download",
    "report_detail",
    "report_download",
    "report_issue",
    "rule_detail",
    "rule_edit",
    "talk_edit",
]
