"""Fewest mutual pairs first, fewest changes second."""

from collections.abc import Sequence
from random import Random

from reviews.domain.assignment_exact import MOST_PEOPLE, exact_plan
from reviews.domain.assignment_flow import Case, Pair, Plan, bits, changes, cheapest_plan, forbid, transpose

# The search looks at this many nodes, divided by the number of reviewers: one to five seconds at the worst.
EFFORT = 100_000

Score = tuple[int, int]
Scored = tuple[Score, Plan]


def best_plan(case: Case, offsets: Sequence[int]) -> list[int]:
    """Return the best plan found, as author masks per reviewer.

    `offsets`: as for cheapest_plan.  Raises Blocked.  Optimal up to MOST_PEOPLE people, if the cheapest plan
    has the mutual_floor, and if the search of `improve` ends before its effort is spent.
    """
    plan = cheapest_plan(case, offsets)
    mutual = len(mutual_pairs(case, plan))
    floor = mutual_floor(case) if mutual else 0
    if mutual == floor:
        return plan.chosen
    if len(case.allowed) + case.authors - case.common <= MOST_PEOPLE:
        # From below, because a tight limit on mutual pairs keeps the table small.
        exact = (exact_plan(case, limit) for limit in range(floor, mutual + 1))
        return next(chosen for chosen in exact if chosen is not None)
    best = improve(case, plan, floor)
    if score(case, best)[0] > floor:
        # A previous plan full of mutual pairs uses up the effort: start without one half of each.
        other = case._replace(previous=_one_way(case))
        again = improve(other, cheapest_plan(other, offsets), floor)
        best = min(best, again, key=lambda found: score(case, found))
    return best.chosen


def mutual_pairs(case: Case, plan: Plan) -> list[Pair]:
    """List the pairs a < b of people who review each other."""
    both = (1 << case.common) - 1
    return [
        (a, b) for a in range(case.common) for b in bits((plan.chosen[a] & plan.by[a] & both) >> (a + 1) << (a + 1))
    ]


def score(case: Case, plan: Plan) -> Score:
    """Return the number of mutual pairs and of changes, in that order of weight."""
    return len(mutual_pairs(case, plan)), changes(case, plan)


def mutual_floor(case: Case) -> int:
    """Return a number of mutual pairs that no plan can be below.

    Whoever writes r and gets s reviews, but has only p < r + s people to exchange them with, is in r + s - p
    mutual pairs at least, and in as many as are fixed; each mutual pair has two people.
    """
    both = (1 << case.common) - 1
    towards, due = transpose(case.allowed, case.authors), transpose(case.fixed, case.authors)
    least = []
    for person in range(case.common):
        out, back = case.allowed[person], towards[person]
        partners = ((out | back) & both).bit_count() + (out & ~both).bit_count() + (back & ~both).bit_count()
        fixed = (case.fixed[person] & due[person] & both).bit_count()
        least.append(max(fixed, case.per_reviewer + case.per_submission - partners))
    return max((sum(least) + 1) // 2, max(least, default=0))


def improve(case: Case, plan: Plan, floor: int) -> Plan:
    """Return the plan with the fewest mutual pairs, then the fewest changes, found within the effort.

    `plan`: a cheapest plan, so that no plan has fewer changes; `floor`: no plan has fewer mutual pairs.
    Method: depth-first branch and bound, restarted with other choices and more patience (which finds better
    plans than one long search).  A node is a cheapest plan under "this pair never" and "this pair always"; a
    mutual pair (a, b) is resolved as without a-b, with a-b but without b-a, or with both.
    """
    root = best = (score(case, plan), plan)
    random = Random(0)
    left, patience = EFFORT // len(case.allowed), 30 + 4 * root[0][0]
    while left > 0:
        best, finished = _search(case, root, best, (floor, min(left, patience)), random)
        if finished:
            break
        left, patience = left - patience, patience + patience // 8
    return best[1]


def _search(case: Case, root: Scored, best: Scored, limits: tuple[int, int], random: Random) -> tuple[Scored, bool]:
    """Search once for a plan better than `best`; limits: floor and nodes.  Tells whether it is proven best."""
    floor, nodes = limits
    goal = (floor, root[0][1])
    stack = [root]
    for _ in range(nodes):
        if not stack or best[0] == goal:
            return best, True
        (_, cost), node = stack.pop()
        pairs = mutual_pairs(case, node)
        undecided = [pair for pair in pairs if not _decided(node, *pair)]
        if not undecided or (max(floor, len(pairs) - len(undecided)), cost) >= best[0]:
            continue
        with_both, *others = _children(case, node, *random.choice(undecided))
        others.sort(key=_by_score, reverse=True)
        stack += [with_both, *others]
        best = min(best, *others, key=_by_score) if others else best
    return best, False


def _decided(plan: Plan, a: int, b: int) -> bool:
    """Tell whether both directions of a mutual pair are there to stay."""
    return bool(plan.locked[a] >> b & 1 and plan.locked[b] >> a & 1)


def _by_score(scored: Scored) -> Score:
    return scored[0]


def _children(case: Case, plan: Plan, a: int, b: int) -> list[Scored]:
    """Split a plan on a mutual pair: first with both directions, then the cheapest plans without either."""
    one_way, both = plan.copy(), plan.copy()
    one_way.locked[a] |= 1 << b
    both.locked[a] |= 1 << b
    both.locked[b] |= 1 << a
    found: list[Plan | None] = [both]
    if not plan.locked[a] >> b & 1:
        found.append(forbid(case, plan, a, b))
    if not plan.locked[b] >> a & 1:
        found.append(forbid(case, one_way, b, a))
    return [(score(case, child), child) for child in found if child]


def _one_way(case: Case) -> list[int]:
    """Return the previous pairs without the second direction of each mutual pair."""
    back = transpose(case.previous, case.authors)
    return [
        old & ~(back[person] & ((1 << person) - 1)) if person < case.common else old
        for person, old in enumerate(case.previous)
    ]
