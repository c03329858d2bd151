"""“Message those who …”: choose, look and edit, send now or later; afterwards what became of each letter."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import services as courses_services
from courses.models import Mailing, MailingState, Seminar
from courses.permissions import seminar_page
from notifications.models import Letter
from seminar.forms import AudienceForm, MailingForm
from seminar.services import audiences, mailings
from seminar.views.letters import letter_frame

LONGEST_AHEAD = timedelta(days=366)


@seminar_page("seminar.mailing_create")
@require_http_methods(["GET", "POST"])
def mailing_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    first = {"key": uuid.uuid4(), "audience": request.GET.get("audience", "")}
    form = AudienceForm(request.POST or None, seminar=seminar, initial=first)
    if request.method == "POST" and form.is_valid():
        audience, _colon, milestone = form.cleaned_data["audience"].partition(":")
        deadline = "deadline" in audiences.placeholders(audience)
        mailing = courses_services.create_mailing(
            seminar,
            form.cleaned_data["key"],
            audience=audience,
            milestone=milestone,
            chosen=form.cleaned_data["participant"],
            text="\n\n".join([_("Dear {name},"), *([_("Your deadline: {deadline}")] if deadline else [])]),
            actor=signed_in(request),
            now=timezone.now(),
        )
        return redirect("mailing_edit", seminar.slug, mailing.pk)
    context = {"seminar": seminar, "form": form}
    return render(request, "seminar/mailing_create.html", context, status=400 if form.errors else 200)


@seminar_page("seminar.mailing_edit")
@require_http_methods(["GET", "POST"])
def mailing_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    mailing: Mailing = get_object_or_404(Mailing.objects.filter(seminar=seminar).select_related("seminar"), pk=pk)
    do = request.POST.get("do", "save")
    if request.method == "POST" and do in {"discard", "cancel"}:
        return _take_back(request, mailing, do)
    if request.method == "GET" and mailing.state == MailingState.SENT:
        return _log(request, mailing)
    people = audiences.recipients(mailing, timezone.now())
    form = MailingForm(
        request.POST if request.method == "POST" else None, mailing=mailing, listed=[each.pk for each in people]
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _carry_out(request, mailing, form, do)
        except Refusal as refusal:
            return _page(request, mailing, form, refusal=refusal)
    return _page(request, mailing, form)


def _carry_out(request: HttpRequest, mailing: Mailing, form: MailingForm, do: str) -> HttpResponse:
    """Save the draft, and do what the button says."""
    actor, now, data = signed_in(request), timezone.now(), form.cleaned_data
    send_at = _instant(mailing.seminar, data["send_at"], now) if do == "schedule" else None
    mailing = courses_services.save_mailing(mailing, revision=data["revision"], **form.fields_of_draft())
    if send_at is not None:
        courses_services.schedule_mailing(mailing, send_at=send_at, actor=actor, now=now)
        messages.success(request, _("This letter will be sent by itself."))
    elif do == "send":
        mailings.send_mailing(mailing, shown=data["shown"], actor=actor, now=now)
        count = Letter.objects.filter(scope=mailing.seminar.slug, about=f"mailing:{mailing.pk}").count()
        messages.success(
            request, ngettext("%(n)d letter is on its way.", "%(n)d letters are on their way.", count) % {"n": count}
        )
    else:
        messages.success(request, _("Saved. Nothing was sent."))
    return redirect("mailing_edit", mailing.seminar.slug, mailing.pk)


def _instant(seminar: Seminar, chosen: datetime | None, now: datetime) -> datetime:
    """The moment that the seminar's clocks call so."""
    instant = chosen.replace(tzinfo=seminar.zone) if chosen else None
    if instant is None or not now < instant <= now + LONGEST_AHEAD:
        raise Refusal(
            "no_time", _("Please say when it is to be sent: a time to come, within a year. Nothing was sent.")
        )
    return instant


def _take_back(request: HttpRequest, mailing: Mailing, do: str) -> HttpResponse:
    if do == "discard":
        courses_services.discard_mailing(mailing)
        messages.success(request, _("The draft is thrown away."))
        return redirect("courses:message_list", mailing.seminar.slug)
    courses_services.unschedule_mailing(mailing, actor=signed_in(request), now=timezone.now())
    messages.success(request, _("It will not be sent. The letter is a draft again."))
    return redirect("mailing_edit", mailing.seminar.slug, mailing.pk)


def _page(request: HttpRequest, mailing: Mailing, form: MailingForm, *, refusal: Refusal | None = None) -> HttpResponse:
    """The letter with everybody whom it is meant for now, and what one of them would get."""
    mailing.refresh_from_db()
    people = _ticked_as_sent(audiences.recipients(mailing, timezone.now()), form)
    ticked = [each for each in people if each.ticked]
    wanted = request.GET.get("to", "")
    reader = next((each for each in people if str(each.pk) == wanted), ticked[0] if ticked else None)
    context: dict[str, Any] = {
        "seminar": mailing.seminar,
        "mailing": mailing,
        "sentence": audiences.sentence(mailing),
        "placeholders": [f"{{{name}}}" for name in audiences.placeholders(mailing.audience)],
        "people": people,
        "shown": ",".join(str(each.pk) for each in people),
        "count": len(ticked),
        "form": form,
        "values": _values(mailing, form),
        "reader": reader,
        "letter": mailings.letter_to(mailing, reader) if reader and mailing.subject else None,
        "refusal": refusal,
        "now": timezone.now(),
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "seminar/mailing_edit.html", context, status=status)


def _ticked_as_sent(people: list[audiences.Recipient], form: MailingForm) -> list[audiences.Recipient]:
    """Ticks as the form had them, where it could not be taken; whoever is new keeps the tick of a newcomer."""
    if not form.is_bound:
        return people
    shown, ticked = form.ids("shown"), form.ids("to")
    return [replace(each, ticked=each.pk in ticked) if each.pk in shown else each for each in people]


def _values(mailing: Mailing, form: MailingForm) -> dict[str, str]:
    """What stands in the fields: what was sent, so that a refusal loses nothing; else what is stored."""
    stored = {"subject": mailing.subject, "text": mailing.text, "send_at": ""}
    return {name: str(form.data.get(name, value)) if form.is_bound else value for name, value in stored.items()}


def _log(request: HttpRequest, mailing: Mailing) -> HttpResponse:
    letters = Letter.objects.filter(scope=mailing.seminar.slug, about=f"mailing:{mailing.pk}").select_related("user")
    context = {
        "seminar": mailing.seminar,
        "mailing": mailing,
        "sentence": audiences.sentence(mailing),
        "letters": letters.order_by("user__family_name", "user__given_names", "pk").defer("html", "text"),
    }
    return render(request, "seminar/mailing_log.html", context)


@seminar_page("seminar.mailing_frame")
@require_safe
def mailing_frame(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """The HTML part of a draft as the participant `to` would get it."""
    mailing = get_object_or_404(Mailing.objects.filter(seminar=seminar).select_related("seminar"), pk=pk)
    people = audiences.recipients(mailing, timezone.now())
    reader = next((each for each in people if str(each.pk) == request.GET.get("to")), None)
    if reader is None:
        raise Http404
    return letter_frame(mailings.letter_to(mailing, reader).html)
