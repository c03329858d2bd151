"""What everybody who takes part may download to check the allocation."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from courses.models import Seminar
from courses.permissions import seminar_page
from topics import queries, services
from topics.models import AllocationRun


def _published(seminar: Seminar) -> AllocationRun:
    run = queries.published_run(seminar)
    if run is None or not run.nonce:  # computed before there were codes: its input names people
        raise Http404
    return run


@seminar_page("topics.document_download")
@require_safe
def document_download(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    return _attachment(services.document_json(_published(seminar)).encode(), "application/json", f"{seminar.slug}.json")


@seminar_page("topics.proof_download")
@require_safe
def proof_download(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    return _attachment(services.proof_archive(_published(seminar)), "application/zip", f"{seminar.slug}-allocation.pyz")


def _attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
