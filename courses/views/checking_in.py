"""The code on the wall, and the page on which students type it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries, services
from courses.domain.check_in import code_at, seconds_left
from courses.forms import CheckInForm, CodeForm
from courses.models import AttendanceStatus, Seminar
from courses.permissions import own_row, seminar_page, switched_on
from courses.views.attendance import session_or_404


@seminar_page("courses.check_in_edit")
@switched_on("check_in")
@never_cache
@require_http_methods(["GET", "POST"])
def check_in_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    session, now, actor = session_or_404(seminar, key), timezone.now(), signed_in(request)
    form = CheckInForm(request.POST or None)
    if "stop" in request.POST:
        services.stop_check_in(session, actor=actor, now=now)
        messages.success(request, _("The check-in is closed."))
        return redirect("courses:attendance_edit", seminar.slug, key)
    if request.method == "POST" and form.is_valid():
        services.start_check_in(session, minutes=form.cleaned_data["minutes"], actor=actor, now=now)
        return redirect("courses:check_in_edit", seminar.slug, key)
    running = queries.open_check_in(seminar, now)
    opened = running if running is not None and running.session_id == session.pk else None
    context = {
        "seminar": seminar,
        "session": session,
        "form": form,
        "opened": opened,
        "elsewhere": running if opened is None else None,
        "code": code_at(opened.secret, now) if opened else "",
        "seconds": seconds_left(now),
        "address": settings.BASE_URL.rpartition("//")[2] + reverse("courses:check_in", args=[seminar.slug]),
        "present": session.attendances.filter(status=AttendanceStatus.PRESENT).count(),
    }
    return render(request, "courses/check_in_edit.html", context, status=400 if form.errors else 200)


@seminar_page("courses.check_in")
@switched_on("check_in")
@never_cache
@require_http_methods(["GET", "POST"])
def check_in(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row, now = own_row(request, seminar), timezone.now()
    form = CodeForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            session = services.check_in(row, form.cleaned_data["code"], now=now)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, _("You are noted as present: %(session)s.") % {"session": session})
            return redirect("me_detail", seminar.slug)
    opened = queries.open_check_in(seminar, now)
    context = {"seminar": seminar, "form": form, "refusal": refusal, "opened": opened}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "courses/check_in.html", context, status=status)
