"""Notebooks that the public may read, with their authors' consent."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import signed_in
from courses.models import Seminar
from courses.permissions import own_row, seminar_page
from submissions import queries, services
from submissions.domain.declarations import LICENCES
from submissions.views.reading import frame_of, reading_context
from topics.queries import topics_of_participants


@seminar_page("submissions.work_list", public=True)
@require_safe
def work_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    versions = list(queries.published_versions(seminar))
    topics = topics_of_participants(version.submission.participant_id for version in versions)
    rows = [(version, topics.get(version.submission.participant_id)) for version in versions]
    return render(request, "submissions/work_list.html", {"seminar": seminar, "rows": rows})


@seminar_page("submissions.work_detail", public=True)
@require_safe
def work_detail(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    version = get_object_or_404(queries.published_versions(seminar), receipt=receipt)
    address = request.build_absolute_uri(reverse("submissions:work_download", args=[seminar.slug, receipt]))
    licence = version.declared.get("publication", "")
    context = {
        "seminar": seminar,
        "version": version,
        "address": address,
        "licence": licence,
        "licence_address": LICENCES.get(licence, ""),
        **reading_context(request, version, reverse("submissions:work_frame", args=[seminar.slug, receipt])),
    }
    return render(request, "submissions/work_detail.html", context)


@seminar_page("submissions.work_frame", public=True)
@require_safe
def work_frame(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    version = get_object_or_404(queries.published_versions(seminar), receipt=receipt)
    return frame_of(request, version, version.canonical_name)


@seminar_page("submissions.work_download", public=True)
@require_safe
def work_download(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponseBase:
    """The file itself; other sites, such as Colab, may fetch what everybody may read."""
    version = get_object_or_404(queries.published_versions(seminar), receipt=receipt)
    response: FileResponse = services.attachment(version)
    response["Access-Control-Allow-Origin"] = "*"
    return response


@seminar_page("submissions.publication_create")
@require_POST
def publication_create(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    user = signed_in(request)
    version = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt)
    services.publish(version, by=user, now=timezone.now())
    messages.success(request, _("The work is public now."))
    return redirect("submissions:version_detail", seminar.slug, receipt)


@seminar_page("submissions.publication_delete")
@require_POST
def publication_delete(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    """Organizers and the author take a work back from the public at any time."""
    user = signed_in(request)
    version = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt)
    services.withdraw_publication(version, by=user, now=timezone.now())
    messages.success(request, _("The work is no longer public."))
    return redirect("submissions:version_detail", seminar.slug, receipt)
