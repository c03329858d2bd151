"""Topics as a browser sends them."""

import pytest

from tests.factories.world import World
from topics.forms import AssignmentForm, ObjectiveForm, chosen_numbers
from topics.models import Topic


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["3", "", "1"], [3, 1]),
        (["", " "], []),
        (["three", "-1", "1.5", "²", "٣"], [0, 0, 0, 0, 0]),
        (["3", "3"], [3, 3]),
    ],
)
def test_chosen_numbers_of_what_was_sent(values: list[str], numbers: list[int]) -> None:
    assert chosen_numbers(values) == numbers


@pytest.mark.parametrize(("objective", "good"), [("greedy", True), ("mincost", True), ("fair", False), ("", False)])
def test_objective_form_knows_three(objective: str, good: bool) -> None:
    assert ObjectiveForm({"objective": objective}).is_valid() is good


def test_assignment_form_knows_the_topics_of_its_seminar(world: World) -> None:
    theirs = Topic.objects.get(seminar=world.other, number=1)
    answers = [
        AssignmentForm({"topic": pk}, seminar=world.seminar).is_valid() for pk in (world.topic(1).pk, "", theirs.pk)
    ]
    assert answers == [True, True, False]
