"""Who holds which topic: every change by hand, the letter that tells of it, and the deadlines that follow a talk."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import HistoryEntry, Participant, ParticipantState, Seminar, SessionKind
from courses.services import name_expected, record, write_to
from milestones.models import Anchor, Milestone
from milestones.services import set_talk_deadline
from topics import queries
from topics.models import OPEN_EXCHANGE, Assignment, Exchange, ExchangeKind, ExchangeState, Seat, Topic


def occupy(topic: Topic, participant: Participant, now: datetime) -> None:
    """Give the participant a free seat of the topic; a holder who has left the seminar makes room."""
    Assignment.objects.filter(seat__topic=topic).exclude(participant__state=ParticipantState.ADMITTED).delete()
    free = Seat.objects.select_for_update(of=("self",)).filter(topic=topic, assignment__isnull=True)
    seat = free.order_by("number").first()
    if seat is None:
        raise Conflict(
            "topic_taken",
            _("Topic %(topic)s has no free seat any more; nothing was changed.") % {"topic": topic},
        )
    Assignment.objects.create(seat=seat, participant=participant, assigned_at=now)


def tell(
    participant: Participant,
    old: Topic | None,
    new: Topic | None,
    reason: str,
    *,
    actor: User | None,
    now: datetime,
    why: str = "",
) -> None:
    """Note that a person's topic has changed, and write to them; `why` is what the letter says of it."""
    if old == new:
        return
    entry = record(
        participant.seminar,
        "topic",
        now=now,
        actor=actor,
        participant=participant,
        old=old or "",
        new=new or "",
        reason=reason,
    )
    talks = list(queries.talks_of(new)) if new else []
    key, template = f"topic:{entry.pk}", "topics/email/topic_assigned"
    write_to(participant, key, template, now=now, about="topic", old=old, topic=new, why=why, talks=talks)


def refuse_excluded(participant: Participant, topic: Topic) -> None:
    """A pair that was excluded is nobody's way to a topic: neither by hand, nor as a claim, nor in a swap."""
    pair = queries.exclusion(participant, topic)
    if pair is not None:
        raise Refusal(
            "topic_excluded",
            _("%(name)s cannot have topic %(topic)s: “%(reason)s” Nothing was changed.")
            % {"name": participant.user.name, "topic": topic, "reason": pair.reason},
        )


@transaction.atomic
def assign_topic(
    participant: Participant,
    topic: Topic | None,
    *,
    reason: str,
    actor: User,
    now: datetime,
    shown: str | None = None,
    displaced: Participant | None = None,
    swap: bool = False,
) -> None:
    """Give one student a topic by hand (None takes it back), tell them, and note why.

    `shown` is the number of the topic that the page showed, empty for none; a page that is stale gets 409 with both values.
    `displaced` makes room: with `swap` they get the topic that falls free by it, otherwise none.
    """
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    participant = Participant.objects.select_related("user", "seminar").get(pk=participant.pk)
    if participant.state != ParticipantState.ADMITTED:
        raise Refusal("not_admitted", _("Only admitted students can hold a topic; nothing was changed."))
    old = queries.topic_of(participant)
    if old == topic:
        return
    if shown is not None and shown != (str(old.number) if old else ""):
        raise Conflict(
            "topic_changed",
            _("%(name)s has meanwhile been given topic %(theirs)s; you chose %(yours)s. Nothing was changed.")
            % {"name": participant.user.name, "theirs": old or "–", "yours": topic or "–"},
        )
    Assignment.objects.filter(participant=participant).delete()
    if topic is not None:
        refuse_excluded(participant, topic)
        if displaced is not None:
            _displace(displaced, topic, old if swap else None, reason, actor=actor, now=now)
        occupy(topic, participant, now)
    tell(participant, old, topic, reason, actor=actor, now=now, why=reason)
    settle(seminar, now=now)


def _displace(
    holder: Participant, topic: Topic, gets: Topic | None, reason: str, *, actor: User, now: datetime
) -> None:
    if queries.topic_of(holder) != topic:
        raise Conflict(
            "topic_changed",
            _("%(name)s does not hold topic %(topic)s any more; nothing was changed.")
            % {"name": holder.user.name, "topic": topic},
        )
    Assignment.objects.filter(participant=holder).delete()
    if gets is not None:
        refuse_excluded(holder, gets)
        occupy(gets, holder, now)
    tell(holder, topic, gets, reason, actor=actor, now=now, why=reason)


def settle(seminar: Seminar, *, now: datetime, moved: Collection[int] = ()) -> None:
    """What follows whenever topics have changed hands: deadlines that hang on talks, and requests that have become impossible.

    moved: ids of topics whose talks have changed places, so that nobody gets a date that they have not asked for.
    """
    sync_talk_deadlines(seminar, now=now)
    sync_expected(seminar, now=now)
    held = {row.participant_id: row.seat.topic_id for row in queries.held_seats(seminar)}
    requests = Exchange.objects.filter(proposer__seminar=seminar, state__in=OPEN_EXCHANGE)
    people = ("proposer__user", "proposer__seminar", "partner__user", "partner__seminar")
    for exchange in requests.select_related(*people, "gives", "wants"):
        stands = held.get(exchange.proposer_id) == exchange.gives_id and (
            exchange.kind == ExchangeKind.CLAIM or held.get(exchange.partner_id or 0) == exchange.wants_id
        )
        if exchange.kind == ExchangeKind.TALKS and {exchange.gives_id, exchange.wants_id} & {*moved}:
            stands = False
        admitted = exchange.proposer.state == ParticipantState.ADMITTED
        if not stands or not admitted or (exchange.kind == ExchangeKind.CLAIM and not _has_free_seat(exchange.wants)):
            counted_on = (exchange.proposer, exchange.partner if exchange.state == ExchangeState.AGREED else None)
            Exchange.objects.filter(pk=exchange.pk).update(state=ExchangeState.LAPSED, closed_at=now)
            exchange.state = ExchangeState.LAPSED
            for person in counted_on:
                if person is not None and person.state == ParticipantState.ADMITTED:
                    about, template = f"exchange:{exchange.pk}", "topics/email/exchange_closed"
                    write_to(person, f"{about}:lapsed:{person.pk}", template, now=now, about=about, exchange=exchange)


def note_returns(now: datetime) -> int:
    """Somebody who had left is back by way of the waiting list, and their topic was still theirs: note it, and tell them.

    Returns how many there were. A second time changes nothing.
    """
    lines = HistoryEntry.objects.filter(participant=OuterRef("participant"), subject="topic").order_by("-pk")
    rows = Assignment.objects.filter(participant__state=ParticipantState.ADMITTED)
    back = list(
        rows.annotate(last=Subquery(lines.values("new")[:1]))
        .filter(last="")
        .select_related("participant__user", "participant__seminar", "seat__topic")
    )
    for row in back:
        tell(row.participant, None, row.seat.topic, _("is back"), actor=None, now=now)
    return len(back)


def _has_free_seat(topic: Topic) -> bool:
    taken = Q(assignment__participant__state=ParticipantState.ADMITTED)
    return Seat.objects.filter(topic=topic).exclude(taken).exists()


def sync_talk_deadlines(seminar: Seminar, *, now: datetime) -> None:
    """Write the deadlines that hang on one's own talk down where deadlines live; nothing happens where nothing changed."""
    milestones = list(Milestone.objects.filter(seminar=seminar, anchor=Anchor.OWN_TALK).select_related("seminar"))
    if not milestones:
        return
    days = queries.talk_days(seminar)
    students = list(courses_queries.students(seminar))
    topics = queries.topics_of_participants(student.pk for student in students)
    for student in students:
        topic = topics.get(student.pk)
        for milestone in milestones:
            set_talk_deadline(milestone, student, days.get(topic.pk) if topic else None, now=now)


def sync_expected(seminar: Seminar, *, now: datetime) -> None:
    """Write down where attendance lives whom each session expects: questions on some topics only those who have or moderate one."""
    bound = queries.session_topics(seminar)
    holders: dict[int, set[int]] = {}
    for row in queries.held_seats(seminar):
        holders.setdefault(row.seat.topic_id, set()).add(row.participant_id)
    named: dict[int, set[int] | None] = {}
    for session in seminar.sessions.all():
        topics = bound.get(session.pk, []) if session.kind == SessionKind.QUESTIONS else []
        come = {pk for row in topics for pk in (*holders.get(row.topic_id, ()), row.moderator_id) if pk}
        named[session.pk] = come if topics else None
    name_expected(seminar, named, now=now)
