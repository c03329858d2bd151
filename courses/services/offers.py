"""Places that fall free are offered along the waiting list, each for a while."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses import queries
from courses.models import Participant, ParticipantState, Seminar
from courses.services.entry import change_state
from courses.services.history import record

PLACES = ("capacity", "admission", "entry_opens_on", "entry_closes_on", "offer_hours", "registration_until")


def accept_offer(participant: Participant, *, now: datetime) -> Participant:
    """Take the place that is offered. A second request changes nothing; an offer that has lapsed is refused."""
    with transaction.atomic():
        fresh = _locked(participant)
        if fresh.state == ParticipantState.ADMITTED:
            return fresh
        if not _has_lapsed(fresh, now):
            _refuse_without_offer(fresh)
            return change_state(fresh, ParticipantState.ADMITTED, actor=fresh.user, now=now)
        _pass_on(fresh, now)
    # Only now, so that the place has gone on although this request is refused.
    raise Conflict(
        "offer_lapsed",
        _("This offer has lapsed, and the place goes to the next in line. You may join the waiting list again."),
    )


@transaction.atomic
def decline_offer(participant: Participant, *, now: datetime) -> Participant:
    """Leave the place to the next in line. A second request changes nothing."""
    fresh = _locked(participant)
    if fresh.state == ParticipantState.WITHDRAWN:
        return fresh
    _refuse_without_offer(fresh)
    declined = change_state(fresh, ParticipantState.WITHDRAWN, actor=fresh.user, now=now, reason="offer declined")
    offer_free_places(fresh.seminar, now=now)
    return declined


def _locked(participant: Participant) -> Participant:
    """The row as it is now. Whoever else decides on a place of the seminar waits: it is locked first, as everywhere."""
    Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    return Participant.objects.select_related("user", "seminar").get(pk=participant.pk)


def _has_lapsed(participant: Participant, now: datetime) -> bool:
    return participant.offered_until is not None and participant.offered_until < now


def _refuse_without_offer(participant: Participant) -> None:
    if participant.state != ParticipantState.OFFERED:
        raise Conflict(
            "no_offer",
            _("There is no open offer for you any more: you are now “%(state)s”. Nothing was changed.")
            % {"state": participant.get_state_display()},
        )


def _pass_on(participant: Participant, now: datetime) -> int:
    change_state(participant, ParticipantState.WITHDRAWN, actor=None, now=now, reason="offer lapsed")
    return offer_free_places(participant.seminar, now=now)


@transaction.atomic
def offer_free_places(seminar: Seminar, *, now: datetime) -> int:
    """Offer each free place to the next on the waiting list; return how many offers were made."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    if not seminar.offer_hours or queries.is_over(seminar, now):
        return 0
    chosen = list(queries.in_line(seminar)[: max(0, queries.places_to_offer(seminar))])
    for participant in chosen:
        change_state(participant, ParticipantState.OFFERED, actor=None, now=now)
    return len(chosen)


def pass_on_offers(now: datetime) -> int:
    """Let lapse what nobody accepted in time, and offer what is free; return how many offers were made."""
    made = 0
    for participant in Participant.objects.filter(state=ParticipantState.OFFERED, offered_until__lt=now):
        with transaction.atomic():
            fresh = _locked(participant)
            made += _pass_on(fresh, now) if _has_lapsed(fresh, now) else 0
    waiting = Seminar.objects.filter(participants__state=ParticipantState.WAITING, offer_hours__gt=0).distinct()
    return made + sum(offer_free_places(seminar, now=now) for seminar in waiting)


def places_line(seminar: Seminar) -> str:
    """How many places there are and how one gets them, in one line."""
    values = [getattr(seminar, name) for name in PLACES]
    return " · ".join("–" if value is None else str(value) for value in values)


@transaction.atomic
def save_places(seminar: Seminar, changed: list[str], *, actor: User, now: datetime, shown: str = "") -> None:
    """Save how many places there are and how one gets them; places that this sets free are offered.

    `shown` is the `places_line` that the page showed; a page that is stale gets 409 with both values.
    """
    stored = Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    if places_line(seminar) == places_line(stored):
        return
    if seminar.capacity < queries.taken_places(stored):
        raise Conflict(
            "places_taken",
            _("By now more places are taken than you would leave; nothing was changed. Please look again."),
        )
    if shown and shown != places_line(stored):
        raise Conflict(
            "places_changed",
            _(
                "Somebody else has changed this meanwhile. It is now: %(theirs)s. You chose: %(yours)s. Nothing was changed."
            )
            % {"theirs": places_line(stored), "yours": places_line(seminar)},
        )
    changed = [name for name in changed if name in PLACES]
    for name in changed:
        old, new = getattr(stored, name), getattr(seminar, name)
        record(stored, name, now=now, actor=actor, old="" if old is None else old, new="" if new is None else new)
    seminar.save(update_fields=changed)
    offer_free_places(seminar, now=now)
