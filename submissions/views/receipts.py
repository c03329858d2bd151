"""Receipts, for those they concern and for anybody who holds one; and the file itself."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import permission
from courses.models import Seminar
from courses.permissions import own_row, seminar_page
from submissions import queries, services


@seminar_page("submissions.receipt_detail")
@require_safe
def receipt_detail(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    version = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt)
    context = {
        "seminar": seminar,
        "version": version,
        "slot": version.submission.slot,
        "signature": services.signature_of(version),
        "on_behalf": version.uploaded_by_id != version.submission.participant.user_id,
    }
    return render(request, "submissions/receipt_detail.html", context)


@permission("submissions.receipt_check", public=True)
@require_http_methods(["GET", "POST"])
def receipt_check(request: HttpRequest, receipt: UUID) -> HttpResponse:
    """Whether a receipt is this server's, and whether a file is the one it acknowledges; names nobody, keeps nothing."""
    version = services.signed_version(receipt, request.GET.get("signature", ""))
    if version is None:
        raise Http404
    file = request.FILES.get("file")
    context = {
        "version": version,
        "zone": version.submission.slot.milestone.seminar.time_zone,
        "compared": services.is_the_file(version, file) if file else None,
    }
    return render(request, "submissions/receipt_check.html", context)


@seminar_page("submissions.version_download")
@require_safe
def version_download(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponseBase:
    version = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt)
    return services.attachment(version)
