"""Why this topic: what was ranked higher, and who holds it, by rank only."""

import pytest

from topics.domain.explain import Better, explain, rank_of

PREFERENCES = {"a": [[1], [2], [3]], "b": [[1], [4]], "c": [[2, 1], [3]], "d": []}
SEATS = {1: 1, 2: 2, 3: 1, 4: 1}
HELD = {"a": 3, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(("topic", "rank"), [(1, 1), (3, 3), (4, None), (None, None)])
def test_rank_of_a_topic(topic: int | None, rank: int | None) -> None:
    assert rank_of(PREFERENCES["a"], topic) == rank


def test_rank_of_a_tie_is_one_place() -> None:
    assert [rank_of(PREFERENCES["c"], topic) for topic in (2, 1, 3)] == [1, 1, 2]


def test_explain_names_what_was_ranked_higher_and_the_ranks_of_its_holders() -> None:
    assert explain("a", PREFERENCES, SEATS, HELD) == [
        Better(topic=1, rank=1, seats=1, holder_ranks=(1,)),
        Better(topic=2, rank=2, seats=2, holder_ranks=(1, None)),
    ]


def test_explain_without_a_topic_names_everything_that_was_ranked() -> None:
    better = explain("b", PREFERENCES, SEATS, {**HELD, "b": None})
    assert better == [Better(1, 1, 1, ()), Better(4, 2, 1, ())]


@pytest.mark.parametrize("student", ["b", "c", "d", "nobody"])
def test_explain_of_a_first_choice_or_of_no_list_is_empty(student: str) -> None:
    assert explain(student, PREFERENCES, SEATS, HELD) == []
