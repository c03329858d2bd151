"""Documents about grades: what they say is kept when they are issued, and printed from that alone."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_noop

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.services import document_pdf, record
from grading import queries
from grading.domain.codes import BYTES, write_code
from grading.domain.predicates import predicate
from grading.models import DocumentKind, GradingScheme, IssuedDocument, ReleasedGrade
from grading.services.wording import in_words, predicate_word
from topics.queries import topics_of_participants

ONE_HOUR = 3600
TEMPLATES = {
    DocumentKind.RECORD: "grading/record.html",
    DocumentKind.CERTIFICATE: "grading/certificate.html",
    DocumentKind.REPORT: "grading/report.html",
}


def issue_documents(seminar: Seminar, rows: Iterable[ReleasedGrade], *, now: datetime) -> int:
    """Issue a record for each released grade, and a certificate where it passed; return how many documents are new.

    What a document in force says already is not issued again, so that a second call does nothing. The caller holds the seminar.
    """
    rows = list(rows)
    course, latest = course_facts(seminar), queries.documents_in_force(seminar)
    topics = topics_of_participants(row.participant_id for row in rows)
    scheme = GradingScheme.objects.filter(seminar=seminar).first()
    issued = []
    for row in rows:
        topic = topics.get(row.participant_id)
        said = {**course, **_facts(row, scheme), "topic": topic.title if topic else ""}
        for kind in (DocumentKind.RECORD, DocumentKind.CERTIFICATE) if row.passed else (DocumentKind.RECORD,):
            document = new_document(kind, seminar, {**said, "kind": str(kind)}, now=now)
            document.participant, document.released = row.participant, row
            before = latest.get((row.participant_id, kind))
            if before is None or before.fingerprint != document.fingerprint:
                issued.append(document)
    return len(IssuedDocument.objects.bulk_create(issued))


@transaction.atomic
def issue_again(student: Participant, *, actor: User, now: datetime) -> int:
    """Issue a student's documents with the name, the number and the course as they are now; the old codes say so."""
    Seminar.objects.select_for_update(no_key=True).get(pk=student.seminar_id)  # no release in between
    count = issue_documents(student.seminar, queries.released([student]).values(), now=now)
    if count:
        subject = gettext_noop("documents issued")
        record(student.seminar, subject, now=now, actor=actor, participant=student, new=count)
    return count


def issue_missing(now: datetime) -> int:
    """Issue what grades that were released have no documents for; return how many are new."""
    count = 0
    for seminar in Seminar.objects.filter(pk__in=queries.without_documents().values("participant__seminar")):
        with transaction.atomic():
            Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
            students = Participant.objects.filter(seminar=seminar).select_related("user")
            count += issue_documents(seminar, queries.released(students).values(), now=now)
    return count


def new_document(kind: DocumentKind, seminar: Seminar, facts: dict[str, Any], *, now: datetime) -> IssuedDocument:
    """A document that is not saved yet, with a code that nobody can guess."""
    code = write_code(secrets.token_bytes(BYTES))
    return IssuedDocument(
        code=code, kind=kind, seminar=seminar, facts=facts, fingerprint=fingerprint_of(facts), issued_at=now
    )


def fingerprint_of(facts: dict[str, Any]) -> str:
    """The SHA-256 of what a document says, whatever the order in which a database keeps it."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def course_facts(seminar: Seminar) -> dict[str, Any]:
    """What every document says of the course."""
    dates = [each.date.isoformat() for each in seminar.sessions.all() if each.takes_place]
    return {
        "title": seminar.title,
        "subtitle": seminar.subtitle,
        "term": seminar.term,
        "language": seminar.language,
        "ects": f"{seminar.ects.normalize():f}",
        "begins": min(dates, default=""),
        "ends": max(dates, default=""),
        "organizers": [row.user.name for row in courses_queries.organizers(seminar)],
        "time_zone": seminar.time_zone,
    }


def _facts(row: ReleasedGrade, scheme: GradingScheme | None) -> dict[str, Any]:
    user = row.participant.user
    scale = [Decimal(step) for step in scheme.scale] if scheme else []
    return {
        "name": f"{user.given_names} {user.family_name}".strip() or user.name,
        "matriculation": user.matriculation_number,
        "programme": user.programme,
        "degree": user.degree,
        "grade": f"{row.grade.normalize():f}",  # the database gives 1.30 back for 1.3
        "predicate": predicate(row.grade, scale, scheme.pass_mark) if scheme else "",
        "passed": row.passed,
        "parts": [{name: part[name] for name in ("title", "weight", "value")} for part in row.parts],
        "steps": row.steps,
        "dated": row.released_at.isoformat(),
    }


def print_document(document: IssuedDocument) -> bytes:
    """The document as PDF, in the language that is active; nothing goes into it but what was kept and the address."""
    said = document.facts
    context = {
        "document": document,
        "said": said,
        "dated": datetime.fromisoformat(said["dated"]),
        "address": settings.BASE_URL + reverse("document_check", args=[document.shown_code]),
    }
    if document.kind != DocumentKind.REPORT:
        context |= {"words": in_words(Decimal(said["grade"])), "predicate": predicate_word(said["predicate"])}
    return document_pdf(TEMPLATES[DocumentKind(document.kind)], context)


def language_of_file(document: IssuedDocument, file: UploadedFile[bytes]) -> str:
    """The language in which this file is the document, byte for byte; empty where it is not. Nothing of it is kept."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    found = [code for code, _name in settings.LANGUAGES if _digest(document, code) == digest.hexdigest()]
    return found[0] if found else ""


def _digest(document: IssuedDocument, language: str) -> str:
    key = f"document:{document.code}:{language}"
    known = cache.get(key)
    if known is None:
        with translation.override(language):
            known = hashlib.sha256(print_document(document)).hexdigest()
        cache.set(key, known, ONE_HOUR)
    return str(known)
