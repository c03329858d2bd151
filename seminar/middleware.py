"""What every request passes: when it began to arrive, and the language of its reader."""

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from seminar.views.errors import refusal_response

MAX_REQUEST_BYTES = 200 * 1024 * 1024
Next = Callable[[HttpRequest], HttpResponse]


def arrival(get_response: Next) -> Next:
    """Note the instant at which the request began to arrive, before its body is read."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.began_at = proxy_instant(request) or timezone.now()  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def proxy_instant(request: HttpRequest) -> datetime | None:
    """The time a trusted proxy noted (`X-Request-Start: t=<seconds>`); a client's own is never believed."""
    header = request.headers.get("X-Request-Start", "").removeprefix("t=")
    if not header or not from_trusted_proxy(request):
        return None
    try:
        stated = datetime.fromtimestamp(float(header), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return min(stated, timezone.now())


def from_trusted_proxy(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES)


def language(get_response: Next) -> Next:
    """Speak the language a person chose; before that, the one their browser asks for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        wishes = [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME), getattr(request.user, "language", "")]
        chosen = next((wish for wish in wishes if wish in dict(settings.LANGUAGES)), None)
        code = chosen or translation.get_language_from_request(request)
        with translation.override(code):
            response = get_response(request)
        response.setdefault("Content-Language", code)
        return response

    return middleware


class Refusals:
    """Refuse what is too large before it is read, and turn a refusal that no view has answered into its page."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > MAX_REQUEST_BYTES:
            sentence = _("This is larger than anything the server takes; nothing was read.")
            return refusal_response(request, Refusal("too_large", sentence, status=413))
        response = self.get_response(request)
        if getattr(request, "no_room", False) and response.status_code != 507:
            sentence = _("The server has no room left for the file, so it was not read; nothing was changed.")
            return refusal_response(request, Refusal("no_room", sentence, status=507))
        if response.status_code == 405 and not response.content:
            sentence = _("This address does not take this kind of request; nothing was changed.")
            refused = refusal_response(request, Refusal("method_not_allowed", sentence, status=405))
            refused["Allow"] = response.get("Allow", "")
            return refused
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return refusal_response(request, exception) if isinstance(exception, Refusal) else None
