"""A version as it can be read: the page around it, the sandboxed frame, its pictures, and what changed since an earlier one."""

import re
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import permission, signed_in
from courses.models import Seminar
from courses.permissions import own_row, seminar_page
from submissions import queries, services
from submissions.models import Version

ANCHOR = re.compile(r"[\w-]{1,120}")
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
PICTURE_TYPES = {".svg": "image/svg+xml", ".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif"}


def reading_context(request: HttpRequest, version: Version, frame: str) -> dict[str, Any]:
    """What `submissions/includes/reading.html` shows; `frame` is the address of the frame, which has its own permission."""
    wanted = request.GET.get("at", "")
    anchor = f"#{wanted}" if ANCHOR.fullmatch(wanted) else ""
    return {"readable": services.readable(version), "frame": frame + anchor}


def frame_of(request: HttpRequest, version: Version, name: str) -> HttpResponse:
    """The document of the sandboxed frame: nothing in it runs, and nothing is fetched but our own style and its pictures."""
    language = get_language() or "en"
    reading = services.reading_of(version, version.extension, language)
    if reading is None:
        response = render(request, "submissions/frame.html", {"name": name, "stylesheet": static("css/reading.css")})
    else:
        response = HttpResponse(reading.document(language, name))
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


@permission("submissions.picture", public=True)
@require_safe
def picture(request: HttpRequest, address: str) -> HttpResponseBase:
    """A picture of a file that its bearer was given to read; inside the frame no cookie is sent, so the address is the right."""
    path = services.picture_at(address)
    if path is None:
        raise Http404
    response = FileResponse(path.open("rb"), content_type=PICTURE_TYPES.get(path.suffix, "image/webp"))
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["Cache-Control"] = f"private, max-age={services.MAX_PICTURE_AGE}, immutable"
    return response


@seminar_page("submissions.version_detail")
@require_safe
def version_detail(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    version = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt)
    slot, author = version.submission.slot, version.submission.participant
    others = list(version.submission.versions.all())
    remarks = services.remarks_on(version)
    context = {
        "seminar": seminar,
        "version": version,
        "slot": slot,
        "author": author,
        "others": others,
        "earlier": [other for other in others if other.number < version.number and other.extension == ".ipynb"],
        "in_force": queries.latest_versions([slot], [author.pk]).get((slot.pk, author.pk)),
        "may_choose": services.may_choose(
            version,
            signed_in(request),
            request.began_at,  # type: ignore[attr-defined]
            role=own_row(request, seminar).role,
        ),
        "publication": getattr(version, "publication", None),
        "remarks": remarks,
        "fine": sum(remark.level == "good" for remark in remarks),
        "place": "cell" if version.extension == ".ipynb" else "slide",
        **reading_context(request, version, reverse("submissions:version_frame", args=[seminar.slug, receipt])),
    }
    return render(request, "submissions/version_detail.html", context)


@seminar_page("submissions.version_frame")
@require_safe
def version_frame(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    versions = queries.visible_versions(own_row(request, seminar)).select_related(None)
    version = get_object_or_404(versions.only("sha256", "extension", "canonical_name"), receipt=receipt)
    return frame_of(request, version, version.canonical_name)


@seminar_page("submissions.version_diff")
@require_safe
def version_diff(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    """What changed since an earlier version of the same work, cell by cell; without a number, since the one before."""
    new = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt, extension=".ipynb")
    earlier = new.submission.versions.filter(number__lt=new.number, extension=".ipynb")
    since = request.GET.get("since", "")
    old = earlier.filter(number=int(since)).first() if since.isdecimal() and len(since) < 6 else earlier.first()
    if old is None:
        raise Http404
    context = {"seminar": seminar, "new": new, "old": old, "earlier": earlier}
    return render(
        request, "submissions/version_diff.html", context | {"comparison": services.changes_between(old, new)}
    )


@seminar_page("submissions.version_choose")
@require_POST
def version_choose(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    version = get_object_or_404(queries.visible_versions(own_row(request, seminar)), receipt=receipt)
    services.choose_version(
        version,
        by=signed_in(request),
        now=timezone.now(),
        began_at=request.began_at,  # type: ignore[attr-defined]
    )
    messages.success(request, _("Version %(number)d counts now.") % {"number": version.number})
    return redirect("submissions:version_detail", seminar.slug, receipt)
