"""Students say themselves whom they should not review."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.domain.refusals import Refusal
from accounts.models import User
from reviews.models import PairRule
from reviews.services import draw_plan, set_pair_rule, state_exclusion, take_back_exclusion
from tests.factories.world import World
from tests.reviews.test_services import PLANNED, STUDENTS, WRITING, hand_in, publish, the_round
from tests.reviews.test_views import text_of
from topics.services import assign_topic

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(WRITING, tick=False)


@pytest.fixture
def assigned(world: World) -> World:
    """Anna, boris, carla and dana have topics 1 to 4."""
    User.objects.update(language="en")
    for number, name in enumerate(STUDENTS, 1):
        assign_topic(world.row(name), world.topic(number), reason="", actor=world.row("olga").user, now=PLANNED)
    hand_in(world)
    return world


def rules(world: World) -> set[tuple[str, str, str]]:
    found = PairRule.objects.filter(round=the_round(world)).select_related("reviewer__user", "author__user")
    return {(rule.reviewer.user.email[:4], rule.author.user.email[:4], rule.kind) for rule in found}


def state(world: World, name: str, number: int, reason: str = "We live together.") -> None:
    state_exclusion(the_round(world), world.row(name), world.topic(number), reason=reason, now=PLANNED)


def test_two_who_are_too_close_never_review_each_other(assigned: World) -> None:
    state(assigned, "anna", 3)
    assert rules(assigned) == {("anna", "carl", "excluded"), ("carl", "anna", "excluded")}
    plan = draw_plan(the_round(assigned))
    anna, carla = assigned.row("anna").pk, assigned.row("carla").pk
    assert not {(anna, carla), (carla, anna)} & set(plan.pairs)
    assert plan.pairs
    take_back_exclusion(the_round(assigned), assigned.row("anna"), assigned.topic(3), now=PLANNED)
    assert rules(assigned) == set()


def test_what_the_organizers_have_decided_is_theirs(assigned: World) -> None:
    olga = assigned.row("olga").user
    pair = {"actor": olga, "now": PLANNED, "reason": "agreed"}
    set_pair_rule(the_round(assigned), assigned.row("carla"), assigned.row("anna"), kind="fixed", **pair)
    with pytest.raises(Refusal) as refused:
        state(assigned, "anna", 3)
    assert refused.value.code == "decided"
    assert rules(assigned) == {("carl", "anna", "fixed")}
    take_back_exclusion(the_round(assigned), assigned.row("anna"), assigned.topic(3), now=PLANNED)
    assert rules(assigned) == {("carl", "anna", "fixed")}


@pytest.mark.parametrize(("number", "reason"), [(3, "  "), (1, "It is mine."), (5, "Nobody has it.")])
def test_incomplete_statement_is_refused(assigned: World, number: int, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        state(assigned, "anna", number, reason)
    assert refused.value.code == "incomplete"
    assert rules(assigned) == set()


def test_statements_are_few(assigned: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reviews.services.stating.MOST_STATED", 1)
    state(assigned, "anna", 3)
    state(assigned, "anna", 3, "We still live together.")
    with pytest.raises(Refusal) as refused:
        state(assigned, "anna", 2)
    assert refused.value.code == "too_many"


def test_page_names_topics_and_nobody(assigned: World, signed_in: SignIn) -> None:
    client, address = signed_in(assigned.people["anna"]), assigned.url("reviews/exclusions/")
    page = client.get(address).content.decode()
    assert all(f">{assigned.topic(number)}<" in page for number in (2, 3, 4))
    assert f">{assigned.topic(1)}<" not in page
    assert not any(name in page for name in ("Boris", "Carla", "Dana"))
    assert client.post(address, {"topic": assigned.topic(1).pk, "reason": "x"}).status_code == 400
    assert client.post(address, {"topic": assigned.topic(3).pk, "reason": "We are a couple."}).status_code == 302
    words = text_of(client.get(address))
    assert "We are a couple." in words
    assert "We are a couple." not in text_of(signed_in(assigned.people["carla"]).get(address))
    organizer = text_of(signed_in(assigned.people["olga"]).get(assigned.url("reviews/")))
    assert "Anna Großmann → Carla Conti : never, We are a couple. (Anna Großmann)" in organizer
    assert client.post(address, {"topic": assigned.topic(3).pk, "take_back": "1"}).status_code == 302
    assert rules(assigned) == set()
    assert client.post(address, {"topic": "x", "take_back": "1"}).status_code == 400


def test_page_before_anybody_has_a_topic_says_so(world: World, signed_in: SignIn) -> None:
    User.objects.update(language="en")
    words = text_of(signed_in(world.people["anna"]).get(world.url("reviews/exclusions/")))
    assert "Nobody else has a topic yet." in words


def test_organizers_see_what_was_assigned_before_it_was_excluded(assigned: World, signed_in: SignIn) -> None:
    publish(assigned)
    page = assigned.url("reviews/")
    olga = signed_in(assigned.people["olga"])
    assert "excluded since" not in text_of(olga.get(page))
    anna = assigned.row("anna")
    author = the_round(assigned).reviews.filter(reviewer=anna).first().author
    state(assigned, "anna", next(n for n, name in enumerate(STUDENTS, 1) if assigned.row(name).pk == author.pk))
    words = text_of(olga.get(page))
    assert "excluded since" in words
    assert "but assigned" in words
