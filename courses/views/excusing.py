"""Excuses asked for and decided, and work for sessions missed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import ExcuseDecisionForm, ExcuseForm, MakeUpForm
from courses.models import Attendance, AttendanceStatus, Excuse, ExcuseState, MakeUp, Seminar
from courses.permissions import own_row, seminar_page, switched_on
from courses.views.attendance import session_or_404


@seminar_page("courses.excuse_edit")
@switched_on("attendance")
@require_http_methods(["GET", "POST"])
def excuse_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    """A student asks to be excused, changes the words, or takes it back."""
    session, row = session_or_404(seminar, key), own_row(request, seminar)
    mine = queries.excuses_of(row, session)
    asked = mine.filter(state=ExcuseState.ASKED).first()
    if request.method == "POST" and "take_back" in request.POST:
        if asked is not None:
            services.decide_excuse(asked, ExcuseState.TAKEN_BACK, actor=row.user, now=timezone.now())
        messages.success(request, _("Taken back."))
        return redirect("courses:excuse_edit", seminar.slug, key)
    form = ExcuseForm(request.POST or None, initial={"reason": asked.reason if asked else ""})
    if request.method == "POST" and form.is_valid():
        services.ask_excuse(session, row, reason=form.cleaned_data["reason"], now=timezone.now())
        messages.success(request, _("Your request is in; you will get a letter once it is decided."))
        return redirect("courses:excuse_edit", seminar.slug, key)
    context = {
        "seminar": seminar,
        "session": session,
        "form": form,
        "asked": asked,
        "closed": mine.exclude(state=ExcuseState.ASKED),
        "needless": services.why_no_excuse(session, row),
    }
    return render(request, "courses/excuse_edit.html", context, status=400 if form.errors else 200)


@seminar_page("courses.excuse_decide")
@switched_on("attendance")
@require_http_methods(["GET", "POST"])
def excuse_decide(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    rows = Excuse.objects.filter(session__seminar=seminar)
    excuse = get_object_or_404(rows.select_related("session__seminar", "participant__user", "decided_by"), pk=pk)
    form = ExcuseDecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        state = ExcuseState.DECLINED if "decline" in request.POST else ExcuseState.GRANTED
        if state == ExcuseState.DECLINED and not form.cleaned_data["answer"]:
            raise Refusal("reason_missing", _("Please give the reason: the student will read it. Nothing was changed."))
        answer = form.cleaned_data["answer"]
        services.decide_excuse(excuse, state, answer=answer, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("%(name)s is told.") % {"name": excuse.participant.user.name})
        return redirect("courses:attendance_list", seminar.slug)
    earlier = queries.excuses_of(excuse.participant, excuse.session).exclude(pk=excuse.pk)
    context = {"seminar": seminar, "excuse": excuse, "form": form, "earlier": earlier}
    return render(request, "courses/excuse_decide.html", context, status=400 if form.errors else 200)


@seminar_page("courses.make_up_edit")
@switched_on("attendance")
@require_http_methods(["GET", "POST"])
def make_up_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """Work for one absence: given, changed, done, removed."""
    rows = Attendance.objects.filter(session__seminar=seminar).select_related("session__seminar", "participant__user")
    attendance = get_object_or_404(rows, pk=pk)
    stored = MakeUp.objects.filter(attendance=attendance).first()
    initial = {"task": stored.task, "until": stored.until, "done": stored.done_on is not None} if stored else {}
    form = MakeUpForm(request.POST or None, initial={**initial, "shown": services.make_up_line(stored)})
    actor, now = signed_in(request), timezone.now()
    if "remove" in request.POST:
        shown = request.POST.get("shown", "")
        services.save_make_up(attendance, task="", until=None, done=False, shown=shown, actor=actor, now=now)
        messages.success(request, _("Removed."))
        return redirect("courses:attendance_list", seminar.slug)
    if request.method == "POST" and form.is_valid():
        services.save_make_up(attendance, **form.cleaned_data, actor=actor, now=now)
        messages.success(request, _("%(name)s is told.") % {"name": attendance.participant.user.name})
        return redirect("courses:attendance_list", seminar.slug)
    context = {
        "seminar": seminar,
        "attendance": attendance,
        "stored": stored,
        "form": form,
        "absent": attendance.status == AttendanceStatus.ABSENT,
    }
    return render(request, "courses/make_up_edit.html", context, status=400 if form.errors else 200)
