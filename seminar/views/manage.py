"""The organizer's cockpit."""

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.domain.refusals import Refusal
from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Role, Seminar
from courses.permissions import seminar_page
from courses.services import table_csv, table_format, table_response, table_xlsx
from grading import queries as grading_queries
from milestones.domain.progress import State
from milestones.models import Milestone
from milestones.queries import Key, general_deadline, milestones_of, open_requests
from notifications.models import Letter, LetterState
from notifications.queries import overdue
from reviews.queries import parked, round_of
from seminar import queries
from seminar.services.overview import overview_table
from submissions.domain.naming import canonical_alias
from topics.models import ExchangeState, PreferenceRule, ProposalState, Topic, TopicProposal
from topics.queries import open_exchanges, talk_days, topics_of_participants


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
    appeals = list(grading_queries.open_appeals(seminar))
    undecided = list(grading_queries.undecided(seminar))
    waiting, requests = needs(seminar, students, topics, table, now), list(open_requests(seminar))
    excuses = list(courses_queries.open_excuses(seminar)) if seminar.attendance else []
    context = {
        "seminar": seminar,
        "excuses": excuses,
        "columns": [(m, general_deadline(m), count) for m, count in zip(milestones, counts, strict=True)],
        "rows": rows,
        "needs": waiting,
        "appeals": appeals,
        "undecided": undecided,
        "anything": requests or appeals or undecided or excuses or any(waiting.values()),
        "requests": requests,
        "key": uuid.uuid4(),
        "now": now,
    }
    return render(request, "seminar/manage_detail.html", context)


@seminar_page("seminar.manage_download")
@require_POST
def manage_download(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """Who has what as a table: those who are ticked, or everybody."""
    wish, ticked = table_format(request.POST.get("format", "")), set(request.POST.getlist("participant"))
    students = [row for row in courses_queries.students(seminar) if not ticked or str(row.pk) in ticked]
    if ticked and not students:
        raise Refusal(
            "nobody_left", _("None of those who are ticked takes part any more. Please load the overview again.")
        )
    header, rows = overview_table(seminar, students, timezone.now())
    content = table_csv(header, rows) if wish == "csv" else table_xlsx(_("Overview"), header, rows)
    return table_response(content, canonical_alias(f"{seminar.slug} overview", f".{wish}"), wish)


def needs(
    seminar: Seminar,
    students: list[Participant],
    topics: dict[int, Topic],
    table: dict[Key, queries.Cell],
    now: datetime,
) -> dict[str, int]:
    """What waits for the organizer, as counts; the template gives each its words and its action."""
    states = list(Participant.objects.filter(seminar=seminar, role=Role.STUDENT).values_list("state", flat=True))
    rule = PreferenceRule.objects.filter(seminar=seminar).select_related("milestone__seminar").first()
    round_ = round_of(seminar)
    without_topic = sum(1 for student in students if student.pk not in topics)
    unplanned = round_ is not None and over(round_.slot.milestone, now) and not round_.reviews.exists()
    return {
        "applied": states.count(ParticipantState.APPLIED),
        "waiting": states.count(ParticipantState.WAITING) if courses_queries.free_places(seminar) else 0,
        "offered": states.count(ParticipantState.OFFERED),
        "proposals": TopicProposal.objects.filter(participant__seminar=seminar, state=ProposalState.PROPOSED).count(),
        "exchanges": open_exchanges(seminar).filter(state=ExchangeState.AGREED).count(),
        "late": sum(1 for cell in table.values() if cell.state == State.LATE),
        "without_topic": without_topic if rule is not None and over(rule.milestone, now) else 0,
        "unplanned": int(unplanned and bool(students)),
        "parked": len(parked(round_, students).arrived) if round_ is not None and round_.reviews.exists() else 0,
        "unreleased": unreleased(seminar, students),
        "stuck": overdue(now).filter(scope=seminar.slug).count(),
        "failed": Letter.objects.filter(scope=seminar.slug, state=LetterState.FAILED).count(),
    }


def over(milestone: Milestone, now: datetime) -> bool:
    closes = general_deadline(milestone).closes
    return closes is not None and closes < now


def unreleased(seminar: Seminar, students: list[Participant]) -> int:
    """Complete grades that their student has not been shown, or not as they are now."""
    scheme = grading_queries.scheme_of(seminar)
    if scheme is None:
        return 0
    shown = {pk: row.grade for pk, row in grading_queries.released(students).items()}
    computed = grading_queries.compute(scheme, students)
    return sum(1 for c in computed if c.result.grade is not None and shown.get(c.participant.pk) != c.result.grade)
