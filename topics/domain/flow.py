"""The cheapest way to give every student one place, exact for integer costs of any size."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

Costs = Sequence[Mapping[int, int]]


def cheapest_assignment(costs: Costs, seats: Sequence[int]) -> list[int]:
    """Give every student one place so that the sum of the costs is the least possible.

    costs: for each student number, place number -> cost; a place that is missing is never given.
    seats: for each place number, how many students it holds. Returns the place of each student.
    Raises ValueError if not every student can have a place.
    Source: successive shortest augmenting paths with node prices, Ahuja, Magnanti, Orlin,
    Network Flows (1993), sections 9.7 and 12.4.
    """
    price = [0] * len(seats)
    holders: list[set[int]] = [set() for _ in seats]
    given: dict[int, int] = {}
    for newcomer in range(len(costs)):
        end, settled, mover = _shortest_path(newcomer, costs, seats, price, holders)
        # The rise keeps every student at a place that is cheapest for them, price included,
        # and with it all path lengths of the next search at 0 or more, as Dijkstra needs.
        for reached, length in settled.items():
            price[reached] += settled[end] - length
        place: int | None = end
        while place is not None:
            student = mover[place]
            left = given.get(student)
            if left is not None:
                holders[left].remove(student)
            holders[place].add(student)
            given[student] = place
            place = left
    return [given[student] for student in range(len(costs))]


def _shortest_path(
    newcomer: int, costs: Costs, seats: Sequence[int], price: Sequence[int], holders: Sequence[set[int]]
) -> tuple[int, dict[int, int], dict[int, int]]:
    """Find the cheapest chain of moves that lets the newcomer in (Dijkstra).

    Returns the place with a free seat where the chain ends, the path length of each place
    settled on the way, and for each place reached the student who would move into it.
    """
    best: dict[int, int] = {}
    mover: dict[int, int] = {}
    settled: dict[int, int] = {}
    queue: list[tuple[int, int]] = []
    arrivals = [(newcomer, 0)]
    while True:
        for student, start in arrivals:
            for place, cost in costs[student].items():
                length = start + cost + price[place]
                if place not in best or length < best[place]:
                    best[place], mover[place] = length, student
                    heapq.heappush(queue, (length, place))
        while queue and queue[0][1] in settled:
            heapq.heappop(queue)
        if not queue:
            raise ValueError(f"There is no place left for student number {newcomer}.")
        length, place = heapq.heappop(queue)
        settled[place] = length
        if len(holders[place]) < seats[place]:
            return place, settled, mover
        arrivals = [(student, length - costs[student][place] - price[place]) for student in holders[place]]
