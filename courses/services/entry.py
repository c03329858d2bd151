"""Entering a seminar, and every move along the table of states."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries
from courses.models import PARTICIPANT_TRANSITIONS, PLACED, Admission, Participant, ParticipantState, Role, Seminar
from courses.services.history import record, write_to

USUAL_OFFER_HOURS = 48


@transaction.atomic
def enter_seminar(seminar: Seminar, user: User, *, available: bool, name_public: bool, now: datetime) -> Participant:
    """Apply for a place, take it, or join the waiting list, as the seminar says. A second request changes nothing."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    known = queries.membership_of(user, seminar)
    if known is not None and known.state != ParticipantState.WITHDRAWN:
        return known
    if seminar.availability_text and not available:
        raise Refusal(
            "availability_missing", _("Please confirm first that you are available at the time of the seminar.")
        )
    if (refusal := outside_window(seminar, now)) is not None:
        raise refusal
    state = first_state(seminar)
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
    entry = record(seminar, "participant", now=now, actor=user, participant=participant, new=state)
    if state == ParticipantState.ADMITTED:
        write_to(participant, f"participant:{entry.pk}", "courses/email/participant_state", now=now, about="place")
    return participant


def outside_window(seminar: Seminar, now: datetime) -> Refusal | None:
    """Why nobody can enter at the moment; None while entry is open."""
    today = now.astimezone(seminar.zone).date()
    if seminar.entry_opens_on and today < seminar.entry_opens_on:
        sentence = _("Entry opens on %(day)s. Please come back then; nothing was saved.")
        return Refusal("entry_not_open", sentence % {"day": date_format(seminar.entry_opens_on, "D j M Y")}, status=403)
    if seminar.entry_closes_on and today > seminar.entry_closes_on:
        return Refusal("entry_closed", _("Entry has closed. Please write to the organizers."), status=403)
    return None


def first_state(seminar: Seminar) -> str:
    """Nobody passes those who wait; where a place is free it is applied for, or taken at once."""
    if not queries.free_places(seminar) or queries.in_line(seminar).exists():
        return ParticipantState.WAITING
    return ParticipantState.ADMITTED if seminar.admission == Admission.DIRECT else ParticipantState.APPLIED


def _reenter(participant: Participant, state: str, now: datetime) -> Participant:
    participant.entered_at = now
    participant.save(update_fields=["entered_at", "available_confirmed_at"])
    return change_state(participant, state, actor=participant.user, now=now)


@transaction.atomic
def change_state(
    participant: Participant, state: str, *, actor: User | None, now: datetime, reason: str = ""
) -> Participant:
    """Move a student along the transition table; a place, held or offered, asks for a free one."""
    # no_key: what others write meanwhile about these rows must neither wait for this nor make it wait.
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    participant = (
        Participant.objects.select_for_update(of=("self",), no_key=True)
        .select_related("user", "seminar")
        .get(pk=participant.pk)
    )
    old = participant.state
    if old == state:
        return participant
    if participant.role != Role.STUDENT or state not in PARTICIPANT_TRANSITIONS[old]:
        raise Conflict(
            "state_changed",
            _("%(name)s is now “%(state)s”; nothing was changed. Please look at the list again.")
            % {"name": participant.user.name, "state": participant.get_state_display()},
        )
    if state in PLACED and old not in PLACED and not queries.free_places(seminar):
        raise Conflict(
            "no_free_place",
            _(
                "All %(count)d places are taken; nobody was admitted. Raise the number of places or wait until one is free."
            )
            % {"count": seminar.capacity},
        )
    participant.state = state
    offered = state == ParticipantState.OFFERED
    hours = timedelta(hours=seminar.offer_hours or USUAL_OFFER_HOURS)
    participant.offered_until = now + hours if offered else None
    if old == ParticipantState.WITHDRAWN and state == ParticipantState.WAITING:
        participant.entered_at = now  # whoever comes back passes nobody who has waited
    participant.save(update_fields=["state", "offered_until", "entered_at"])
    entry = record(
        seminar, "participant", now=now, actor=actor, participant=participant, old=old, new=state, reason=reason
    )
    if offered:
        until = participant.offered_until
        write_to(
            participant,
            f"offer:{entry.pk}",
            "courses/email/place_offered",
            now=now,
            about="place",
            expires_at=until,
            until=until,
        )
    elif actor != participant.user or state == ParticipantState.ADMITTED:
        lapsed = old == ParticipantState.OFFERED and actor is None
        key, template = f"participant:{entry.pk}", "courses/email/participant_state"
        write_to(participant, key, template, now=now, about="place", lapsed=lapsed)
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
