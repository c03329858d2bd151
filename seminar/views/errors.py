"""Every refusal is a sentence; every failure shows an id and nothing else."""

import logging
import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal

log = logging.getLogger(__name__)


def refusal_response(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as JSON where a program asked, as a page otherwise."""
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    return render(request, "refusal.html", {"refusal": refusal}, status=refusal.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal_response(request, Refusal("bad_request", _("The request could not be read; nothing was changed.")))


def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    sentence = _("Your role in this seminar does not allow this. Nothing was changed.")
    return refusal_response(request, Refusal("forbidden", sentence, status=403))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = _(
        "There is nothing here, or nothing that you may see. Please check the address, or go back to your seminars."
    )
    return refusal_response(request, Refusal("not_found", sentence, status=404))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _(
        "This form is too old, or your browser sent no cookie. Nothing was changed: please go back, reload, and send it again."
    )
    return refusal_response(request, Refusal("form_expired", sentence, status=403))


def server_error(request: HttpRequest) -> HttpResponse:
    identifier = uuid.uuid4().hex[:12]
    log.error("Failure %s at %s", identifier, request.path)
    if request.accepts("application/json") and not request.accepts("text/html"):
        return JsonResponse({"code": "failure", "message": identifier}, status=500)
    return HttpResponse(loader.get_template("500.html").render({"identifier": identifier}), status=500)
