"""Rules that hold between tables and files; each check yields a sentence for every row that breaks it."""

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal

from django.core.files.storage import default_storage
from django.db.models import Count, F, Max, Q

from courses import queries as courses_queries
from courses.models import Attendance, DiscussionNote, Excuse, Expectation, Participant, ParticipantState, Seminar
from grading.models import (
    Assessment,
    AssessmentMark,
    CountedGrade,
    CriterionMark,
    IssuedDocument,
    Meeting,
    Part,
    PartGrade,
    PartSource,
    ReleasedPart,
    TalkRecord,
)
from grading.services.documents import fingerprint_of
from notifications.models import Letter
from reviews.models import Review
from submissions.models import Publication, Submission, TemplateFile, UploadSlot, Version
from topics.models import (
    OPEN_EXCHANGE,
    AllocationRun,
    Assignment,
    Exchange,
    ExchangeKind,
    Pair,
    PairKind,
    Preference,
    RunState,
    Seat,
    SessionTopic,
    TopicProposal,
)


def broken_invariants() -> list[str]:
    """Every rule that does not hold, as sentences; an empty list is what one wants."""
    return [sentence for check in CHECKS for sentence in check()]


def places() -> Iterator[str]:
    for seminar in Seminar.objects.all():
        if courses_queries.taken_places(seminar) > seminar.capacity:
            yield f"{seminar.slug}: more students are admitted or have an offer than there are places."


def same_seminar() -> Iterator[str]:
    """Rows that join two things of different seminars."""
    strays = {
        "attendance": Attendance.objects.exclude(session__seminar=F("participant__seminar")),
        "expectation": Expectation.objects.exclude(session__seminar=F("participant__seminar")),
        "excuse": Excuse.objects.exclude(session__seminar=F("participant__seminar")),
        "discussion note": DiscussionNote.objects.exclude(session__seminar=F("participant__seminar")),
        "topic assignment": Assignment.objects.exclude(seat__topic__seminar=F("participant__seminar")),
        "preference": Preference.objects.exclude(topic__seminar=F("preference_list__participant__seminar")),
        "pair": Pair.objects.exclude(topic__seminar=F("participant__seminar")),
        "request for": Exchange.objects.exclude(wants__seminar=F("proposer__seminar")),
        "request of": Exchange.objects.exclude(gives=None).exclude(gives__seminar=F("proposer__seminar")),
        "request to": Exchange.objects.exclude(partner=None).exclude(partner__seminar=F("proposer__seminar")),
        "proposal": TopicProposal.objects.exclude(topic=None).exclude(topic__seminar=F("participant__seminar")),
        "session topic": SessionTopic.objects.exclude(topic__seminar=F("session__seminar")),
        "submission": Submission.objects.exclude(slot__milestone__seminar=F("participant__seminar")),
        "review by": Review.objects.exclude(round__milestone__seminar=F("reviewer__seminar")),
        "review of": Review.objects.exclude(round__milestone__seminar=F("author__seminar")),
        "meeting": Meeting.objects.exclude(participant=None).exclude(seminar=F("participant__seminar")),
        "document": IssuedDocument.objects.exclude(participant=None).exclude(seminar=F("participant__seminar")),
        "grade": PartGrade.objects.exclude(part__scheme__seminar=F("participant__seminar")),
        "released part": ReleasedPart.objects.exclude(part__scheme__seminar=F("participant__seminar")),
        "assessment": Assessment.objects.exclude(part__scheme__seminar=F("participant__seminar")),
        "record of a talk": TalkRecord.objects.exclude(part__scheme__seminar=F("participant__seminar")),
    }
    for name, rows in strays.items():
        for pk in rows.values_list("pk", flat=True):
            yield f"{name} {pk} joins two seminars."


def requests() -> Iterator[str]:
    """An open request is about topics that both still hold, or about one that is free."""
    held = dict(
        Assignment.objects.filter(participant__state=ParticipantState.ADMITTED).values_list(
            "participant", "seat__topic"
        )
    )
    free = set(Seat.objects.exclude(assignment__participant__in=held).values_list("topic", flat=True))
    for request in Exchange.objects.filter(state__in=OPEN_EXCHANGE).select_related("proposer"):
        admitted = request.proposer.state == ParticipantState.ADMITTED
        gives = held.get(request.proposer_id) == request.gives_id
        claims = request.kind == ExchangeKind.CLAIM
        wants = request.wants_id in free if claims else held.get(request.partner_id or 0) == request.wants_id
        if not (admitted and gives and wants):
            yield f"Request {request.pk}: it waits, but is no longer possible."


def exclusions() -> Iterator[str]:
    """Nobody got a topic after they had been excluded from it."""
    pairs = Pair.objects.filter(kind=PairKind.EXCLUDED, participant__assignment__seat__topic=F("topic"))
    for pair in pairs.filter(participant__assignment__assigned_at__gt=F("decided_at")):
        yield f"Pair {pair.pk}: the student was excluded, and got the topic nevertheless."


def allocations() -> Iterator[str]:
    """What is in force names people of its own seminar, each of them once, and gives nothing to anybody else."""
    for run in AllocationRun.objects.filter(state=RunState.PUBLISHED).select_related("seminar"):
        known = set(Participant.objects.filter(seminar=run.seminar).values_list("pk", flat=True))
        people = list(run.people.values())
        if not known.issuperset(people) or len(people) != len(set(people)):
            yield f"Allocation {run.pk}: it names people who are not in the seminar, or somebody twice."
        if run.people.keys() != run.assignment.keys():
            yield f"Allocation {run.pk}: its result is not about the people of its input."


def files() -> Iterator[str]:
    """Every version's file is there, whole and unchanged."""
    for version in Version.objects.all():
        if not default_storage.exists(version.stored_name):
            yield f"Version {version.receipt}: its file is missing."
            continue
        with default_storage.open(version.stored_name) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != version.sha256:
                yield f"Version {version.receipt}: its file is not the one that was received."


def versions() -> Iterator[str]:
    counted = Submission.objects.annotate(count=Count("versions"), last=Max("versions__number"))
    for submission in counted.exclude(count=F("last")):
        yield f"Submission {submission.pk}: its versions are not numbered from 1 without gaps."
    for version in Version.objects.filter(deadline__isnull=False):
        last = version.closed_at or version.deadline  # receipts of the first release name one instant for both
        if last and version.on_time != (version.received_at <= last):
            yield f"Version {version.receipt}: “on time” does not follow from its times."


def chosen() -> Iterator[str]:
    """What counts in place of the newest is a version of the same work; what is public has its author's consent."""
    for pk in Submission.objects.exclude(chosen=None).exclude(chosen__submission=F("pk")).values_list("pk", flat=True):
        yield f"Submission {pk}: the version that counts is of another work."
    for publication in Publication.objects.select_related("version"):
        if not publication.version.declared.get("publication"):
            yield f"Version {publication.version.receipt}: it is public without its author's consent."


def templates() -> Iterator[str]:
    for template in TemplateFile.objects.all():
        if not default_storage.exists(template.stored_name):
            yield f"Template {template.pk}: its file is missing."


def receipts() -> Iterator[str]:
    written = set(Letter.objects.filter(key__startswith="receipt:").values_list("key", flat=True))
    for receipt in Version.objects.values_list("receipt", flat=True):
        if f"receipt:{receipt}" not in written:
            yield f"Version {receipt}: no letter acknowledges it."


def deliveries() -> Iterator[str]:
    """A review that was handed over was written to its author."""
    written = set(Letter.objects.filter(key__startswith="review:").values_list("key", flat=True))
    for review in Review.objects.filter(handed_over_at__isnull=False):
        if f"review:{review.pk}:{review.author_id}" not in written:
            yield f"Review {review.pk}: no letter to its author."


def conditions() -> Iterator[str]:
    """A part that follows from a file names an upload of its seminar."""
    slots = set(UploadSlot.objects.values_list("milestone__seminar", "key"))
    for part in Part.objects.filter(source=PartSource.UPLOAD).select_related("scheme"):
        if (part.scheme.seminar_id, part.upload) not in slots:
            yield f"Part {part.pk}: there is no upload “{part.upload}”."


def grades() -> Iterator[str]:
    for row in PartGrade.objects.filter(value__isnull=False).select_related("part__scheme"):
        scale = [Decimal(step) for step in row.part.scheme.scale]
        if scale and row.value not in scale:
            yield f"Grade {row.pk}: {row.value} is not on the scale."


def marks() -> Iterator[str]:
    """Marks are on the rubric of their own part, and no higher than its most points."""
    for row, every in (("grade", CriterionMark.objects.all()), ("assessment", AssessmentMark.objects.all())):
        stray = ~Q(criterion__part=F(f"{row}__part")) | Q(level__gt=F("criterion__points"))
        for pk in every.filter(stray).values_list("pk", flat=True):
            yield f"Mark {pk} of a {row}: it is not on the rubric."


def examiners() -> Iterator[str]:
    """Where two examine, one alone makes no grade, and two who agree make one."""
    found: dict[tuple[int, int], list[Assessment]] = {}
    for row in Assessment.objects.filter(place__isnull=False, part__examiners=2):
        found.setdefault((row.part_id, row.participant_id), []).append(row)
    graded = set(PartGrade.objects.filter(part__examiners=2).values_list("part", "participant"))
    for (part, participant), rows in found.items():
        agree = len({(row.value, row.passed) for row in rows}) == 1
        if len(rows) == 1 and (part, participant) in graded:
            yield f"Assessment {rows[0].pk}: there is a grade, but the second assessment is missing."
        if len(rows) > 1 and agree and (part, participant) not in graded:
            yield f"Assessment {rows[0].pk}: both examiners agree, but there is no grade."


def documents() -> Iterator[str]:
    """A document is about its own person's grade, and says what it said when it was issued."""
    for pk in (
        IssuedDocument.objects.exclude(released=None)
        .exclude(participant=F("released__participant"))
        .values_list("pk", flat=True)
    ):
        yield f"Document {pk}: it is about somebody else's grade."
    for document in IssuedDocument.objects.all():
        if document.fingerprint != fingerprint_of(document.facts):
            yield f"Document {document.pk}: it no longer says what it said when it was issued."
    for pk in CountedGrade.objects.exclude(participant=F("released__participant")).values_list("pk", flat=True):
        yield f"Counted grade {pk}: it is somebody else's."


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    places,
    same_seminar,
    requests,
    exclusions,
    allocations,
    files,
    versions,
    chosen,
    templates,
    receipts,
    deliveries,
    conditions,
    grades,
    marks,
    examiners,
    documents,
)
