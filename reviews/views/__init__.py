from reviews.views.desk import (
    archive_download,
    document_download,
    form_download,
    form_edit,
    length_detail,
    review_detail,
    review_edit,
    review_list,
    work_download,
    work_frame,
)
from reviews.views.ledger import point_edit, point_list, rating_edit, work_diff
from reviews.views.plan import exclusion_edit, pair_edit, review_plan

__all__ = [
    "archive_download",
    "document_download",
    "exclusion_edit",
    "form_download",
    "form_edit",
    "length_detail",
    "pair_edit",
    "point_edit",
    "point_list",
    "rating_edit",
    "review_detail",
    "review_edit",
    "review_list",
    "review_plan",
    "work_diff",
    "work_download",
    "work_frame",
]
