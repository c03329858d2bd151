"""Exact-degree bipartite plans on bit masks: cheapest augmenting paths and the cut that blocks them.

Reviewers and authors are positions 0, 1, ...; a set of them is an int with those bits set, because one
operation on a 400-bit int replaces 400 steps of Python.  Positions below `Case.common` are the same person on
both sides; all other positions are different people.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# One pair that was not in the previous plan costs CHANGE; a pair that turns another one mutual adds 1, which
# decides between paths of equal change only.
CHANGE = 1 << 32

Pair = tuple[int, int]


class Case(NamedTuple):
    """The question: degrees, number of common people, and per reviewer the masks of authors."""

    per_reviewer: int
    per_submission: int
    common: int
    authors: int
    allowed: list[int]
    fixed: list[int]
    previous: list[int]


class Plan(NamedTuple):
    """A (partial) answer: authors per reviewer, reviewers per author, what may be added, what must stay."""

    chosen: list[int]
    by: list[int]
    open: list[int]
    locked: list[int]

    def copy(self) -> "Plan":
        """Return a plan that can be changed without changing this one."""
        return Plan(*(list(masks) for masks in self))


class Path(NamedTuple):
    """A cheapest alternating path: pairs to add and drop (none if no target is near), reviewers reached."""

    cost: int
    add: list[Pair]
    drop: list[Pair]
    seen: int


class Blocked(Exception):
    """No full plan exists; `reviewers` is a mask of reviewers who have more reviews to write than places."""

    def __init__(self, reviewers: int) -> None:
        super().__init__(reviewers)
        self.reviewers = reviewers


def bits(mask: int) -> Iterator[int]:
    """Yield the positions set in a mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def transpose(rows: list[int], width: int) -> list[int]:
    """Return the columns of a bit matrix as masks of its rows."""
    columns = [0] * width
    for row, mask in enumerate(rows):
        for column in bits(mask):
            columns[column] |= 1 << row
    return columns


def changes(case: Case, plan: Plan) -> int:
    """Count the pairs of a plan that were not in the previous one."""
    return sum((now & ~old).bit_count() for now, old in zip(plan.chosen, case.previous, strict=True))


def put(plan: Plan, reviewer: int, author: int) -> None:
    """Add a pair to a plan, in place."""
    plan.chosen[reviewer] |= 1 << author
    plan.by[author] |= 1 << reviewer


def take(plan: Plan, reviewer: int, author: int) -> None:
    """Remove a pair from a plan, in place."""
    plan.chosen[reviewer] &= ~(1 << author)
    plan.by[author] &= ~(1 << reviewer)


def shortest_path(case: Case, plan: Plan, sources: int, targets: int) -> Path:
    """Find the cheapest way to give a source reviewer one more author and a target author one more reviewer.

    `sources`: mask of reviewers; `targets`: mask of authors.  The plan must be a cheapest one for its degrees
    (true for the empty plan, and kept by every path found here), so that no cycle of changes is negative.
    Method: label-correcting search (Bellman-Ford with a queue); authors of equal cost are labelled by mask.
    """
    distance = dict.fromkeys(bits(sources), 0)
    queue, waiting = deque(distance), sources
    reached: dict[int, int] = {}
    label: dict[int, Pair] = {}
    via: dict[int, int] = {}
    while queue:
        reviewer = queue.popleft()
        waiting &= ~(1 << reviewer)
        for cost, authors in _steps(case, plan, reviewer, distance[reviewer]):
            new = authors
            for level, mask in reached.items():
                if level <= cost:
                    new &= ~mask
            reached[cost] = reached.get(cost, 0) | new
            for author in bits(new):
                label[author] = (cost, reviewer)
                for other in bits(plan.by[author]):
                    step = cost - (0 if case.previous[other] >> author & 1 else CHANGE)
                    if plan.locked[other] >> author & 1 or distance.get(other, step + 1) <= step:
                        continue
                    distance[other], via[other] = step, author
                    if not waiting >> other & 1:
                        queue.append(other)
                        waiting |= 1 << other
    ends = [(label[author][0], author) for author in label if targets >> author & 1]
    if not ends:
        return Path(0, [], [], sum(1 << reviewer for reviewer in distance))
    return _trace(min(ends), label, via)


def _steps(case: Case, plan: Plan, reviewer: int, start: int) -> Iterator[Pair]:
    """Yield (cost, mask) for the authors a reviewer may add, one mask per cost."""
    free = plan.open[reviewer] & ~plan.chosen[reviewer]
    back = plan.by[reviewer] & ((1 << case.common) - 1) if reviewer < case.common else 0
    old = case.previous[reviewer]
    for cost, mask in ((0, old & ~back), (1, old & back), (CHANGE, ~old & ~back), (CHANGE + 1, ~old & back)):
        if free & mask:
            yield start + cost, free & mask


def _trace(end: Pair, label: dict[int, Pair], via: dict[int, int]) -> Path:
    """Read a path backwards from its last author."""
    cost, author = end
    add: list[Pair] = []
    drop: list[Pair] = []
    while True:
        reviewer = label[author][1]
        add.append((reviewer, author))
        if reviewer not in via:
            return Path(cost, add, drop, 0)
        author = via[reviewer]
        drop.append((reviewer, author))


def follow(plan: Plan, path: Path) -> None:
    """Carry out a path on a plan, in place."""
    for pair in path.drop:
        take(plan, *pair)
    for pair in path.add:
        put(plan, *pair)


def forbid(case: Case, plan: Plan, reviewer: int, author: int) -> Plan | None:
    """Return the cheapest plan without one of the pairs of a cheapest plan, or None if there is none."""
    after = plan.copy()
    take(after, reviewer, author)
    after.open[reviewer] &= ~(1 << author)
    path = shortest_path(case, after, 1 << reviewer, 1 << author)
    if not path.add:
        return None
    follow(after, path)
    return after


def cheapest_plan(case: Case, offsets: Iterable[int]) -> Plan:
    """Return a full plan that keeps as much of the previous one as any full plan can.

    `offsets`: rotations tried first for new pairs, reviewer i to author i + offset.  Raises Blocked.
    Method: successive shortest paths, which stays optimal when pairs of the least possible cost are taken
    directly: previous pairs first, new ones as soon as no path without a change is left.
    """
    plan = Plan(list(case.fixed), transpose(case.fixed, case.authors), list(case.allowed), list(case.fixed))
    _take_direct(case, plan, ((u, v) for u, old in enumerate(case.previous) for v in bits(old)))
    while _augment(case, plan, CHANGE):
        pass
    spread = ((u, (u + offset) % case.authors) for offset in offsets for u in range(len(plan.chosen)))
    _take_direct(case, plan, spread)
    while _augment(case, plan, None):
        pass
    return plan


def _take_direct(case: Case, plan: Plan, pairs: Iterable[Pair]) -> None:
    """Add each pair that is allowed and has room on both sides."""
    for u, v in pairs:
        if (
            plan.chosen[u].bit_count() < case.per_reviewer
            and plan.by[v].bit_count() < case.per_submission
            and (plan.open[u] & ~plan.chosen[u]) >> v & 1
        ):
            put(plan, u, v)


def _augment(case: Case, plan: Plan, below: int | None) -> bool:
    """Add one pair along a cheapest path; False if the plan is full or the path costs `below` or more."""
    short = sum(1 << u for u, mask in enumerate(plan.chosen) if mask.bit_count() < case.per_reviewer)
    room = sum(1 << v for v, mask in enumerate(plan.by) if mask.bit_count() < case.per_submission)
    if not short:
        return False
    path = shortest_path(case, plan, short, room)
    if path.add and (below is None or path.cost < below):
        follow(plan, path)
        return True
    if below is None:
        seen = [shortest_path(case, plan, 1 << u, 0).seen for u in bits(short)]
        raise Blocked(min(seen, key=lambda mask: (mask.bit_count(), mask)))
    return False
