"""Reads on the catalogue, on preferences and on who holds which topic."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Seminar, SessionKind
from milestones.domain.progress import NOTHING, Work
from milestones.models import Milestone
from milestones.queries import Key
from topics.domain.ballot import Ranking, as_ranking
from topics.domain.evidence import commitment
from topics.models import (
    OPEN_EXCHANGE,
    AllocationRun,
    Assignment,
    Exchange,
    Pair,
    PairKind,
    Preference,
    PreferenceList,
    RunState,
    Seat,
    SessionTopic,
    Topic,
)


def held_seats(seminar: Seminar) -> QuerySet[Assignment]:
    """Assignments of people who still take part; a seat whose holder has left counts as free."""
    return Assignment.objects.filter(
        seat__topic__seminar=seminar, participant__state=ParticipantState.ADMITTED
    ).select_related("seat__topic", "participant__user")


def catalogue(seminar: Seminar) -> list[Topic]:
    """Topics in order, each with `holders` (participants) and `free` (seats that nobody holds)."""
    seats = Prefetch("seats", queryset=Seat.objects.order_by("number"))
    topics = list(Topic.objects.filter(seminar=seminar).prefetch_related(seats, "prerequisites"))
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


def topics_by_family(seminar: Seminar, *, but: Participant) -> dict[str, int | None]:
    """Family name → number of the topic, for the other admitted students of the seminar; None where they have none."""
    students = courses_queries.students(seminar).exclude(pk=but.pk)
    return dict(students.values_list("user__family_name", "assignment__seat__topic__number"))


def minutes_of(topic: Topic) -> tuple[int, int] | None:
    """How long the talk on a topic is to be, least and most; None where no session says so."""
    talk = SessionTopic.objects.filter(topic=topic, session__kind=SessionKind.TALKS).first()
    return (talk.minutes_min, talk.minutes_max) if talk and talk.minutes_min and talk.minutes_max else None


def preferences_of(participant: Participant) -> list[Preference]:
    """The participant's preferences, best first."""
    return list(Preference.objects.filter(preference_list__participant=participant).select_related("topic"))


def grouped(preferences: Iterable[Preference]) -> Ranking:
    """Rows, best first, as a ranking of topic numbers."""
    ranks: dict[int, list[int]] = {}
    for preference in preferences:
        ranks.setdefault(preference.rank, []).append(preference.topic.number)
    return as_ranking(list(ranks.values()))


def ranking_of(participant: Participant) -> Ranking:
    """The participant's ranking of topic numbers; empty where there is none."""
    return grouped(preferences_of(participant))


def rankings(seminar: Seminar) -> dict[int, Ranking]:
    """Participant id → ranking, for admitted students (empty where none came)."""
    rows: dict[int, list[Preference]] = {student.pk: [] for student in courses_queries.students(seminar)}
    chosen = Preference.objects.filter(preference_list__participant__seminar=seminar)
    for preference in chosen.select_related("topic", "preference_list"):
        if preference.preference_list.participant_id in rows:
            rows[preference.preference_list.participant_id].append(preference)
    return {pk: grouped(preferences) for pk, preferences in rows.items()}


def demand(seminar: Seminar) -> dict[int, tuple[int, int]]:
    """Topic id → how many admitted students chose it, and how many as their first."""
    chosen = Preference.objects.filter(
        preference_list__participant__seminar=seminar,
        preference_list__participant__state=ParticipantState.ADMITTED,
    )
    rows = chosen.order_by("topic").values("topic").annotate(count=Count("pk"), first=Count("pk", filter=Q(rank=1)))
    return {row["topic"]: (row["count"], row["first"]) for row in rows}


def exclusion(participant: Participant, topic: Topic) -> Pair | None:
    """The rule that keeps this student from this topic, if there is one."""
    return Pair.objects.filter(participant=participant, topic=topic, kind=PairKind.EXCLUDED).first()


def document_of(run: AllocationRun) -> dict[str, Any]:
    """A run as the pure rules take it: input, draw and result under codes, without names."""
    return {
        "seminar": run.seminar.slug,
        "commitment": commitment(run.seed, run.nonce),
        "seed": run.seed,
        "nonce": run.nonce,
        "objective": run.objective,
        "change_cost": run.change_cost,
        "preferences": run.preferences,
        "capacities": run.capacities,
        "pinned": run.pinned,
        "forbidden": run.forbidden,
        "previous": run.previous,
        "assignment": run.assignment,
        "profile": run.profile,
    }


def market_open(seminar: Seminar, now: datetime) -> bool:
    """Free topics go to newcomers first: not to the market while somebody has an offer, or will be offered a place."""
    people = Participant.objects.filter(seminar=seminar)
    if people.filter(state=ParticipantState.OFFERED).exists():
        return False
    offers = seminar.offer_hours and not courses_queries.is_over(seminar, now)
    return not (offers and people.filter(state=ParticipantState.WAITING).exists())


def open_exchanges(seminar: Seminar) -> QuerySet[Exchange]:
    """Requests that wait for somebody, oldest first."""
    rows = Exchange.objects.filter(proposer__seminar=seminar, state__in=OPEN_EXCHANGE)
    return rows.select_related(
        "proposer__user", "proposer__seminar", "partner__user", "partner__seminar", "gives", "wants"
    )


def published_run(seminar: Seminar) -> AllocationRun | None:
    """The allocation that students see."""
    return AllocationRun.objects.filter(seminar=seminar, state=RunState.PUBLISHED).first()


def exchanges_of(participant: Participant) -> QuerySet[Exchange]:
    """Open requests that the participant has made or is asked about."""
    return open_exchanges(participant.seminar).filter(Q(proposer=participant) | Q(partner=participant))


def runs(seminar: Seminar) -> QuerySet[AllocationRun]:
    """Every computed allocation, the newest first."""
    return AllocationRun.objects.filter(seminar=seminar).select_related("created_by")


def latest_drafts(seminar: Seminar) -> list[AllocationRun]:
    """The drafts that were computed together last, unless something was published since."""
    published = published_run(seminar)
    newest = AllocationRun.objects.filter(seminar=seminar, state=RunState.DRAFT).first()
    if newest is None or (published and published.created_at >= newest.created_at):
        return []
    return list(AllocationRun.objects.filter(seminar=seminar, created_at=newest.created_at).order_by("pk"))


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


def talk_of(topic: Topic) -> SessionTopic | None:
    """The topic's (first) presentation."""
    return talks_of(topic).filter(session__kind=SessionKind.TALKS).first()


def talks_of(topic: Topic) -> QuerySet[SessionTopic]:
    """Every session in which the topic has a place, by date."""
    return SessionTopic.objects.filter(topic=topic).select_related("session__seminar").order_by("session__date")


def appearances(participant_ids: Iterable[int]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """(session id, participant id) of those who give a talk there, and of those who moderate one."""
    ids = list(participant_ids)
    held = SessionTopic.objects.exclude(session__kind=SessionKind.QUESTIONS).filter(
        topic__seats__assignment__participant__in=ids
    )
    moderated = SessionTopic.objects.filter(moderator__in=ids)
    return (
        set(held.values_list("session", "topic__seats__assignment__participant")),
        set(moderated.values_list("session", "moderator")),
    )
