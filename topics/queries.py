"""Reads on the catalogue, on preferences and on who holds which topic."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Prefetch, QuerySet

from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Seminar, SessionKind
from milestones.domain.progress import NOTHING, Work
from milestones.models import Milestone
from milestones.queries import Key
from topics.models import AllocationRun, Assignment, Preference, PreferenceList, RunState, Seat, SessionTopic, Topic


def held_seats(seminar: Seminar) -> QuerySet[Assignment]:
    """Assignments of people who still take part; a seat whose holder has left counts as free."""
    return Assignment.objects.filter(
        seat__topic__seminar=seminar, participant__state=ParticipantState.ADMITTED
    ).select_related("seat__topic", "participant__user")


def catalogue(seminar: Seminar) -> list[Topic]:
    """Topics in order, each with `holders` (participants) and `free` (seats that nobody holds)."""
    seats = Prefetch("seats", queryset=Seat.objects.order_by("number"))
    topics = list(Topic.objects.filter(seminar=seminar).prefetch_related(seats))
    holders: dict[int, list[Participant]] = {}
    for assignment in held_seats(seminar):
        holders.setdefault(assignment.seat.topic_id, []).append(assignment.participant)
    for topic in topics:
        topic.holders = holders.get(topic.pk, [])  # type: ignore[attr-defined]
        topic.free = len(topic.seats.all()) - len(topic.holders)  # type: ignore[attr-defined]
    return topics


def topics_of_participants(participant_ids: Iterable[int]) -> dict[int, Topic]:
    """Participant id → topic, for those who have one."""
    rows = Assignment.objects.filter(participant_id__in=list(participant_ids)).select_related("seat__topic")
    return {row.participant_id: row.seat.topic for row in rows}


def topic_of(participant: Participant) -> Topic | None:
    """The participant's topic, if there is one."""
    return topics_of_participants([participant.pk]).get(participant.pk)


def preferences_of(participant: Participant) -> list[Preference]:
    """The participant's preferences, best first."""
    return list(Preference.objects.filter(preference_list__participant=participant).select_related("topic"))


def preferences_by_student(seminar: Seminar) -> dict[int, list[Preference]]:
    """Participant id → preferences, best first, for admitted students (an empty list where none came)."""
    rows: dict[int, list[Preference]] = {student.pk: [] for student in courses_queries.students(seminar)}
    chosen = Preference.objects.filter(preference_list__participant__seminar=seminar)
    for preference in chosen.select_related("topic", "preference_list"):
        if preference.preference_list.participant_id in rows:
            rows[preference.preference_list.participant_id].append(preference)
    return rows


def published_run(seminar: Seminar) -> AllocationRun | None:
    """The allocation that students see."""
    return AllocationRun.objects.filter(seminar=seminar, state=RunState.PUBLISHED).first()


def preference_work(milestones: Iterable[Milestone], participant_ids: Iterable[int]) -> dict[Key, Work]:
    """Who has sent preferences, and when; a person with a topic needs none."""
    ids = list(participant_ids)
    received = dict(PreferenceList.objects.filter(participant_id__in=ids).values_list("participant_id", "received_at"))
    placed = set(Assignment.objects.filter(participant_id__in=ids).values_list("participant_id", flat=True))

    def work(pk: int) -> Work:
        if pk in received:
            return Work(done=1, needed=1, at=received[pk])
        return Work(done=0, needed=0) if pk in placed else NOTHING

    return {(milestone.pk, pk): work(pk) for milestone in milestones for pk in ids}


def session_topics(seminar: Seminar) -> dict[int, list[SessionTopic]]:
    """Session id → its topics in speaking order, holders attached by topic id elsewhere."""
    rows: dict[int, list[SessionTopic]] = {}
    bound = SessionTopic.objects.filter(session__seminar=seminar).select_related("topic", "moderator__user")
    for row in bound.order_by("position", "topic__number"):
        rows.setdefault(row.session_id, []).append(row)
    return rows


def talk_days(seminar: Seminar) -> dict[int, date]:
    """Topic id → the day of its (first) presentation."""
    rows = SessionTopic.objects.filter(session__seminar=seminar, session__kind=SessionKind.TALKS)
    return dict(rows.order_by("-session__date").values_list("topic_id", "session__date"))


def talks_of(topic: Topic) -> QuerySet[SessionTopic]:
    """Every session in which the topic has a place, by date."""
    return SessionTopic.objects.filter(topic=topic).select_related("session__seminar").order_by("session__date")
