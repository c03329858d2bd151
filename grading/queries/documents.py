"""Documents that were issued, and whether they are in force."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from courses.models import Participant, Seminar
from grading.domain.codes import read_code
from grading.models import (
    DocumentKind,
    IssuedDocument,
    ReleasedGrade,
)


def documents_in_force(seminar: Seminar) -> dict[tuple[int | None, str], IssuedDocument]:
    """(participant id, kind) → the document that was issued last; reports are nobody's."""
    return {
        (each.participant_id, each.kind): each for each in IssuedDocument.objects.filter(seminar=seminar).defer("facts")
    }


def documents_of(student: Participant) -> dict[str, IssuedDocument]:
    """Kind → a student's document in force: none for a certificate after a later grade that failed."""
    rows = {each.kind: each for each in IssuedDocument.objects.filter(participant=student).select_related("seminar")}
    return {kind: each for kind, each in rows.items() if replaced_by(each) is None}


def document_of_code(typed: str) -> IssuedDocument | None:
    """The document with the code that somebody typed; None for a code that is none, or nobody's."""
    code = read_code(typed)
    return IssuedDocument.objects.filter(code=code).select_related("seminar").first() if code else None


def replaced_by(document: IssuedDocument) -> IssuedDocument | None:
    """The document that was issued in place of this one, or after a later release: then it no longer holds."""
    later = IssuedDocument.objects.filter(seminar=document.seminar_id, pk__gt=document.pk)
    if document.kind == DocumentKind.REPORT:
        return later.filter(kind=DocumentKind.REPORT).first()
    newer = Q(kind=document.kind) | Q(released__gt=document.released_id)
    return later.filter(newer, participant=document.participant_id).first()


def without_documents() -> QuerySet[ReleasedGrade]:
    """What was released last to somebody, and has no document."""
    same_time_or_later = Q(released_at__gt=OuterRef("released_at")) | Q(
        released_at=OuterRef("released_at"), pk__gt=OuterRef("pk")
    )
    later = ReleasedGrade.objects.filter(same_time_or_later, participant=OuterRef("participant"))
    return ReleasedGrade.objects.filter(~Exists(later), documents=None)
