"""The organizer's cockpit."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Role, Seminar
from courses.permissions import seminar_page
from grading import queries as grading_queries
from milestones.domain.progress import State
from milestones.queries import general_deadline, milestones_of
from notifications.models import Letter, LetterState
from reviews.queries import round_of
from seminar import queries
from topics.queries import published_run, talk_days, topics_of_participants


@seminar_page("seminar.manage_detail")
@require_safe
def manage_detail(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    now = timezone.now()
    students = list(courses_queries.students(seminar))
    milestones = list(milestones_of(seminar))
    table = queries.cells(milestones, students, now)
    topics = topics_of_participants(student.pk for student in students)
    days = talk_days(seminar)
    rows = [
        (
            student,
            topics.get(student.pk),
            days.get(topics[student.pk].pk) if student.pk in topics else None,
            [table[milestone.pk, student.pk] for milestone in milestones],
        )
        for student in students
    ]
    counts = [
        sum(1 for row in rows if row[3][i].state in {State.DONE, State.DONE_LATE}) for i in range(len(milestones))
    ]
    context = {
        "seminar": seminar,
        "columns": [(m, general_deadline(m), count) for m, count in zip(milestones, counts, strict=True)],
        "rows": rows,
        "free": max(0, seminar.capacity - len(students)),
        "needs": needs(seminar, students, table, now),
        "now": now,
    }
    return render(request, "seminar/manage_detail.html", context)


def needs(
    seminar: Seminar, students: list[Participant], table: dict[tuple[int, int], queries.Cell], now: object
) -> dict[str, int | bool]:
    """What waits for the organizer, as counts; the template gives each its words and its action."""
    states = Participant.objects.filter(seminar=seminar, role=Role.STUDENT).values_list("state", flat=True)
    waiting = list(states)
    round_, scheme = round_of(seminar), grading_queries.scheme_of(seminar)
    unreleased = 0
    if scheme is not None:
        released = grading_queries.released(students)
        unreleased = sum(
            1
            for computed in grading_queries.compute(scheme, students)
            if computed.result.grade is not None
            and (old := released.get(computed.participant.pk), old is None or old.grade != computed.result.grade)[1]
        )
    return {
        "applied": waiting.count(ParticipantState.APPLIED),
        "waiting": waiting.count(ParticipantState.WAITING),
        "late": sum(1 for cell in table.values() if cell.state == State.LATE),
        "unassigned": bool(students) and published_run(seminar) is None,
        "unplanned": bool(round_ and students and not round_.reviews.exists()),
        "unreleased": unreleased,
        "failed": Letter.objects.filter(scope=seminar.slug, state=LetterState.FAILED).count(),
    }
