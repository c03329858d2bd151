"""Everything of one student in one archive that a person can read: for organizers all of it, for the student what they may see."""

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from courses.domain.tables import as_csv
from courses.models import Attendance, HistoryEntry, Participant, Role
from grading import queries as grading_queries
from grading import services as grading_services
from grading.models import AppealMessage, Meeting, PartGrade, ReleasedGrade
from grading.services.wording import step_text
from notifications.models import Letter, LetterState
from reviews import queries as reviews_queries
from seminar.services.export.archive import letter_text, numbered_name, review_text
from submissions.models import Version
from submissions.services import signature_of
from topics.queries import topic_of

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same archive for the same data, whatever the hour


@dataclass(frozen=True)
class Entry:
    """A file of the archive: what it holds, or the stored file that it is."""

    name: str
    content: str | bytes = ""
    stored: str = ""


def write_dossier(student: Participant, reader: Participant, target: IO[bytes]) -> None:
    """Write the archive of a student as `reader` may have it, in a fixed order, its contents first."""
    entries = [entry for make in SECTIONS for entry in make(student, reader)]
    context = {
        "student": student,
        "seminar": student.seminar,
        "topic": topic_of(student),
        "names": [entry.name for entry in entries],
        "whole": _is_organizer(reader),
    }
    index = Entry("index.html", render_to_string("seminar/dossier.html", context))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in (index, *entries):
            _add(archive, entry)


def _add(archive: zipfile.ZipFile, entry: Entry) -> None:
    info = zipfile.ZipInfo(entry.name, LONG_AGO)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    if not entry.stored:
        archive.writestr(info, entry.content)
        return
    with default_storage.open(entry.stored) as source, archive.open(info, "w", force_zip64=True) as copy:
        shutil.copyfileobj(source, copy)


def _is_organizer(reader: Participant) -> bool:
    return reader.role == Role.ORGANIZER and reader.is_active


def documents(student: Participant, _reader: Participant) -> Iterator[Entry]:
    for kind, document in grading_queries.documents_of(student).items():
        try:
            yield Entry(f"{kind}.pdf", grading_services.print_document(document))
        except Refusal as refusal:  # without Pango; all else is there nevertheless
            yield Entry(f"{kind}.txt", f"{refusal.message}\n")


def uploads(student: Participant, _reader: Participant) -> Iterator[Entry]:
    """Every version with its receipt, which can be checked for ever."""
    versions = Version.objects.filter(submission__participant=student).select_related("submission__slot")
    for version in versions.order_by("pk"):
        place = f"{version.submission.slot.key}/{numbered_name(version)}"
        yield Entry(f"uploads/{place}", stored=version.stored_name)
        said = version.acknowledgement | {"name": version.canonical_name, "original name": version.original_name}
        signature = signature_of(version)
        address = f"{settings.BASE_URL}{reverse('receipt_check', args=[version.receipt])}?signature={signature}"
        lines = [f"{name}: {value}" for name, value in {**said, "check": address}.items()]
        yield Entry(f"receipts/{place}.txt", "\n".join(lines) + "\n")


def reviews(student: Participant, reader: Participant) -> Iterator[Entry]:
    """Reviews written and received, with the names and hours that the reader may know."""
    received = reviews_queries.received_by(student)
    if _is_organizer(reader):
        received = reviews_queries.all_reviews().filter(author=student).order_by("pk")
    for folder, rows in (("written", reviews_queries.written_by(student)), ("received", received)):
        for review in rows.prefetch_related("answers__prompt", "points"):
            names = reviews_queries.reviewer_name(review, reader), reviews_queries.author_name(review, reader)
            title = _("%(reviewer)s on %(author)s") % dict(zip(("reviewer", "author"), names, strict=True))
            at = reviews_queries.delivered_at(review, reader)
            yield Entry(f"reviews/{folder}/{review.pk:04}.md", review_text(review, title, at))


def grades(student: Participant, reader: Participant) -> Iterator[Entry]:
    """What was released, step by step; for organizers also what stands now, and the history."""
    released = ReleasedGrade.objects.filter(participant=student).order_by("released_at", "pk")
    for number, row in enumerate(released, 1):
        lines = [f"{row.released_at:%Y-%m-%d %H:%M} UTC", "", *map(step_text, row.steps)]
        lines += [f"\n{part['title']}: {part['comment']}" for part in row.parts if part["comment"]]
        yield Entry(f"grades/released_{number}.txt", "\n".join(lines) + "\n")
    if _is_organizer(reader):
        now = PartGrade.objects.filter(participant=student).select_related("part", "graded_by").order_by("part_id")
        rows = [[row.part.key, row.value, row.passed, row.comment, row.graded_by, row.graded_at] for row in now]
        yield Entry("grades/now.csv", as_csv(["part", "value", "passed", "comment", "graded_by", "at"], rows))
        past = HistoryEntry.objects.filter(participant=student).select_related("actor").order_by("pk")
        lines_of = [[each.at, each.actor, each.subject, each.old, each.new, each.reason] for each in past]
        yield Entry("history.csv", as_csv(["at", "actor", "subject", "old", "new", "reason"], lines_of))


def tables(student: Participant, reader: Participant) -> Iterator[Entry]:
    """Attendance, meetings and threads about grades; notes on a meeting are the organizers' own."""
    noted = Attendance.objects.filter(participant=student).select_related("session").order_by("session__date", "pk")
    rows = [[row.session.date, row.session, row.status] for row in noted]
    yield Entry("attendance.csv", as_csv(["date", "session", "status"], rows))
    fields = ["begins_at", "ends_at", "place", "booked_at", "outcome", *(["notes"] if _is_organizer(reader) else [])]
    meetings = Meeting.objects.filter(participant=student).order_by("begins_at", "pk")
    yield Entry("meetings.csv", as_csv(fields, meetings.values_list(*fields)))
    said = AppealMessage.objects.filter(appeal__participant=student).select_related("author", "appeal").order_by("pk")
    thread = [[each.at, each.author, each.text, each.appeal.state] for each in said]
    yield Entry("appeals.csv", as_csv(["at", "author", "text", "state of the appeal"], thread))


def letters(student: Participant, reader: Participant) -> Iterator[Entry]:
    """Letters of this seminar to the student; they themselves have those that were sent."""
    posted = Letter.objects.filter(user=student.user_id, scope=student.seminar.slug).order_by("pk")
    if not _is_organizer(reader):
        posted = posted.filter(state=LetterState.SENT)
    for letter in posted:
        yield Entry(f"letters/{letter.pk:06}.txt", letter_text(letter))


SECTIONS = (documents, uploads, reviews, grades, tables, letters)
