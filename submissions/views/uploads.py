"""Uploads: the list, a student's own slot, and what an organizer hands in for somebody."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones.queries import deadline_of, deadlines
from milestones.services import accepts
from submissions import queries, services
from submissions.domain.declarations import LICENCES
from submissions.forms import OnBehalfForm
from submissions.models import UploadSlot, Version
from topics.queries import topics_of_participants


@seminar_page("submissions.submission_list")
@require_safe
def submission_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row = own_row(request, seminar)
    slots = list(queries.slots_of(seminar))
    people = list(courses_queries.students(seminar)) if row.role == Role.ORGANIZER else [row]
    latest = queries.latest_versions(slots, [person.pk for person in people])
    dues = deadlines({slot.milestone for slot in slots}, [person.pk for person in people])
    topics = topics_of_participants(person.pk for person in people)
    groups = [
        (slot, [(p, topics.get(p.pk), dues[slot.milestone_id, p.pk], latest.get((slot.pk, p.pk))) for p in people])
        for slot in slots
    ]
    context = {"seminar": seminar, "groups": groups, "organizes": row.role == Role.ORGANIZER}
    return render(request, "submissions/submission_list.html", context)


@seminar_page("submissions.submission_edit")
@require_http_methods(["GET", "POST"])
def submission_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    slot = get_object_or_404(queries.slots_of(seminar), pk=pk)
    row = own_row(request, seminar)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            return received(request, seminar, receive(request, slot, row))
        except Refusal as error:
            if wants_json(request):
                raise
            refusal = error
    due = deadline_of(slot.milestone, row)
    accepted, on_time = accepts(slot.milestone, due, request.began_at)  # type: ignore[attr-defined]
    versions = list(Version.objects.filter(submission__slot=slot, submission__participant=row))
    context = {
        "seminar": seminar,
        "slot": slot,
        "due": due,
        "is_open": accepted,
        "is_late": not on_time,
        "versions": versions,
        "in_force": queries.latest_versions([slot], [row.pk]).get((slot.pk, row.pk)),
        "refusal": refusal,
        "accept": ",".join(slot.extensions),
        "declared": request.POST if refusal else (versions[0].declared if versions else {}),
        "licences": LICENCES,
    }
    return render(request, "submissions/submission_edit.html", context, status=refusal.status if refusal else 200)


def wants_json(request: HttpRequest) -> bool:
    return request.accepts("application/json") and not request.accepts("text/html")


def receive(request: HttpRequest, slot: UploadSlot, participant: Participant) -> Version:
    """Take in what a request brought for somebody; whatever the door, the instant that counts is when it began to arrive."""
    file = request.FILES.get("file")
    sent = services.Sent(
        arrived_at=request.began_at,  # type: ignore[attr-defined]
        finished_at=timezone.now(),
        declared=request.POST.dict(),
        insists="insists" in request.POST,
        no_room=getattr(request, "no_room", False),
    )
    return services.receive_upload(slot, participant, file, sent, uploaded_by=signed_in(request))


def received(request: HttpRequest, seminar: Seminar, version: Version) -> HttpResponse:
    """The receipt, as JSON or as a page."""
    if wants_json(request):
        return JsonResponse(version.acknowledgement)
    messages.success(request, _("The file is in. This page is the receipt."))
    return redirect("submissions:receipt_detail", seminar.slug, version.receipt)


@seminar_page("submissions.submission_create")
@require_http_methods(["GET", "POST"])
def submission_create(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """An organizer hands in for a student what came by other ways; the receipt says so."""
    slot = get_object_or_404(queries.slots_of(seminar), pk=pk)
    form = OnBehalfForm(request.POST or None, seminar=seminar)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return received(request, seminar, receive(request, slot, form.cleaned_data["participant"]))
        except Refusal as error:
            if wants_json(request):
                raise
            refusal = error
    elif request.method == "POST" and wants_json(request):
        raise Refusal("form_invalid", _("Please choose the student whose work this is; nothing was kept."))
    context = {"seminar": seminar, "slot": slot, "form": form, "refusal": refusal, "accept": ",".join(slot.extensions)}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "submissions/submission_create.html", context, status=status)
