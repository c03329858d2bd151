"""Pinned and excluded pairs: each with a reason, noted, and counting from the next computation on."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.domain.refusals import Refusal
from notifications.models import Letter
from tests.factories.topics import by_name, draft_of, lines, pair, prefer, told
from tests.factories.world import World
from topics.models import Pair, Topic
from topics.services import remove_pair

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}


def pairs() -> list[tuple[str, int, str]]:
    """(given name, topic, kind)."""
    rows = Pair.objects.order_by("pk")
    return list(rows.values_list("participant__user__given_names", "topic__number", "kind"))


def test_set_pair_pins_quietly_and_is_noted(world: World, now: datetime) -> None:
    for _ in range(2):
        pair(world, "anna", 4, "pinned", now, reason="Her thesis.")
    assert pairs() == [("Anna", 4, "pinned")]
    assert (told(), lines("pair")) == ([], [("", "pinned 4: Her thesis.", "")])


def test_set_pair_that_excludes_is_told_once_with_its_reason(world: World, now: datetime) -> None:
    for _ in range(2):
        pair(world, "anna", 4, "excluded", now, reason="Her thesis.")
    assert "4 · Consistency Models\n\nReason: Her thesis." in Letter.objects.get().text
    assert told() == [("anna", "topic_excluded")]
    assert (pairs(), len(lines("pair"))) == ([("Anna", 4, "excluded")], 1)


def test_set_pair_of_another_pin_replaces_the_first(world: World, now: datetime) -> None:
    pair(world, "anna", 4, "pinned", now)
    pair(world, "anna", 5, "excluded", now)
    pair(world, "anna", 3, "pinned", now)
    assert pairs() == [("Anna", 5, "excluded"), ("Anna", 3, "pinned")]
    assert lines("pair") == [
        ("", "pinned 4: agreed", ""),
        ("", "excluded 5: agreed", ""),
        ("pinned 4: agreed", "", ""),
        ("", "pinned 3: agreed", ""),
    ]


def test_set_pair_may_turn_a_pin_into_an_exclusion(world: World, now: datetime) -> None:
    pair(world, "anna", 4, "pinned", now)
    pair(world, "anna", 4, "excluded", now)
    assert (pairs(), lines("pair")[1]) == ([("Anna", 4, "excluded")], ("pinned 4: agreed", "excluded 4: agreed", ""))
    assert told() == [("anna", "topic_excluded")]


def test_set_pair_without_a_reason_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        pair(world, "anna", 4, "pinned", now, reason="  ")
    assert (refused.value.code, pairs()) == ("reason_missing", [])


def test_remove_pair_twice_is_one_effect(world: World, now: datetime) -> None:
    pair(world, "anna", 4, "excluded", now)
    for copy in [Pair.objects.get() for _page in range(2)]:
        remove_pair(copy, actor=world.people["olga"], now=now)
    assert (pairs(), lines("pair")[1:]) == ([], [("excluded 4: agreed", "", "")])


def test_pair_counts_from_the_next_computation_on(world: World, now: datetime) -> None:
    prefer(world, "anna", [1], now)
    before = draft_of(world, now)
    fixed = pair(world, "anna", 1, "excluded", now)
    without = draft_of(world, now)
    remove_pair(fixed, actor=world.people["olga"], now=now)
    found = [by_name(run, world)["anna"] for run in (before, without, draft_of(world, now))]
    assert found == [1, None, 1]


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def olga(world: World, signed_in: SignedIn, now: datetime) -> Iterator[Client]:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield signed_in(world.people["olga"])


def send(client: Client, world: World, **changed: object) -> Any:
    data = {"student": world.row("anna").pk, "topic": world.topic(4).pk, "kind": "excluded", "reason": "Her thesis."}
    return client.post(world.url("allocation/pairs/"), {**data, **changed}, headers=JSON)


def test_pair_create_and_delete(olga: Client, world: World) -> None:
    assert [send(olga, world).status_code for _ in range(2)] == [302, 302]
    assert pairs() == [("Anna", 4, "excluded")]
    assert "excluded: 4 – Her thesis." in " ".join(olga.get(world.url("allocation/")).text.split())
    url = world.url(f"allocation/pairs/{Pair.objects.get().pk}/delete/")
    assert [olga.post(url).status_code for _ in range(2)] == [302, 404]
    assert pairs() == []


@pytest.mark.parametrize("field", ["student", "topic", "kind", "reason"])
def test_pair_create_with_something_missing_changes_nothing(olga: Client, world: World, field: str) -> None:
    response = send(olga, world, **{field: ""})
    assert (response.status_code, response.json()["code"], pairs()) == (400, "unreadable", [])


@pytest.mark.parametrize("name", ["apply", "gone", "olga"])
def test_pair_create_of_somebody_who_is_no_student_here_changes_nothing(olga: Client, world: World, name: str) -> None:
    assert (send(olga, world, student=world.row(name).pk).status_code, pairs()) == (400, [])


def test_pair_create_with_a_topic_of_another_seminar_changes_nothing(olga: Client, world: World) -> None:
    theirs = Topic.objects.get(seminar=world.other, number=4)
    assert (send(olga, world, topic=theirs.pk).status_code, pairs()) == (400, [])


def test_pair_delete_of_another_seminar_is_404(world: World, signed_in: SignedIn, now: datetime) -> None:
    fixed = pair(world, "anna", 4, "pinned", now)
    theirs = signed_in(world.people["other_organizer"])
    assert theirs.post(f"/seminars/other/allocation/pairs/{fixed.pk}/delete/").status_code == 404
    assert len(pairs()) == 1
