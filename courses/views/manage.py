"""What an organizer does with people, sessions and letters."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import ParticipantForm, SessionForm
from courses.models import PARTICIPANT_TRANSITIONS, Participant, ParticipantState, Role, Seminar, Session
from courses.permissions import seminar_page
from notifications.models import Letter, LetterState
from notifications.services import retry_letter

ACTIONS = {
    ParticipantState.ADMITTED: gettext_lazy("Admit"),
    ParticipantState.WAITING: gettext_lazy("Put on the waiting list"),
    ParticipantState.WITHDRAWN: gettext_lazy("Withdraw"),
}


@seminar_page("courses.participant_list")
@require_safe
def participant_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    rows = list(
        Participant.objects.filter(seminar=seminar, role=Role.STUDENT)
        .select_related("user")
        .order_by("entered_at", "pk")
    )
    for row in rows:
        row.actions = [(s, ACTIONS[s]) for s in ACTIONS if s in PARTICIPANT_TRANSITIONS[row.state]]  # type: ignore[attr-defined]
    groups = [(state, [row for row in rows if row.state == state]) for state in ParticipantState]
    context = {"seminar": seminar, "groups": groups, "free": queries.free_places(seminar), "count": len(rows)}
    return render(request, "courses/participant_list.html", context)


@seminar_page("courses.participant_update")
@require_POST
def participant_update(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    participant = get_object_or_404(
        Participant.objects.select_related("user", "seminar"), pk=pk, seminar=seminar, role=Role.STUDENT
    )
    form = ParticipantForm(request.POST)
    if not form.is_valid():
        raise Refusal("unreadable", _("That could not be read; nothing was changed."))
    actor, now = signed_in(request), timezone.now()
    if form.cleaned_data["state"]:
        services.change_state(
            participant, form.cleaned_data["state"], actor=actor, now=now, reason=form.cleaned_data["reason"]
        )
    if "registered_on" in request.POST:
        services.set_registered(participant, on=form.cleaned_data["registered_on"], actor=actor, now=now)
    messages.success(request, _("%(name)s: saved.") % {"name": participant.user.name})
    return redirect("courses:participant_list", seminar.slug)


@seminar_page("courses.session_edit")
@require_http_methods(["GET", "POST"])
def session_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    session = get_object_or_404(Session.objects.select_related("seminar"), key=key, seminar=seminar)
    was = services.session_line(session)
    form = SessionForm(request.POST or None, instance=session)
    if request.method == "POST" and form.is_valid():
        services.move_session(form.save(commit=False), was=was, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("Saved. Everybody who takes part is told."))
        return redirect("seminar_detail", seminar.slug)
    context = {"seminar": seminar, "session": session, "form": form}
    return render(request, "courses/session_edit.html", context, status=400 if form.errors else 200)


@seminar_page("courses.message_list")
@require_safe
def message_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    letters = Letter.objects.filter(scope=seminar.slug).select_related("user")[:400]
    return render(request, "courses/message_list.html", {"seminar": seminar, "letters": letters})


@seminar_page("courses.message_retry")
@require_POST
def message_retry(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter, pk=pk, scope=seminar.slug)
    if letter.state == LetterState.FAILED:
        retry_letter(letter, now=timezone.now())
        messages.success(request, _("The letter will be sent again."))
    return redirect("courses:message_list", seminar.slug)
