"""News on the seminar's page."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Conflict
from accounts.permissions import signed_in
from courses import services
from courses.forms import AnnouncementForm
from courses.models import Announcement, Seminar
from courses.permissions import seminar_page


@seminar_page("courses.announcement_list")
@require_http_methods(["GET", "POST"])
def announcement_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    form = AnnouncementForm(request.POST or None, initial={"key": uuid.uuid4()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        key = data.pop("key") or uuid.uuid4()
        data.pop("revision")
        services.publish_announcement(seminar, key, **data, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("This is on the page of the seminar now."))
        return redirect("courses:announcement_list", seminar.slug)
    context = {"seminar": seminar, "form": form, "announcements": Announcement.objects.filter(seminar=seminar)}
    return render(request, "courses/announcement_list.html", context, status=400 if form.errors else 200)


@seminar_page("courses.announcement_edit")
@require_http_methods(["GET", "POST"])
def announcement_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    announcement = get_object_or_404(Announcement, pk=pk, seminar=seminar)
    actor, now = signed_in(request), timezone.now()
    if "withdraw" in request.POST:
        services.withdraw_announcement(announcement, actor=actor, now=now)
        messages.success(request, _("It is off the page. What it said is kept here."))
        return redirect("courses:announcement_list", seminar.slug)
    stored = {name: getattr(announcement, name) for name in ("title", "text", "public", "revision")}
    form = AnnouncementForm(request.POST or None, initial={**stored, "by_mail": False})
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        data.pop("key")
        try:
            services.edit_announcement(announcement, **data, actor=actor, now=now)
        except Conflict as conflict:
            refusal = conflict
            announcement.refresh_from_db()
            form.data = {**form.data.dict(), "revision": announcement.revision}  # type: ignore[attr-defined]  # a QueryDict
        else:
            messages.success(request, _("Saved."))
            return redirect("courses:announcement_list", seminar.slug)
    context = {
        "seminar": seminar,
        "announcement": announcement,
        "form": form,
        "refusal": refusal,
        "wordings": announcement.wordings.select_related("by"),
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "courses/announcement_edit.html", context, status=status)
