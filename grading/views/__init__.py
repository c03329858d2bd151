from grading.views.appeals import appeal_edit
from grading.views.documents import (
    certificate_download,
    document_check,
    document_issue,
    document_search,
    record_download,
)
from grading.views.entering import grade_edit, grade_list, grade_release
from grading.views.exporting import grades_download, report_detail, report_download, report_issue
from grading.views.meetings import meeting_create, meeting_edit, meeting_list, meeting_update
from grading.views.office import office_sheet
from grading.views.reading import grade_detail

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
    "meeting_create",
    "meeting_edit",
    "meeting_list",
    "meeting_update",
    "office_sheet",
    "record_download",
    "report_detail",
    "report_download",
    "report_issue",
]
