"""What is known while work is judged: of two examiners, of talks, and how far one has come."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from courses.models import Participant, Seminar
from courses.queries import students
from grading.models import (
    Assessment,
    GradingScheme,
    Part,
    PartGrade,
    TalkRecord,
)
from topics.models import SessionTopic, Topic


@dataclass(frozen=True)
class Examination:
    """What one organizer may know of a part that two examine: their own assessment, and both once both are in."""

    own: Assessment | None
    both: tuple[Assessment, ...]


def examinations(scheme: GradingScheme, student: Participant, examiner: User) -> dict[int, Examination]:
    """Part id → what this examiner may know, for the parts that two examine."""
    rows = Assessment.objects.filter(part__scheme=scheme, participant=student).select_related("examiner")
    found: dict[int, list[Assessment]] = {part.pk: [] for part in scheme.parts.all() if part.examiners > 1}
    for row in rows.prefetch_related("marks__criterion"):
        found.get(row.part_id, []).append(row)
    return {pk: _examination(rows_of_part, examiner) for pk, rows_of_part in found.items()}


def _examination(rows: list[Assessment], examiner: User) -> Examination:
    both = tuple(row for row in rows if row.place is not None)
    own = next((row for row in rows if row.examiner_id == examiner.pk), None)
    return Examination(own=own, both=both if len(both) > 1 else ())


def handed_in(part: Part, student: Participant) -> list[Assessment]:
    """The assessments of one part that are in; for services, which must not tell of one alone."""
    rows = Assessment.objects.filter(part=part, participant=student, place__isnull=False)
    return list(rows.select_related("examiner").order_by("place"))


def undecided(seminar: Seminar) -> QuerySet[Assessment]:
    """The second of two assessments, for each part that two have judged apart and nobody has decided yet."""
    graded = PartGrade.objects.filter(part=OuterRef("part"), participant=OuterRef("participant"))
    rows = Assessment.objects.filter(part__scheme__seminar=seminar, part__examiners__gt=1, place=2)
    rows = rows.filter(~Exists(graded.exclude(value=None, passed=None)), participant__in=students(seminar))
    return rows.select_related("participant__user", "part").order_by("handed_in_at", "pk")


def progress(scheme: GradingScheme, students: Iterable[Participant], examiner: User) -> dict[int, set[int]]:
    """Participant id → ids of the parts that need nothing more of this examiner."""
    done: dict[int, set[int]] = {student.pk: set() for student in students}
    graded = PartGrade.objects.filter(part__scheme=scheme, participant__in=done)
    for student, part in graded.exclude(value=None, passed=None).values_list("participant", "part"):
        done[student].add(part)
    in_hand: dict[tuple[int, int], list[int]] = {}
    assessed = Assessment.objects.filter(part__scheme=scheme, participant__in=done, place__isnull=False)
    for student, part, by in assessed.values_list("participant", "part", "examiner"):
        in_hand.setdefault((student, part), []).append(by)
    for (student, part), examiners in in_hand.items():
        if examiners == [examiner.pk]:  # the other is still to come; once both are in, somebody has to decide
            done[student].add(part)
    return done


def talk_target(part: Part, topic: Topic | None) -> tuple[int | None, int | None]:
    """How many minutes a part's talk is to take, least and most: as its session says, or else the part."""
    bound = SessionTopic.objects.filter(topic=topic, session__kind=part.talk, minutes_min__isnull=False)
    talk = bound.order_by("session__date", "pk").first() if topic else None
    return (talk.minutes_min, talk.minutes_max) if talk else (part.minutes_min, part.minutes_max)


def talk_records(student: Participant, parts: Iterable[Part], organizer: User) -> dict[int, list[TalkRecord]]:
    """Part id → what was kept of its talk: the organizer's own record, and everybody's for `parts`, which are open to all."""
    rows = TalkRecord.objects.filter(participant=student).select_related("organizer")
    found: dict[int, list[TalkRecord]] = {}
    for row in rows.filter(Q(organizer=organizer) | Q(part__in=list(parts))):
        found.setdefault(row.part_id, []).append(row)
    return found
