"""The criteria of an allocation as one exact integer cost for each student and topic.

The most important criterion is the leading digit, so the least sum of costs is the best result. Criteria that
the others settle have no digit: with as many students as possible placed, who is not at the other ranks is at rank 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

# (rank, worst rank, base) -> cost; base exceeds any head count, so a sum of powers never carries.
_RANK_COST: dict[str, Callable[[int, int, int], int]] = {
    "generous": lambda rank, worst, base: int(base ** (rank - 1) // base),
    "greedy": lambda rank, worst, base: int(base ** (worst - 1) // base - base ** (worst - rank) // base),
    "mincost": lambda rank, worst, base: rank,
}
OBJECTIVES = tuple(_RANK_COST)


class Charges(NamedTuple):
    """What a topic costs, by rank - 1, and what it costs to lose the topic one had."""

    stay: list[int]  # also if there is nowhere to stay
    move: list[int]
    lose: int


def rank_charges(objective: str, greatest_rank: int, students: int, change_cost: int, *, can_move: bool) -> Charges:
    """Charge each rank such that no number of students on one criterion outweighs a higher one.

    can_move: whether anybody had a topic before that they could keep.
    """
    cost, base = _RANK_COST[objective], students + 1
    by_sum, change_cost = objective == "mincost", change_cost * can_move
    # A profile needs only the order of ranks, which a shift past the greatest rank leaves as it is.
    shift = change_cost if by_sum else min(change_cost, greatest_rank)
    worst = greatest_rank + shift
    lose = change_cost if by_sum or not change_cost else students * cost(worst, worst, base) + 1
    # How many ranks, from the first, have a head count that follows from the criteria above the plain profile.
    known = 1 if change_cost else 2 if by_sum else greatest_rank
    profiles: int = base ** max(0, greatest_rank - known)
    moves = base if can_move else 1

    def charge(rank: int, *, moved: bool) -> int:
        plain = int(base ** (rank - 1) // base**known)
        return (cost(rank + shift * moved, worst, base) * moves + moved) * profiles + plain

    ranks = range(1, greatest_rank + 1)
    return Charges(
        [charge(rank, moved=False) for rank in ranks],
        [charge(rank, moved=True) for rank in ranks],
        (lose * moves + 1) * profiles,
    )
