"""Leaving and arriving: the effects are shown first, and applied by one button."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Participant, ParticipantState, Role, Seminar
from courses.permissions import own_row, seminar_page
from seminar import services
from seminar.forms import ArrivalForm

MORE_TIME = timedelta(days=14)


@seminar_page("seminar.entry_delete")
@require_http_methods(["GET", "POST"])
def entry_delete(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """A student's own way out."""
    row, now = own_row(request, seminar), timezone.now()
    if request.method == "POST":
        services.withdraw(row, actor=row.user, now=now)
        messages.success(request, _("You have left the seminar. What you handed in is kept."))
        return redirect("seminar_detail", seminar.slug)
    departure = services.departure_of(row, now=now)
    return render(request, "seminar/entry_delete.html", {"seminar": seminar, "departure": departure, "row": row})


def _student(seminar: Seminar, pk: int) -> Participant:
    rows = Participant.objects.filter(seminar=seminar, role=Role.STUDENT).select_related("user", "seminar")
    return get_object_or_404(rows, pk=pk)


@seminar_page("seminar.withdrawal_create")
@require_http_methods(["GET", "POST"])
def withdrawal_create(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """An organizer lets a student leave."""
    participant, now = _student(seminar, pk), timezone.now()
    if request.method == "POST":
        reason = request.POST.get("reason", "").strip()[:250]
        services.withdraw(participant, actor=signed_in(request), now=now, reason=reason)
        messages.success(request, _("%(name)s has left the seminar.") % {"name": participant.user.name})
        return redirect("manage_detail", seminar.slug)
    if participant.state == ParticipantState.WITHDRAWN:
        return redirect("arrival_create", seminar.slug, pk)
    departure = services.departure_of(participant, now=now)
    return render(request, "seminar/withdrawal_create.html", {"seminar": seminar, "departure": departure})


@seminar_page("seminar.arrival_create")
@require_http_methods(["GET", "POST"])
def arrival_create(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """An organizer admits somebody while the term runs."""
    participant, now = _student(seminar, pk), timezone.now()
    arrival = services.arrival_of(participant, now=now)
    form = ArrivalForm(request.POST or None, arrival=arrival, until=now.astimezone(seminar.zone).date() + MORE_TIME)
    if request.method == "POST":
        if not form.is_valid():
            raise Refusal("unreadable", _("One of the dates or the topic could not be read; nothing was changed."))
        services.admit_late(
            participant,
            topic=form.cleaned_data["topic"],
            extensions=form.extensions(),
            actor=signed_in(request),
            now=now,
        )
        messages.success(request, _("%(name)s takes part and is told.") % {"name": participant.user.name})
        return redirect("manage_detail", seminar.slug)
    if participant.is_active:
        return redirect("withdrawal_create", seminar.slug, pk)
    return render(request, "seminar/arrival_create.html", {"seminar": seminar, "arrival": arrival, "form": form})
