"""Who reviews whom: a seeded plan with exact counts, or the reason why there is none.

Plain Python on ids; needs neither Django nor a database nor a clock.
"""

from collections.abc import Hashable, Iterable
from random import Random
from typing import Any, TypeVar

from reviews.domain.assignment_flow import Blocked, Case, bits
from reviews.domain.assignment_reasons import (
    Names,
    choice_reasons,
    count_reasons,
    cut_reason,
    fixed_reasons,
    order,
)
from reviews.domain.assignment_search import best_plan

P = TypeVar("P", bound=Hashable)


class AssignmentImpossible(ValueError):
    """No plan keeps the hard rules; `reasons` are sentences for a person, and the message is their text."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(self.reasons))


def assign_reviews(
    authors: Iterable[P],
    reviewers: Iterable[P],
    *,
    per_reviewer: int = 3,
    per_submission: int = 3,
    forbidden: Iterable[tuple[P, P]] = (),
    fixed: Iterable[tuple[P, P]] = (),
    previous: Iterable[tuple[P, P]] = (),
    seed: int = 0,
) -> tuple[tuple[P, P], ...]:
    """Return the sorted (reviewer, author) pairs of a plan, or raise AssignmentImpossible with the reasons.

    `authors`, `reviewers`: ids (int, str or both), repetitions ignored; `forbidden`, `fixed`, `previous`:
    (reviewer, author) pairs; forbidden and previous ones may name people who have left.

    Always: each reviewer has per_reviewer pairs and each author per_submission, nobody reviews their own
    work, no forbidden pair is there, and every fixed pair is.  An error means that no such plan exists.
    Then, in this order: as few mutual pairs (a reviews b, b reviews a), and as few pairs that are not in
    `previous` as possible.  So a mutual pair in `previous` is given up if it can be; fix what must stay.
    Both numbers are proven minimal for up to 8 people, authors and reviewers together; and for any number if
    authors and reviewers are the same people and nothing is forbidden, fixed or previous (no pair is mutual
    then from 2 * per_reviewer + 1 people on).  Otherwise they are the best of a bounded search, because the
    problem is NP-hard; they are minimal then too if the search ends by itself.

    The same ids, pairs and seed give the same plan in any order of input and on any machine.
    Method: rotations of the shuffled ids, which is all where no rule is given; otherwise minimum-cost flow from
    there, then branch and bound on the mutual pairs.
    """
    authors, reviewers = set(authors), set(reviewers)
    forbidden, fixed, previous = list(forbidden), list(fixed), list(previous)
    random = Random(f"reviews {seed}")  # a str, because Random(-1) is Random(1)
    ruled = forbidden or fixed or previous or authors != reviewers or per_reviewer != per_submission
    if not ruled and 0 <= 2 * per_reviewer < len(authors):
        return _circle(authors, per_reviewer, random)
    names = _shuffled(authors, reviewers, random)
    allowed = _allowed(names, forbidden)
    old = [pairs & may for pairs, may in zip(_masks(names, previous), allowed, strict=True)]
    sizes = names.common, len(names.authors)
    case = Case(per_reviewer, per_submission, *sizes, allowed, _masks(names, fixed), old)
    reasons = count_reasons(names, case) + fixed_reasons(names, case, set(fixed), set(forbidden))
    reasons = reasons or choice_reasons(names, case)
    if reasons:
        raise AssignmentImpossible(reasons)
    try:
        chosen = best_plan(case, _rotations(len(names.authors), random))
    except Blocked as blocked:
        raise AssignmentImpossible([cut_reason(names, case, blocked.reviewers)]) from None
    plan = [(names.reviewers[u], names.authors[v]) for u, mask in enumerate(chosen) for v in bits(mask)]
    return tuple(sorted(plan, key=lambda pair: (order(pair[0]), order(pair[1]))))


def _circle(people: set[P], count: int, random: Random) -> tuple[tuple[P, P], ...]:
    """Everybody reviews those who sit some places further in a shuffled circle: exact, and mutual nowhere.

    It draws the same lots as `_shuffled` and `_rotations`, so that it is the plan that the long way would find.
    """
    named: list[Any] = list(people)
    named.sort(key=order if len({type(person) for person in people}) > 1 else None)
    seats = list(range(len(named)))
    random.shuffle(seats)
    round_and_round = seats + seats
    offsets = _rotations(len(seats), random)[:count]
    further = [round_and_round[offset : offset + len(seats)] for offset in offsets]
    rows: list[list[int]] = [[]] * len(seats)
    for reviewer, *authors in zip(seats, *further, strict=True):
        rows[reviewer] = sorted(authors)
    return tuple([(named[reviewer], named[author]) for reviewer, row in enumerate(rows) for author in row])


def _shuffled(authors: set[Any], reviewers: set[Any], random: Random) -> Names:
    """Give everybody a position that depends on the seed, not on the order of the input."""
    groups = [sorted(group, key=order) for group in (authors & reviewers, authors - reviewers, reviewers - authors)]
    for group in groups:
        random.shuffle(group)
    both, only_authors, only_reviewers = groups
    return Names(both + only_reviewers, both + only_authors, len(both))


def _rotations(authors: int, random: Random) -> list[int]:
    """List the rotations i -> i + offset in order of use: opposites (n - offset) only after all others.

    Two rotations make mutual pairs only if they are opposite, and n / 2 is its own opposite.
    """
    if not authors:
        return []
    half = [random.choice((offset, authors - offset)) for offset in range(1, (authors + 1) // 2)]
    random.shuffle(half)
    middle = [authors // 2] if authors % 2 == 0 else []
    return [*half, *middle, *(authors - offset for offset in half), 0]


def _masks(names: Names, pairs: Iterable[tuple[Any, Any]]) -> list[int]:
    """Return the authors of each reviewer as masks, ignoring pairs of people who are not there."""
    rows = {person: u for u, person in enumerate(names.reviewers)}
    columns = {person: v for v, person in enumerate(names.authors)}
    masks = [0] * len(rows)
    for reviewer, author in pairs:
        if reviewer in rows and author in columns:
            masks[rows[reviewer]] |= 1 << columns[author]
    return masks


def _allowed(names: Names, forbidden: Iterable[tuple[Any, Any]]) -> list[int]:
    """Return the authors whom each reviewer may review as masks."""
    everyone = (1 << len(names.authors)) - 1
    own = (1 << u if u < names.common else 0 for u in range(len(names.reviewers)))
    return [everyone & ~mine & ~no for mine, no in zip(own, _masks(names, forbidden), strict=True)]
