"""More time for some, with those who would have to wait for it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from milestones.forms import DecisionForm, ExtensionForm
from milestones.models import ExtensionRequest, Milestone, RequestState
from milestones.queries import deadline_of, milestones_of
from milestones.services import decide_request, grant_extensions
from seminar import queries
from seminar.services.audiences import names


@seminar_page("seminar.extension_create")
@require_http_methods(["GET", "POST"])
def extension_create(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    """A GET with people and a day shows who would wait; only a POST with a day grants."""
    milestone: Milestone = get_object_or_404(milestones_of(seminar), key=key)
    data = request.POST if request.method == "POST" else request.GET
    ticked = {"participant": data.getlist("participant")}
    in_overview = request.method == "GET" or "audience" in data  # which asks for no day
    form = ExtensionForm(None if in_overview and "due_date" not in data else data, seminar=seminar, initial=ticked)
    if request.method == "POST" and form.is_valid() and "look" not in request.POST:
        _grant(request, milestone, form)
        return redirect("milestones:milestone_edit", seminar.slug, key)
    people: list[Participant] = []
    waits: list[queries.Waiting] = []
    if form.is_bound and form.is_valid():
        people = list(form.cleaned_data["participant"])
        until = datetime.combine(form.cleaned_data["due_date"], form.cleaned_data["due_time"])
        waits = queries.who_waits(milestone, people, until)
    context = {"seminar": seminar, "milestone": milestone, "form": form, "people": people, "waits": waits}
    return render(request, "seminar/extension_create.html", context, status=400 if form.errors else 200)


def _grant(request: HttpRequest, milestone: Milestone, form: ExtensionForm) -> None:
    fields = dict(form.cleaned_data)
    people = list(fields.pop("participant"))
    kept = grant_extensions(milestone, people, **fields, actor=signed_in(request), now=timezone.now())
    told = [person.user.name for person in people if person not in kept]
    if told:
        more = ngettext("%(names)s has more time and is told.", "%(names)s have more time and are told.", len(told))
        messages.success(request, more % {"names": names(told)})
    if kept:
        words = ngettext(
            "%(names)s keeps a deadline that is no earlier.", "%(names)s keep deadlines that are no earlier.", len(kept)
        )
        messages.info(request, words % {"names": names(person.user.name for person in kept)})


@seminar_page("seminar.request_decide")
@require_http_methods(["GET", "POST"])
def request_decide(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    rows = ExtensionRequest.objects.filter(milestone__seminar=seminar)
    asked = get_object_or_404(
        rows.select_related("milestone__seminar", "participant__user", "participant__seminar", "decided_by"), pk=pk
    )
    form = DecisionForm(request.POST or None, initial={"due_date": asked.due_date, "due_time": asked.due_time})
    if request.method == "POST" and form.is_valid():
        state = RequestState.DECLINED if "decline" in request.POST else RequestState.GRANTED
        if state == RequestState.DECLINED and not form.cleaned_data["answer"]:
            raise Refusal("reason_missing", _("Please give the reason: the student will read it. Nothing was changed."))
        decide_request(asked, state, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("%(name)s is told.") % {"name": asked.participant.user.name})
        return redirect("manage_detail", seminar.slug)
    until = datetime.combine(asked.due_date, asked.due_time)
    context = {
        "seminar": seminar,
        "asked": asked,
        "due": deadline_of(asked.milestone, asked.participant),
        "waits": queries.who_waits(asked.milestone, [asked.participant], until),
        "form": form,
    }
    return render(request, "seminar/request_decide.html", context, status=400 if form.errors else 200)
