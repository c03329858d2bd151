from submissions.views.publishing import (
    publication_create,
    publication_delete,
    work_detail,
    work_download,
    work_frame,
    work_list,
)
from submissions.views.reading import picture, version_choose, version_detail, version_diff, version_frame
from submissions.views.receipts import receipt_check, receipt_detail, version_download
from submissions.views.similarity import case_edit, similarity_detail, similarity_list, template_create
from submissions.views.uploads import submission_create, submission_edit, submission_list

__all__ = [
    "case_edit",
    "picture",
    "publication_create",
    "publication_delete",
    "receipt_check",
    "receipt_detail",
    "similarity_detail",
    "similarity_list",
    "submission_create",
    "submission_edit",
    "submission_list",
    "template_create",
    "version_choose",
    "version_detail",
    "version_diff",
    "version_download",
    "version_frame",
    "work_detail",
    "work_download",
    "work_frame",
    "work_list",
]
