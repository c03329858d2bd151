"""Whether the site lives, and whether everything below it works."""

import os
import shutil

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.permissions import permission
from notifications.domain.ticks import Tick, tick_of
from notifications.queries import heartbeats, overdue
from seminar.services.sweeping import STOOD_IN

LEAST_FREE = 256 * 1024**2  # an upload of the largest kind, and what the database writes meanwhile
STANDBY = gettext_noop("standby")  # while it steps in, everything that is due is done
STEPS_IN = gettext_noop("it has stepped in within five minutes: worker or beat do not do what is due")
SWEEPS = {
    Tick.FRESH: "ok",
    Tick.OLD: gettext_noop("the last sweep is more than five minutes old"),
    Tick.NEVER: "the last sweep is more than five minutes old",
    Tick.AHEAD: gettext_noop("the last sweep lies in the future: the clock was set back, and none has run since"),
}


@permission("seminar.health", public=True)
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@permission("seminar.health", public=True)
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    found = checks()
    ready = all(answer == "ok" for name, answer in found.items() if name != STANDBY)
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


def checks() -> dict[str, str]:
    """What the site stands on, each "ok" or what is wrong with it; nothing of people."""
    first = {
        gettext_noop("database"): database(),
        gettext_noop("storage"): storage(),
        gettext_noop("disk"): disk(),
        gettext_noop("broker"): broker(),
    }
    return first | background()


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return gettext_noop("no answer")
    return "ok"


def storage() -> str:
    folder = default_storage.path("")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return gettext_noop("not writable")
    return "ok" if os.access(folder, os.W_OK) else gettext_noop("not writable")


def disk() -> str:
    space = disk_space()
    if space is None:
        return gettext_noop("unknown")
    return "ok" if space.free >= LEAST_FREE else gettext_noop("nearly full")


def disk_space() -> "shutil._ntuple_diskusage | None":
    """Of the disk that holds the files; None where it cannot be told."""
    try:
        return shutil.disk_usage(settings.DATA_DIR)
    except OSError:
        return None


def broker() -> str:
    if not settings.REDIS_URL:
        return "ok"
    import redis  # noqa: PLC0415  (only where one is set)

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError:
        return gettext_noop("no answer")
    return "ok"


def background() -> dict[str, str]:
    """The oldest letter that waits though it is due, the last sweep, whoever carries it, and whether the standby had to."""
    now = timezone.now()
    try:
        late, beats = overdue(now).exists(), heartbeats()
    except Error:
        return {"letters": "unknown", "sweep": "unknown", STANDBY: "unknown"}
    stood_in = tick_of(beats.get(STOOD_IN), now) == Tick.FRESH
    return {
        gettext_noop("letters"): gettext_noop("a letter has waited for more than five minutes") if late else "ok",
        gettext_noop("sweep"): SWEEPS[tick_of(beats.get("sweep"), now)],
        STANDBY: STEPS_IN if stood_in else "ok",
    }
