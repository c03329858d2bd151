from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones.queries import deadline_of, deadlines
from milestones.services import accepts
from submissions import queries, services
from submissions.models import Version
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
            version = services.receive_upload(
                slot,
                row,
                request.FILES.get("file"),
                uploaded_by=row.user,
                arrived_at=request.began_at,  # type: ignore[attr-defined]
            )
        except Refusal as error:
            if request.accepts("application/json") and not request.accepts("text/html"):
                raise
            refusal = error
        else:
            return received(request, seminar, version)
    due = deadline_of(slot.milestone, row)
    context = {
        "seminar": seminar,
        "slot": slot,
        "due": due,
        "is_open": accepts(slot.milestone, due, request.began_at)[0],  # type: ignore[attr-defined]
        "versions": list(Version.objects.filter(submission__slot=slot, submission__participant=row)),
        "refusal": refusal,
        "accept": ",".join(slot.extensions),
    }
    return render(request, "submissions/submission_edit.html", context, status=refusal.status if refusal else 200)


def received(request: HttpRequest, seminar: Seminar, version: Version) -> HttpResponse:
    """The receipt, as JSON or as a page."""
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse(
            {
                "receipt": str(version.receipt),
                "sha256": version.sha256,
                "received_at": version.received_at.isoformat(),
                "on_time": version.on_time,
                "version": version.number,
            }
        )
    messages.success(request, _("Your file is in. This page is your receipt."))
    return redirect("submissions:receipt_detail", seminar.slug, version.receipt)


@seminar_page("submissions.receipt_detail")
@require_safe
def receipt_detail(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    version = get_object_or_404(queries.visible_versions(signed_in(request), seminar), receipt=receipt)
    context = {"seminar": seminar, "version": version, "slot": version.submission.slot}
    return render(request, "submissions/receipt_detail.html", context)


@seminar_page("submissions.version_download")
@require_safe
def version_download(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponseBase:
    version = get_object_or_404(queries.visible_versions(signed_in(request), seminar), receipt=receipt)
    return services.attachment(version)
