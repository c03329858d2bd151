"""The plan changed by hand: a pair at a time, refused with its reason, and rules that every later plan keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from courses.models import HistoryEntry, ParticipantState
from notifications.models import Letter
from reviews.models import PairRule, Review, ReviewState
from reviews.services import add_review, draw_plan, drop_review, objections, set_pair_rule
from tests.factories.world import World
from tests.reviews.test_services import PLANNED, STUDENTS, WRITING, first_of, hand_in, pairs, publish, the_round, write

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(WRITING, tick=False)


@pytest.fixture
def planned(world: World) -> World:
    hand_in(world)
    publish(world)
    return world


def rule(world: World, reviewer: str, author: str, kind: str, reason: str = "they are a couple") -> None:
    people = world.row(reviewer), world.row(author)
    set_pair_rule(the_round(world), *people, kind=kind, reason=reason, actor=world.row("olga").user, now=PLANNED)


def address(world: World, reviewer: str, author: str) -> str:
    return world.url(f"reviews/pair/?reviewer={world.row(reviewer).pk}&author={world.row(author).pk}")


def free_pair(world: World) -> tuple[str, str]:
    """Two who are not in the plan together."""
    return next(
        (reviewer, author)
        for reviewer in STUDENTS
        for author in STUDENTS
        if reviewer != author and (world.row(reviewer).pk, world.row(author).pk) not in pairs()
    )


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reviewer", STUDENTS)
def test_draw_plan_keeps_rules_about_pairs(world: World, reviewer: str) -> None:
    hand_in(world)
    never, always = [name for name in STUDENTS if name != reviewer][:2]
    rule(world, reviewer, never, "excluded")
    rule(world, reviewer, always, "fixed")
    plan = draw_plan(the_round(world))
    assert not plan.problems
    assert (world.row(reviewer).pk, world.row(never).pk) not in plan.pairs
    assert (world.row(reviewer).pk, world.row(always).pk) in plan.pairs


def test_draw_plan_keeps_what_was_begun_though_it_is_excluded_now(planned: World) -> None:
    review = write(first_of(planned, "anna"))
    names = {planned.row(name).pk: name for name in STUDENTS}
    rule(planned, "anna", names[review.author_id], "excluded")
    assert (review.reviewer_id, review.author_id) in draw_plan(the_round(planned)).pairs


def test_draw_plan_names_the_gaps_of_the_nearest_plan(world: World) -> None:
    """Anna may review nobody: six pairs are left, and the two reviews that lack are named."""
    hand_in(world)
    for author in ("boris", "carla", "dana"):
        rule(world, "anna", author, "excluded")
    plan = draw_plan(the_round(world))
    assert plan.problems
    assert "Anna Großmann" in " ".join(plan.problems)
    assert len(plan.pairs) == 6
    assert plan.idle == ((world.row("anna"), 2),)
    assert sum(count for _author, count in plan.gaps) == 2
    assert publish(world) == 6
    assert len(pairs()) == 6


def test_set_pair_rule_needs_a_reason_and_two_people(world: World) -> None:
    with pytest.raises(Refusal, match="give a reason"):
        rule(world, "anna", "boris", "excluded", reason=" ")
    for kind, author in (("sometimes", "boris"), ("excluded", "anna")):
        with pytest.raises(Refusal, match="no such rule"):
            rule(world, "anna", author, kind)
    assert not PairRule.objects.exists()


def test_set_pair_rule_is_changed_and_taken_back_with_its_history(world: World) -> None:
    rule(world, "anna", "boris", "excluded")
    rule(world, "anna", "boris", "fixed", "they asked for it")
    assert [(one.kind, one.reason) for one in PairRule.objects.all()] == [("fixed", "they asked for it")]
    rule(world, "anna", "boris", "", "")
    assert not PairRule.objects.exists()
    boris = world.row("boris").pk
    lines = HistoryEntry.objects.filter(subject="review pair").order_by("pk").values_list("old", "new")
    assert list(lines) == [
        ("", f"{boris}: excluded"),
        (f"{boris}: excluded", f"{boris}: fixed"),
        (f"{boris}: fixed", ""),
    ]


# --- one pair -------------------------------------------------------------------------------------------------------


def test_objections_name_every_rule_that_stands_against_it(planned: World) -> None:
    reviewer, author = free_pair(planned)
    rule(planned, reviewer, author, "excluded", "they share a flat")
    found = objections(the_round(planned), planned.row(reviewer), planned.row(author))
    assert [sentence.endswith(".") or "share a flat" in sentence for sentence in found] == [True] * 3
    assert "must not review" in found[0]
    assert "has 2 reviews already" in found[1]
    assert "gets 2 reviews already" in found[2]
    assert (
        objections(the_round(planned), planned.row("anna"), planned.row("anna"))[0] == "Nobody reviews their own work."
    )


def test_add_review_after_one_was_dropped_tells_the_reviewer(planned: World) -> None:
    reviewer, author = free_pair(planned)
    round_, olga = the_round(planned), planned.row("olga").user
    of_reviewer = Review.objects.filter(reviewer=planned.row(reviewer))[0]
    of_author = Review.objects.filter(author=planned.row(author))[0]
    for review in (of_reviewer, of_author):
        drop_review(review, actor=olga, now=WRITING)
        drop_review(review, actor=olga, now=WRITING)  # twice: once
    Letter.objects.all().delete()
    people = planned.row(reviewer), planned.row(author)
    add_review(round_, *people, actor=olga, now=WRITING)
    assert (people[0].pk, people[1].pk) in pairs()
    assert list(Letter.objects.values_list("to_email", flat=True)) == [people[0].user.email]
    with pytest.raises(Refusal, match="already"):
        add_review(round_, *people, actor=olga, now=WRITING)


def test_drop_review_that_was_begun_is_refused(planned: World) -> None:
    review = write(first_of(planned, "anna"))
    with pytest.raises(Conflict, match="stays where it is"):
        drop_review(review, actor=planned.row("olga").user, now=WRITING)
    assert Review.objects.filter(pk=review.pk, state=ReviewState.STARTED).exists()


def test_objections_to_somebody_who_has_left_or_handed_in_nothing(world: World) -> None:
    hand_in(world, ("anna", "boris", "carla"))
    round_ = the_round(world)
    assert objections(round_, world.row("anna"), world.row("dana")) == ["Dana Demir has not handed anything in yet."]
    boris = world.row("boris")
    boris.state = ParticipantState.WITHDRAWN
    boris.save()
    assert objections(round_, world.row("anna"), world.row("boris")) == ["One of the two is no longer in the seminar."]


# --- the page -------------------------------------------------------------------------------------------------------


def test_pair_edit_refuses_an_edit_with_its_reason(planned: World, signed_in: SignIn) -> None:
    client, (reviewer, author) = signed_in(planned.people["olga"]), free_pair(planned)
    page = client.get(address(planned, reviewer, author))
    assert "cannot be added now" in page.text
    refused = client.post(address(planned, reviewer, author), {"action": "add"})
    assert refused.status_code == 400
    assert "take one away first" in refused.text
    assert len(pairs()) == 8


def test_pair_edit_takes_out_excludes_and_shows_it_beside_the_matrix(planned: World, signed_in: SignIn) -> None:
    client = signed_in(planned.people["olga"])
    review = first_of(planned, "anna")
    author = next(name for name in STUDENTS if planned.row(name).pk == review.author_id)
    way = address(planned, "anna", author)
    assert client.post(way, {"action": "drop"}).status_code == 302
    assert client.post(way, {"action": "excluded", "reason": "they are <friends>"}).status_code == 302
    assert (review.reviewer_id, review.author_id) not in pairs()
    matrix = client.get(planned.url("reviews/")).text
    assert "they are &lt;friends&gt;" in matrix
    assert client.post(way, {"action": "free"}).status_code == 302
    assert not PairRule.objects.exists()


@pytest.mark.parametrize("data", [{}, {"action": "burn"}, {"action": "excluded", "reason": ""}])
def test_pair_edit_refuses_what_it_does_not_understand(planned: World, signed_in: SignIn, data: dict[str, str]) -> None:
    before = pairs()
    assert signed_in(planned.people["olga"]).post(address(planned, *free_pair(planned)), data).status_code == 400
    assert pairs() == before


@pytest.mark.parametrize("query", ["", "?reviewer=1", "?reviewer=x&author=y", "?reviewer=99999&author=99998"])
def test_pair_edit_of_nobody_is_nowhere(planned: World, signed_in: SignIn, query: str) -> None:
    assert signed_in(planned.people["olga"]).get(planned.url(f"reviews/pair/{query}")).status_code == 404


def test_pair_edit_of_another_seminars_student_is_nowhere(planned: World, signed_in: SignIn) -> None:
    foreign = planned.row("anna").__class__.objects.get(user=planned.people["other_student"]).pk
    way = planned.url(f"reviews/pair/?reviewer={planned.row('anna').pk}&author={foreign}")
    assert signed_in(planned.people["olga"]).get(way).status_code == 404
