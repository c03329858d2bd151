"""Who gets which topic: computed runs, publication, changes by hand, and the deadlines that follow a talk."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import HistoryEntry, Participant, ParticipantState, Seminar
from courses.services import record, write_to
from milestones.models import Anchor, Milestone
from milestones.services import set_talk_deadline
from topics import queries
from topics.domain.allocation import allocate
from topics.models import AllocationRun, Assignment, Preference, PreferenceRule, RunState, Seat, Topic


@transaction.atomic
def run_allocation(rule: PreferenceRule, *, objective: str, actor: User, now: datetime) -> AllocationRun:
    """Compute an allocation of all admitted students and keep it with its input as a draft."""
    seminar = rule.seminar
    preferences = {
        str(pk): _entries(rows, ranked=rule.ranked) for pk, rows in queries.preferences_by_student(seminar).items()
    }
    capacities = {topic.number: len(topic.seats.all()) for topic in queries.catalogue(seminar)}
    previous = {str(row.participant_id): row.seat.topic.number for row in queries.held_seats(seminar)}
    result = allocate(
        {student: [frozenset(tied) for tied in entries] for student, entries in preferences.items()},
        capacities,
        objective=objective,
        previous=previous,
        seed=rule.seed,
    )
    return AllocationRun.objects.create(
        seminar=seminar,
        objective=objective,
        seed=rule.seed,
        preferences=preferences,
        capacities={str(number): seats for number, seats in capacities.items()},
        assignment=dict(result.assignment),
        profile=list(result.profile),
        created_at=now,
        created_by=actor,
    )


def _entries(rows: list[Preference], *, ranked: bool) -> list[list[int]]:
    numbers = [row.topic.number for row in rows]
    return [[number] for number in numbers] if ranked or not numbers else [numbers]


@transaction.atomic
def publish_allocation(run: AllocationRun, *, actor: User, now: datetime) -> AllocationRun:
    """Put a draft into force: everybody's topic is as the run says, and everybody whose topic changed is told."""
    seminar = Seminar.objects.select_for_update().get(pk=run.seminar_id)
    run = AllocationRun.objects.select_for_update().get(pk=run.pk)
    if run.state == RunState.PUBLISHED:
        return run
    students = {student.pk: student for student in courses_queries.students(seminar).select_related("seminar")}
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar)}
    known = {int(pk) for pk in run.assignment} == set(students) and {*run.assignment.values()} <= {*topics, None}
    changed = HistoryEntry.objects.filter(seminar=seminar, subject="topic", at__gt=run.created_at).exists()
    if run.state != RunState.DRAFT or not known or changed:
        raise Conflict(
            "allocation_outdated",
            _("People or topics have changed since this was computed; nothing was published. Please compute it again."),
        )
    AllocationRun.objects.filter(seminar=seminar, state=RunState.PUBLISHED).update(state=RunState.SUPERSEDED)
    run.state, run.published_at = RunState.PUBLISHED, now
    run.save(update_fields=["state", "published_at"])
    before = {row.participant_id: row.seat.topic for row in queries.held_seats(seminar)}
    Assignment.objects.filter(seat__topic__seminar=seminar).delete()
    for pk, number in run.assignment.items():
        topic = topics[number] if number is not None else None
        if topic is not None:
            _occupy(topic, students[int(pk)], now)
        _tell(students[int(pk)], before.get(int(pk)), topic, f"run:{run.pk}", actor=actor, now=now)
        if topic is None and int(pk) not in before:
            write_to(students[int(pk)], f"no_topic:{run.pk}:{pk}", "topics/email/topic_missing", now=now)
    sync_talk_deadlines(seminar, now=now)
    return run


def _occupy(topic: Topic, participant: Participant, now: datetime) -> None:
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


def _tell(
    participant: Participant,
    old: Topic | None,
    new: Topic | None,
    reason: str,
    *,
    actor: User,
    now: datetime,
) -> None:
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
    write_to(participant, f"topic:{entry.pk}", "topics/email/topic_assigned", now=now, old=old, topic=new)


@transaction.atomic
def assign_topic(
    participant: Participant, topic: Topic | None, *, reason: str, actor: User, now: datetime, shown: str | None = None
) -> None:
    """Give one student a topic by hand (None takes it back), tell them, and note why.

    `shown` is the number of the topic that the page showed, empty for none; a page that is stale gets 409 with both values.
    """
    seminar = Seminar.objects.select_for_update().get(pk=participant.seminar_id)
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
        _occupy(topic, participant, now)
    _tell(participant, old, topic, reason, actor=actor, now=now)
    sync_talk_deadlines(seminar, now=now)


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
