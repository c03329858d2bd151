"""Excuses, without diagnoses, and work that makes up for a session missed."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries
from courses.models import (
    EXCUSE_TRANSITIONS,
    Attendance,
    AttendanceStatus,
    Excuse,
    ExcuseState,
    MakeUp,
    Participant,
    Session,
)
from courses.services.attendance import ATTENDANCE, write_notes
from courses.services.history import record, write_to


@transaction.atomic
def ask_excuse(session: Session, participant: Participant, *, reason: str, now: datetime) -> Excuse:
    """Ask to be excused, before a session or after it. While a request is open, asking again changes its words."""
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if (refusal := why_no_excuse(session, participant)) is not None:
        raise refusal
    asked = queries.excuses_of(participant, session).filter(state=ExcuseState.ASKED).first()
    if asked is not None and asked.reason == reason:
        return asked
    excuse = asked or Excuse(session=session, participant=participant)
    excuse.reason, excuse.asked_at = reason, now
    excuse.save()
    subject = f"excuse:{session.key}"
    entry = record(
        session.seminar, subject, now=now, actor=participant.user, participant=participant, new=ExcuseState.ASKED
    )
    for organizer in queries.organizers(session.seminar).select_related("seminar"):
        key, template = f"excuse:{entry.pk}:{organizer.pk}", "courses/email/excuse_asked"
        write_to(
            organizer,
            key,
            template,
            now=now,
            about=f"session:{session.pk}",
            session=session,
            asks=participant,
            excuse=excuse,
        )
    return excuse


def why_no_excuse(session: Session, participant: Participant) -> Refusal | None:
    """Why there is nothing to be excused from; None where one may ask."""
    noted = ATTENDANCE.stored(session).get(participant.pk, "")
    if noted == AttendanceStatus.PRESENT:
        return Refusal("was_present", _("You are noted as present at this session; there is nothing to excuse."))
    if noted == AttendanceStatus.EXCUSED:
        return Refusal("excused_already", _("You are excused from this session already; nothing more is needed."))
    if not queries.expectation_of(session.seminar)(session, participant.pk):
        return Refusal("not_expected", _("You are not expected at this session; you need no excuse."))
    return None


@transaction.atomic
def decide_excuse(excuse: Excuse, state: str, *, actor: User, now: datetime, answer: str = "") -> Excuse:
    """Grant, decline or take back. Whoever is granted an excuse is excused, unless they were there after all. Twice is one effect."""
    session = Session.objects.select_for_update(no_key=True).get(pk=excuse.session_id)
    rows = Excuse.objects.select_related("session__seminar", "participant__user", "participant__seminar")
    excuse = rows.get(pk=excuse.pk)
    if excuse.state == state:
        return excuse
    if state not in EXCUSE_TRANSITIONS[excuse.state]:
        raise Conflict(
            "excuse_closed",
            _("This request is closed: %(state)s. Nothing was changed.") % {"state": excuse.get_state_display()},
        )
    old, person = excuse.state, excuse.participant
    excuse.state, excuse.decided_by, excuse.decided_at, excuse.answer = state, actor, now, answer
    excuse.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    subject = f"excuse:{session.key}"
    record(session.seminar, subject, now=now, actor=actor, participant=person, old=old, new=state, reason=answer)
    noted = ATTENDANCE.stored(session).get(person.pk, "")
    if state == ExcuseState.GRANTED and noted in {"", AttendanceStatus.ABSENT}:
        excused = AttendanceStatus.EXCUSED.value
        write_notes(excuse.session, ATTENDANCE, [(person, noted, excused)], actor=actor, now=now, reason="excuse")
    if state != ExcuseState.TAKEN_BACK:
        key, template = f"excuse:{excuse.pk}:decided", "courses/email/excuse_decided"
        write_to(
            person, key, template, now=now, about=f"session:{excuse.session_id}", session=excuse.session, excuse=excuse
        )
    return excuse


def make_up_line(make_up: MakeUp | None) -> str:
    """What is to be made up, in one line; empty where there is nothing."""
    if make_up is None:
        return ""
    done = f" ({_('done')})" if make_up.done_on else ""
    return f"{make_up.until}{done}: {make_up.task}"


@transaction.atomic
def save_make_up(
    attendance: Attendance, *, task: str, until: date | None, done: bool, shown: str, actor: User, now: datetime
) -> MakeUp | None:
    """Give somebody work for a session they missed, change it, mark it done, or remove it (an empty task), and tell them.

    `shown` is the line that the page had; a page that is stale gets 409 with both values.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=attendance.session_id)
    rows = Attendance.objects.select_related("session__seminar", "participant__user", "participant__seminar")
    attendance = rows.get(pk=attendance.pk)
    stored, today = MakeUp.objects.filter(attendance=attendance).first(), now.astimezone(session.seminar.zone).date()
    was, wanted = make_up_line(stored), None
    if task and until:
        done_on = (stored.done_on if stored else None) or today
        wanted = MakeUp(
            pk=stored.pk if stored else None,
            attendance=attendance,
            task=task,
            until=until,
            given_by=actor,
            given_at=now,
            done_on=done_on if done else None,
        )
    if make_up_line(wanted) == was:
        return stored
    _check_make_up(attendance, stored, wanted, shown, today)
    if wanted is not None:
        wanted.save()
    elif stored is not None:
        stored.delete()
    _tell_of_make_up(attendance, was, wanted, actor, now)
    return wanted


def _check_make_up(
    attendance: Attendance, stored: MakeUp | None, wanted: MakeUp | None, shown: str, today: date
) -> None:
    if shown != make_up_line(stored):
        raise Conflict(
            "make_up_changed",
            _("Somebody else has meanwhile written “%(theirs)s”; yours is “%(yours)s”. Nothing was changed.")
            % {"theirs": make_up_line(stored) or "–", "yours": make_up_line(wanted) or "–"},
        )
    if wanted is not None and attendance.status != AttendanceStatus.ABSENT:
        raise Refusal(
            "not_absent",
            _("%(name)s is not noted as absent, so there is nothing to make up. Nothing was changed.")
            % {"name": attendance.participant.user.name},
        )
    moved = wanted is not None and (stored is None or stored.until != wanted.until)
    if wanted is not None and moved and wanted.until < today and not wanted.done_on:
        raise Refusal("until_past", _("This day lies behind; nothing was changed. Please choose a later one."))


def _tell_of_make_up(attendance: Attendance, was: str, wanted: MakeUp | None, actor: User, now: datetime) -> None:
    person, session = attendance.participant, attendance.session
    subject = f"make_up:{session.key}"
    new = make_up_line(wanted)
    entry = record(session.seminar, subject, now=now, actor=actor, participant=person, old=was, new=new)
    write_to(
        person,
        f"make_up:{entry.pk}",
        "courses/email/make_up",
        now=now,
        about=f"session:{session.pk}",
        session=session,
        make_up=wanted,
    )
