"""What a claim or a swap does once it is agreed."""

from collections.abc import Callable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses.services import record, session_line, write_to
from topics import queries
from topics.models import Assignment, Exchange, ExchangeKind, SessionTopic, Topic
from topics.services.assigning import occupy, refuse_excluded, tell


def _claim(exchange: Exchange, actor: User, now: datetime) -> None:
    refuse_excluded(exchange.proposer, exchange.wants)
    Assignment.objects.filter(participant=exchange.proposer).delete()
    occupy(exchange.wants, exchange.proposer, now)
    note = f"exchange:{exchange.pk}"
    tell(
        exchange.proposer,
        exchange.gives,
        exchange.wants,
        note,
        actor=actor,
        now=now,
        why=gettext_noop("You chose it yourself."),
    )


def _swap_topics(exchange: Exchange, actor: User, now: datetime) -> None:
    proposer, partner, gives, wants = exchange.proposer, exchange.partner, exchange.gives, exchange.wants
    if partner is None or gives is None:
        return
    refuse_excluded(proposer, wants)
    refuse_excluded(partner, gives)
    Assignment.objects.filter(participant__in=[proposer, partner]).delete()
    occupy(wants, proposer, now)
    occupy(gives, partner, now)
    note, why = f"exchange:{exchange.pk}", gettext_noop("You agreed on a swap.")
    tell(proposer, gives, wants, note, actor=actor, now=now, why=why)
    tell(partner, wants, gives, note, actor=actor, now=now, why=why)


def talks_to_swap(one: Topic, other: Topic) -> tuple[SessionTopic, SessionTopic]:
    """The two talks, where swapping their dates is possible and nobody else's business."""
    first, second = queries.talk_of(one), queries.talk_of(other)
    if first is None or second is None:
        raise Conflict("no_talk", _("One of these topics has no date for a talk; nothing was changed."))
    if any(len(topic.holders) > 1 for topic in queries.catalogue(one.seminar) if topic in (one, other)):  # type: ignore[attr-defined]
        raise Conflict("talk_shared", _("Somebody else speaks on one of these topics, too; nothing was changed."))
    twice = Q(session=first.session_id, topic=other) | Q(session=second.session_id, topic=one)
    if first.session_id != second.session_id and SessionTopic.objects.filter(twice).exists():
        raise Conflict("talk_shared", _("One of these topics is presented on both days; nothing was changed."))
    return first, second


def _swap_talks(exchange: Exchange, actor: User, now: datetime) -> None:
    """The two topics change places in the schedule; each student keeps the topic."""
    if exchange.gives is None:
        return
    first, second = talks_to_swap(exchange.gives, exchange.wants)
    places = (first.session_id, first.position), (second.session_id, second.position)
    if first.session_id == second.session_id:
        SessionTopic.objects.filter(pk=first.pk).update(position=places[1][1])
        SessionTopic.objects.filter(pk=second.pk).update(position=places[0][1])
    else:
        SessionTopic.objects.filter(pk=first.pk).update(topic=second.topic)
        SessionTopic.objects.filter(pk=second.pk).update(topic=first.topic)
    for person, old, new in ((exchange.proposer, first, second), (exchange.partner, second, first)):
        if person is not None:
            entry = record(
                person.seminar,
                "talk",
                now=now,
                actor=actor,
                participant=person,
                old=session_line(old.session),
                new=session_line(new.session),
                reason=f"exchange:{exchange.pk}",
            )
            write_to(
                person,
                f"talk:{entry.pk}",
                "topics/email/talk_moved",
                now=now,
                about="topic",
                session=new.session,
                old=old.session,
            )


TRADES: dict[str, Callable[[Exchange, User, datetime], None]] = {
    ExchangeKind.CLAIM: _claim,
    ExchangeKind.TOPICS: _swap_topics,
    ExchangeKind.TALKS: _swap_talks,
}
