"""The post office: a letter is written once, claimed by one sender, and sent until it is gone or refused for good."""

import hashlib
import logging
import random
import smtplib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.core import mail
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import User
from notifications.models import Heartbeat, Letter, LetterState
from notifications.services.attachments import attached

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)


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
    context: dict[str, Any] = field(default_factory=dict)


def message_id(key: str) -> str:
    """The same key gives the same Message-ID, so that a second copy is recognised as one."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def post_letter(draft: Draft, *, now: datetime) -> Letter:
    """Write the letter unless its key was written before; return the row that counts."""
    known = Letter.objects.filter(key=draft.key).first()
    if known is not None:
        return known
    context = {**draft.context, "user": draft.user, "base_url": settings.BASE_URL}
    with translation.override(draft.user.language):
        subject = str(render_to_string(f"{draft.template}_subject.txt", context))
        text = render_to_string(f"{draft.template}_message.txt", context)
    line = " ".join(subject.split())
    return post_text(
        key=draft.key,
        kind=draft.kind,
        scope=draft.scope,
        user=draft.user,
        to_email=draft.user.email,
        reply_to=draft.reply_to,
        subject=f"[{draft.tag}] {line}" if draft.tag else line,
        text=text.strip() + "\n",
        expires_at=draft.expires_at,
        attachment=draft.attachment,
        calendar=draft.calendar,
        thread=message_id(draft.thread) if draft.thread else "",
        now=now,
    )


def post_text(*, key: str, now: datetime, to_email: str, subject: str, text: str, **fields: Any) -> Letter:
    """Write an already rendered letter unless its key was written before."""
    values = {"to_email": to_email, "subject": subject[:250], "text": text, "message_id": message_id(key), **fields}
    letter, _ = Letter.objects.get_or_create(key=key, defaults={**values, "created_at": now, "next_try_at": now})
    if settings.REDIS_URL and not any(entry[1] is _ring for entry in transaction.get_connection().run_on_commit):
        transaction.on_commit(_ring, robust=True)
    return letter


def _ring() -> None:
    """Tell a worker that there is something to send; without one, the next sweep finds the row anyway."""
    current_app.send_task("notifications.tasks.drain")


def drain(now: datetime) -> int:
    """Send what is due; return how many letters went out."""
    Letter.objects.filter(state=LetterState.WAITING, expires_at__lt=now).update(
        state=LetterState.DROPPED, reason="Its deadline had passed before it could be sent."
    )
    due = Q(state=LetterState.WAITING, next_try_at__lte=now) | Q(state=LetterState.SENDING, lease_until__lt=now)
    sent = 0
    for pk in list(Letter.objects.filter(due).order_by("next_try_at", "pk").values_list("pk", flat=True)[:500]):
        # Compare-and-update: of two senders exactly one changes the row.
        claimed = Letter.objects.filter(due, pk=pk).update(
            state=LetterState.SENDING, lease_until=now + LEASE, attempts=F("attempts") + 1
        )
        if claimed:
            sent += _send(Letter.objects.get(pk=pk), now)
    return sent


def _send(letter: Letter, now: datetime) -> bool:
    try:
        as_mail(letter).send()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _note_failure(letter, error, now)
        return False
    Letter.objects.filter(pk=letter.pk).update(
        state=LetterState.SENT, sent_at=now, lease_until=None, reason="", attempts=letter.attempts
    )
    return True


def as_mail(letter: Letter) -> mail.EmailMessage:
    headers = {"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"}
    if letter.thread:
        headers |= {"In-Reply-To": letter.thread, "References": letter.thread}
    reply_to = [letter.reply_to] if letter.reply_to else None
    to = [letter.to_email]
    message = mail.EmailMultiAlternatives(letter.subject, letter.text, to=to, reply_to=reply_to, headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for each in attached(letter):
        message.attach(*each)
    return message


def _note_failure(letter: Letter, error: Exception, now: datetime) -> None:
    final = _is_final(error)
    wait = min(timedelta(seconds=30) * 2 ** min(letter.attempts, 12), LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311
    Letter.objects.filter(pk=letter.pk).update(
        state=LetterState.FAILED if final else LetterState.WAITING,
        lease_until=None,
        next_try_at=now + wait,
        reason=str(error)[:500] or type(error).__name__,
    )
    log.warning("Letter %s was not sent (attempt %s): %s", letter.pk, letter.attempts, type(error).__name__)


def _is_final(error: Exception) -> bool:
    """A server that answers 5xx about this letter will answer so again; what cannot be put into a mail never can."""
    if isinstance(error, ValueError) and not isinstance(error, OSError):  # a bad certificate is both
        return True
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused) and error.smtp_code >= 500


def drop_letters(user: User, *, scope: str, kinds: tuple[str, ...], reason: str) -> int:
    """Drop what has not gone out yet and no longer concerns the person; return how many letters that were."""
    waiting = Letter.objects.filter(user=user, scope=scope, kind__in=kinds, state=LetterState.WAITING)
    return waiting.update(state=LetterState.DROPPED, reason=reason)


def retry_letter(letter: Letter, *, now: datetime) -> None:
    """Send a failed letter again; it keeps its text and its Message-ID."""
    Letter.objects.filter(pk=letter.pk, state=LetterState.FAILED).update(
        state=LetterState.WAITING, next_try_at=now, reason=""
    )


def retry_failed(*, now: datetime) -> int:
    """Send every failed letter again; return how many there were."""
    failed = Letter.objects.filter(state=LetterState.FAILED)
    return failed.update(state=LetterState.WAITING, next_try_at=now, reason="")


def beat(name: str, *, now: datetime) -> None:
    """Note that a background job has finished."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": now})
