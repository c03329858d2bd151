"""Checking in by the code on the wall."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries
from courses.domain.check_in import counts
from courses.models import AttendanceStatus, CheckIn, Participant, ParticipantState, Seminar, Session, WrongCode
from courses.services.attendance import ATTENDANCE, write_notes
from courses.services.history import record

WRONG_CODES = 5
PAUSE = timedelta(minutes=10)


@transaction.atomic
def start_check_in(session: Session, *, minutes: int, actor: User, now: datetime) -> CheckIn:
    """Take codes for a session from now on, for so many minutes; another session's check-in ends by it."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=session.seminar_id)
    running = queries.open_check_in(seminar, now)
    if running is not None and running.session_id != session.pk:
        stop_check_in(running.session, actor=actor, now=now)
    closes = now + timedelta(minutes=minutes)
    if running is not None and running.session_id == session.pk:
        CheckIn.objects.filter(pk=running.pk).update(closes_at=closes)
        running.closes_at = closes
        return running
    fields = {"secret": secrets.token_hex(16), "opened_by": actor, "opened_at": now, "closes_at": closes}
    record(seminar, f"check_in:{session.key}", now=now, actor=actor, new=closes)
    return CheckIn.objects.update_or_create(session=session, defaults=fields)[0]


@transaction.atomic
def stop_check_in(session: Session, *, actor: User, now: datetime) -> None:
    """Take no more codes for a session. A second time changes nothing."""
    if CheckIn.objects.filter(session=session, closes_at__gt=now).update(closes_at=now):
        record(session.seminar, f"check_in:{session.key}", now=now, actor=actor, old="open", new="closed")


def check_in(participant: Participant, typed: str, *, now: datetime) -> Session:
    """Note the participant as present at the session whose code this is. The same code twice is one effect.

    A wrong code is counted; after a few of them the person has to wait. An absence that an organizer has noted stays.
    """
    if participant.state != ParticipantState.ADMITTED:
        raise Refusal("not_admitted", _("Only admitted students can check in; nothing was noted."), status=403)
    with transaction.atomic():
        Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
        tried = WrongCode.objects.filter(participant=participant, since__gt=now - PAUSE).first()
        if tried is not None and tried.count >= WRONG_CODES:
            raise _too_many(participant, tried)
        opened = queries.open_check_in(participant.seminar, now)
        if opened is None:
            raise Conflict(
                "check_in_closed",
                _("No check-in is open. Nothing was noted; if you are in the room, tell the organizers."),
            )
        if counts(opened.secret, typed, now):
            WrongCode.objects.filter(participant=participant).delete()
            _note_present(opened.session, participant, now)
            return opened.session
        count, since = (tried.count + 1, tried.since) if tried else (1, now)
        WrongCode.objects.update_or_create(participant=participant, defaults={"count": count, "since": since})
    # Only now, so that the attempt stays counted although this request is refused.
    raise Refusal(
        "wrong_code",
        _("This is not the code on the wall, or no longer. Nothing was noted; please type the one you see now."),
    )


def _too_many(participant: Participant, tried: WrongCode) -> Refusal:
    until = (tried.since + PAUSE).astimezone(participant.seminar.zone)
    sentence = _(
        "Those were %(count)d wrong codes. Nothing was noted; please wait until %(time)s, or tell the organizers that you are there."
    )
    return Refusal("too_many_codes", sentence % {"count": tried.count, "time": time_format(until, "H:i")}, status=429)


def _note_present(session: Session, participant: Participant, now: datetime) -> None:
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    old = ATTENDANCE.stored(session).get(participant.pk, "")
    if old == AttendanceStatus.ABSENT:
        raise Conflict(
            "noted_absent",
            _("The organizers have noted you as absent, and that stays. If you are in the room, please tell them."),
        )
    if old != AttendanceStatus.PRESENT:
        present = AttendanceStatus.PRESENT.value
        user = participant.user
        write_notes(session, ATTENDANCE, [(participant, old, present)], actor=user, now=now, reason="check-in")
