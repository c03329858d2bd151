"""The post office: a letter is written once, and kept until it is gone, refused for good or of no concern any more."""

import hashlib
import logging
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from kombu.exceptions import OperationalError

from accounts.models import User
from notifications.domain.letter_text import subject_line
from notifications.models import Heartbeat, Letter, LetterState
from notifications.services.rendering import render_letter

log = logging.getLogger(__name__)
rest = {"until": 0.0}  # when a queue that did not answer may be asked again, on the monotonic clock


@dataclass(frozen=True)
class Draft:
    """A letter before it is rendered; `key` says once and for all which letter this is."""

    key: str
    kind: str
    template: str
    user: User
    scope: str = ""
    tag: str = ""
    reply_to: str = ""
    expires_at: datetime | None = None
    attachment: str = ""
    calendar: str = ""
    thread: str = ""  # the key of the letter that this one follows
    about: str = ""  # what it is about; letters to one person about the same thing follow the first of them
    context: dict[str, Any] = field(default_factory=dict)


def message_id(key: str) -> str:
    """The same key gives the same Message-ID, so that a second copy is recognised as one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def render(draft: Draft) -> dict[str, str]:
    """Subject, text and HTML as their reader's language has them."""
    context = {**draft.context, "user": draft.user}
    return render_letter(draft.template, context, language=draft.user.language, tag=draft.tag)._asdict()


def post_letter(draft: Draft, *, now: datetime) -> Letter:
    """Write the letter unless its key was written before; return the row that counts."""
    known = Letter.objects.filter(key=draft.key).first()
    if known is not None:
        return known
    return post_text(
        key=draft.key,
        kind=draft.kind,
        scope=draft.scope,
        user=draft.user,
        to_email=draft.user.email,
        reply_to=draft.reply_to,
        expires_at=draft.expires_at,
        attachment=draft.attachment,
        about=draft.about,
        thread=message_id(draft.thread) if draft.thread else first_about(draft),
        calendar=draft.calendar,
        now=now,
        **render(draft),
    )


def first_about(draft: Draft) -> str:
    """The Message-ID of the first letter that told this person of the same thing; empty where there is none."""
    if not draft.about:
        return ""
    earlier = Letter.objects.filter(user=draft.user, scope=draft.scope, about=draft.about).order_by("pk")
    return earlier.values_list("message_id", flat=True).first() or ""


def post_text(*, key: str, now: datetime, to_email: str, subject: str, text: str, **fields: Any) -> Letter:
    """Write an already rendered letter unless its key was written before."""
    values = {
        "to_email": to_email,
        "subject": subject_line(subject),
        "text": text,
        "message_id": message_id(key),
        **fields,
    }
    letter, new = Letter.objects.get_or_create(key=key, defaults={**values, "created_at": now, "next_try_at": now})
    if new and not any(entry[1] is ring for entry in transaction.get_connection().run_on_commit):
        transaction.on_commit(ring, robust=True)
    return letter


def ring() -> None:
    """Tell a worker that there is something to send; without one, the next sweep finds the row anyway."""
    if not settings.REDIS_URL or time.monotonic() < rest["until"]:
        return
    started = time.monotonic()
    try:
        current_app.send_task("notifications.tasks.drain")
    except OperationalError as error:
        log.warning("Nobody could be told of a letter; the next sweep finds it: %s", type(error).__name__)
    if time.monotonic() - started > 1:
        rest["until"] = time.monotonic() + 30  # what does not answer must not make everybody wait


def drop_letters(user: User, *, scope: str, kinds: tuple[str, ...], reason: str) -> int:
    """Drop what has not gone out yet and no longer concerns the person; return how many letters that were."""
    waiting = Letter.objects.filter(user=user, scope=scope, kind__in=kinds, state=LetterState.WAITING)
    return waiting.update(state=LetterState.DROPPED, reason=reason)


def retry_letter(letter: Letter, *, now: datetime) -> None:
    """Send a failed letter again, to the address that the person has now; it keeps its text and its Message-ID."""
    to_email = letter.user.email if letter.user else letter.to_email
    Letter.objects.filter(pk=letter.pk, state=LetterState.FAILED).update(
        state=LetterState.WAITING, next_try_at=now, reason="", to_email=to_email
    )


def retry_failed(*, now: datetime) -> int:
    """Send every failed letter again, each to the address that its person has now; return how many there were."""
    present = Subquery(User.objects.filter(pk=OuterRef("user")).values("email"))
    failed = Letter.objects.filter(state=LetterState.FAILED)
    return failed.update(
        state=LetterState.WAITING, next_try_at=now, reason="", to_email=Coalesce(present, F("to_email"))
    )


def beat(name: str, *, now: datetime) -> None:
    """Note that a background job has finished."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
