"""Why this topic: what was ranked higher, who holds it by rank only, and what stood against it."""

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from typing import Any

import pytest

from topics.domain.evidence import solve
from topics.domain.explain import Better, Why, explain, profile_of, rank_of

Document = dict[str, Any]
RANKING = [[1], [2], [3]]


def document(preferences: Mapping[str, Any], seats: Mapping[int, int], **fields: Any) -> Document:
    """A run's input with its result."""
    given: Document = {
        "preferences": preferences,
        "capacities": {str(topic): count for topic, count in seats.items()},
        "pinned": {},
        "forbidden": [],
        "previous": {},
        "objective": "generous",
        "change_cost": 0,
        "seed": 1,
        **fields,
    }
    result = solve(given)
    return {**given, "assignment": result.assignment, "profile": list(result.profile)}


@pytest.mark.parametrize(("topic", "rank"), [(1, 1), (3, 3), (4, None), (None, None)])
def test_rank_of_a_topic(topic: int | None, rank: int | None) -> None:
    assert rank_of(RANKING, topic) == rank


def test_rank_of_a_tie_is_one_place() -> None:
    assert [rank_of([[2, 1], [3]], topic) for topic in (2, 1, 3)] == [1, 1, 2]


def test_profile_of_counts_ranks_and_last_those_without_a_chosen_topic() -> None:
    preferences = {"a": [[1], [2]], "b": [[1]], "c": [[2], [3], [1]], "d": []}
    assert profile_of(preferences, {"a": 2, "b": 1, "c": 9, "d": None}) == [1, 1, 0, 2]


# --- each reason, on an instance that one can check by hand -------------------------------------------------------


def test_explain_that_a_pair_was_excluded() -> None:
    told = explain("a", document({"a": [[1], [2]]}, {1: 1, 2: 1}, forbidden=[["a", 1]]))
    assert told == [Better(topic=1, rank=1, seats=1, holder_ranks=(), why=Why.EXCLUDED)]


def test_explain_that_the_organizers_placed_who_holds_it() -> None:
    told = explain("a", document({"a": [[1], [2]], "b": []}, {1: 1, 2: 1}, pinned={"b": 1}))
    assert told == [Better(topic=1, rank=1, seats=1, holder_ranks=(None,), why=Why.PINNED)]


def test_explain_that_the_organizers_placed_oneself() -> None:
    told = explain("a", document({"a": [[1], [2]]}, {1: 1, 2: 1}, pinned={"a": 2}))
    assert told == [Better(topic=1, rank=1, seats=1, holder_ranks=(), why=Why.PINNED)]


def test_explain_that_somebody_would_have_no_topic() -> None:
    """b knows only topic 1."""
    told = explain("a", document({"a": [[1], [2]], "b": [[1]]}, {1: 1, 2: 1}))
    assert told == [
        Better(
            topic=1, rank=1, seats=1, holder_ranks=(1,), why=Why.FEWER, forced=(1, 0), unplaced=1, one_more_seat=True
        )
    ]


def test_explain_that_the_whole_would_be_worse() -> None:
    """With 1 for a, b takes the third choice: generous avoids that."""
    wishes = {"a": [[1], [2]], "b": [[1], [3], [4]], "c": [[3]]}
    found = document(wishes, {1: 1, 2: 1, 3: 1, 4: 1})
    assert found["assignment"] == {"a": 2, "b": 1, "c": 3}
    (told,) = explain("a", found)
    assert (told.why, told.forced, told.unplaced) == (Why.WORSE, (2, 0, 1), 0)


def test_explain_that_more_people_would_have_to_change() -> None:
    wishes = {"a": [[1], [2]], "b": [[1], [2]]}
    told = explain("a", document(wishes, {1: 1, 2: 1}, previous={"a": 2, "b": 1}))
    assert [(each.why, each.forced) for each in told] == [(Why.CHANGES, (1, 1))]


def test_explain_that_a_change_would_cost_more_than_it_gains() -> None:
    """Topic 1 is free, but moving there counts as two ranks: the whole would not be worse, only changed."""
    found = document({"a": [[1], [2]]}, {1: 1, 2: 1}, previous={"a": 2}, change_cost=2)
    assert found["assignment"] == {"a": 2}
    assert [(each.why, each.forced, each.holder_ranks) for each in explain("a", found)] == [(Why.CHANGES, (1, 0), ())]


def test_explain_that_an_equal_sum_would_put_somebody_further_down() -> None:
    """1 + 3 is 2 + 2, but then c has the third choice: the draw has not decided that."""
    wishes = {"a": [[1], [2]], "b": [[4], [1], [2]], "c": [[4]]}
    found = document(wishes, {1: 1, 2: 1, 4: 1}, objective="mincost")
    assert found["assignment"] == {"a": 2, "b": 1, "c": 4}
    assert [(each.why, each.forced) for each in explain("a", found)] == [(Why.WORSE, (2, 0, 1))]


def test_explain_that_the_draw_decided() -> None:
    found = document({"a": [[1], [2]], "b": [[1], [2]]}, {1: 1, 2: 1})
    loser = next(student for student, topic in found["assignment"].items() if topic == 2)
    assert explain(loser, found) == [
        Better(topic=1, rank=1, seats=1, holder_ranks=(1,), why=Why.DRAW, forced=(1, 1), one_more_seat=True)
    ]


def test_explain_one_more_seat_that_would_go_to_somebody_else() -> None:
    """b and c know only topic 1, so a second seat of it is theirs."""
    found = document({"a": [[1], [2]], "b": [[1]], "c": [[1]]}, {1: 1, 2: 1})
    assert [each.one_more_seat for each in explain("a", found)] == [False]


# --- what is named ------------------------------------------------------------------------------------------------


def test_explain_names_what_was_ranked_higher_and_the_ranks_of_its_holders() -> None:
    wishes = {"a": [[1], [2], [3]], "b": [[1]], "c": [[2, 4]], "d": [[3], [2]]}
    found = document(wishes, {1: 1, 2: 2, 3: 1, 4: 1}, pinned={"a": 3, "d": 2, "c": 2})
    told = explain("a", found)
    assert [(each.topic, each.rank, each.seats, each.holder_ranks) for each in told] == [
        (1, 1, 1, (1,)),
        (2, 2, 2, (1, 2)),
    ]


def test_explain_without_a_topic_names_everything_that_was_ranked() -> None:
    wishes = {"a": [[1], [4]], "b": [[1]], "c": [[4]]}
    found = document(wishes, {1: 1, 4: 1}, pinned={"b": 1, "c": 4})
    assert [(each.topic, each.rank) for each in explain("a", found)] == [(1, 1), (4, 2)]


@pytest.mark.parametrize("student", ["b", "d", "nobody"])
def test_explain_of_a_first_choice_or_of_no_list_is_empty(student: str) -> None:
    found = document({"a": [[1], [2]], "b": [[1]], "d": []}, {1: 1, 2: 1})
    assert explain(student, found) == []


def test_explain_of_one_of_two_that_share_a_rank_is_empty() -> None:
    assert explain("a", document({"a": [[1, 2]], "b": [[1]]}, {1: 1, 2: 1})) == []


# --- against every possible allocation ----------------------------------------------------------------------------


def every(found: Document) -> Iterator[dict[str, int | None]]:
    """Each way to give at most one ranked or pinned topic to everybody, within the seats and the pairs."""
    banned = {tuple(each) for each in found["forbidden"]}
    options = {}
    for student, ranking in found["preferences"].items():
        ranked = [topic for rank in ranking for topic in rank if (student, topic) not in banned]
        options[student] = [found["pinned"][student]] if student in found["pinned"] else [*ranked, None]
    for choice in product(*options.values()):
        held = [topic for topic in choice if topic is not None]
        if all(held.count(topic) <= found["capacities"][str(topic)] for topic in set(held)):
            yield dict(zip(options, choice, strict=True))


def worth(assignment: Mapping[str, int | None], found: Document) -> tuple[Any, ...]:
    """What is compared in turn, less being better: how many have none, the objective, how many move, how far down."""
    preferences = found["preferences"]
    ranks = [rank_of(preferences[student], topic) for student, topic in assignment.items()]
    counts = [ranks.count(rank) for rank in range(1, 5)]
    objective = {
        "generous": counts[::-1],
        "greedy": [-count for count in counts],
        "mincost": [sum(rank or 0 for rank in ranks)],
    }[found["objective"]]
    moved = sum(1 for student, topic in found["previous"].items() if assignment[student] != topic)
    return list(assignment.values()).count(None), objective, moved, counts[::-1]


def expected(student: str, topic: int, found: Document) -> Why:
    """The first criterion by which every allocation with this topic for this student is worse."""
    best = worth(found["assignment"], found)
    forced = min(worth(each, found) for each in every(found) if each[student] == topic)
    for why, one, other in zip((Why.FEWER, Why.WORSE, Why.CHANGES, Why.WORSE), forced, best, strict=True):
        if one != other:
            return why
    return Why.DRAW


def random_document(seed: int) -> Document:
    random = Random(seed)
    students = "abcd"[: random.randint(2, 4)]
    seats = {topic: random.choice([1, 1, 1, 2]) for topic in (1, 2, 3, 4)}
    wishes = {student: [[topic] for topic in random.sample([1, 2, 3, 4], random.randint(1, 3))] for student in students}
    previous = {}
    if random.random() < 0.5:
        previous = dict(document(wishes, seats, seed=random.randint(0, 99))["assignment"])
        previous = {student: topic for student, topic in previous.items() if topic is not None}
    objective = random.choice(["generous", "greedy", "mincost"])
    return document(wishes, seats, objective=objective, previous=previous, seed=random.randint(0, 99))


@pytest.mark.parametrize("seed", range(150))
def test_explain_gives_the_reason_that_trying_everything_gives(seed: int) -> None:
    found = random_document(seed)
    for student in found["preferences"]:
        for each in explain(student, found):
            assert each.why == expected(student, each.topic, found), (student, each, found)


def test_explain_meets_every_reason_among_the_random_documents() -> None:
    documents = [random_document(seed) for seed in range(150)]
    met = {each.why for found in documents for student in found["preferences"] for each in explain(student, found)}
    assert met == {Why.FEWER, Why.WORSE, Why.CHANGES, Why.DRAW}
