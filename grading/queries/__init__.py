from grading.queries.computing import Computed, compute, derived_values, missing_fails, rule_of, scheme_of, what_if
from grading.queries.documents import document_of_code, documents_in_force, documents_of, replaced_by, without_documents
from grading.queries.examining import Examination, examinations, handed_in, progress, talk_records, talk_target
from grading.queries.meetings import booked_meetings, meetings_for, without_meeting
from grading.queries.releasing import (
    appeal_until,
    appeals_of,
    is_changed,
    open_appeals,
    released,
    released_parts,
    shown_parts,
    visible_students,
    was_decided,
)

__all__ = [
    "Computed",
    "Examination",
    "appeal_until",
    "appeals_of",
    "booked_meetings",
    "compute",
    "derived_values",
    "document_of_code",
    "documents_in_force",
    "documents_of",
    "examinations",
    "handed_in",
    "is_changed",
    "meetings_for",
    "missing_fails",
    "open_appeals",
    "progress",
    "released",
    "released_parts",
    "replaced_by",
    "rule_of",
    "scheme_of",
    "shown_parts",
    "talk_records",
    "talk_target",
    "visible_students",
    "was_decided",
    "what_if",
    "without_documents",
    "without_meeting",
]
