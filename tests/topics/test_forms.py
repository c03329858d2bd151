"""Topics as a browser sends them."""

import pytest

from tests.factories.world import World
from topics.forms import (
    AssignmentForm,
    CompareForm,
    ExchangeForm,
    PairForm,
    PublishForm,
    TopicForm,
    chosen_action,
    chosen_numbers,
)
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


@pytest.mark.parametrize(
    ("value", "action"),
    [
        ("add:7", ("add", 7, 0)),
        ("place:3:1", ("place", 3, 1)),
        ("tie:3", ("tie", 3, 0)),
        ("place:3:x", ("place", 3, 0)),
        ("fly:3", None),
        ("add:", None),
        ("add:0", None),
        ("add:-3", None),
        ("add:٣", None),
        ("add:9999999", None),
        ("receipt", None),
        ("", None),
    ],
)
def test_chosen_action_of_a_button(value: str, action: tuple[str, int, int] | None) -> None:
    assert chosen_action(value) == action


@pytest.mark.parametrize(("sent", "cost"), [("0", 0), ("20", 20), ("", 0), ("21", None), ("-1", None), ("few", None)])
def test_compare_form_counts_a_change_as_up_to_twenty_ranks(sent: str, cost: int | None) -> None:
    form = CompareForm({"change_cost": sent})
    assert (form.is_valid(), form.cleaned_data.get("change_cost")) == (cost is not None, cost)


@pytest.mark.parametrize(
    ("revises", "reason", "good"), [(False, "", True), (True, "", False), (True, " ", False), (True, "ill", True)]
)
def test_publish_form_asks_why_only_for_a_revision(revises: bool, reason: str, good: bool) -> None:
    assert PublishForm({"reason": reason}, revises=revises).is_valid() is good


def test_assignment_form_knows_the_topics_of_its_seminar(world: World) -> None:
    theirs = Topic.objects.get(seminar=world.other, number=1)
    answers = [
        AssignmentForm({"topic": pk}, seminar=world.seminar).is_valid() for pk in (world.topic(1).pk, "", theirs.pk)
    ]
    assert answers == [True, True, False]


@pytest.mark.parametrize(("name", "good"), [("boris", True), ("gone", False), ("apply", False), ("olga", False)])
def test_assignment_form_lets_only_students_make_room(world: World, name: str, good: bool) -> None:
    form = AssignmentForm({"displaced": world.row(name).pk}, seminar=world.seminar)
    assert form.is_valid() is good


@pytest.mark.parametrize(("data", "shown"), [({"shown": "3"}, "3"), ({"shown": ""}, ""), ({}, None)])
def test_assignment_form_knows_an_empty_page_from_none(world: World, data: dict[str, str], shown: str | None) -> None:
    form = AssignmentForm(data, seminar=world.seminar)
    assert (form.is_valid(), form.cleaned_data["shown"]) == (True, shown)


@pytest.mark.parametrize("missing", ["student", "kind", "topic", "reason"])
def test_pair_form_needs_everything(world: World, missing: str) -> None:
    students, topics = world.seminar.participants.all(), Topic.objects.filter(seminar=world.seminar)
    data = {"student": world.row("anna").pk, "kind": "pinned", "topic": world.topic(1).pk, "reason": "agreed"}
    assert PairForm(data, students=students, topics=topics).is_valid()
    assert not PairForm({**data, missing: ""}, students=students, topics=topics).is_valid()


@pytest.mark.parametrize(
    ("data", "good"),
    [
        ({"kind": "claim", "topic": "own"}, True),
        ({"kind": "claim", "topic": "theirs"}, False),
        ({"kind": "claim"}, False),
        ({"kind": "topics"}, False),
        ({"kind": "gift", "topic": "own"}, False),
    ],
)
def test_exchange_form_of_a_claim_needs_a_topic_and_of_a_swap_a_partner(
    world: World, data: dict[str, str], good: bool
) -> None:
    theirs = Topic.objects.get(seminar=world.other, number=1)
    keys = {"own": world.topic(1).pk, "theirs": theirs.pk}
    topics, partners = Topic.objects.filter(seminar=world.seminar), world.seminar.participants.all()
    sent = {name: keys.get(value, value) for name, value in data.items()}
    assert ExchangeForm(sent, topics=topics, partners=partners).is_valid() is good


@pytest.mark.parametrize(("number", "good"), [("6", True), ("1", False), ("0", False), ("", False), ("-2", False)])
def test_topic_form_wants_a_number_of_its_own(world: World, number: str, good: bool) -> None:
    form = TopicForm({"number": number, "title": "New", "seats": "1"}, instance=Topic(seminar=world.seminar))
    assert form.is_valid() is good


def test_topic_form_keeps_its_own_number_and_reads_prerequisites_by_line(world: World) -> None:
    data = {"number": "1", "title": "New", "seats": "2", "required": "Algebra\n\n Analysis ", "helpful": "Python"}
    form = TopicForm(data, instance=world.topic(1))
    assert form.is_valid()
    assert form.prerequisites() == {"required": ["Algebra", "Analysis"], "recommended": [], "helpful": ["Python"]}
