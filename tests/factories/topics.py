"""Preferences, allocations and topics of the small seminar, made by the services as people would make them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from courses.models import HistoryEntry, Participant, ParticipantState, Session
from notifications.models import Letter
from tests.factories.world import World
from topics.models import (
    AllocationRun,
    Assignment,
    Exchange,
    Pair,
    PreferenceList,
    PreferenceRule,
    SessionTopic,
)
from topics.services import assign_topic, publish_allocation, run_allocation, save_preferences, set_pair

STUDENTS = ("anna", "boris", "carla", "dana")
LAST = datetime(2023, 10, 30, 22, 59, 59, 999999, tzinfo=UTC)  # 23:59:59.999999 in Berlin


def rule_of(world: World, **changed: Any) -> PreferenceRule:
    """The seminar's rule, with these fields changed first."""
    PreferenceRule.objects.filter(seminar=world.seminar).update(**changed)
    return PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=world.seminar)


def prefer(world: World, name: str, entries: Sequence[Any], at: datetime = LAST, **options: Any) -> PreferenceList:
    return save_preferences(world.row(name), rule_of(world), entries, arrived_at=at, **options)


def draft_of(world: World, now: datetime, objective: str = "generous", change_cost: int = 0) -> AllocationRun:
    olga = world.people["olga"]
    return run_allocation(rule_of(world), objective=objective, actor=olga, now=now, change_cost=change_cost)


def publish(world: World, draft: AllocationRun, now: datetime, reason: str = "") -> AllocationRun:
    return publish_allocation(draft, actor=world.people["olga"], now=now, reason=reason)


def give_out(world: World, now: datetime, **chosen: Sequence[Any]) -> AllocationRun:
    """Save these preferences, compute and publish."""
    for name, entries in chosen.items():
        prefer(world, name, entries, now)
    return publish(world, draft_of(world, now), now)


def give(world: World, name: str, number: int | None, now: datetime, reason: str = "", **options: Any) -> None:
    topic = world.topic(number) if number else None
    assign_topic(world.row(name), topic, reason=reason, actor=world.people["olga"], now=now, **options)


def pair(world: World, name: str, number: int, kind: str, now: datetime, reason: str = "agreed") -> Pair:
    who = {"actor": world.people["olga"], "now": now}
    return set_pair(world.row(name), world.topic(number), kind=kind, reason=reason, **who)


def held() -> dict[str, int]:
    """Given names → number of the topic."""
    return dict(Assignment.objects.values_list("participant__user__given_names", "seat__topic__number"))


def open_market(world: World) -> None:
    """Nobody waits for a place any more."""
    Participant.objects.filter(seminar=world.seminar, state=ParticipantState.WAITING).update(state="withdrawn")


def second_day(world: World, *numbers: int) -> Session:
    """A later session of talks, in which these topics speak instead."""
    day = Session.objects.create(seminar=world.seminar, key="late", kind="talks", date=date(2024, 1, 12))
    places = SessionTopic.objects.filter(session__seminar=world.seminar, session__kind="talks")
    places.filter(topic__number__in=numbers).update(session=day)
    return day


def code(run: AllocationRun, world: World, name: str) -> str:
    return next(code for code, pk in run.people.items() if pk == world.row(name).pk)


def by_name(run: AllocationRun, world: World) -> dict[str, int | None]:
    """Short name → topic number of those whom the run knows."""
    given = run.topic_by_person()
    return {name: given[world.row(name).pk] for name in STUDENTS if world.row(name).pk in given}


def told() -> list[tuple[str, str]]:
    """(given name as in the address, kind) of every letter, oldest first; then the letters are gone."""
    letters = [
        (to.partition("@")[0], kind) for to, kind in Letter.objects.order_by("pk").values_list("to_email", "kind")
    ]
    Letter.objects.all().delete()
    return letters


def lines(subject: str) -> list[tuple[str, str, str]]:
    """(old, new, reason) of every line of the history on a subject, oldest first."""
    return list(HistoryEntry.objects.filter(subject=subject).order_by("pk").values_list("old", "new", "reason"))


def states() -> list[tuple[str, str]]:
    """(kind, state) of every exchange, oldest first."""
    return list(Exchange.objects.order_by("pk").values_list("kind", "state"))
