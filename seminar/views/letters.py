"""Letters to look at before anybody gets them."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.models import Seminar
from courses.permissions import seminar_page
from seminar.services.samples import samples

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'self';"
    " sandbox allow-popups allow-popups-to-escape-sandbox"
)
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def letter_frame(html: str) -> HttpResponse:
    """A letter's HTML part as it is sent, in a frame of its own policy; only its links open in a window of their own."""
    response = HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "private, no-store"
    return response


@seminar_page("seminar.sample_list")
@require_safe
def sample_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    rows = [[(f"{each.name}.{code}", code, each.render(code)) for code in LANGUAGES] for each in samples()]
    return render(request, "seminar/sample_list.html", {"seminar": seminar, "rows": rows})


@seminar_page("seminar.sample_frame")
@require_safe
def sample_frame(request: HttpRequest, seminar: Seminar, name: str) -> HttpResponse:
    wanted, _dot, language = name.rpartition(".")
    sample = next((sample for sample in samples() if sample.name == wanted), None)
    if sample is None or language not in LANGUAGES:
        raise Http404
    return letter_frame(sample.render(language).html)
