"""Letters that organizers write: drafted, scheduled, sent once. Whom they concern is asked by the caller, above this app."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses.domain.placeholders import filled
from courses.models import MAILING_TRANSITIONS, Mailing, MailingState, Participant, Seminar
from courses.services.history import record, write_to

Addressed = tuple[Participant, Mapping[str, str]]  # whom, and what the placeholders stand for


@transaction.atomic
def create_mailing(
    seminar: Seminar,
    key: UUID,
    *,
    audience: str,
    milestone: str,
    chosen: Iterable[int] = (),
    text: str,
    actor: User,
    now: datetime,
) -> Mailing:
    """Begin a letter; the same key and the same people give the same draft, until it is sent."""
    people = sorted(set(chosen))
    name = uuid5(key, f"{audience}:{milestone}:{people}")
    if Mailing.objects.filter(key=name).exclude(state=MailingState.DRAFT).exists():
        name = uuid4()
    values = {"audience": audience, "milestone": milestone, "chosen": people, "text": text}
    mailing, _created = Mailing.objects.get_or_create(
        key=name, seminar=seminar, defaults={**values, "created_by": actor, "created_at": now}
    )
    return mailing


@transaction.atomic
def save_mailing(mailing: Mailing, *, revision: int, **fields: Any) -> Mailing:
    """Save subject, text and ticks as they were edited; a draft that somebody else has changed meanwhile is a conflict."""
    stored = _locked(mailing)
    if {name: getattr(stored, name) for name in fields} == fields:
        return stored
    _refuse_unless_draft(stored)
    if stored.revision != revision:
        raise Conflict(
            "stale",
            _("Somebody else has changed this letter meanwhile. Theirs is kept: “%(theirs)s”. You had: “%(yours)s”.")
            % {"theirs": stored.subject, "yours": fields.get("subject", "")},
        )
    for name, value in fields.items():
        setattr(stored, name, value)
    stored.revision += 1
    stored.save()
    return stored


@transaction.atomic
def schedule_mailing(mailing: Mailing, *, send_at: datetime, actor: User, now: datetime) -> None:
    """Let a draft go out by itself later."""
    stored = _locked(mailing)
    if (stored.state, stored.send_at) == (MailingState.SCHEDULED, send_at):
        return
    _move(stored, MailingState.SCHEDULED, send_at=send_at)
    record(stored.seminar, gettext_noop("letter to several"), now=now, actor=actor, old="", new=send_at)


@transaction.atomic
def unschedule_mailing(mailing: Mailing, *, actor: User, now: datetime) -> None:
    """Make a scheduled letter a draft again; one that has gone out cannot be called back."""
    stored = _locked(mailing)
    if stored.state == MailingState.DRAFT:
        return
    old = stored.send_at
    _move(stored, MailingState.DRAFT, send_at=None)
    record(stored.seminar, gettext_noop("letter to several"), now=now, actor=actor, old=old, new="")


@transaction.atomic
def discard_mailing(mailing: Mailing) -> None:
    """Throw a draft away."""
    stored = Mailing.objects.select_for_update().filter(pk=mailing.pk).first()
    if stored is not None:
        _refuse_unless_draft(stored)
        stored.delete()


@transaction.atomic
def post_mailing(mailing: Mailing, people: Iterable[Addressed], *, actor: User | None, now: datetime) -> int:
    """Write the letter to everybody, each once, and close it; return how many letters that are."""
    stored = _locked(mailing)
    _move(stored, MailingState.SENT, sent_at=now)
    count = 0
    for participant, values in people:
        subject, text = (filled(words, values) for words in (stored.subject, stored.text))
        about = f"mailing:{stored.pk}"
        key, template = f"{about}:{participant.pk}", "courses/email/mailing"
        write_to(participant, key, template, now=now, about=about, subject=subject, text=text)
        count += 1
    record(
        stored.seminar,
        gettext_noop("letter to several"),
        now=now,
        actor=actor or stored.created_by,
        new=f"{count}: {stored.subject}",
        reason=f"{stored.audience} {stored.milestone}".strip(),
    )
    return count


def _locked(mailing: Mailing) -> Mailing:
    rows = Mailing.objects.select_for_update(of=("self",)).select_related("seminar", "created_by")
    stored = rows.filter(pk=mailing.pk).first()
    if stored is None:
        raise Conflict("discarded", _("This letter was thrown away meanwhile; nothing was sent."))
    return stored


def _refuse_unless_draft(stored: Mailing) -> None:
    if stored.state != MailingState.DRAFT:
        raise Conflict("not_a_draft", _("This letter is no draft any more; nothing was changed."))


def _move(stored: Mailing, state: str, **fields: Any) -> None:
    """Whoever comes second finds that the letter has moved on."""
    if state not in MAILING_TRANSITIONS[stored.state]:
        raise Conflict("not_possible", _("This letter has been sent or changed meanwhile; nothing was changed."))
    for name, value in {"state": state, **fields}.items():
        setattr(stored, name, value)
    stored.revision += 1
    stored.save(update_fields=["state", "revision", *fields])
