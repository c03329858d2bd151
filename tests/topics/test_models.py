"""What the database itself refuses, written past every form and service."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from tests.factories.world import World
from topics.models import (
    AllocationRun,
    Assignment,
    Exchange,
    Pair,
    Preference,
    PreferenceList,
    Seat,
    SessionTopic,
    Topic,
)


def refused(*rows: Model) -> bool:
    """Whether the database takes all but the last row."""
    model = type(rows[0])
    before = model._default_manager.count()
    model._default_manager.bulk_create(rows[:-1])
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.bulk_create(rows[-1:])
    return model._default_manager.count() == before + len(rows) - 1


def seat(world: World, number: int) -> Seat:
    return Seat.objects.get(topic=world.topic(number))


def test_seat_has_one_holder(world: World, now: datetime) -> None:
    assert refused(
        Assignment(seat=seat(world, 1), participant=world.row("anna"), assigned_at=now),
        Assignment(seat=seat(world, 1), participant=world.row("boris"), assigned_at=now),
    )


def test_participant_has_one_topic(world: World, now: datetime) -> None:
    assert refused(
        Assignment(seat=seat(world, 1), participant=world.row("anna"), assigned_at=now),
        Assignment(seat=seat(world, 2), participant=world.row("anna"), assigned_at=now),
    )


def test_seat_number_is_used_once(world: World) -> None:
    assert refused(Seat(topic=world.topic(1), number=2), Seat(topic=world.topic(1), number=2))


def test_topic_number_is_used_once(world: World) -> None:
    assert refused(Topic(seminar=world.seminar, number=9, title="A"), Topic(seminar=world.seminar, number=9, title="B"))


def test_preference_list_is_one_per_participant(world: World, now: datetime) -> None:
    assert refused(*[PreferenceList(participant=world.row("anna"), received_at=now) for _ in range(2)])


def test_preference_list_names_a_topic_once(world: World, now: datetime) -> None:
    mine = PreferenceList.objects.create(participant=world.row("anna"), received_at=now)
    assert refused(*[Preference(preference_list=mine, topic=world.topic(1), rank=rank) for rank in (1, 2)])


def test_preference_ranks_begin_at_one(world: World, now: datetime) -> None:
    mine = PreferenceList.objects.create(participant=world.row("anna"), received_at=now)
    assert refused(Preference(preference_list=mine, topic=world.topic(1), rank=0))


def test_session_hears_a_topic_once(world: World) -> None:
    talks = world.seminar.sessions.get(key="talks")
    assert refused(*[SessionTopic(session=talks, topic=world.topic(5)) for _ in range(2)])


def test_allocation_in_force_is_one_per_seminar(world: World, now: datetime) -> None:
    def run(state: str) -> AllocationRun:
        empty: dict[str, Any] = {name: {} for name in ("preferences", "capacities", "assignment", "profile")}
        actor = world.people["olga"]
        return AllocationRun(
            seminar=world.seminar, state=state, seed=0, created_at=now, created_by=actor, objective="greedy", **empty
        )

    assert refused(*[run(state) for state in ("superseded", "superseded", "draft", "draft", "published", "published")])


def pair(world: World, now: datetime, number: int, kind: str = "pinned", reason: str = "agreed") -> Pair:
    who = {"participant": world.row("anna"), "decided_by": world.people["olga"], "decided_at": now}
    return Pair(topic=world.topic(number), kind=kind, reason=reason, **who)


def test_student_has_one_pin(world: World, now: datetime) -> None:
    assert refused(pair(world, now, 1), pair(world, now, 2, "excluded"), pair(world, now, 3))


def test_student_may_have_many_exclusions_but_one_rule_for_a_topic(world: World, now: datetime) -> None:
    excluded = [pair(world, now, number, "excluded") for number in (1, 2, 3)]
    assert refused(*excluded, pair(world, now, 3, "pinned"))


def test_pair_has_a_reason(world: World, now: datetime) -> None:
    assert refused(pair(world, now, 1, reason=""))


def exchange(world: World, now: datetime, kind: str, partner: str = "", gives: int | None = 1, **more: Any) -> Exchange:
    sides = {"proposer": world.row("anna"), "partner": world.row(partner) if partner else None}
    topics = {"gives": world.topic(gives) if gives else None, "wants": world.topic(2)}
    return Exchange(kind=kind, asked_at=now, **{"state": "asked", **sides, **topics, **more})


@pytest.mark.parametrize("state", ["asked", "agreed"])
def test_student_has_one_open_exchange(world: World, now: datetime, state: str) -> None:
    closed = [
        exchange(world, now, "topics", "boris", state=state)
        for state in ("done", "done", "declined", "taken_back", "lapsed")
    ]
    assert refused(*closed, exchange(world, now, "claim", state=state), exchange(world, now, "topics", "boris"))


def test_student_may_be_asked_while_asking(world: World, now: datetime) -> None:
    asked = exchange(world, now, "topics", "anna", proposer=world.row("boris"))
    assert refused(exchange(world, now, "claim"), asked, exchange(world, now, "claim"))


@pytest.mark.parametrize("kind", ["topics", "talks"])
@pytest.mark.parametrize(("partner", "gives"), [("anna", 1), ("", 1), ("boris", None)])
def test_swap_has_two_sides(world: World, now: datetime, kind: str, partner: str, gives: int | None) -> None:
    assert refused(exchange(world, now, kind, "boris", 1, state="done"), exchange(world, now, kind, partner, gives))


@pytest.mark.parametrize("gives", [1, None])
def test_claim_has_no_partner(world: World, now: datetime, gives: int | None) -> None:
    assert refused(
        exchange(world, now, "claim", "", gives, state="done"), exchange(world, now, "claim", "boris", gives)
    )
