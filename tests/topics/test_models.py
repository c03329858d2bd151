"""What the database itself refuses, written past every form and service."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from tests.factories.world import World
from topics.models import AllocationRun, Assignment, Preference, PreferenceList, Seat, SessionTopic, Topic


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
