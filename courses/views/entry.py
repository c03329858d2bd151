"""Entering and leaving a seminar."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import EntryForm
from courses.models import ParticipantState, Seminar
from courses.permissions import own_row, seminar_page


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
        waiting = participant.state == ParticipantState.WAITING
        messages.success(request, _("You are on the waiting list.") if waiting else _("Your application is in."))
        return redirect("me_detail", seminar.slug)
    context = {"seminar": seminar, "form": form, "free": queries.free_places(seminar)}
    return render(request, "courses/entry_create.html", context, status=400 if form.errors else 200)


@seminar_page("courses.entry_delete")
@require_http_methods(["GET", "POST"])
def entry_delete(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    if request.method == "POST":
        row = own_row(request, seminar)
        services.change_state(row, ParticipantState.WITHDRAWN, actor=row.user, now=timezone.now())
        messages.success(request, _("You have left the seminar. What you handed in is kept."))
        return redirect("seminar_detail", seminar.slug)
    return render(request, "courses/entry_delete.html", {"seminar": seminar})


@seminar_page("courses.visibility_update")
@require_POST
def visibility_update(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    services.set_name_public(own_row(request, seminar), public="name_public" in request.POST, now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("me_detail", seminar.slug)
