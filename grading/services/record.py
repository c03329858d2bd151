"""The grade record as a PDF."""

from datetime import datetime

from courses.services import document_pdf
from grading.models import ReleasedGrade


def record_pdf(released: ReleasedGrade, *, now: datetime) -> bytes:
    """Render what was released as an A4 document."""
    context = {"released": released, "participant": released.participant, "seminar": released.participant.seminar}
    return document_pdf("grading/record.html", {**context, "now": now})
