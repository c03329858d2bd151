"""Meetings with one student each."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Role, Seminar
from courses.permissions import own_row, seminar_page
from grading import queries, services
from grading.forms import MeetingForm, OfferForm
from grading.models import Meeting


def listing(request: HttpRequest, seminar: Seminar, **more: object) -> HttpResponse:
    row, now = own_row(request, seminar), timezone.now()
    meetings = list(queries.meetings_for(row, now))
    own = next((meeting for meeting in meetings if meeting.participant_id == row.pk and not meeting.outcome), None)
    context = {
        "seminar": seminar,
        "organizes": row.role == Role.ORGANIZER,
        "booked": [meeting for meeting in meetings if meeting.participant_id],
        "free": [meeting for meeting in meetings if not meeting.participant_id],
        "own": own,
        "may_change": own is not None and own.begins_at > now,
        "form": OfferForm(),
        "now": now,
        **more,
    }
    refusal = more.get("refusal")
    status = refusal.status if isinstance(refusal, Refusal) else 400 if "form" in more else 200
    return render(request, "grading/meeting_list.html", context, status=status)


@seminar_page("grading.meeting_list")
@require_safe
def meeting_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    return listing(request, seminar)


@seminar_page("grading.meeting_create")
@require_POST
def meeting_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """An organizer offers times."""
    form = OfferForm(request.POST)
    if not form.is_valid():
        return listing(request, seminar, form=form)
    try:
        count = services.offer_meetings(seminar, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
    except Refusal as refusal:
        return listing(request, seminar, form=form, refusal=refusal)
    sentence = ngettext("%(count)d time is offered.", "%(count)d times are offered.", count)
    messages.success(request, sentence % {"count": count} if count else _("These times were there already."))
    return redirect("grading:meeting_list", seminar.slug)


@seminar_page("grading.meeting_update")
@require_POST
def meeting_update(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """A student books a time, moves to it, or gives their own back."""
    row, now = own_row(request, seminar), timezone.now()
    meeting = get_object_or_404(queries.meetings_for(row, now), pk=pk)
    try:
        if "cancel" in request.POST:
            if meeting.participant_id == row.pk:
                services.cancel_meeting(meeting, actor=row.user, now=now)
            messages.success(request, _("Your meeting is cancelled; the time is free again."))
        else:
            services.book_meeting(meeting, row, now=now)
            messages.success(request, _("Your meeting is booked. You get a letter, and a reminder a day before."))
    except Refusal as refusal:
        return listing(request, seminar, refusal=refusal)
    return redirect("grading:meeting_list", seminar.slug)


@seminar_page("grading.meeting_edit")
@require_http_methods(["GET", "POST"])
def meeting_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """An organizer keeps what came of a meeting, cancels it, or takes back a free time."""
    meeting = get_object_or_404(Meeting.objects.select_related("seminar", "participant__user"), seminar=seminar, pk=pk)
    form = MeetingForm(request.POST or None, initial={"outcome": meeting.outcome, "notes": meeting.notes})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            change_meeting(request, meeting, form)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("Saved."))
            return redirect("grading:meeting_list", seminar.slug)
    context = {"seminar": seminar, "meeting": meeting, "form": form, "refusal": refusal}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "grading/meeting_edit.html", context, status=status)


def change_meeting(request: HttpRequest, meeting: Meeting, form: MeetingForm) -> None:
    actor, now = signed_in(request), timezone.now()
    if "withdraw" in request.POST:
        services.withdraw_offer(meeting)
    elif "cancel" in request.POST:
        services.cancel_meeting(meeting, actor=actor, now=now, reason=request.POST.get("reason", "")[:250])
    else:
        services.note_outcome(meeting, **form.cleaned_data, actor=actor, now=now)
