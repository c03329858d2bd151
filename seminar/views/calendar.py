"""Calendars to subscribe to."""

import re
from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import permission, signed_in
from courses.domain.ics import Entry
from courses.models import Seminar
from courses.permissions import seminar_page
from seminar.services import calendar

ICS = "text/calendar; charset=utf-8"
KEY = re.compile(r"[\w-]{1,43}", re.ASCII)


@seminar_page("seminar.seminar_calendar", public=True)
@require_safe
def seminar_calendar(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    return answer(request, seminar.title, calendar.seminar_entries(seminar, timezone.now()))


@permission("seminar.calendar_feed", public=True)
@require_safe
def calendar_feed(request: HttpRequest, key: str) -> HttpResponse:
    """A person's own calendar: whoever knows the address may read it, as calendar programs cannot sign in."""
    user = User.objects.filter(calendar_key=key, is_active=True).first() if KEY.fullmatch(key) else None
    if user is None:
        raise Http404
    with translation.override(user.language):
        response = answer(request, _("My seminars"), calendar.personal_entries(user, timezone.now()))
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    return response


def answer(request: HttpRequest, name: str, entries: Sequence[Entry]) -> HttpResponse:
    """The calendar, or nothing where the program has these very entries; programs ask each hour, and little changes."""
    tag = f'"{calendar.digest(name, entries)}"'
    response = get_conditional_response(request, etag=tag)
    if response is None:
        response = HttpResponse(calendar.calendar_text(name, entries), content_type=ICS)
    response["ETag"] = tag
    return response


@permission("seminar.calendar_edit")
@require_http_methods(["GET", "POST"])
def calendar_edit(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if request.method == "POST":
        if "stop" in request.POST:
            calendar.stop_address(user)
            messages.success(request, _("The address no longer works."))
        else:
            calendar.renew_address(user)
            messages.success(request, _("Here is your address. An earlier one no longer works."))
        return redirect("calendar_edit")
    address = settings.BASE_URL + reverse("calendar_feed", args=[user.calendar_key]) if user.calendar_key else ""
    return render(request, "seminar/calendar_edit.html", {"address": address})
