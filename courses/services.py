"""Writes: entering, admitting and leaving a seminar, sessions, attendance, and the history of it all."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries
from courses.models import (
    PARTICIPANT_TRANSITIONS,
    Attendance,
    HistoryEntry,
    Participant,
    ParticipantState,
    Role,
    Seminar,
    Session,
)
from notifications.services import Draft, post_letter


def record(
    seminar: Seminar,
    subject: str,
    *,
    now: datetime,
    actor: User | None = None,
    participant: Participant | None = None,
    old: object = "",
    new: object = "",
    reason: str = "",
) -> HistoryEntry:
    """Append one line to the history: who, when, old, new, why."""
    return HistoryEntry.objects.create(
        seminar=seminar,
        subject=subject,
        at=now,
        actor=actor,
        participant=participant,
        old=str(old)[:250],
        new=str(new)[:250],
        reason=reason[:250],
    )


def write_to(
    participant: Participant,
    key: str,
    template: str,
    *,
    now: datetime,
    expires_at: datetime | None = None,
    **context: object,
) -> None:
    """Post one letter to a participant, tagged and answered to the seminar's contact."""
    seminar = participant.seminar
    contact = queries.contact(seminar)
    draft = Draft(
        key=key,
        kind=template.rpartition("/")[2],
        template=template,
        user=participant.user,
        scope=seminar.slug,
        tag=seminar.tag,
        reply_to=contact.email if contact else "",
        expires_at=expires_at,
        context={"seminar": seminar, "participant": participant, **context},
    )
    post_letter(draft, now=now)


@transaction.atomic
def enter_seminar(seminar: Seminar, user: User, *, available: bool, name_public: bool, now: datetime) -> Participant:
    """Apply for a place; where none is free, join the waiting list. A second request changes nothing."""
    Seminar.objects.select_for_update().get(pk=seminar.pk)
    known = queries.membership_of(user, seminar)
    if known is not None and known.state != ParticipantState.WITHDRAWN:
        return known
    if seminar.availability_text and not available:
        raise Refusal(
            "availability_missing", _("Please confirm first that you are available at the time of the seminar.")
        )
    if seminar.entry_closes_on and now.astimezone(seminar.zone).date() > seminar.entry_closes_on:
        raise Refusal("entry_closed", _("Entry has closed. Please write to the organizers."), status=403)
    state = ParticipantState.APPLIED if queries.free_places(seminar) else ParticipantState.WAITING
    if known is not None:
        set_name_public(known, public=name_public, now=now)
        known.available_confirmed_at = now if available else None
        return _reenter(known, state, now)
    participant = Participant.objects.create(
        seminar=seminar,
        user=user,
        role=Role.STUDENT,
        state=state,
        name_public=name_public,
        available_confirmed_at=now if available else None,
        entered_at=now,
    )
    record(seminar, "participant", now=now, actor=user, participant=participant, new=state)
    return participant


def _reenter(participant: Participant, state: str, now: datetime) -> Participant:
    participant.entered_at = now
    participant.save(update_fields=["entered_at", "available_confirmed_at"])
    return change_state(participant, state, actor=participant.user, now=now)


@transaction.atomic
def change_state(participant: Participant, state: str, *, actor: User, now: datetime, reason: str = "") -> Participant:
    """Move a student along the transition table; admitting asks for a free place."""
    seminar = Seminar.objects.select_for_update().get(pk=participant.seminar_id)
    participant = Participant.objects.select_for_update().select_related("user", "seminar").get(pk=participant.pk)
    old = participant.state
    if old == state:
        return participant
    if participant.role != Role.STUDENT or state not in PARTICIPANT_TRANSITIONS[old]:
        raise Conflict(
            "state_changed",
            _("%(name)s is now “%(state)s”; nothing was changed. Please look at the list again.")
            % {"name": participant.user.name, "state": participant.get_state_display()},
        )
    if state == ParticipantState.ADMITTED and not queries.free_places(seminar):
        raise Conflict(
            "no_free_place",
            _(
                "All %(count)d places are taken; nobody was admitted. Raise the number of places or wait until one is free."
            )
            % {"count": seminar.capacity},
        )
    participant.state = state
    participant.save(update_fields=["state"])
    entry = record(
        seminar, "participant", now=now, actor=actor, participant=participant, old=old, new=state, reason=reason
    )
    if actor != participant.user:
        write_to(participant, f"participant:{entry.pk}", "courses/email/participant_state", now=now)
    return participant


@transaction.atomic
def set_name_public(participant: Participant, *, public: bool, now: datetime) -> None:
    """Whether the public page may show the name: the person's own choice."""
    if participant.name_public != public:
        record(
            participant.seminar,
            "name_public",
            now=now,
            actor=participant.user,
            participant=participant,
            old=participant.name_public,
            new=public,
        )
        Participant.objects.filter(pk=participant.pk).update(name_public=public)


@transaction.atomic
def set_registered(participant: Participant, *, on: date | None, actor: User, now: datetime) -> None:
    """Note that the student is registered with the examination office (or no longer is)."""
    if participant.registered_on != on:
        record(
            participant.seminar,
            "registered_on",
            now=now,
            actor=actor,
            participant=participant,
            old=participant.registered_on or "",
            new=on or "",
        )
        Participant.objects.filter(pk=participant.pk).update(registered_on=on)


@transaction.atomic
def save_attendance(session: Session, statuses: Mapping[int, str], *, actor: User, now: datetime) -> None:
    """Write who was there; an empty status removes the entry. Participant ids outside the seminar are ignored."""
    known = {row.participant_id: row for row in Attendance.objects.select_for_update().filter(session=session)}
    for participant in queries.students(session.seminar):
        new = statuses.get(participant.pk)
        old = known[participant.pk].status if participant.pk in known else ""
        if new is None or new == old:
            continue
        record(
            session.seminar,
            f"attendance:{session.key}",
            now=now,
            actor=actor,
            participant=participant,
            old=old,
            new=new,
        )
        rows = Attendance.objects.filter(session=session, participant=participant)
        if not new:
            rows.delete()
        elif not rows.update(status=new, noted_by=actor, noted_at=now):
            Attendance.objects.create(
                session=session, participant=participant, status=new, noted_by=actor, noted_at=now
            )


@transaction.atomic
def move_session(session: Session, *, was: str, actor: User, now: datetime) -> None:
    """Save an edited session, and tell everybody who takes part when and where it is now."""
    session.save()
    if session_line(session) == was:
        return
    entry = record(session.seminar, f"session:{session.key}", now=now, actor=actor, old=was, new=session_line(session))
    for participant in queries.students(session.seminar).select_related("seminar"):
        write_to(
            participant,
            f"session:{entry.pk}:{participant.pk}",
            "courses/email/session_moved",
            now=now,
            session=session,
            was=was,
        )


def session_line(session: Session) -> str:
    """A session's time and place in one line."""
    tentative = f" ({_('may still move')})" if session.tentative else ""
    return f"{session.date:%a %Y-%m-%d} {session.begins:%H:%M}–{session.ends:%H:%M} {session.place}{tentative}".strip()
