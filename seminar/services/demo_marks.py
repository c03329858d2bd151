"""What the organizers of the demo's seminars have marked: levels and words, lengths of talks, and what two examiners say."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from random import Random

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from grading.models import Part, PartSource
from grading.queries import scheme_of
from grading.services import hand_in_assessment, release_grades, save_assessment, save_part_grade, save_talk
from grading.services.grades import Entry

# What the examiners of a student say, in steps of the scale below the best: agreed, to be decided, one still to come.
SAID = ((1, 1), (1, 2), (3,))
NOTES = "Began with the picture that everybody remembers.\nAsked: what happens without noise?"


def demo_levels(part: Part, place: int) -> dict[int, int]:
    """A level for each criterion, now and then one below the best."""
    return {
        criterion.pk: criterion.points - ((place + criterion.position) % 3 == 0) for criterion in part.criteria.all()
    }


def demo_remarks(part: Part, place: int) -> dict[int, str]:
    """Words about one criterion of some."""
    first = next(iter(part.criteria.all()), None)
    return {first.pk: "Well done."} if first is not None and place % 2 == 0 else {}


def time_talk(part: Part, student: Participant, place: int, organizer: User) -> None:
    """The length of a talk around its target, and notes on some."""
    if part.talk:
        minutes = (part.minutes_max or (18 if part.talk == "talks" else 5)) + place % 3 - 1
        notes = NOTES if place == 0 else ""
        save_talk(part, student, seconds=minutes * 60 + 7 * place, notes=notes, revision=0, actor=organizer)


def grade(seminar: Seminar, students: list[Participant], organizer: User, random: Random, now: datetime) -> None:
    scheme = scheme_of(seminar)
    if scheme is None:
        return
    for place, student in enumerate(students):
        for part in scheme.parts.all():
            if part.is_derived:
                continue
            verdict = True if part.source == PartSource.PASS else None
            value = (
                None if verdict else Decimal(random.choice([s for s in scheme.scale if Decimal(s) <= Decimal("2.7")]))
            )
            entry = Entry(value, verdict, "", demo_levels(part, place), demo_remarks(part, place))
            time_talk(part, student, place, organizer)
            save_part_grade(part, student, entry, revision=0, actor=organizer, now=now)
    release_grades(scheme, actor=organizer, now=now)


def examine(seminar: Seminar, students: Sequence[Participant], now: datetime) -> None:
    """Two examiners assess the first talks of a running seminar, each blind to the other."""
    scheme = scheme_of(seminar)
    examiners = [row.user for row in courses_queries.organizers(seminar)]
    for part in scheme.parts.all() if scheme else ():
        if part.examiners < 2 or not part.talk or scheme is None:
            continue
        steps = sorted(map(Decimal, scheme.scale), reverse=not scheme.lower_is_better)
        for place, (student, said) in enumerate(zip(students, SAID, strict=False)):
            time_talk(part, student, place, examiners[0])
            for examiner, below in zip(examiners, said, strict=False):
                entry = Entry(steps[below], None, "", demo_levels(part, place), demo_remarks(part, place))
                save_assessment(part, student, entry, revision=0, actor=examiner)
                hand_in_assessment(part, student, actor=examiner, now=now)
