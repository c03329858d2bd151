"""Everything of a seminar in one archive that a person can read without this program."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from courses.domain.tables import as_csv
from courses.models import (
    Attendance,
    DiscussionNote,
    Excuse,
    Expectation,
    HistoryEntry,
    Mailing,
    MailingState,
    MakeUp,
    Participant,
    Seminar,
    Wording,
)
from grading import queries as grading_queries
from grading.models import (
    AppealMessage,
    Assessment,
    CriterionMark,
    IssuedDocument,
    Meeting,
    PartGrade,
    ReleasedGrade,
    ReleasedPart,
    RuleVersion,
    TalkRecord,
)
from grading.services.rule_words import rule_lines
from notifications.models import Letter
from reviews.models import PointState, Review, ReviewState
from reviews.queries import all_reviews
from seminar.services.export.toml import seminar_toml
from submissions.models import Version
from topics.models import AllocationRun, Exchange, Pair, TopicProposal
from topics.services import document_json

README = """%(title)s

seminar.toml   the seminar with its rules and people; this program loads it again
uploads/       every version of every file, under its canonical name
reviews/       every review as text
allocations/   every computed allocation with its input, under codes; people.csv says who stands behind a code
pairs.csv      students and topics that were pinned or excluded; proposals.csv: topics that students proposed
exchanges.csv  free topics taken, and swaps
grades.csv     the parts' grades as they stand now; released.csv, released_parts.csv: what students were shown
attendance.csv who was there; expected.csv: who was expected beyond the rule; discussion.csv: levels, 0 none to 3 very good
excuses.csv    what was asked and decided; make_up.csv: work for sessions missed
rules/         the rule of the grade in words, one file for each time it changed
marks.csv      levels and comments on each criterion; assessments.csv: what two examiners said, once both were in
talks.csv      how long talks took, with the notes of organizers
meetings.csv   meetings that were booked, with their outcome and notes
documents.csv  records, certificates and reports that were issued, with their codes
appeals.csv    what was written where a student asked for another look at a grade, and how it was decided
announcements.csv  every wording of the news on the page; mailings.csv: what organizers wrote to several at once
letters/       every letter as it was sent
history.csv    who changed what, when, from what to what, and why
"""
# Where a row's values stand; a column is called by the first word of its path
PROPOSALS = (
    *("participant__user__email", "title", "authors", "url", "abstract", "state", "proposed_at"),
    *("decided_at", "decided_by__email", "reason", "topic__number"),
)
EXCHANGES = (
    *("kind", "state", "proposer__user__email", "partner__user__email", "gives__number", "wants__number"),
    *("message", "asked_at", "closed_at", "closed_by__email", "reason"),
)
MEETINGS = ("participant__user__email", "begins_at", "ends_at", "place", "booked_at", "outcome", "notes")
RELEASED_PARTS = ("participant__user__email", "part__key", "value", "passed", "comment", "released_at")
MARKS = ("grade__participant__user__email", "criterion__part__key", "criterion__text", "level", "comment")
ASSESSMENTS = ("participant__user__email", "part__key", "examiner__email", "value", "passed", "comment", "handed_in_at")
TALKS = ("participant__user__email", "part__key", "organizer__email", "seconds", "notes")
OF_APPEALS = {
    "student": F("appeal__participant__user__email"),
    "grade": F("appeal__released__grade"),
    "opened_at": F("appeal__opened_at"),
    "state": F("appeal__state"),
    "decided_at": F("appeal__decided_at"),
    "decided_by": F("appeal__decided_by__email"),
}
DOCUMENTS = ("code", "kind", "participant__user__email", "issued_at", "fingerprint")
NOTED = ("session__key", "participant__user__email")
ATTENDANCE = (*NOTED, "status", "noted_by__email", "noted_at")
EXPECTED = (*NOTED, "named", "by_hand")
EXCUSES = (*NOTED, "state", "reason", "asked_at", "answer", "decided_at", "decided_by__email")
DISCUSSION = (*NOTED, "level", "noted_by__email", "noted_at")
OF_MAKE_UPS = {"session": F("attendance__session__key"), "student": F("attendance__participant__user__email")}
MAKE_UPS = (*OF_MAKE_UPS, "task", "until", "given_by__email", "given_at", "done_on")
PAIRS = ("participant__user__email", "topic__number", "kind", "reason", "decided_at", "decided_by__email")
WORDINGS = ("announcement", "revision", "title", "text", "at", "by__email")
MAILINGS = ("audience", "milestone", "subject", "text", "sent_at", "created_by__email")


def write_archive(seminar: Seminar, target: Path) -> int:
    """Write the archive; return the number of its entries."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README % {"title": seminar.title})
        archive.writestr("seminar.toml", seminar_toml(seminar))
        for name, stored in uploads(seminar):
            with default_storage.open(stored) as source:
                archive.writestr(name, source.read())
        for make in (reviews, letters, allocations, topic_tables, marks, rules, tables):
            for name, text in make(seminar):
                archive.writestr(name, text)
        return len(archive.namelist())


def uploads(seminar: Seminar) -> Iterator[tuple[str, str]]:
    versions = Version.objects.filter(submission__participant__seminar=seminar)
    for version in versions.select_related("submission__slot").order_by("pk"):
        # The person's number keeps two people of one name and topic apart.
        folder = f"uploads/{version.submission.slot.key}/{version.submission.participant_id}"
        yield f"{folder}/{numbered_name(version)}", version.stored_name


def numbered_name(version: Version) -> str:
    """The canonical name of a version, with its number, which keeps versions of one file apart."""
    stem, dot, ending = version.canonical_name.rpartition(".")
    return f"{stem}_v{version.number}{dot}{ending}"


def reviews(seminar: Seminar) -> Iterator[tuple[str, str]]:
    rows = all_reviews().filter(round__milestone__seminar=seminar).prefetch_related("answers__prompt", "points")
    for review in rows.order_by("pk"):
        title = f"{review.reviewer.user.name} on {review.author.user.name}"
        yield f"reviews/{review.pk:04}.md", review_text(review, title, review.delivered_at)


def review_text(review: Review, title: str, delivered_at: datetime | None) -> str:
    """A review with its author's answers; who is named in the title, and the hour, is for the reader's eyes."""
    lines = [f"# {title}", "", f"State: {review.state}"]
    delivered = review.state == ReviewState.DELIVERED and delivered_at is not None
    lines += [f"Delivered: {delivered_at:%Y-%m-%d %H:%M} UTC"] if delivered else []
    for answer in review.answers.all():
        lines += ["", f"## {answer.prompt.title}", "", answer.text]
    answered = [point for point in review.points.all() if point.state != PointState.OPEN]
    lines += ["", "## Answers of the author"] if answered else []
    for point in answered:
        lines += ["", f"{point.number}. {point.text}", "", f"   {point.state}: {point.reason}".rstrip(": ")]
    return "\n".join(lines) + "\n"


def letters(seminar: Seminar) -> Iterator[tuple[str, str]]:
    for letter in Letter.objects.filter(scope=seminar.slug).order_by("pk"):
        yield f"letters/{letter.pk:06}.txt", letter_text(letter)


def letter_text(letter: Letter) -> str:
    head = f"To: {letter.to_email}\nSubject: {letter.subject}\nMessage-ID: {letter.message_id}\nState: {letter.state}\n"
    sent = f"Sent: {letter.sent_at:%Y-%m-%d %H:%M} UTC\n" if letter.sent_at else ""
    return f"{head}{sent}\n{letter.text}"


def allocations(seminar: Seminar) -> Iterator[tuple[str, str]]:
    emails = dict(Participant.objects.filter(seminar=seminar).values_list("pk", "user__email"))
    codes: dict[str, str] = {}
    for run in AllocationRun.objects.filter(seminar=seminar).order_by("pk"):
        yield f"allocations/{run.pk:04}_{run.state}.json", document_json(run)
        codes |= {code: emails.get(person, "") for code, person in run.people.items()}
    yield "allocations/people.csv", as_csv(["code", "email"], [[code, codes[code]] for code in sorted(codes)])


def rules(seminar: Seminar) -> Iterator[tuple[str, str]]:
    for version in RuleVersion.objects.filter(scheme__seminar=seminar).select_related("actor"):
        head = [f"From: {version.at:%Y-%m-%d %H:%M} UTC", f"By: {version.actor or '-'}", f"Reason: {version.reason}"]
        yield f"rules/{version.number:03}.txt", "\n".join([*head, "", *rule_lines(version.data)]) + "\n"


def topic_tables(seminar: Seminar) -> Iterator[tuple[str, str]]:
    for name, rows, paths in (
        ("proposals", TopicProposal.objects.filter(participant__seminar=seminar), PROPOSALS),
        ("exchanges", Exchange.objects.filter(proposer__seminar=seminar), EXCHANGES),
        (
            "appeals",
            AppealMessage.objects.filter(appeal__participant__seminar=seminar).annotate(**OF_APPEALS),
            (*OF_APPEALS, "author__email", "at", "text"),
        ),
        ("meetings", Meeting.objects.filter(seminar=seminar, participant__isnull=False), MEETINGS),
        ("announcements", Wording.objects.filter(announcement__seminar=seminar), WORDINGS),
        ("mailings", Mailing.objects.filter(seminar=seminar, state=MailingState.SENT), MAILINGS),
        ("attendance", Attendance.objects.filter(session__seminar=seminar), ATTENDANCE),
        ("expected", Expectation.objects.filter(session__seminar=seminar), EXPECTED),
        ("excuses", Excuse.objects.filter(session__seminar=seminar), EXCUSES),
        ("discussion", DiscussionNote.objects.filter(session__seminar=seminar), DISCUSSION),
        (
            "make_up",
            MakeUp.objects.filter(attendance__session__seminar=seminar).annotate(**OF_MAKE_UPS),
            MAKE_UPS,
        ),
        ("released_parts", ReleasedPart.objects.filter(participant__seminar=seminar), RELEASED_PARTS),
        ("documents", IssuedDocument.objects.filter(seminar=seminar), DOCUMENTS),
        ("pairs", Pair.objects.filter(participant__seminar=seminar), PAIRS),
    ):
        yield _table(name, rows, paths)


def marks(seminar: Seminar) -> Iterator[tuple[str, str]]:
    """What was judged beside the grades; an assessment that still waits for the other examiner's stays closed here, too."""
    ours = {"participant__seminar": seminar}
    pair = {"part": OuterRef("part"), "participant": OuterRef("participant")}
    other = Assessment.objects.filter(**pair, place__isnull=False).exclude(pk=OuterRef("pk"))
    opened = Assessment.objects.filter(Exists(other), place__isnull=False, **ours)
    blind = Q(part__examiners=2) & ~Exists(PartGrade.objects.filter(**pair))
    yield _table("marks", CriterionMark.objects.filter(grade__participant__seminar=seminar), MARKS)
    yield _table("assessments", opened, ASSESSMENTS)
    yield _table("talks", TalkRecord.objects.filter(**ours).exclude(blind), TALKS)


def _table(name: str, rows: QuerySet[Any], paths: Sequence[str]) -> tuple[str, str]:
    header = [path.partition("__")[0] for path in paths]
    values = rows.order_by("pk").values_list(*paths)
    return f"{name}.csv", as_csv(header, [[_written(value) for value in row] for row in values])


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def tables(seminar: Seminar) -> Iterator[tuple[str, str]]:
    scheme = grading_queries.scheme_of(seminar)
    students = list(seminar.participants.filter(role="student").select_related("user", "seminar"))
    if scheme is not None:
        keys = [part.key for part in scheme.parts.all()]
        computed = grading_queries.compute(scheme, students)
        rows = [
            [c.participant.user.email, *[c.values[key] for key in keys], c.result.grade, c.result.reason]
            for c in computed
        ]
        yield "grades.csv", as_csv(["email", *keys, "grade", "reason"], rows)
    released = ReleasedGrade.objects.filter(participant__seminar=seminar).select_related("participant__user")
    shown = [[r.participant.user.email, r.grade, r.passed, r.released_at.isoformat()] for r in released]
    yield "released.csv", as_csv(["email", "grade", "passed", "released_at"], shown)
    entries = HistoryEntry.objects.filter(seminar=seminar).select_related("actor", "participant__user").order_by("pk")
    history = [[e.at.isoformat(), e.actor, e.participant, e.subject, e.old, e.new, e.reason] for e in entries]
    yield "history.csv", as_csv(["at", "actor", "participant", "subject", "old", "new", "reason"], history)
