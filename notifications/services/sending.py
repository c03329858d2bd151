"""On their way: each letter is claimed by one sender, and sent until it is gone, refused for good or of no concern any more."""

import hashlib
import logging
import random
import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.mail.backends.smtp import EmailBackend
from django.db import DatabaseError
from django.db.models import Case, Q, When
from django.utils.translation import gettext_noop

from notifications.models import CHOICES, Heartbeat, Letter, LetterFile, LetterState
from notifications.services.answers import has_answered, is_about_the_server, is_final, words
from notifications.services.attachments import attached, keep_files
from notifications.services.choosing import thinner_address
from notifications.services.outbox import beat, ring
from notifications.services.rendering import list_headers
from notifications.services.sources import SOURCES, Fresh

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=settings.LETTER_LEASE_SECONDS)
MINUTE = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP = timedelta(days=5)
CLOCKS_DIFFER = timedelta(minutes=10)  # at most, on the machines that send
PATIENCE = timedelta(seconds=45)  # how long one drain goes on; what is left is the next one's
TROUBLE = timedelta(minutes=10)  # without a letter sent for so long, the server is at fault and not the letters
BATCH = 100  # letters that share a connection
MOST_PATIENCE = 10  # times as much for a letter that has been tried in vain
MOST_SILENT, MOST_REFUSED = 3, 20  # failures in a row after which a drain gives the server a rest
# Somebody sits before a page that asks for the code in it.
OF_AN_ACCOUNT_FIRST = Case(When(scope="", then=0), default=1)
LAST_SENT = "letter sent"
TOO_LATE = gettext_noop("Its deadline had passed before it could be sent.")


def drain(now: datetime) -> int:
    """Send what is due; return how many letters went out."""
    gone_by = Letter.objects.filter(Q(state=LetterState.WAITING) | is_due(now), expires_at__lt=now)
    gone_by.update(state=LetterState.DROPPED, lease_until=None, reason=TOO_LATE)
    sender = Sender(now)
    while batch := sender.due():
        if sender.at >= now + PATIENCE:
            ring()
            break
        sender.send_all(batch)
        if sender.gives_up:
            break
    if sender.sent:
        beat(LAST_SENT, now=sender.at)
    return sender.sent


class Sender:
    """One drain: its clock, its connection, and what came of the letters so far."""

    def __init__(self, now: datetime) -> None:
        self.now, self.started = now, time.monotonic()
        self.connection = mail.get_connection()
        self.sent = self.silent = self.refused = 0

    @property
    def at(self) -> datetime:
        """The instant, in whole seconds: what a lease needs to be true in a drain that takes long."""
        return self.now + timedelta(seconds=int(time.monotonic() - self.started))

    @property
    def gives_up(self) -> bool:
        return self.silent >= MOST_SILENT or self.refused >= MOST_REFUSED

    def due(self) -> list[tuple[int, int]]:
        """Ids of the next letters, each with the number of attempts that there were."""
        letters = Letter.objects.filter(is_due(self.at)).order_by(OF_AN_ACCOUNT_FIRST, "next_try_at", "pk")
        return list(letters.values_list("pk", "attempts")[:BATCH])

    def send_all(self, batch: list[tuple[int, int]]) -> None:
        """Send some letters over one connection."""
        try:
            for place, (pk, attempts) in enumerate(batch):
                if not self.open([each for each, _attempts in batch[place:]]):
                    break
                letter = self.claim(pk, attempts)
                if letter is not None:
                    self.send(letter)
                if self.gives_up:
                    break
        finally:
            self.close()

    def open(self, batch: list[int]) -> bool:
        """Be connected before a letter is claimed: a server that is away is no letter's fault, and those at hand wait a minute."""
        if not isinstance(self.connection, EmailBackend) or self.connection.connection is not None:
            return True  # what is no server opens and closes by itself
        try:
            self.connection.open()
            self.connection.connection.ehlo_or_helo_if_needed()  # type: ignore[attr-defined]  # it is open
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            self.silent = MOST_SILENT
            later, letters = self.at + MINUTE * jitter(), Letter.objects.filter(is_due(self.at), pk__in=batch)
            letters.update(state=LetterState.WAITING, lease_until=None, next_try_at=later, reason=words(error))
            log.warning("The mail server cannot be reached: %s", type(error).__name__)
            return False
        return True

    def close(self) -> None:
        try:
            self.connection.close()
        except (smtplib.SMTPException, OSError):
            log.info("The mail server had gone before the connection was closed.")

    def claim(self, pk: int, attempts: int) -> Letter | None:
        """Compare-and-update: of two senders exactly one changes the row. It goes to the end of the line, should it end its sender."""
        until = self.at + lease(attempts + 1)
        claimed = Letter.objects.filter(is_due(self.at), pk=pk, attempts=attempts).update(
            state=LetterState.SENDING, lease_until=until, next_try_at=until, attempts=attempts + 1
        )
        return Letter.objects.select_related("user").get(pk=pk) if claimed else None

    def send(self, letter: Letter) -> None:
        begun = time.monotonic()
        try:
            if not is_current(letter, self.at) or not self.has_its_file(letter):
                return
            with at_most(patience(letter.attempts), self.connection):
                self.connection.send_messages([as_mail(letter)])
        except DatabaseError:
            raise
        except Exception as error:  # whatever is wrong with one letter must not hold up the others
            self.note_failure(letter, error, seconds=time.monotonic() - begun)
            return
        if letter.attachment:
            LetterFile.objects.filter(letter=letter).delete()
        done = {"state": LetterState.SENT, "sent_at": self.at, "lease_until": None, "reason": ""}
        self.sent += Letter.objects.filter(still_mine(letter)).update(**done)
        self.silent = self.refused = 0

    def has_its_file(self, letter: Letter) -> bool:
        """Making a file takes time: the lease begins anew, unless another sender has taken the letter meanwhile."""
        if not letter.attachment:
            return True
        keep_files(letter)
        return bool(Letter.objects.filter(still_mine(letter)).update(lease_until=self.at + lease(letter.attempts)))

    def note_failure(self, letter: Letter, error: Exception, *, seconds: float) -> None:
        answered = has_answered(error)
        if is_about_the_server(error) or seconds > patience(1):
            self.silent = MOST_SILENT
        elif answered:
            self.refused += 1
        else:
            self.silent += 1
        if not answered or getattr(error, "smtp_code", 0) == 421:
            self.close()  # whatever comes over it now may belong to this letter
        final = is_final(error) or self.at - letter.created_at > GIVEN_UP
        Letter.objects.filter(still_mine(letter)).update(
            state=LetterState.FAILED if final else LetterState.WAITING,
            lease_until=None,
            next_try_at=self.at + (MINUTE if is_about_the_server(error) else self.wait(letter)) * jitter(),
            reason=words(error),
            frozen=letter.frozen or not answered,  # a server that has answered has no copy; one gone silent may have
        )
        log.warning("Letter %s was not sent (attempt %s): %s", letter.pk, letter.attempts, type(error).__name__)

    def wait(self, letter: Letter) -> timedelta:
        """How long a letter waits: ever longer, but a minute where the server refuses everybody."""
        if not self.sent and not Heartbeat.objects.filter(name=LAST_SENT, at__gt=self.at - TROUBLE).exists():
            tried = Letter.objects.filter(state=LetterState.WAITING, attempts__gt=0).exclude(to_email=letter.to_email)
            if tried.values("to_email").distinct()[:2].count() > 1:
                return MINUTE
        return min(MINUTE / 2 * float(2 ** min(letter.attempts, 12)), LONGEST_WAIT)


def patience(attempts: int) -> float:
    """Seconds that a server may take for a letter: as long as for four answers, twice that at the next attempt, and so on.

    Some look into a letter for minutes before they say that they have it (RFC 5321, 4.5.3.2.6), and whoever hangs up before that
    makes a copy each time.
    """
    first = min(4 * settings.EMAIL_TIMEOUT, LEASE.total_seconds() / 2)
    return float(first * min(2 ** (attempts - 1), MOST_PATIENCE))


def lease(attempts: int) -> timedelta:
    """How long a letter belongs to its sender: while the server may take for it, and as long again as at first."""
    return timedelta(seconds=patience(attempts)) + LEASE / 2


@contextmanager
def at_most(seconds: float, connection: Any) -> Iterator[None]:
    """Cut the connection if this takes longer, though a byte may come now and then."""
    if not isinstance(connection, EmailBackend) or connection.connection is None:
        yield
        return
    sock: Any = connection.connection.sock
    sock.settimeout(seconds)
    clock = threading.Timer(seconds, cut, [sock])
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        with suppress(OSError):  # it is closed
            sock.settimeout(connection.timeout)


def cut(sock: socket.socket) -> None:
    """End what another thread waits for; the layer of encryption is that thread's own."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def is_due(at: datetime) -> Q:
    """Letters whose time has come, or whose sender has died; what lies too far ahead was written by a clock that has gone back since."""
    ahead = at + CLOCKS_DIFFER
    waited = (
        Q(next_try_at__lte=at) | Q(created_at__gt=ahead) | Q(next_try_at__gt=ahead + 2 * LONGEST_WAIT, attempts__gt=0)
    )
    lapsed = Q(lease_until__lt=at) | Q(lease_until__gt=ahead + MOST_PATIENCE * LEASE)
    return (Q(state=LetterState.WAITING) & waited) | (Q(state=LetterState.SENDING) & lapsed)


def still_mine(letter: Letter) -> Q:
    """The row as its sender has claimed it: one that was slower than its lease changes nothing any more."""
    return Q(pk=letter.pk, state=LetterState.SENDING, attempts=letter.attempts)


def is_current(letter: Letter, at: datetime) -> bool:
    """Make the letter again from the facts, where they have an owner; tell whether it still concerns somebody."""
    source = SOURCES.get(letter.kind)
    if letter.expires_at is not None and letter.expires_at < at:
        fresh = Fresh(reason=TOO_LATE)
    elif source is None:
        return True
    else:
        fresh = source(letter, at)
    rows = Letter.objects.filter(still_mine(letter))
    if fresh.reason:
        rows.update(state=LetterState.DROPPED, lease_until=None, reason=fresh.reason)
        return False
    if letter.frozen:
        return True
    letter.subject, letter.text, letter.html = fresh.subject, fresh.text, fresh.html
    return bool(rows.update(frozen=True, subject=letter.subject, text=letter.text, html=letter.html))


class Mail(mail.EmailMultiAlternatives):
    """The same bytes for the same letter, so that a second copy is recognised as one."""

    def message(self, *args: Any, **options: Any) -> Any:
        built = super().message(*args, **options)
        name = hashlib.sha256(self.extra_headers["Message-ID"].encode()).hexdigest()[:32]
        for number, part in enumerate(part for part in built.walk() if part.is_multipart()):
            part.set_boundary(f"={number}={name}")
        return built


def as_mail(letter: Letter) -> mail.EmailMessage:
    if not letter.to_email:
        raise ValueError(gettext_noop("There is no address to send it to."))
    headers = {"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated", **list_headers(letter)}
    headers["Date"] = format_datetime(letter.created_at)
    if letter.user is not None and letter.kind in CHOICES:
        headers["List-Unsubscribe"] = f"<{thinner_address(letter.user, letter.kind)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if letter.thread:
        headers |= {"In-Reply-To": letter.thread, "References": letter.thread}
    reply_to = [letter.reply_to] if letter.reply_to else None
    to = [letter.to_email]
    message = Mail(letter.subject, letter.text, to=to, reply_to=reply_to, headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for each in attached(letter):
        message.attach(*each)
    return message


def jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311
