"""Who is expected, who was there, and what they said."""

import json
from collections import Counter

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Conflict, Refusal
from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import ExpectedForm, NotesForm
from courses.models import AttendanceStatus, Participant, Seminar, Session
from courses.permissions import seminar_page, switched_on


def session_or_404(seminar: Seminar, key: str) -> Session:
    return get_object_or_404(queries.sessions_of(seminar), key=key)


@seminar_page("courses.attendance_list")
@switched_on("attendance")
@require_safe
def attendance_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    now = timezone.now()
    students = list(queries.students(seminar))
    register = queries.register(seminar, [student.pk for student in students], now)
    sessions = list(queries.sessions_of(seminar))
    columns = list(zip(*register.values(), strict=True)) or [()] * len(sessions)
    for session, column in zip(sessions, columns, strict=True):
        counts = Counter(entry.status for entry in column)
        session.counts = [(status, counts[status]) for status in AttendanceStatus]  # type: ignore[attr-defined]
        session.expected = sum(entry.expected for entry in column)  # type: ignore[attr-defined]
        session.today = session.date == now.astimezone(seminar.zone).date()  # type: ignore[attr-defined]
    rows = [(student, queries.standing_of(seminar, register[student.pk]), register[student.pk]) for student in students]
    context = {
        "seminar": seminar,
        "sessions": sessions,
        "rows": rows,
        "excuses": queries.open_excuses(seminar),
        "statuses": AttendanceStatus,
    }
    return render(request, "courses/attendance_list.html", context)


@seminar_page("courses.attendance_edit")
@switched_on("attendance")
@require_http_methods(["GET", "POST"])
def attendance_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    return notes_edit(request, seminar, session_or_404(seminar, key), services.ATTENDANCE)


@seminar_page("courses.discussion_edit")
@switched_on("discussion_notes")
@require_http_methods(["GET", "POST"])
def discussion_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    return notes_edit(request, seminar, session_or_404(seminar, key), services.DISCUSSION)


def notes_edit(request: HttpRequest, seminar: Seminar, session: Session, column: services.Column) -> HttpResponse:
    """One tap a person; a page that is stale comes back with both values, and what was tapped stays tapped."""
    students, actor = list(queries.students(seminar)), signed_in(request)
    here = redirect(f"courses:{column.subject}_edit", seminar.slug, session.key)
    if "take_back" in request.POST:
        count = services.take_back(session, column, actor=actor, now=timezone.now())
        told = ngettext(
            "Taken back: %(count)d person is as before.", "Taken back: %(count)d people are as before.", count
        )
        messages.success(request, told % {"count": count})
        return here
    form = NotesForm(request.POST or None, participants=[row.pk for row in students], values=list(column.labels))
    conflict: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        others = AttendanceStatus.PRESENT if "others" in request.POST and column is services.ATTENDANCE else ""
        shown, now = form.cleaned_data["shown"], timezone.now()
        try:
            services.save_notes(session, column, form.sent(), others=others, shown=shown, actor=actor, now=now)
        except Conflict as refusal:
            conflict = refusal
        else:
            messages.success(request, _("Saved."))
            return here
    context = notes_context(session, column, students, tapped=form.sent() if conflict else {})
    context |= {"form": form, "conflict": conflict, "saved": queries.last_save(session, column.subject, actor)}
    status = 409 if conflict else 400 if form.errors else 200
    return render(request, f"courses/{column.subject}_edit.html", context, status=status)


def notes_context(
    session: Session, column: services.Column, students: list[Participant], tapped: dict[int, str]
) -> dict[str, object]:
    """Whom the session expects first, the others below; each with what is noted, or was tapped and is not saved yet."""
    stored, expects = column.stored(session), queries.expectation_of(session.seminar)
    rows = [(student, {**stored, **tapped}.get(student.pk, "")) for student in students]
    expected = [row for row in rows if expects(session, row[0].pk)]
    others = [row for row in rows if not expects(session, row[0].pk)]
    counts = Counter(stored.get(student.pk, "") for student, _chosen in expected)
    asked = queries.open_excuses(session.seminar).filter(session=session) if column is services.ATTENDANCE else []
    return {
        "seminar": session.seminar,
        "session": session,
        "options": column.labels,
        "expected": expected,
        "others": others,
        "noted_others": any(chosen for _student, chosen in others),
        "counts": [(value, label, counts[value]) for value, label in column.labels.items()],
        "unnoted": counts[""],
        "shown": json.dumps(stored),
        "asked": {each.participant_id: each.pk for each in asked},
    }


@seminar_page("courses.expected_edit")
@switched_on("attendance")
@require_http_methods(["GET", "POST"])
def expected_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    session, students = session_or_404(seminar, key), list(queries.students(seminar))
    form = ExpectedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        expected, shown = form.cleaned_data["expected"], form.cleaned_data["shown"]
        services.choose_expected(
            session,
            {row.pk: row.pk in expected for row in students},
            shown={row.pk: row.pk in shown for row in students},
            actor=signed_in(request),
            now=timezone.now(),
        )
        messages.success(request, _("Saved."))
        return redirect("courses:attendance_edit", seminar.slug, key)
    expects = queries.expectation_of(seminar)
    people = [(row, expects(session, row.pk)) for row in students]
    shown = " ".join(str(row.pk) for row, is_expected in people if is_expected)
    context = {"seminar": seminar, "session": session, "people": people, "form": form, "shown": shown}
    return render(request, "courses/expected_edit.html", context, status=400 if form.errors else 200)
