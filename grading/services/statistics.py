"""Grades in numbers: always as they are for organizers; for students in groups that give nobody away, and never again changed."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from courses.models import Participant, Role, Seminar
from grading import queries
from grading.domain.statistics import Statistics, hides_each, summarize
from grading.models import CountedGrade, GradingScheme, ReleasedGrade


def count_grades(seminar: Seminar, *, now: datetime) -> int:
    """Count released grades into what students are told, as soon as they hide each other; return how many were new.

    Each person is counted once, in a group of at least five, with the grade of that moment, and stays whatever happens later.
    So what changes between two looks is always such a group, and nobody's grade is the difference. The caller holds the seminar.
    """
    people = Participant.objects.filter(seminar=seminar, role=Role.STUDENT, counted_grade=None)
    waiting = list(queries.released(people).values())
    if not hides_each([row.grade for row in waiting]):
        return 0
    counted = [CountedGrade(participant=row.participant, released=row, counted_at=now) for row in waiting]
    return len(CountedGrade.objects.bulk_create(counted))


def statistics_for_students(scheme: GradingScheme) -> Statistics | None:
    """What every student may know of all grades; None as long as that could give somebody away."""
    counted = CountedGrade.objects.filter(participant__seminar=scheme.seminar_id).select_related("released")
    rows = [each.released for each in counted]
    return _summary(scheme, rows) if rows else None


def statistics_for_organizers(scheme: GradingScheme) -> Statistics:
    """All grades as they were released last, of students in whatever state."""
    people = Participant.objects.filter(seminar=scheme.seminar_id, role=Role.STUDENT)
    return _summary(scheme, queries.released(people).values())


def _summary(scheme: GradingScheme, rows: Iterable[ReleasedGrade]) -> Statistics:
    grades = [(row.grade.normalize(), row.passed) for row in rows]
    return summarize(grades, map(Decimal, scheme.scale), lower_is_better=scheme.lower_is_better)
