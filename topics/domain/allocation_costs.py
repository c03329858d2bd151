"""The criteria of an allocation as one exact integer cost for each student and topic.

The most important criterion is the leading digit, so the least sum of costs is the best result.
The last digits, the lottery, differ for any two results: there is exactly one cheapest result,
and no order of search, mapping or hash can change the answer.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

S = TypeVar("S", bound=str | int)
T = TypeVar("T", bound=str | int)

# (rank, worst rank, base) -> cost; base exceeds any head count, so a sum of powers never carries.
_RANK_COST: dict[str, Callable[[int, int, int], int]] = {
    "generous": lambda rank, worst, base: int(base**rank),
    "greedy": lambda rank, worst, base: int(base**worst - base ** (worst - rank)),
    "mincost": lambda rank, worst, base: rank,
}
OBJECTIVES = tuple(_RANK_COST)


def in_order(name: str | int) -> tuple[bool, str | int]:
    """Sort key under which numbers and texts can stand in one list."""
    return isinstance(name, str), name


def draw(seed: int, *names: str | int) -> bytes:
    """Draw a lot that is the same on every machine, whoever else takes part."""
    return hashlib.sha256(repr((seed, *names)).encode()).digest()


def rank_charges(objective: str, greatest_rank: int, students: int, change_cost: int) -> tuple[list[int], list[int]]:
    """Charge each rank such that no number of students on one criterion outweighs a higher one.

    Returns the charges of a student who stays and of one who moves, by rank - 1; the last charge,
    past the greatest rank, is for no topic at all.
    """
    by_sum = objective == "mincost"
    # A profile needs only the order of ranks, which a shift past the greatest rank leaves as it is.
    shift = change_cost if by_sum else min(change_cost, greatest_rank)
    worst = greatest_rank + shift
    by_rank = [_RANK_COST[objective](rank, worst, students + 1) for rank in range(worst + 1)]
    lost = change_cost if by_sum else (change_cost > 0) * (students * by_rank[worst] + 1)
    nothing = students * max(by_rank[worst], lost) + 1
    return [*by_rank[1 : greatest_rank + 1], nothing], [*by_rank[1 + shift :], nothing + lost]


def cost_rows(
    options: Mapping[S, Mapping[T, int]],
    stays: Mapping[S, T],
    charges: tuple[Sequence[int], Sequence[int]],
    seed: int,
) -> list[dict[T | None, int]]:
    """Price each topic a student can get, and None, for the students in the order of the lottery.

    options: student -> topic -> rank, in the order of the lottery. stays: student -> the option they
    get if they do not move; who has none cannot move. charges: as returned by `rank_charges`.
    """
    ties = [_tie_lots(student, topics, seed) for student, topics in options.items()]
    students, nothing = len(options), len(charges[0])
    head_radix, rank_radix = students + 1, nothing + 1
    tie_radix = 1 + max((lot for lots in ties for lot in lots.values()), default=0)
    all_profiles = head_radix ** (nothing + 1)
    all_ranks, all_ties = rank_radix**students, tie_radix**students
    rows: list[dict[T | None, int]] = []
    for (student, topics), lots in zip(options.items(), ties, strict=True):
        later = students - 1 - len(rows)
        rank_weight, tie_weight = rank_radix**later, tie_radix**later
        ranked: list[tuple[T | None, int, int]] = [(topic, topics[topic], lots[topic]) for topic in topics]
        row: dict[T | None, int] = {}
        for topic, rank, lot in [*ranked, (None, nothing, 0)]:
            moved = student in stays and stays[student] != topic
            cost = charges[moved][rank - 1]
            cost = cost * head_radix + moved
            cost = cost * all_profiles + head_radix**rank
            cost = cost * all_ranks + rank * rank_weight
            row[topic] = cost * all_ties + lot * tie_weight
        rows.append(row)
    return rows


def _tie_lots(student: S, topics: Mapping[T, int], seed: int) -> dict[T, int]:
    """Number the topics of each rank 0, 1, ... in the order drawn."""
    drawn: Counter[int] = Counter()
    lots: dict[T, int] = {}
    for topic in sorted(topics, key=lambda topic: (draw(seed, student, topic), in_order(topic))):
        rank = topics[topic]
        lots[topic] = drawn[rank]
        drawn[rank] += 1
    return lots
