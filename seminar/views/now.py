"""A student's "what now"."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import queries as courses_queries
from courses.models import AttendanceStatus, Excuse, ExcuseState, Participant, ParticipantState, Role, Seminar
from courses.permissions import own_row, seminar_page
from grading.queries import booked_meetings, meetings_for, released, released_parts
from milestones.domain.progress import State
from milestones.queries import milestones_of
from reviews.queries import open_points, received_by, reviewer_name
from seminar import queries
from submissions.models import Version
from topics.models import ExchangeState
from topics.queries import open_exchanges, published_run, talks_of, topic_of

GROUPS = {
    "todo": {State.OPEN, State.DUE_SOON, State.LATE},
    "waiting": {State.WAITING},
    "done": {State.DONE, State.DONE_LATE},
}


@seminar_page("seminar.me_detail")
@require_safe
def me_detail(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row = own_row(request, seminar)
    if row.role == Role.ORGANIZER:
        return redirect("manage_detail", seminar.slug)
    if not row.is_active:
        position = courses_queries.waiting_position(row) if row.state == ParticipantState.WAITING else None
        return render(request, "seminar/me_outside.html", {"seminar": seminar, "row": row, "position": position})
    milestones, now = list(milestones_of(seminar)), timezone.now()
    cells = list(queries.cells(milestones, [row], now).values())
    links = queries.links(milestones)
    topic = topic_of(row)
    versions = Version.objects.filter(submission__participant=row).select_related("submission__slot")
    receipts: dict[int, Version] = {}
    for version in versions.order_by("number"):
        receipts[version.submission.slot.milestone_id] = version
    upcoming = queries.next_cell(cells)
    context = {
        "seminar": seminar,
        "row": row,
        "topic": topic,
        "talks": [talk for talk in talks_of(topic) if talk.session.takes_place] if topic else [],
        "next": upcoming,
        "next_link": links[upcoming.milestone.pk] if upcoming else "",
        "groups": {
            name: [(c, links[c.milestone.pk], receipts.get(c.milestone.pk)) for c in cells if c.state in states]
            for name, states in GROUPS.items()
        },
        **(attendance_of(row, upcoming, now) if seminar.attendance else {}),
        "received": [(review, reviewer_name(review, row)) for review in received_by(row)],
        "open_points": open_points(row),
        "released": released([row]).get(row.pk),
        "parts": released_parts([row]).get(row.pk, {}).values(),
        "published": published_run(seminar),
        "meetings": meetings_for(row, now).exists(),
        "meeting": booked_meetings([row.pk]).filter(outcome="").first(),
        "asked": open_exchanges(seminar).filter(partner=row, state=ExchangeState.ASKED).count(),
    }
    return render(request, "seminar/me_detail.html", context)


def attendance_of(row: Participant, upcoming: queries.Cell | None, now: datetime) -> dict[str, object]:
    """Where somebody was and is expected, what the rule says of it, and what they can still make up."""
    seminar = row.seminar
    entries = courses_queries.register(seminar, [row.pk], now)[row.pk]
    make_ups = list(courses_queries.open_make_ups(row))
    first = make_ups[0] if make_ups else None
    due = upcoming.due.shown if upcoming else None
    goes_first = first is not None and (
        upcoming is None or due is None or first.until < due.astimezone(seminar.zone).date()
    )
    asked = Excuse.objects.filter(participant=row, state=ExcuseState.ASKED)
    return {
        "attendance": [entry for entry in entries if entry.expected or entry.status],
        "attendance_counts": [
            (status.label, sum(entry.status == status for entry in entries)) for status in AttendanceStatus
        ],
        "standing": courses_queries.standing_of(seminar, entries),
        "make_ups": make_ups,
        "make_up_first": first if goes_first else None,
        "check_in": courses_queries.open_check_in(seminar, now) if seminar.check_in else None,
        "asked_excuses": set(asked.values_list("session_id", flat=True)),
    }
