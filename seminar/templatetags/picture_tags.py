"""Small pictures that the server draws, each with its table."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses import queries as courses_queries
from courses.domain import pictures
from courses.models import Attendance, AttendanceStatus, Participant, Seminar, SessionKind
from grading import services
from grading.domain.statistics import Statistics
from grading.models import GradingScheme
from grading.services.wording import decimal, number_text
from submissions.queries import arrivals

register = template.Library()


@register.inclusion_tag("includes/columns.html")
def columns(counts: Iterable[tuple[Any, int]]) -> dict[str, object]:
    """Labelled counts as columns."""
    drawn = pictures.columns((str(label), count) for label, count in counts)
    return {"columns": drawn, "width": len(drawn) * pictures.PITCH}


@register.inclusion_tag("grading/includes/statistics.html")
def grades_of_all(scheme: GradingScheme) -> dict[str, object]:
    """The distribution of all released grades, for organizers."""
    return _statistics(services.statistics_for_organizers(scheme))


@register.inclusion_tag("grading/includes/statistics.html")
def grades_of_many(scheme: GradingScheme | None) -> dict[str, object]:
    """What a student may know of the grades of all."""
    numbers = services.statistics_for_students(scheme) if scheme else None
    return {**_statistics(numbers), "for_student": True}


def _statistics(numbers: Statistics | None) -> dict[str, object]:
    if numbers is None or not numbers.count:
        return {"numbers": None}
    return {
        "numbers": numbers,
        "counts": [(decimal(number_text(step)), count) for step, count in numbers.counts],
        "mean": decimal(number_text(numbers.mean)) if numbers.mean is not None else "",
        "median": decimal(number_text(numbers.median)) if numbers.median is not None else "",
    }


@register.inclusion_tag("courses/includes/attendance_map.html")
def attendance_map(seminar: Seminar, only: Participant | None = None) -> dict[str, object]:
    """Who was there: a row of marks for each student, one for each session, with the same in words. `only`: one student's row."""
    sessions = [session for session in seminar.sessions.all() if session.takes_place]
    students = [only] if only else list(courses_queries.students(seminar))
    noted: dict[int, dict[int, str]] = {}
    rows = Attendance.objects.filter(session__in=sessions, participant__in=students)
    for participant, session, status in rows.values_list("participant_id", "session_id", "status"):
        noted.setdefault(participant, {})[session] = status
    lines = []
    for student in students if noted else []:
        own = noted.get(student.pk, {})
        states = [own.get(session.pk, "") for session in sessions]
        missed = [session.date for session in sessions if own.get(session.pk) == AttendanceStatus.ABSENT]
        counts = [states.count(status) for status in AttendanceStatus.values]
        lines.append((student, pictures.strip(states), counts, missed))
    width = pictures.strip_width(sessions)
    return {"lines": lines, "width": width, "sessions": sessions, "alone": only is not None}


@register.inclusion_tag("submissions/includes/arrivals.html")
def arrivals_before_deadlines(seminar: Seminar) -> dict[str, object]:
    """When the first version of each work came in, counted back from its deadline; for organizers."""
    return {"slots": arrivals(seminar)}


# code of a span → what stands under its column, and in the table
SPANS: dict[str, tuple[Any, Any]] = {
    "earlier": (_("> 7 d"), _("more than a week")),
    "week": (_("7 d"), _("7 to 3 days")),
    "three_days": (_("3 d"), _("3 days to 24 hours")),
    "day": (_("24 h"), _("24 to 12 hours")),
    "twelve_hours": (_("12 h"), _("12 to 3 hours")),
    "three_hours": (_("3 h"), _("3 hours to 1 hour")),
    "hour": (_("1 h"), _("the last hour")),
    "late": (pgettext_lazy("arrival", "late"), _("after the deadline")),
}


@register.inclusion_tag("submissions/includes/arrival_columns.html")
def arrival_columns(counts: Iterable[tuple[str, int]]) -> dict[str, object]:
    """How long before a deadline work came in, as columns and as a table."""
    counts = list(counts)
    short, long = ([(SPANS[code][column], count) for code, count in counts] for column in (0, 1))
    return {"short": short, "long": long}


@register.filter
def grade_counts(grades: dict[str, Any]) -> list[tuple[str, int]]:
    """The distribution that a document has kept, with steps as the reader writes them."""
    return [(decimal(number_text(Decimal(step))), count) for step, count in grades["counts"]]


@register.filter
def session_kind(kind: str) -> str:
    """What a kind of session is called."""
    return str(SessionKind(kind).label)
