"""Who gets which topic: exact profile-based optimal allocation, with what explains the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Generic, TypeVar

from topics.domain.allocation_costs import OBJECTIVES, cost_rows, draw, in_order, rank_charges
from topics.domain.allocation_input import AllocationError, input_problems, is_count, ranked_topics
from topics.domain.flow import cheapest_assignment

__all__ = ["OBJECTIVES", "Allocation", "AllocationError", "BetterTopic", "allocate"]

S = TypeVar("S", bound=str | int)
T = TypeVar("T", bound=str | int)


@dataclass(frozen=True)
class BetterTopic(Generic[S, T]):
    """A topic a student ranked strictly higher than what they got, and who has its seats."""

    topic: T
    rank: int
    seats: int
    holders: tuple[S, ...]
    forbidden: bool  # this student may not have it, even if a seat is free


@dataclass(frozen=True)
class Allocation(Generic[S, T]):
    """The result of `allocate`; students stand in sorted order, except in `lottery`."""

    assignment: dict[S, T | None]
    profile: tuple[int, ...]  # how many got rank 1, 2, ..., up to the greatest rank in the preferences
    unassigned: tuple[S, ...]
    ranks: dict[S, int | None]  # None: no topic, or pinned to one they did not rank
    better: dict[S, tuple[BetterTopic[S, T], ...]]  # best first; everything ranked if the rank is None
    moved: tuple[S, ...]  # had a topic in `previous` and have another now, or none
    lottery: tuple[S, ...]  # the students not pinned, in the order drawn from the seed
    objective: str
    seed: int


def allocate(
    preferences: Mapping[S, Sequence[T | Set[T]]],
    capacities: Mapping[T, int],
    *,
    objective: str = "generous",
    pinned: Mapping[S, T] | None = None,
    forbidden: Iterable[tuple[S, T]] | None = None,
    previous: Mapping[S, T | None] | None = None,
    change_cost: int = 0,
    seed: int = 0,
) -> Allocation[S, T]:
    """Give each student at most one topic they ranked, in the best way under the objective.

    preferences: student -> entries, best first; a set is a tie. The rank of a topic is the place of
    its entry in the list, from 1, so a tie takes up one rank. capacities: topic -> seats.
    pinned: student -> topic they always get, ranked or not; it takes a seat.
    forbidden: pairs never given; a pair with an unknown student or topic has no effect.

    Results are compared by these criteria in turn:
    1. the most students with a topic;
    2. "generous": the fewest students at the worst rank, then at the next worst, and so on;
       "greedy": the most students at rank 1, then at rank 2, and so on;
       "mincost": the least sum of ranks;
    3. the fewest moved students;
    4. the plain profile, as "generous" compares it, so that it never depends on names or seed;
    5. the lottery: the first student drawn gets the best rank still open under 1 to 4, then the
       second, and so on; then, in the same order, each gets the tied topic drawn first for them.

    A student has moved if `previous` gives them a topic they could still have (ranked, not forbidden,
    a seat not taken by pinned students) and they get another or none. Who could not stay has not
    moved: nobody is charged for a topic that was withdrawn. `previous` has no other effect.
    change_cost, in ranks: in criterion 2 a moved student with a topic counts at rank + change_cost.
    A moved student with no topic adds change_cost to the sum of "mincost"; under the other two
    objectives, if change_cost > 0, having the fewest such students is a criterion between 1 and 2.
    The `profile` and `ranks` of the result are the plain ones.

    Raises AllocationError, which lists every problem of the input.
    Source: Kwanashie, Irving, Manlove, Sng, Profile-based optimal matchings in the Student/Project
    Allocation problem (2014).
    """
    pinned, previous, banned = dict(pinned or {}), dict(previous or {}), set(forbidden or ())
    problems = input_problems(preferences, capacities, pinned, banned)
    if objective not in OBJECTIVES:
        problems.append(f"There is no objective {objective!r}: choose one of {', '.join(OBJECTIVES)}.")
    if not is_count(change_cost):
        problems.append(f"The change cost is {change_cost!r}, but this must be a whole number, 0 or more.")
    if problems:
        raise AllocationError(problems)

    ranks = {student: ranked_topics(preferences[student]) for student in sorted(preferences, key=in_order)}
    greatest_rank = max((len(entries) for entries in preferences.values()), default=0)
    lottery = sorted((s for s in ranks if s not in pinned), key=lambda s: (draw(seed, s), in_order(s)))
    taken = Counter(pinned.values())
    seats = {topic: capacity - taken[topic] for topic, capacity in capacities.items()}
    options = {student: _open(student, ranks[student], seats, banned) for student in lottery}
    stays = {student: topic for student, topic in previous.items() if topic in options.get(student, {})}
    charges = rank_charges(objective, greatest_rank, len(lottery), change_cost)
    given = _solve(lottery, cost_rows(options, stays, charges, seed), seats)
    assignment = {student: pinned[student] if student in pinned else given[student] for student in ranks}
    got = {student: _rank(ranks[student], topic) for student, topic in assignment.items()}
    counts = Counter(got.values())
    return Allocation(
        assignment=assignment,
        profile=tuple(counts[rank] for rank in range(1, greatest_rank + 1)),
        unassigned=tuple(student for student, topic in assignment.items() if topic is None),
        ranks=got,
        better=_better_topics(assignment, ranks, capacities, banned),
        moved=tuple(s for s, topic in assignment.items() if previous.get(s) not in (None, topic)),
        lottery=tuple(lottery),
        objective=objective,
        seed=seed,
    )


def _open(student: S, ranks: Mapping[T, int], seats: Mapping[T, int], banned: Set[tuple[S, T]]) -> dict[T, int]:
    """Keep the topics that this student can still get."""
    return {t: rank for t, rank in ranks.items() if seats[t] > 0 and (student, t) not in banned}


def _solve(lottery: Sequence[S], rows: Sequence[Mapping[T | None, int]], seats: Mapping[T, int]) -> dict[S, T | None]:
    """Find the cheapest result; None is a place with room for all, so that every student has one."""
    places: list[T | None] = [*seats, None]
    number = {place: index for index, place in enumerate(places)}
    costs = [{number[place]: cost for place, cost in row.items()} for row in rows]
    found = cheapest_assignment(costs, [*seats.values(), len(lottery)])
    return {student: places[index] for student, index in zip(lottery, found, strict=True)}


def _rank(ranks: Mapping[T, int], topic: T | None) -> int | None:
    return None if topic is None else ranks.get(topic)


def _better_topics(
    assignment: Mapping[S, T | None],
    ranks: Mapping[S, Mapping[T, int]],
    capacities: Mapping[T, int],
    banned: Set[tuple[S, T]],
) -> dict[S, tuple[BetterTopic[S, T], ...]]:
    holders: dict[T, list[S]] = {topic: [] for topic in capacities}
    for student, topic in assignment.items():
        if topic is not None:
            holders[topic].append(student)
    better: dict[S, tuple[BetterTopic[S, T], ...]] = {}
    for student, ranked in ranks.items():
        own = _rank(ranked, assignment[student])
        missed = [topic for topic, rank in ranked.items() if own is None or rank < own]
        better[student] = tuple(
            BetterTopic(t, ranked[t], capacities[t], tuple(holders[t]), (student, t) in banned)
            for t in sorted(missed, key=lambda topic: (ranked[topic], in_order(topic)))
        )
    return better
