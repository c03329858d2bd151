"""A student's "what now"."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import queries as courses_queries
from courses.models import Attendance, AttendanceStatus, ParticipantState, Role, Seminar
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
    attendance = list(Attendance.objects.filter(participant=row).select_related("session").order_by("session__date"))
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
        "attendance": attendance,
        "attendance_counts": [(s.label, sum(row.status == s for row in attendance)) for s in AttendanceStatus],
        "received": [(review, reviewer_name(review, row)) for review in received_by(row)],
        "open_points": open_points(row),
        "released": released([row]).get(row.pk),
        "parts": released_parts([row]).get(row.pk, {}).values(),
        "published": published_run(seminar),
        "meetings": meetings_for(row, now).exists(),
        "meeting": booked_meetings(row).filter(outcome="").first(),
        "asked": open_exchanges(seminar).filter(partner=row, state=ExchangeState.ASKED).count(),
    }
    return render(request, "seminar/me_detail.html", context)
