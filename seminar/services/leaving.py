"""Somebody leaves, or arrives late: everything that follows from it, shown first and then done in one action."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from courses import queries as courses_queries
from courses.models import PLACED, Participant, ParticipantState, Seminar
from courses.services import change_state, offer_free_places, record, write_to
from grading.models import Meeting, PartGrade
from grading.services import give_back_meetings
from milestones.domain.progress import State
from milestones.models import Milestone
from milestones.queries import deadlines, milestones_of
from milestones.services import grant_extension
from notifications.models import Letter, LetterState
from notifications.services import drop_letters
from reviews.models import Review, ReviewState
from reviews.queries import round_of
from reviews.services import Repair, repair_of, repair_plan
from seminar.queries import cells
from submissions.models import Version
from topics import queries as topics_queries
from topics.models import Exchange, ProposalState, SessionTopic, Topic, TopicProposal
from topics.services import assign_topic, decide_proposal, settle

OBSOLETE = (
    *("reminder", "registration", "place_offered", "make_up"),
    *("topic_missing", "topic_free", "exchange_asked", "reviews_assigned"),
    *("session_moved", "schedule_changed", "deadline_moved", "deadlines_changed", "talk_placed"),
)


@dataclass(frozen=True)
class Departure:
    """What a withdrawal would do, and what it leaves alone."""

    participant: Participant
    topic: Topic | None
    talks: list[SessionTopic]
    moderates: list[SessionTopic]
    expected: int  # coming sessions in which the person was expected
    repair: Repair | None
    exchanges: list[Exchange]
    letters: int
    files: int
    reviews: int
    grades: int
    meetings: int
    next_in_line: Participant | None


def departure_of(participant: Participant, *, now: datetime) -> Departure:
    """Read what would follow if the participant left now."""
    seminar, today = participant.seminar, now.astimezone(participant.seminar.zone).date()
    admitted = participant.is_active
    topic = topics_queries.topic_of(participant) if admitted else None
    round_ = round_of(seminar)
    offers = seminar.offer_hours and not courses_queries.is_over(seminar, now)
    to_offer = courses_queries.places_to_offer(seminar) + (participant.state in (*PLACED, ParticipantState.APPLIED))
    others = courses_queries.in_line(seminar).exclude(pk=participant.pk)
    return Departure(
        participant=participant,
        topic=topic,
        talks=[talk for talk in topics_queries.talks_of(topic) if talk.session.takes_place] if topic else [],
        moderates=list(_moderated(participant)),
        expected=_expected(participant, today) if admitted else 0,
        repair=repair_of(round_, participant) if round_ and admitted else None,
        exchanges=list(topics_queries.exchanges_of(participant)),
        letters=Letter.objects.filter(
            user=participant.user, scope=seminar.slug, kind__in=OBSOLETE, state=LetterState.WAITING
        ).count(),
        files=Version.objects.filter(submission__participant=participant).count(),
        reviews=Review.objects.filter(reviewer=participant, state=ReviewState.DELIVERED).count(),
        grades=PartGrade.objects.filter(participant=participant, value__isnull=False).count(),
        meetings=Meeting.objects.filter(participant=participant, outcome="", begins_at__gt=now).count(),
        next_in_line=others.first() if offers and to_offer > 0 else None,
    )


def _expected(participant: Participant, today: date) -> int:
    expects = courses_queries.expectation_of(participant.seminar)
    coming = courses_queries.sessions_of(participant.seminar).filter(date__gte=today)
    return sum(expects(session, participant.pk) for session in coming)


def _moderated(participant: Participant) -> list[SessionTopic]:
    rows = SessionTopic.objects.filter(moderator=participant).select_related("session", "topic")
    return list(rows.order_by("session__date", "position"))


@transaction.atomic
def withdraw(participant: Participant, *, actor: User, now: datetime, reason: str = "") -> Participant:
    """Let a student leave, with everything that follows. What was handed in, written and noted stays; twice is one effect."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    participant = Participant.objects.select_related("user", "seminar").get(pk=participant.pk)
    if participant.state == ParticipantState.WITHDRAWN:
        return participant
    was_admitted, topic = participant.is_active, topics_queries.topic_of(participant)
    moderated, round_ = _moderated(participant), round_of(seminar)
    participant = change_state(participant, ParticipantState.WITHDRAWN, actor=actor, now=now, reason=reason)
    if was_admitted and topic is not None:
        record(seminar, "topic", now=now, actor=actor, participant=participant, old=topic, reason="left the seminar")
    for row in moderated:
        record(seminar, "moderator", now=now, actor=actor, participant=participant, old=f"{row.session}: {row.topic}")
    SessionTopic.objects.filter(pk__in=[row.pk for row in moderated]).update(moderator=None)
    if was_admitted and round_ is not None:
        repair_plan(round_, participant, actor=actor, now=now)
    for proposal in TopicProposal.objects.filter(participant=participant, state=ProposalState.PROPOSED):
        decide_proposal(proposal, ProposalState.WITHDRAWN, reason="", actor=participant.user, now=now)
    give_back_meetings(participant, now=now)
    drop_letters(participant.user, scope=seminar.slug, kinds=OBSOLETE, reason="The person has left the seminar.")
    settle(seminar, now=now)
    offered = offer_free_places(seminar, now=now)
    if was_admitted:
        _announce(participant, topic, offered, actor, now)
    return participant


def _announce(participant: Participant, topic: Topic | None, offered: int, actor: User, now: datetime) -> None:
    """Tell the organizers, and those who have no topic that one has fallen free."""
    seminar, stamp = participant.seminar, f"{now:%Y%m%dT%H%M%S}"
    for organizer in courses_queries.organizers(seminar).select_related("seminar"):
        if organizer.user != actor:
            key = f"left:{participant.pk}:{stamp}:{organizer.pk}"
            template = "seminar/email/student_left"
            write_to(organizer, key, template, now=now, leaver=participant, topic=topic, offered=offered)
    if topic is None or offered or topics_queries.published_run(seminar) is None:
        return
    students = list(courses_queries.students(seminar).select_related("seminar"))
    held = topics_queries.topics_of_participants(student.pk for student in students)
    for student in students:
        if student.pk not in held:
            write_to(
                student, f"free:{participant.pk}:{stamp}:{student.pk}", "seminar/email/topic_free", now=now, topic=topic
            )


@dataclass(frozen=True)
class Arrival:
    """What somebody who comes late would find: topics that are free, and deadlines that have passed."""

    participant: Participant
    still_theirs: Topic | None
    free: list[tuple[Topic, date | None]]  # with the day of the talk
    passed: list[Milestone]
    places: int


def arrival_of(participant: Participant, *, now: datetime) -> Arrival:
    """Read what admitting the participant now would mean."""
    seminar = participant.seminar
    milestones = list(milestones_of(seminar))
    table = cells(milestones, [participant], now)
    days = topics_queries.talk_days(seminar)
    catalogue = topics_queries.catalogue(seminar)
    own = topics_queries.topic_of(participant)
    return Arrival(
        participant=participant,
        still_theirs=own,
        free=[(t, days.get(t.pk)) for t in catalogue if t.free > 0 and t != own],  # type: ignore[attr-defined]
        passed=[m for m in milestones if table[m.pk, participant.pk].state == State.LATE and m.kind != "preferences"],
        places=courses_queries.free_places(seminar) + (participant.state == ParticipantState.OFFERED),
    )


@transaction.atomic
def admit_late(
    participant: Participant,
    *,
    topic: Topic | None,
    extensions: Mapping[Milestone, date],
    actor: User,
    now: datetime,
) -> Participant:
    """Admit somebody while the term runs: a place, a topic, and more time where deadlines have passed. Twice is one effect."""
    Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    was_active = Participant.objects.get(pk=participant.pk).is_active
    participant = change_state(participant, ParticipantState.ADMITTED, actor=actor, now=now)
    reason, theirs = gettext_noop("joined late"), topics_queries.topic_of(participant)
    if theirs is not None and not was_active:
        record(participant.seminar, "topic", now=now, actor=actor, participant=participant, new=theirs, reason=reason)
    if topic is not None:
        assign_topic(participant, topic, reason=reason, actor=actor, now=now)
    else:
        settle(participant.seminar, now=now)
    dues = deadlines(extensions, [participant.pk])
    for milestone, day in extensions.items():
        wall = dues[milestone.pk, participant.pk].wall
        if wall is None or day > wall.date():
            grant_extension(
                milestone, participant, due_date=day, due_time=milestone.due_time, reason=reason, actor=actor, now=now
            )
    return participant
