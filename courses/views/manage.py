"""What an organizer does with people, sessions and letters."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import ParticipantForm, PlacesForm, RegistrationForm, SessionForm
from courses.models import PARTICIPANT_TRANSITIONS, Participant, ParticipantState, Role, Seminar, Session
from courses.permissions import seminar_page
from notifications.models import Letter
from notifications.queries import failed_letters

ACTIONS = {
    ParticipantState.ADMITTED: gettext_lazy("Admit"),
    ParticipantState.OFFERED: gettext_lazy("Offer a place"),
    ParticipantState.WAITING: gettext_lazy("Put on the waiting list"),
    ParticipantState.WITHDRAWN: gettext_lazy("Withdraw"),
}

# Moves whose effects are shown first: (state, next state) → page.
PREVIEWED: dict[tuple[str, str], str] = {
    (ParticipantState.ADMITTED, ParticipantState.WITHDRAWN): "withdrawal_create",
    (ParticipantState.WITHDRAWN, ParticipantState.ADMITTED): "arrival_create",
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
        row.actions = [  # type: ignore[attr-defined]
            (state, ACTIONS[state])
            for state in ACTIONS
            if state in PARTICIPANT_TRANSITIONS[row.state] and (row.state, state) not in PREVIEWED
        ]
    undelivered: dict[int | None, Letter] = {
        letter.user_id: letter for letter in failed_letters(seminar.slug).order_by("pk")
    }
    for row in rows:
        row.undelivered = undelivered.get(row.user_id)  # type: ignore[attr-defined]
    groups = [(state, [row for row in rows if row.state == state]) for state in ParticipantState]
    context = {
        "seminar": seminar,
        "groups": groups,
        "free": queries.free_places(seminar),
        "count": len(rows),
        "begun": queries.has_begun(seminar, timezone.now()),
        "unregistered": queries.unregistered(seminar).count() if seminar.registration_text else 0,
    }
    return render(request, "courses/participant_list.html", context)


@seminar_page("courses.participant_update")
@require_POST
def participant_update(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    participant = get_object_or_404(
        Participant.objects.select_related("user", "seminar"), pk=pk, seminar=seminar, role=Role.STUDENT
    )
    form, registration = ParticipantForm(request.POST), RegistrationForm(request.POST)
    if not form.is_valid() or not registration.is_valid():
        raise Refusal("unreadable", _("That could not be read; nothing was changed."))
    actor, now, state = signed_in(request), timezone.now(), form.cleaned_data["state"]
    if (participant.state, state) in PREVIEWED:
        return redirect(PREVIEWED[participant.state, state], seminar.slug, pk)
    if state:
        services.change_state(participant, state, actor=actor, now=now, reason=form.cleaned_data["reason"])
    if "on" in request.POST:
        services.set_registration(participant, **registration.cleaned_data, actor=actor, now=now)
    messages.success(request, _("%(name)s: saved.") % {"name": participant.user.name})
    return redirect("courses:participant_list", seminar.slug)


@seminar_page("courses.registration_remind")
@require_POST
def registration_remind(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    if not seminar.registration_text:
        raise Http404
    count = services.remind_unregistered(seminar, now=timezone.now())
    sentence = ngettext("%(count)d student is reminded.", "%(count)d students are reminded.", count)
    messages.success(request, sentence % {"count": count} if count else _("Everybody has been reminded today."))
    return redirect("courses:participant_list", seminar.slug)


@seminar_page("courses.places_edit")
@require_http_methods(["GET", "POST"])
def places_edit(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    form = PlacesForm(request.POST or None, instance=seminar, initial={"shown": services.places_line(seminar)})
    if request.method == "POST" and form.is_valid():
        services.save_places(
            form.save(commit=False),
            form.changed_data,
            shown=form.cleaned_data["shown"],
            actor=signed_in(request),
            now=timezone.now(),
        )
        messages.success(request, _("Saved."))
        return redirect("courses:participant_list", seminar.slug)
    context = {"seminar": seminar, "form": form}
    return render(request, "courses/places_edit.html", context, status=400 if form.errors else 200)


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
