"""A student's ranking while it is being made: moves on it, and its one-line form.

A ranking is a list of ranks, best first; a rank is a list of topic numbers that share it: [[3], [4, 5], [1]].
"""

from collections.abc import Callable, Sequence

Ranking = list[list[int]]


def as_ranking(entries: Sequence[int | Sequence[int]]) -> Ranking:
    """Each entry a number or the numbers that share its rank; empty ranks vanish, shared ones are sorted."""
    ranks = [[entry] if isinstance(entry, int) else sorted(entry) for entry in entries]
    return [rank for rank in ranks if rank]


def as_text(ranking: Sequence[Sequence[int]]) -> str:
    """The ranking in one line: "3 > 4 = 5 > 1"."""
    return " > ".join(" = ".join(str(number) for number in rank) for rank in ranking)


def from_fields(topics: Sequence[int], tied: Sequence[int], *, ranked: bool) -> Ranking:
    """A form's fields: the numbers in order, and those that share the rank of the number before them."""
    if not ranked:
        return as_ranking([topics]) if topics else []
    ranking: Ranking = []
    for number in topics:
        if ranking and number in tied:
            ranking[-1].append(number)
        else:
            ranking.append([number])
    return as_ranking(ranking)


def move(ranking: Ranking, action: str, number: int, place: int = 0) -> Ranking:
    """The ranking after one action on one topic.

    action: "add" at the end, "remove", "up" or "down" by one rank, "place" at rank `place` (from 1), "tie" with the rank above,
    "untie" onto a rank of its own below. An action that makes no sense where the topic stands changes nothing.
    Raises KeyError for an unknown action.
    """
    return as_ranking(_ACTIONS[action](_without(ranking, number), _rank_of(ranking, number), number, place, ranking))


def _rank_of(ranking: Ranking, number: int) -> int | None:
    return next((index for index, rank in enumerate(ranking) if number in rank), None)


def _without(ranking: Ranking, number: int) -> Ranking:
    """Without the topic; its rank stays as an empty place, so that indices keep their meaning."""
    return [[each for each in rank if each != number] for rank in ranking]


def _insert(rest: Ranking, index: int, number: int) -> Ranking:
    return [*rest[: max(0, index)], [number], *rest[max(0, index) :]]


def _add(_rest: Ranking, at: int | None, number: int, _place: int, whole: Ranking) -> Ranking:
    return whole if at is not None else [*whole, [number]]


def _remove(rest: Ranking, _at: int | None, _number: int, _place: int, _whole: Ranking) -> Ranking:
    return rest


def _up(rest: Ranking, at: int | None, number: int, _place: int, whole: Ranking) -> Ranking:
    """Out of a tie the topic goes just above it; alone it passes the rank above."""
    if at is None:
        return whole
    return _insert(rest, at if rest[at] else at - 1, number)


def _down(rest: Ranking, at: int | None, number: int, _place: int, whole: Ranking) -> Ranking:
    if at is None:
        return whole
    return _insert(rest, at + 1 if rest[at] else at + 2, number)


def _to_place(rest: Ranking, _at: int | None, number: int, place: int, _whole: Ranking) -> Ranking:
    return _insert([rank for rank in rest if rank], place - 1, number)


def _tie(rest: Ranking, at: int | None, number: int, _place: int, whole: Ranking) -> Ranking:
    if not at or rest[at]:
        return whole
    return [*rest[: at - 1], [*rest[at - 1], number], *rest[at:]]


def _untie(rest: Ranking, at: int | None, number: int, _place: int, whole: Ranking) -> Ranking:
    return whole if at is None or not rest[at] else _insert(rest, at + 1, number)


_Action = Callable[[Ranking, int | None, int, int, Ranking], Ranking]
_ACTIONS: dict[str, _Action] = {
    "add": _add,
    "remove": _remove,
    "up": _up,
    "down": _down,
    "place": _to_place,
    "tie": _tie,
    "untie": _untie,
}
ACTIONS = tuple(_ACTIONS)
