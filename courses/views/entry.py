"""Entering and leaving a seminar."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import EntryForm, RegistrationForm
from courses.models import ParticipantState, Seminar
from courses.permissions import own_row, seminar_page

ENTERED: dict[str, Any] = {
    ParticipantState.WAITING: gettext_lazy("You are on the waiting list."),
    ParticipantState.ADMITTED: gettext_lazy("You have a place."),
}


@seminar_page("courses.entry_create")
@require_http_methods(["GET", "POST"])
def entry_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    form = EntryForm(request.POST or None, seminar=seminar)
    if request.method == "POST" and form.is_valid():
        participant = services.enter_seminar(
            seminar,
            signed_in(request),
            available=form.cleaned_data.get("available", False),
            name_public=form.cleaned_data.get("name_public", False),
            now=timezone.now(),
        )
        messages.success(request, ENTERED.get(participant.state, _("Your application is in.")))
        return redirect("me_detail", seminar.slug)
    context = {
        "seminar": seminar,
        "form": form,
        "free": queries.free_places(seminar),
        "first_state": services.first_state(seminar),
        "waiting": queries.in_line(seminar).count(),
        "window": services.outside_window(seminar, timezone.now()),
    }
    return render(request, "courses/entry_create.html", context, status=400 if form.errors else 200)


@seminar_page("courses.offer_edit")
@require_http_methods(["GET", "POST"])
def offer_edit(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row = own_row(request, seminar)
    if request.method == "POST":
        if "decline" in request.POST:
            services.decline_offer(row, now=timezone.now())
            messages.success(request, _("You have declined. The place goes to the next in line."))
            return redirect("seminar_detail", seminar.slug)
        services.accept_offer(row, now=timezone.now())
        messages.success(request, _("The place is yours."))
        return redirect("me_detail", seminar.slug)
    if row.state != ParticipantState.OFFERED:
        return redirect("me_detail", seminar.slug)
    return render(request, "courses/offer_edit.html", {"seminar": seminar, "row": row})


@seminar_page("courses.visibility_update")
@require_POST
def visibility_update(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    services.set_name_public(own_row(request, seminar), public="name_public" in request.POST, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("me_detail", seminar.slug)


@seminar_page("courses.registration_update")
@require_POST
def registration_update(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row, form = own_row(request, seminar), RegistrationForm(request.POST)
    if not form.is_valid():
        raise Refusal("unreadable", _("This is no date. Nothing was changed; please write it as 2023-10-27."))
    services.set_registration(row, **form.cleaned_data, actor=row.user, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("me_detail", seminar.slug)
