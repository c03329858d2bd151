"""Free topics that students claim, and swaps that two of them agree on."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Seminar
from courses.services import write_to
from topics import queries
from topics.models import (
    EXCHANGE_TRANSITIONS,
    Exchange,
    ExchangeKind,
    ExchangePolicy,
    ExchangeState,
    PreferenceRule,
    Topic,
)
from topics.services.assigning import refuse_excluded, settle
from topics.services.trades import TRADES, talks_to_swap

CLOSED_TEMPLATE = "topics/email/exchange_closed"


@transaction.atomic
def claim_topic(participant: Participant, topic: Topic, *, now: datetime) -> Exchange:
    """Take a free topic: at once where one has none, otherwise as the seminar's policy says. Twice is one effect."""
    participant, rule = _ready(participant)
    own = queries.topic_of(participant)
    known = _open_request(participant)
    if known is not None and known.kind == ExchangeKind.CLAIM and known.wants_id == topic.pk:
        return known
    refuse_excluded(participant, topic)
    if own is None:
        return _carry_out(_ask(ExchangeKind.CLAIM, participant, None, None, topic, "", now), participant.user, now)
    if own == topic:
        if (done := _done_claim(participant, topic)) is not None:
            return done
        raise Conflict("own_topic", _("This is your topic already; nothing was changed."))
    _refuse_closed_market(participant, rule, now)
    _refuse_taken(topic)
    exchange = _ask(ExchangeKind.CLAIM, participant, None, own, topic, "", now)
    return _agree(exchange, rule, participant.user, now)


@transaction.atomic
def ask_swap(participant: Participant, partner: Participant, *, kind: str, message: str, now: datetime) -> Exchange:
    """Ask another student to swap topics, or the dates of the talks; nothing changes until they agree. Twice is one effect."""
    participant, rule = _ready(participant)
    if rule.exchanges == ExchangePolicy.OFF:
        raise Refusal("no_exchanges", _("In this seminar only the organizers change topics. Please write to them."))
    own, theirs = queries.topic_of(participant), queries.topic_of(partner)
    if own is None or theirs is None or own == theirs:
        raise Refusal("nothing_to_swap", _("Both of you need a topic of your own for a swap; nothing was changed."))
    known = _open_request(participant)
    if known is not None and (known.kind, known.partner_id) == (kind, partner.pk):
        return known
    if kind == ExchangeKind.TOPICS:
        refuse_excluded(participant, theirs)
        refuse_excluded(partner, own)
    else:
        talks_to_swap(own, theirs)
    exchange = _ask(kind, participant, partner, own, theirs, message, now)
    key, about = f"exchange:{exchange.pk}:asked", f"exchange:{exchange.pk}"
    write_to(partner, key, "topics/email/exchange_asked", now=now, about=about, exchange=exchange)
    return exchange


@transaction.atomic
def answer_swap(exchange: Exchange, *, agrees: bool, reason: str = "", now: datetime) -> Exchange:
    """The partner's answer. A second equal answer changes nothing."""
    exchange, rule = _locked(exchange)
    partner = exchange.partner
    if partner is None:
        raise Refusal("no_partner", _("This request needs no answer of yours."))
    if not agrees:
        return _close(exchange, ExchangeState.DECLINED, partner.user, reason, now)
    if exchange.state in {ExchangeState.AGREED, ExchangeState.DONE}:
        return exchange
    return _agree(exchange, rule, partner.user, now)


@transaction.atomic
def decide_exchange(exchange: Exchange, *, approves: bool, reason: str, actor: User, now: datetime) -> Exchange:
    """The organizers' word on what students have agreed. A second equal decision changes nothing."""
    exchange, _rule = _locked(exchange)
    if not approves:
        return _close(exchange, ExchangeState.DECLINED, actor, reason, now)
    if exchange.state == ExchangeState.DONE:
        return exchange
    _refuse_move(exchange, ExchangeState.DONE)
    if exchange.state != ExchangeState.AGREED:
        raise Conflict("not_agreed", _("The other student has not agreed yet; nothing was changed."))
    return _carry_out(exchange, actor, now)


@transaction.atomic
def take_back_exchange(exchange: Exchange, *, now: datetime) -> Exchange:
    """The proposer no longer wants it. A second request changes nothing."""
    exchange, _rule = _locked(exchange)
    return _close(exchange, ExchangeState.TAKEN_BACK, exchange.proposer.user, "", now)


def _ready(participant: Participant) -> tuple[Participant, PreferenceRule]:
    """Lock the seminar, and see that its topics are out and that the person takes part."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    participant = Participant.objects.select_related("user", "seminar").get(pk=participant.pk)
    rule = PreferenceRule.objects.filter(seminar=seminar).first()
    if participant.state != ParticipantState.ADMITTED:
        raise Refusal("not_admitted", _("Only admitted students can hold a topic; nothing was changed."))
    if rule is None or queries.published_run(seminar) is None:
        raise Refusal("not_given_out", _("The topics have not been given out yet. Please rank them instead."))
    return participant, rule


def _open_request(participant: Participant) -> Exchange | None:
    return queries.open_exchanges(participant.seminar).filter(proposer=participant).first()


def _done_claim(participant: Participant, topic: Topic) -> Exchange | None:
    """The claim by which the participant has the topic they hold; the same request may arrive twice."""
    last = Exchange.objects.filter(proposer=participant, state=ExchangeState.DONE).last()
    return last if last and (last.kind, last.wants_id) == (ExchangeKind.CLAIM, topic.pk) else None


def _refuse_closed_market(participant: Participant, rule: PreferenceRule, now: datetime) -> None:
    if rule.exchanges == ExchangePolicy.OFF:
        raise Refusal("no_exchanges", _("In this seminar only the organizers change topics. Please write to them."))
    if not queries.market_open(participant.seminar, now):
        raise Refusal(
            "reserved",
            _(
                "People wait for a place, and free topics go to them first. Please try again later; nothing was changed."
            ),
        )


def _refuse_taken(topic: Topic) -> None:
    free = next(each.free for each in queries.catalogue(topic.seminar) if each.pk == topic.pk)  # type: ignore[attr-defined]
    if free <= 0:
        raise Conflict(
            "topic_taken", _("Topic %(topic)s has no free seat any more; nothing was changed.") % {"topic": topic}
        )


def _ask(
    kind: str,
    proposer: Participant,
    partner: Participant | None,
    gives: Topic | None,
    wants: Topic,
    message: str,
    now: datetime,
) -> Exchange:
    try:
        with transaction.atomic():
            return Exchange.objects.create(
                kind=kind,
                state=ExchangeState.ASKED,
                proposer=proposer,
                partner=partner,
                gives=gives,
                wants=wants,
                message=message,
                asked_at=now,
            )
    except IntegrityError:
        raise Conflict(
            "one_at_a_time",
            _("You have another request open. Please take it back first; nothing was changed."),
        ) from None


def _locked(exchange: Exchange) -> tuple[Exchange, PreferenceRule]:
    Seminar.objects.select_for_update(no_key=True).get(pk=exchange.proposer.seminar_id)
    rows = Exchange.objects.select_related(
        "proposer__user", "proposer__seminar", "partner__user", "partner__seminar", "gives", "wants"
    )
    fresh = rows.get(pk=exchange.pk)
    return fresh, PreferenceRule.objects.get(seminar=fresh.proposer.seminar_id)


def _refuse_move(exchange: Exchange, state: str) -> None:
    if state not in EXCHANGE_TRANSITIONS[exchange.state]:
        raise Conflict(
            "exchange_closed",
            _("This request is closed: %(state)s. Nothing was changed.") % {"state": exchange.get_state_display()},
        )


def _agree(exchange: Exchange, rule: PreferenceRule, actor: User, now: datetime) -> Exchange:
    """Students have agreed: done at once, or put before the organizers."""
    _refuse_move(exchange, ExchangeState.AGREED)
    if rule.exchanges == ExchangePolicy.FREE:
        return _carry_out(exchange, actor, now)
    exchange.state = ExchangeState.AGREED
    exchange.save(update_fields=["state"])
    for organizer in courses_queries.organizers(exchange.proposer.seminar).select_related("seminar"):
        about = f"exchange:{exchange.pk}"
        key = f"{about}:agreed:{organizer.pk}"
        write_to(organizer, key, "topics/email/exchange_agreed", now=now, about=about, exchange=exchange)
    return exchange


def _close(exchange: Exchange, state: str, actor: User, reason: str, now: datetime) -> Exchange:
    if exchange.state == state:
        return exchange
    _refuse_move(exchange, state)
    exchange.state, exchange.closed_at, exchange.closed_by, exchange.reason = state, now, actor, reason
    exchange.save(update_fields=["state", "closed_at", "closed_by", "reason"])
    for person in (exchange.proposer, exchange.partner):
        if person is not None and person.user != actor:
            about = f"exchange:{exchange.pk}"
            key = f"{about}:{state}:{person.pk}"
            write_to(person, key, CLOSED_TEMPLATE, now=now, about=about, exchange=exchange)
    return exchange


def _carry_out(exchange: Exchange, actor: User, now: datetime) -> Exchange:
    """Do what was agreed, provided that both still hold what they held when it was asked."""
    held = queries.topics_of_participants([exchange.proposer_id, exchange.partner_id or 0])
    stands = held.get(exchange.proposer_id) == exchange.gives and (
        exchange.partner is None or held.get(exchange.partner.pk) == exchange.wants
    )
    if not stands:
        raise Conflict(
            "topic_changed",
            _("One of you holds another topic by now; the request is no longer possible. Nothing was changed."),
        )
    TRADES[exchange.kind](exchange, actor, now)
    exchange.state, exchange.closed_at, exchange.closed_by = ExchangeState.DONE, now, actor
    exchange.save(update_fields=["state", "closed_at", "closed_by"])
    moved = [exchange.gives_id or 0, exchange.wants_id] if exchange.kind == ExchangeKind.TALKS else []
    settle(exchange.proposer.seminar, now=now, moved=moved)
    return exchange
