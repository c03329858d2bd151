"""Who gets which topic: exact profile-based optimal allocation, with what explains the result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import itemgetter
from typing import TypeVar

from topics.domain.allocation_costs import OBJECTIVES, Charges, rank_charges
from topics.domain.allocation_input import AllocationError, Ranking, is_count, read_rankings
from topics.domain.allocation_result import Allocation, BetterTopic, Question
from topics.domain.flow import Cheapest, Row, cheapest_places
from topics.domain.lottery import Lot, choose_by_lot, draw, in_order

__all__ = ["OBJECTIVES", "Allocation", "AllocationError", "BetterTopic", "allocate"]

S = TypeVar("S", bound=str | int)
T = TypeVar("T", bound=str | int)


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
    rankings, problems = read_rankings(preferences, capacities, pinned, banned)
    if objective not in OBJECTIVES:
        problems.append(f"There is no objective {objective!r}: choose one of {', '.join(OBJECTIVES)}.")
    if not is_count(change_cost):
        problems.append(f"The change cost is {change_cost!r}, but this must be a whole number, 0 or more.")
    if problems:
        raise AllocationError(problems)

    question = Question(rankings, list(capacities), list(capacities.values()), pinned, banned)
    students = [student for student in rankings if student not in pinned]
    seats = _seats_left(question)
    options = _options(students, question, seats)
    number: dict[T | None, int] = {topic: place for place, topic in enumerate(capacities)}
    homes = _homes(students, options, previous, number)
    greatest_rank = max((ranks[-1] for _, ranks in rankings.values() if ranks), default=0)
    charges = rank_charges(objective, greatest_rank, len(students), change_cost, can_move=bool(homes))
    rows = [_row(ranking, charges, homes.get(student)) for student, ranking in enumerate(options)]
    lost = [charges.lose * (student in homes) for student in range(len(students))]
    found = cheapest_places(rows, lost, seats)
    choices = _equally_good(rows, lost, options, found, greatest_rank + 1)
    _draw_lots(found, choices, seats, students, question.topics, seed)

    given = dict(zip(students, found.given, strict=True)) | {s: number[topic] for s, topic in pinned.items()}
    topics = [*question.topics, None]
    assignment = {student: topics[given[student]] for student in rankings}
    ranks = {student: _rank(ranking, given[student]) for student, ranking in rankings.items()}
    counts = Counter(ranks.values())
    return Allocation(
        assignment=assignment,
        profile=tuple(counts[rank] for rank in range(1, greatest_rank + 1)),
        unassigned=tuple(student for student, topic in assignment.items() if topic is None),
        ranks=ranks,
        moved=tuple(s for s, topic in assignment.items() if previous.get(s) not in (None, topic)),
        objective=objective,
        seed=seed,
        question=question,
    )


def _seats_left(question: Question[S, T]) -> list[int]:
    """Count the seats of each topic that pinned students do not take."""
    taken = Counter(question.pinned.values())
    return [seats - taken[topic] for topic, seats in zip(question.topics, question.seats, strict=True)]


def _options(students: Sequence[S], question: Question[S, T], seats: Sequence[int]) -> list[Ranking]:
    """Keep, for each student, the topics that they can still get."""
    topics, banned = question.topics, question.banned
    options = [question.rankings[student] for student in students]
    if not banned and all(seats):
        return options
    return [
        (
            [p for p in places if seats[p] and (student, topics[p]) not in banned],
            [r for p, r in zip(places, ranks, strict=True) if seats[p] and (student, topics[p]) not in banned],
        )
        for student, (places, ranks) in zip(students, options, strict=True)
    ]


def _homes(
    students: Sequence[S], options: Sequence[Ranking], previous: Mapping[S, T | None], number: Mapping[T | None, int]
) -> dict[int, int]:
    """Find the topic that each student had and can keep."""
    homes = {}
    for student, (name, (places, _)) in enumerate(zip(students, options, strict=True)):
        place = number.get(previous.get(name))
        if place is not None and place in places:
            homes[student] = place
    return homes


def _row(ranking: Ranking, charges: Charges, home: int | None) -> list[tuple[int, int]]:
    """Price each topic of a student, cheapest first; home is the topic they had and can keep."""
    places, ranks = ranking
    if home is None:
        # A range is 1, 2, 3, ..., in step with the charges.
        stay = charges.stay if isinstance(ranks, range) else [charges.stay[rank - 1] for rank in ranks]
        return list(zip(places, stay, strict=False))
    row = [
        (place, charges.stay[rank - 1] if place == home else charges.move[rank - 1])
        for place, rank in zip(places, ranks, strict=True)
    ]
    return sorted(row, key=itemgetter(1))


def _equally_good(
    rows: Sequence[Row], lost: Sequence[int], options: Sequence[Ranking], found: Cheapest, nothing_rank: int
) -> dict[int, dict[int, int]]:
    """Find the students with a choice in results as good as this: student -> place -> rank."""
    price = found.price
    choices = {}
    for student, (row, nothing) in enumerate(zip(rows, lost, strict=True)):
        least = found.nothing + nothing
        best = [len(price)]
        for place, cost in row:
            payment = cost + price[place]
            if payment < least:
                least = payment
                best = [place]
            elif payment == least:
                best.append(place)
        if len(best) > 1:
            ranks = {**dict(zip(*options[student], strict=True)), len(price): nothing_rank}
            choices[student] = {place: ranks[place] for place in best}
    return choices


def _draw_lots(
    found: Cheapest,
    choices: Mapping[int, Mapping[int, int]],
    seats: Sequence[int],
    students: Sequence[S],
    topics: Sequence[T],
    seed: int,
) -> None:
    """Let the students with a choice have it in the order drawn; this changes what `found` gives them."""
    heads = Counter(found.given)
    left = {place: seats[place] - heads[place] for place, price in enumerate(found.price) if price == 0}

    def turn(student: int) -> Lot:
        return draw(seed, students[student]), in_order(students[student])

    def lot(student: int, place: int) -> Lot:
        return draw(seed, students[student], topics[place]), in_order(topics[place])

    choose_by_lot(found.given, choices, left, sorted(choices, key=turn), lot)


def _rank(ranking: Ranking, place: int) -> int | None:
    places, ranks = ranking
    return ranks[places.index(place)] if place in places else None
