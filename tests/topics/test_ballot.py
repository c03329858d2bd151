"""Moves on a ranking, its one-line form, and the fields of the form that holds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.domain.ballot import ACTIONS, Ranking, as_ranking, as_text, from_fields, move

ABC = [[1], [2], [3]]
TIED = [[1, 2], [3]]


@pytest.mark.parametrize(
    ("ranking", "action", "number", "after"),
    [
        (ABC, "add", 4, [[1], [2], [3], [4]]),
        (ABC, "add", 2, ABC),
        ([], "add", 4, [[4]]),
        (ABC, "remove", 2, [[1], [3]]),
        (ABC, "remove", 4, ABC),
        (TIED, "remove", 1, [[2], [3]]),
        (ABC, "up", 2, [[2], [1], [3]]),
        (ABC, "up", 1, ABC),
        (ABC, "up", 4, ABC),
        (TIED, "up", 2, [[2], [1], [3]]),
        (TIED, "up", 3, [[3], [1, 2]]),
        (ABC, "down", 2, [[1], [3], [2]]),
        (ABC, "down", 3, ABC),
        (ABC, "down", 4, ABC),
        (TIED, "down", 1, [[2], [1], [3]]),
        (ABC, "tie", 2, [[1, 2], [3]]),
        (ABC, "tie", 1, ABC),
        (TIED, "tie", 2, TIED),
        (TIED, "tie", 3, [[1, 2, 3]]),
        (ABC, "tie", 4, ABC),
        (TIED, "untie", 1, [[2], [1], [3]]),
        (TIED, "untie", 3, TIED),
        (ABC, "untie", 4, ABC),
    ],
)
def test_move_of_a_topic(ranking: Ranking, action: str, number: int, after: Ranking) -> None:
    assert move(ranking, action, number) == after


@pytest.mark.parametrize(
    ("number", "place", "after"),
    [
        (3, 1, [[3], [1], [2]]),
        (1, 2, [[2], [1], [3]]),
        (1, 9, [[2], [3], [1]]),
        (2, 0, [[2], [1], [3]]),
        (4, 2, [[1], [4], [2], [3]]),
    ],
)
def test_move_to_a_place(number: int, place: int, after: Ranking) -> None:
    assert move(ABC, "place", number, place) == after


def test_move_takes_a_topic_out_of_a_tie_to_its_place() -> None:
    assert move([[1, 2], [3]], "place", 2, 2) == [[1], [2], [3]]


def test_move_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        move(ABC, "fly", 1)


def test_move_leaves_its_argument_alone() -> None:
    before = [[1, 2], [3]]
    for action in ACTIONS:
        move(before, action, 2, 1)
    assert before == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("ranking", "text"), [([[3], [4, 5], [1]], "3 > 4 = 5 > 1"), ([[7]], "7"), ([], ""), ([[2, 9]], "2 = 9")]
)
def test_as_text_of_a_ranking(ranking: Ranking, text: str) -> None:
    assert as_text(ranking) == text


def test_as_ranking_of_numbers_and_shared_ranks_has_no_empty_rank() -> None:
    assert as_ranking([3, [5, 4], [], 1]) == [[3], [4, 5], [1]]


@pytest.mark.parametrize(
    ("topics", "tied", "ranked", "ranking"),
    [
        ([3, 5, 4], [], True, [[3], [5], [4]]),
        ([3, 5, 4], [4], True, [[3], [4, 5]]),
        ([3, 5], [3], True, [[3], [5]]),  # nothing stands above the first
        ([3, 5], [9], True, [[3], [5]]),
        ([3, 5, 4], [4], False, [[3, 4, 5]]),
        ([], [], True, []),
        ([], [], False, []),
        ([3, 3], [], True, [[3], [3]]),  # refused later, not here
    ],
)
def test_from_fields_of_a_form(topics: list[int], tied: list[int], ranked: bool, ranking: Ranking) -> None:
    assert from_fields(topics, tied, ranked=ranked) == ranking


# --- any sequence of moves ----------------------------------------------------------------------------------------

MOVES = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 6), st.integers(0, 7)), max_size=25)


def after(moves: list[tuple[str, int, int]]) -> Ranking:
    ranking: Ranking = []
    for action, number, place in moves:
        ranking = move(ranking, action, number, place)
    return ranking


@given(MOVES)
def test_any_moves_keep_every_topic_at_most_once_and_no_rank_empty(moves: list[tuple[str, int, int]]) -> None:
    ranking = after(moves)
    numbers = [number for rank in ranking for number in rank]
    assert len(numbers) == len(set(numbers))
    assert all(rank and rank == sorted(rank) for rank in ranking)


@given(MOVES)
def test_any_moves_lose_only_what_was_removed(moves: list[tuple[str, int, int]]) -> None:
    kept = [(action, number, place) for action, number, place in moves if action != "remove"]
    asked_for = {number for action, number, _place in kept if action in {"add", "place"}}
    assert {number for rank in after(kept) for number in rank} == asked_for


@given(MOVES)
def test_any_ranking_comes_back_from_its_fields(moves: list[tuple[str, int, int]]) -> None:
    ranking = after(moves)
    topics = [number for rank in ranking for number in rank]
    tied = [number for rank in ranking for number in rank[1:]]
    assert from_fields(topics, tied, ranked=True) == ranking


@given(MOVES)
def test_any_ranking_comes_back_from_its_text(moves: list[tuple[str, int, int]]) -> None:
    ranking = after(moves)
    read = [[int(number) for number in rank.split(" = ")] for rank in as_text(ranking).split(" > ") if rank]
    assert read == ranking


@given(MOVES, st.integers(1, 6))
def test_any_topic_that_goes_down_and_up_again_stands_where_it_stood(
    moves: list[tuple[str, int, int]], number: int
) -> None:
    ranking = after(moves)
    alone = [number] in ranking
    if alone and ranking[-1] != [number]:
        assert move(move(ranking, "down", number), "up", number) == ranking
