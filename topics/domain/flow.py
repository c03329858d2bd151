"""The cheapest way to give students places, exact for integer costs of any size.

Places that are scarce look for students, and elsewhere students look for places: whoever looks is on the short
side, so that a search ends soon, and nothing needs a cost that is larger than all others together.

Sources: Dulmage, Mendelsohn, Coverings of bipartite graphs (1958), for the split into these two parts;
Ahuja, Magnanti, Orlin, Network Flows (1993), sections 9.7 and 12.4, for successive shortest paths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple

Row = Sequence[tuple[int, int]]  # (place, cost), cheapest first


class Cheapest(NamedTuple):
    """A cheapest result and the prices that prove it.

    Every student has a choice where cost + price is least for them, and every place with a price above 0 is full.
    The same is true of all other cheapest results under the same prices, and of no result that costs more.
    """

    given: list[int]  # student -> place, or len(price) for nothing
    price: list[int]  # place -> price, 0 or more
    nothing: int  # the price of nothing


def cheapest_places(rows: Sequence[Row], nothing: Sequence[int], seats: Sequence[int]) -> Cheapest:
    """Give as many students as possible a place, and that with the least possible sum of costs.

    rows: student -> (place, cost) for every place they can have, cheapest first, costs 0 or more.
    nothing: student -> cost of no place, 0 or more, however great: it never outweighs a place for one student more.
    seats: place -> how many students it holds, 0 or more.
    """
    scarce, rivals = _scarce_places(rows, seats)
    given = [len(seats)] * len(rows)
    price = _students_look(rows, scarce, rivals, seats, given)
    worth = _places_look(rows, nothing, scarce, rivals, seats, given)
    # High enough that scarce places and nothing are no choice for all who can have something else.
    dearest = max((row[-1][1] for row in rows if row), default=0)
    high = 1 + dearest + max(price, default=0) + max([0, *worth.values()])
    for place, value in worth.items():
        price[place] = high - value
    return Cheapest(given, price, high)


def _scarce_places(rows: Sequence[Row], seats: Sequence[int]) -> tuple[bytearray, bytearray]:
    """Mark the places that are full, of the same students, whenever as many students as possible have a place.

    Returns 1 for each scarce place, and 1 for each of their rivals, the students who can have no other.
    """
    at = [-1] * len(rows)
    left = list(seats)
    holders: list[list[int]] = [[] for _ in seats]
    waiting = []
    for student, row in enumerate(rows):
        for place, _ in row:
            if left[place]:
                left[place] -= 1
                at[student] = place
                holders[place].append(student)
                break
        else:
            waiting.append(student)
    scarce, rivals = bytearray(len(seats)), bytearray(len(rows))
    for newcomer in waiting:
        end, mover, reached = _free_seat(newcomer, rows, left, holders, scarce)
        if end is None:
            # None of these can ever have a place that is not among these.
            for place in mover:
                scarce[place] = 1
            for student in reached:
                rivals[student] = 1
        else:
            left[end] -= 1
            while end >= 0:
                student, before = mover[end], at[mover[end]]
                holders[end].append(student)
                at[student] = end
                if before >= 0:
                    holders[before].remove(student)
                end = before
    return scarce, rivals


def _free_seat(
    newcomer: int, rows: Sequence[Row], left: Sequence[int], holders: Sequence[Sequence[int]], scarce: bytearray
) -> tuple[int | None, dict[int, int], list[int]]:
    """Find a chain of moves that lets the newcomer in, whatever it costs.

    Returns the place with a free seat where it ends, if there is one; for each place reached who would move there;
    and the students who would have to move or wait.
    """
    mover: dict[int, int] = {}
    reached = [newcomer]
    for student in reached:
        for place, _ in rows[student]:
            if place not in mover and not scarce[place]:
                mover[place] = student
                if left[place]:
                    return place, mover, reached
                reached += holders[place]
    return None, mover, reached


def _students_look(
    rows: Sequence[Row], scarce: bytearray, rivals: bytearray, seats: Sequence[int], given: list[int]
) -> list[int]:
    """Give all but the rivals a place that is not scarce, at the least sum of costs; return the prices."""
    left = [*seats, 0]  # the last place is the door, where a newcomer stands
    price = [0] * len(left)
    holders: list[dict[int, int]] = [{} for _ in left]  # place -> student there -> their cost
    choices: dict[int, Row] = {}
    newcomers = []
    for student, row in enumerate(rows):
        if rivals[student]:
            continue
        choices[student] = [choice for choice in row if not scarce[choice[0]]]
        place, cost = choices[student][0]
        if left[place]:
            left[place] -= 1
            holders[place][student] = cost
        else:
            newcomers.append(student)
    for newcomer in newcomers:
        holders[-1][newcomer], price[-1] = 0, 0
        _let_in(choices, left, price, holders)
    for place, students in enumerate(holders):
        for student in students:
            given[student] = place
    return price[:-1]


def _let_in(choices: Mapping[int, Row], left: list[int], price: list[int], holders: Sequence[dict[int, int]]) -> None:
    """Find the cheapest chain of moves that lets the newcomer in (Dijkstra), make it, and raise the prices."""
    door = end = len(left) - 1
    best = {door: 0}
    mover: dict[int, tuple[int, int, int]] = {}  # place -> who would move there, their cost there, where from
    settled: dict[int, int] = {}
    queue = [(0, door)]
    limit: float = inf  # the length of the best way so far to a free seat, an integer as soon as there is one
    while queue and queue[0][0] < limit:
        length, place = heappop(queue)
        if place in settled:
            continue
        settled[place] = length
        for student, old_cost in holders[place].items():
            start = length - old_cost - price[place]
            for other, cost in choices[student]:
                if start + cost >= limit:
                    break
                way = start + cost + price[other]
                if way < limit and (other not in best or way < best[other]):
                    best[other], mover[other] = way, (student, cost, place)
                    if left[other]:
                        limit, end = way, other
                    else:
                        heappush(queue, (way, other))
    # The rise keeps every student at a place that is cheapest for them, price included,
    # and with it all path lengths of the next search at 0 or more, as Dijkstra needs.
    for place, length in settled.items():
        price[place] += int(limit) - length
    left[end] -= 1
    while end != door:
        student, cost, before = mover[end]
        holders[end][student] = cost
        del holders[before][student]
        end = before


def _places_look(
    rows: Sequence[Row],
    nothing: Sequence[int],
    scarce: bytearray,
    rivals: bytearray,
    seats: Sequence[int],
    given: list[int],
) -> dict[int, int]:
    """Fill every scarce place with rivals, at the least sum of costs; return what a seat there is worth."""
    # place -> (cost as against nothing, student), cheapest first
    suitors: dict[int, list[tuple[int, int]]] = {place: [] for place, is_scarce in enumerate(scarce) if is_scarce}
    for student, row in enumerate(rows):
        if rivals[student]:
            for place, cost in row:
                suitors[place].append((cost - nothing[student], student))
    free = len(seats)
    costs = [0] * len(rows)  # student -> their cost where they are
    worth = {}
    holes = []
    for place, listed in suitors.items():
        listed.sort()
        worth[place] = least = listed[0][0]
        left = seats[place]
        for cost, student in listed:
            if cost > least or not left:
                break
            if given[student] == free:
                given[student], costs[student] = place, cost
                left -= 1
        holes += [place] * left
    for hole in holes:
        _fill(hole, suitors, worth, given, costs, free)
    return worth


def _fill(
    hole: int,
    suitors: Mapping[int, Sequence[tuple[int, int]]],
    worth: dict[int, int],
    given: list[int],
    costs: list[int],
    free: int,
) -> None:
    """Find the cheapest chain of moves from a free student to the hole (Dijkstra), make it, and raise the worths."""
    best = {hole: 0}
    leaver: dict[int, tuple[int, int, int]] = {}  # place -> who would leave it, their cost where they go, and where
    settled: dict[int, int] = {}
    queue = [(0, hole)]
    limit: float = inf  # the length of the best way so far from a free student, an integer as soon as there is one
    last = (-1, -1, -1)
    while queue and queue[0][0] < limit:
        length, place = heappop(queue)
        if place in settled:
            continue
        settled[place] = length
        for cost, student in suitors[place]:
            way = length + cost - worth[place]
            if way >= limit:
                break
            other = given[student]
            if other == free:
                limit, last = way, (student, cost, place)
                break
            way += worth[other] - costs[student]
            if way < limit and (other not in best or way < best[other]):
                best[other], leaver[other] = way, (student, cost, place)
                heappush(queue, (way, other))
    for place, length in settled.items():
        worth[place] += int(limit) - length
    place = free
    while place != hole:
        student, cost, place = last if place == free else leaver[place]
        given[student], costs[student] = place, cost
