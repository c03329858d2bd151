"""Whether the site lives, and whether everything below it works."""

import os
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.permissions import permission
from notifications.models import Heartbeat, Letter, LetterState

LONGEST_SILENCE = timedelta(minutes=5)


@permission("seminar.health", public=True)
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@permission("seminar.health", public=True)
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    checks = {"database": database(), "storage": storage(), "broker": broker(), **background()}
    ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "no answer"
    return "ok"


def storage() -> str:
    folder = default_storage.path("")
    os.makedirs(folder, exist_ok=True)
    return "ok" if os.access(folder, os.W_OK) else "not writable"


def broker() -> str:
    if not settings.REDIS_URL:
        return "ok"
    import redis  # noqa: PLC0415  (only where one is set)

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError:
        return "no answer"
    return "ok"


def background() -> dict[str, str]:
    """The oldest letter that waits though it is due, and the last sweep."""
    now = timezone.now()
    try:
        overdue = Letter.objects.filter(state=LetterState.WAITING, next_try_at__lt=now - LONGEST_SILENCE).exists()
        silent = not Heartbeat.objects.filter(name="sweep", at__gte=now - LONGEST_SILENCE).exists()
    except DatabaseError:
        return {"letters": "unknown", "sweep": "unknown"}
    return {
        "letters": "a letter has waited for more than five minutes" if overdue else "ok",
        "sweep": "the last sweep is more than five minutes old" if silent else "ok",
    }
