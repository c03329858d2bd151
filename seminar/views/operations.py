"""The operator's page: whether the letters of the whole site get through, and what runs it."""

import platform

import django
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import permission
from notifications import queries
from notifications.domain.ticks import tick_of
from notifications.models import Letter, LetterState
from notifications.services import retry_failed, retry_letter
from seminar.views import health

MOST = 100  # failures that one page shows


@permission("seminar.operations", hidden=True)
@never_cache
@require_safe
def operations_detail(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    queue = queries.queue()
    space = health.disk_space()
    context = {
        "now": now,
        "zone": timezone.get_default_timezone_name(),
        "still": "still" in request.GET,
        "checks": [(_(name), answer == "ok", _(answer)) for name, answer in health.checks().items()],
        "queue": queue,
        "failures": queries.failures()[:MOST],
        "failed": sum(int(str(row["count"])) for row in queue if row["state"] == LetterState.FAILED),
        "overdue": queries.overdue(now).count(),
        "oldest": queries.overdue(now).order_by("created_at").first(),
        "throughput": queries.throughput(now),
        "ticks": [(_(name), at, tick_of(at, now)) for name, at in queries.heartbeats().items()],
        "disk": space,
        "versions": versions(),
    }
    return render(request, "seminar/operations_detail.html", context)


@permission("seminar.operations", hidden=True)
@require_POST
def operations_retry(request: HttpRequest) -> HttpResponse:
    """Send one letter again, or all that were refused; a second request finds nothing left to do."""
    now, pk = timezone.now(), request.POST.get("letter", "")
    if "all" in request.POST:
        count = retry_failed(now=now)
        sentence = ngettext("%(count)d letter will be sent again.", "%(count)d letters will be sent again.", count)
        messages.success(request, sentence % {"count": count} if count else _("No letter is left to be sent again."))
    else:
        letter = get_object_or_404(Letter.objects.only("pk", "state"), pk=int(pk) if pk.isdecimal() else 0)
        retry_letter(letter, now=now)
        messages.success(request, _("The letter will be sent again."))
    return redirect("operations_detail")


def versions() -> list[tuple[str, str]]:
    kinds = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
    number = ".".join(str(part) for part in connection.get_database_version())
    return [
        (kinds.get(connection.vendor, connection.vendor), number),
        ("Django", django.get_version()),
        ("Python", platform.python_version()),
    ]
