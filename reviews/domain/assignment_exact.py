"""The best plan for a handful of people, by dynamic programming over pairs of people."""

from functools import cache
from itertools import combinations, product
from typing import NamedTuple

from reviews.domain.assignment_flow import Case

MOST_PEOPLE = 8
# A state holds eight bits per person: four for reviews still to write, four for reviews still to get.
_WIDTH = 8
# One mutual pair outweighs every possible number of changes among MOST_PEOPLE people.
_MUTUAL = 1 << 8


class _Person(NamedTuple):
    """The positions of a person as reviewer and as author."""

    writes: int | None
    gets: int | None


class _Option(NamedTuple):
    """One way to decide a pair of people (a, b): 1 if a reviews b, 1 if b reviews a, and the cost."""

    forth: int
    back: int
    cost: int

    def spent(self, a: int, b: int) -> int:
        """Return what the option takes off a state."""
        return (self.forth | self.back << 4) << (_WIDTH * a) | (self.back | self.forth << 4) << (_WIDTH * b)


def exact_plan(case: Case, most_mutual: int) -> list[int] | None:
    """Return author masks per reviewer with the fewest mutual pairs, then the fewest changes.

    `most_mutual`: ignore plans with more; None if no plan is left.  For MOST_PEOPLE people at most.
    Method: the pairs of people are decided one after the other as none, one way, the other way or both.  All
    that later decisions need to know is what everybody has left to write and to get, so the cheapest way to
    each such state is enough.
    """
    everybody = _people(case)
    pairs = list(combinations(range(len(everybody)), 2))
    options = [_options(case, everybody[a], everybody[b]) for a, b in pairs]
    layers = [{_start(case, everybody): 0}]
    for pair, ways in zip(pairs, options, strict=True):
        partners = len(everybody) - 1 - pair[1], len(everybody) - 2 - pair[0]
        layers.append(_decide(layers[-1], pair, ways, partners, most_mutual * _MUTUAL + _MUTUAL - 1))
    if 0 not in layers[-1]:
        return None
    chosen, state = [0] * len(case.allowed), 0
    for i in reversed(range(len(pairs))):
        option, state = _step_back(layers[i], layers[i + 1][state], state, pairs[i], options[i])
        a, b = everybody[pairs[i][0]], everybody[pairs[i][1]]
        for taken, reviewer, author in ((option.forth, a.writes, b.gets), (option.back, b.writes, a.gets)):
            if taken and reviewer is not None and author is not None:
                chosen[reviewer] |= 1 << author
    return chosen


def _people(case: Case) -> list[_Person]:
    """List everybody once."""
    both = [_Person(i, i) for i in range(case.common)]
    reviewers = [_Person(u, None) for u in range(case.common, len(case.allowed))]
    return both + reviewers + [_Person(None, v) for v in range(case.common, case.authors)]


def _start(case: Case, everybody: list[_Person]) -> int:
    """Return the state in which nothing is decided."""
    state = 0
    for i, person in enumerate(everybody):
        write = 0 if person.writes is None else case.per_reviewer
        get = 0 if person.gets is None else case.per_submission
        state |= (write | get << 4) << (_WIDTH * i)
    return state


def _options(case: Case, a: _Person, b: _Person) -> list[_Option]:
    """List the permitted ways to decide a pair of people."""
    ways = product(_ways(case, a.writes, b.gets), _ways(case, b.writes, a.gets))
    return [_Option(x, y, cost + more + (_MUTUAL if x and y else 0)) for (x, cost), (y, more) in ways]


def _ways(case: Case, reviewer: int | None, author: int | None) -> list[tuple[int, int]]:
    """List (0 or 1, cost) for one direction of a pair of people."""
    if reviewer is None or author is None or not case.allowed[reviewer] >> author & 1:
        return [(0, 0)]
    taken = (1, 1 - (case.previous[reviewer] >> author & 1))
    return [taken] if case.fixed[reviewer] >> author & 1 else [(0, 0), taken]


def _decide(
    layer: dict[int, int], pair: tuple[int, int], ways: list[_Option], partners: tuple[int, int], limit: int
) -> dict[int, int]:
    """Return the cheapest cost, at most `limit`, of each state after a pair of people has been decided."""
    at_a, at_b = _WIDTH * pair[0], _WIDTH * pair[1]
    table = [
        (
            way.spent(*pair),
            way.cost,
            _ahead(way.forth, way.back, partners[0]),
            _ahead(way.back, way.forth, partners[1]),
        )
        for way in ways
    ]
    result: dict[int, int] = {}
    for state, so_far in layer.items():
        of_a, of_b = state >> at_a & 255, state >> at_b & 255
        for spent, more, ahead_a, ahead_b in table:
            cost = so_far + more
            if cost + ahead_a[of_a] <= limit and cost + ahead_b[of_b] <= limit:
                after = state - spent
                if result.get(after, limit) >= cost:
                    result[after] = cost
    return result


@cache
def _ahead(written: int, got: int, partners: int) -> list[int]:
    """Return, per eight bits of a person, the cost that is certain after this decision, prohibitive if stuck.

    More open reviews than `partners` left to exchange them with must come in mutual pairs.
    """
    costs = []
    for state in range(1 << _WIDTH):
        write, get = (state & 15) - written, (state >> 4) - got
        stuck = min(write, get) < 0 or max(write, get) > partners
        costs.append(_MUTUAL**2 if stuck else _MUTUAL * max(0, write + get - partners))
    return costs


def _step_back(
    before: dict[int, int], cost: int, state: int, pair: tuple[int, int], ways: list[_Option]
) -> tuple[_Option, int]:
    """Return the decision that led to a state at its cost, and the state before it."""
    for way in ways:
        earlier = state + way.spent(*pair)
        if before.get(earlier, cost + 1) + way.cost == cost:
            return way, earlier
    raise AssertionError("every state but the first has a predecessor")
