"""The plan that comes nearest to the rules when no plan keeps them all.

Plain Python on ids; needs neither Django nor a database nor a clock.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

from reviews.domain.assignment import AssignmentImpossible, assign_reviews
from reviews.domain.assignment_flow import Case, Plan, bits, forbid, transpose
from reviews.domain.assignment_reasons import order
from reviews.domain.assignment_search import mutual_pairs, score

P = TypeVar("P", bound=Hashable)

# The search for fewer mutual pairs tries this many exchanges, divided by the number of people.
EFFORT = 20_000


@dataclass(frozen=True)
class Nearest(Generic[P]):
    """A plan and what it lacks; whoever lacks nothing is not listed."""

    pairs: tuple[tuple[P, P], ...]  # (reviewer, author), sorted
    idle: dict[P, int]  # reviewer -> reviews fewer than per_reviewer, sorted by id
    gaps: dict[P, int]  # author -> reviews fewer than per_submission, sorted by id


class _Task(NamedTuple):
    """The question by position, the same one for the reviewer and the author in a person."""

    write: list[int]  # reviews to write besides the fixed ones
    get: list[int]  # reviews to get besides the fixed ones
    may: list[int]  # masks of authors: what may be added to the fixed pairs
    old: list[int]  # those of them that are in the previous plan
    stay: list[int]  # the fixed pairs


def nearest_plan(
    authors: Iterable[P],
    reviewers: Iterable[P],
    *,
    per_reviewer: int = 3,
    per_submission: int = 3,
    forbidden: Iterable[tuple[P, P]] = (),
    fixed: Iterable[tuple[P, P]] = (),
    previous: Iterable[tuple[P, P]] = (),
    seed: int = 0,
) -> Nearest[P]:
    """Return the plan of `assign_reviews` if there is one, and otherwise as much of a plan as there can be.

    `authors`, `reviewers`: ids (int, str or both), repetitions ignored; `forbidden`, `fixed`, `previous`:
    (reviewer, author) pairs.  All of them may name people who have left: a fixed pair stays and counts for the
    one who is there.  Where fixed contradicts forbidden or a number of reviews, fixed wins.
    Raises AssignmentImpossible only for negative numbers and for somebody fixed to review their own work.

    Always: every fixed pair is there; no other pair is forbidden or takes anybody beyond per_reviewer or
    per_submission; nobody reviews their own work.  Then, in this order and proven: as many pairs as possible;
    the gaps as even as possible over the authors (least sum of squares), then the idle reviews over the
    reviewers; as few pairs that are not in `previous` as possible.  Last, as few mutual pairs (a reviews b,
    b reviews a) as a short search finds without giving up any of this.

    The same ids, pairs and seed give the same plan in any order of input and on any machine.  Other ids for
    the same people may give another plan, but as many pairs and changes, and the same gaps but for their order.

    Method: serving whoever lacks most among those who can be served at all is optimal for one side alone
    (Federgruen, Groenevelt, The greedy procedure for resource allocation problems, 1986).  The optima of both
    sides fit together: in a largest plan no chain of exchanges leads from an idle reviewer to a gap, so what
    evens out one side leaves the other as it is.  And all optima of a side agree in how many people lack 1, 2,
    ... reviews.  So one stand-in for each of these numbers takes the missing reviews; then everybody's number
    is exact, and successive shortest paths (Ahuja, Magnanti, Orlin, Network Flows, 1993, section 9.7) keep as
    much of the previous plan as can be kept.
    """
    sides, stay, old = (set(authors), set(reviewers)), set(fixed), set(previous)
    no = set(forbidden) - stay
    _refuse_nonsense(per_reviewer, per_submission, stay)
    people = sorted(sides[0] | sides[1] | {person for pair in stay for person in pair}, key=order)
    Random(f"nearest {seed}").shuffle(people)  # a str, because Random(-1) is Random(1)
    written, got = Counter(reviewer for reviewer, _ in stay), Counter(author for _, author in stay)
    write = [max(0, per_reviewer - written[person]) if person in sides[1] else 0 for person in people]
    get = [max(0, per_submission - got[person]) if person in sides[0] else 0 for person in people]
    task = _task(people, write, get, (no, stay, old))
    idle, gaps = _lacking(task)
    if not any(idle) and not any(gaps):
        rules: dict[str, Any] = {"per_reviewer": per_reviewer, "per_submission": per_submission, "seed": seed}
        rules |= {"forbidden": no, "fixed": stay, "previous": old}
        try:
            return Nearest(assign_reviews(sides[0], sides[1], **rules), {}, {})
        except AssignmentImpossible:
            pass  # a fixed pair is beyond the numbers or of somebody who has left
    chosen = _cheapest(task, idle, gaps)
    plan = {(people[u], people[v]) for u, mask in enumerate(chosen) for v in bits(mask)}
    written, got = Counter(reviewer for reviewer, _ in plan), Counter(author for _, author in plan)
    return Nearest(
        tuple(sorted(plan, key=lambda pair: (order(pair[0]), order(pair[1])))),
        _missing(sides[1], written, per_reviewer),
        _missing(sides[0], got, per_submission),
    )


def _refuse_nonsense(per_reviewer: int, per_submission: int, fixed: set[tuple[P, P]]) -> None:
    """Raise AssignmentImpossible for what no plan can come near to."""
    if per_reviewer < 0 or per_submission < 0:
        raise AssignmentImpossible([f"Nobody can write {per_reviewer} and get {per_submission} reviews."])
    own = sorted((reviewer for reviewer, author in fixed if reviewer == author), key=order)
    if own:
        why = "nobody reviews their own work"
        raise AssignmentImpossible(f"{person} cannot be fixed to review {person}: {why}." for person in own)


def _missing(people: Iterable[P], has: Mapping[P, int], number: int) -> dict[P, int]:
    """Return how many reviews fewer than `number` people have, without those who have enough."""
    return {person: number - has[person] for person in sorted(people, key=order) if has[person] < number}


def _task(people: Sequence[P], write: list[int], get: list[int], pairs: tuple[Iterable[tuple[P, P]], ...]) -> _Task:
    """Put the question into masks; `pairs`: the forbidden, the fixed and the previous ones."""
    at = {person: i for i, person in enumerate(people)}
    no, stay, old = [0] * len(people), [0] * len(people), [0] * len(people)
    for masks, listed in zip((no, stay, old), pairs, strict=True):
        for reviewer, author in listed:
            if reviewer in at and author in at:
                masks[at[reviewer]] |= 1 << at[author]
    getting = sum(1 << v for v, number in enumerate(get) if number)
    may = [getting & ~(no[u] | stay[u] | 1 << u) if number else 0 for u, number in enumerate(write)]
    return _Task(write, get, may, [a & b for a, b in zip(old, may, strict=True)], stay)


def _lacking(task: _Task) -> tuple[list[int], list[int]]:
    """Return how many reviews each reviewer lacks in the best plans for reviewers, and each author in theirs."""
    size = len(task.may)
    writing = _Filling(task.may, task.may, task.old, task.get)
    columns = transpose(task.may, size)
    getting = _Filling(columns, columns, transpose(task.old, size), task.write)
    return writing.fill(task.write), getting.fill(task.get)


class _Filling:
    """Rows that take columns, one after the other, along the cheapest chains of exchanges.

    `rows`: masks of the columns that a row can take; `cheap`: those that cost 0 and not 1; `first`: those to
    try first; `room`: how many rows can take a column.  The method is successive shortest paths.  Prices are
    lengths of shortest chains: a step is on one if its cost is the difference of the prices.
    """

    def __init__(self, rows: Sequence[int], cheap: Sequence[int], first: Sequence[int], room: Sequence[int]) -> None:
        self.rows, self.cheap, self.first, self.room = rows, cheap, first, list(room)
        self.taken, self.held = [0] * len(rows), [0] * len(room)  # columns by row, rows by column
        self.free = sum(1 << column for column, number in enumerate(room) if number)
        self.price = [0] * len(rows)
        self.priced = {0: (1 << len(room)) - 1}  # price -> the columns that have it
        self.stuck, self.closed = set[int](), 0  # rows and columns from where no free column can be reached

    def fill(self, need: Sequence[int]) -> list[int]:
        """Serve whoever lacks most until all are served or stuck; return how many columns each row lacks."""
        lack = [number - mask.bit_count() for number, mask in zip(need, self.taken, strict=True)]
        waiting = [row for row, number in enumerate(lack) if number]
        while waiting:
            most = max(lack[row] for row in waiting)
            for row in waiting:
                if lack[row] == most and self._gain(row):
                    lack[row] -= 1
            waiting = [row for row in waiting if lack[row] and row not in self.stuck]
        return lack

    def allow_more(self) -> None:
        """After `fill`: make chains possible that cost 1 more."""
        self.price = [price + (row not in self.stuck) for row, price in enumerate(self.price)]
        priced: dict[int, int] = {}
        for price, columns in self.priced.items():
            priced[price] = priced.get(price, 0) | columns & self.closed
            priced[price + 1] = priced.get(price + 1, 0) | columns & ~self.closed
        self.priced, self.stuck, self.closed = priced, set(), 0

    def _gain(self, row: int) -> bool:
        """Find and carry out a chain that gives a row one more column and takes none from others, if there is one."""
        if row in self.stuck:
            return False
        reached, seen = [row], self.closed
        taker: dict[int, int] = {}  # column -> the row that would take it
        given: dict[int, int] = {row: -1}  # row -> the column it would give for another one
        for other in reached:
            for cost, group in ((0, self.cheap[other]), (1, self.rows[other] & ~self.cheap[other])):
                price = self.price[other] + cost
                new = group & self.priced.get(price, 0) & ~self.taken[other] & ~seen
                if new & self.free:
                    self._exchange(other, self._choice(other, new & self.free), taker, given)
                    return True
                seen |= new
                for column in bits(new):
                    taker[column] = other
                    for holder in bits(self.held[column]):
                        holder_price = price - 1 + (self.cheap[holder] >> column & 1)
                        if holder not in given and self.price[holder] == holder_price:
                            given[holder] = column
                            reached.append(holder)
        self.closed = seen
        self.stuck.update(reached)
        return False

    def _choice(self, row: int, columns: int) -> int:
        """Choose a column to try first, and one that makes no pair mutual, if possible: the next one, going round."""
        columns = columns & self.first[row] or columns
        columns = columns & ~(self.held[row] if row < len(self.held) else 0) or columns
        columns = columns >> row + 1 << row + 1 or columns
        return (columns & -columns).bit_length() - 1

    def _exchange(self, row: int, column: int, taker: Mapping[int, int], given: Mapping[int, int]) -> None:
        """Carry out a chain from its end, a free column, back to its beginning."""
        self.room[column] -= 1
        if not self.room[column]:
            self.free &= ~(1 << column)
        while column >= 0:
            self.taken[row] |= 1 << column
            self.held[column] |= 1 << row
            column = given[row]
            if column >= 0:
                self.taken[row] &= ~(1 << column)
                self.held[column] &= ~(1 << row)
                row = taker[column]


def _levels(lack: list[int], need: list[int]) -> tuple[list[int], list[int]]:
    """Return the needs less what everybody lacks who needs anything, and who lacks 1 more, 2 more, ... (masks)."""
    low = min((missing for missing, number in zip(lack, need, strict=True) if number), default=0)
    beyond = range(low + 1, max(lack, default=0) + 1)
    masks = [sum(1 << i for i, missing in enumerate(lack) if missing >= level) for level in beyond]
    return [number - low if number else 0 for number in need], masks


def _cheapest(task: _Task, idle: list[int], gaps: list[int]) -> list[int]:
    """Return author masks per reviewer with as many idle reviews and gaps of each size as given, at least change.

    Stand-in reviewers come after the people as rows, stand-in authors as columns; their pairs are no change.
    """
    size = len(task.may)
    (write, idlers), (get, lackers) = _levels(idle, task.write), _levels(gaps, task.get)
    width, everybody = size + len(idlers), (1 << size) - 1
    spare, loose = (1 << width) - 1 - everybody, [everybody] * len(lackers)
    rows = [may | spare for may in task.may] + loose
    cheap = [old | spare for old in task.old] + loose
    likely = [old | own << size for old, own in zip(task.old, transpose(idlers, size), strict=True)] + lackers
    need = write + [mask.bit_count() for mask in lackers]
    filling = _Filling(rows, cheap, likely, get + [mask.bit_count() for mask in idlers])
    while any(filling.fill(need)):
        filling.allow_more()
    stay = task.stay + [0] * len(lackers)
    chosen = [taken | fixed for taken, fixed in zip(filling.taken, stay, strict=True)]
    case = Case(0, 0, size, width, rows, stay, cheap)
    plan = _fewer_mutual(case, Plan(chosen, transpose(chosen, width), rows, stay))
    return [mask & everybody for mask in plan.chosen[:size]]


def _fewer_mutual(case: Case, plan: Plan) -> Plan:
    """Return a plan with no more changes and perhaps fewer mutual pairs, replacing one direction at a time."""
    best = score(case, plan)[::-1]
    ways = [way for a, b in mutual_pairs(case, plan) for way in ((a, b), (b, a))]
    for reviewer, author in ways[: EFFORT // max(1, len(case.allowed))]:
        free = plan.chosen[reviewer] & ~plan.locked[reviewer]
        if (free >> author & 1) and (plan.chosen[author] >> reviewer & 1):
            other = forbid(case, plan, reviewer, author)
            if other and score(case, other)[::-1] < best:
                best, plan = score(case, other)[::-1], other
    return plan
