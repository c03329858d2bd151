"""Sentences that say why there is no plan, and name whom it fails for."""

from collections import Counter
from collections.abc import Hashable
from typing import Any, NamedTuple

from reviews.domain.assignment_flow import Case, bits, transpose

# A sentence names this many people of a set; a larger set is given by its size.
_NAMED = 8


class Names(NamedTuple):
    """Ids by position: people who are both come first, at the same position in both lists."""

    reviewers: list[Any]
    authors: list[Any]
    common: int


def order(person: Hashable) -> tuple[str, Any]:
    """Return a sort key for ids that may be of different types."""
    return type(person).__name__, person


def count_reasons(names: Names, case: Case) -> list[str]:
    """Say what the numbers alone rule out."""
    write, get = case.per_reviewer, case.per_submission
    if write < 0 or get < 0:
        return [f"Nobody can write {write} and get {get} reviews."]
    reviewers, authors = _count(len(names.reviewers), "reviewer"), _count(len(names.authors), "author")
    needed, given = len(names.authors) * get, len(names.reviewers) * write
    reasons = []
    if needed != given:
        reasons.append(
            f"{authors} x {_count(get, 'review')} each need {needed} reviews, "
            f"but {reviewers} x {_count(write, 'review')} each give {given}."
        )
    # Somebody who is not on the other side has one more partner than the others.
    most = len(names.authors) - (len(names.reviewers) == names.common)
    if names.reviewers and write > most:
        reasons.append(
            f"{reviewers} cannot each write {_count(write, 'review')}: nobody reviews their own work, "
            f"so with {authors} each has at most {max(most, 0)} to review."
        )
    elif names.authors and get > (most := len(names.reviewers) - (len(names.authors) == names.common)):
        reasons.append(
            f"{authors} cannot each get {_count(get, 'review')}: nobody reviews their own work, "
            f"so with {reviewers} each has at most {max(most, 0)} to ask."
        )
    return reasons


def fixed_reasons(names: Names, case: Case, fixed: set[tuple[Any, Any]], forbidden: set[tuple[Any, Any]]) -> list[str]:
    """Say which fixed pairs contradict another rule."""
    reviewers, authors, reasons = set(names.reviewers), set(names.authors), []
    for reviewer, author in sorted(fixed, key=lambda pair: (order(pair[0]), order(pair[1]))):
        faults = {
            f"{reviewer} is not a reviewer": reviewer not in reviewers,
            f"{author} is not an author": author not in authors,
            "nobody reviews their own work": reviewer == author,
            "the pair is also forbidden": (reviewer, author) in forbidden,
        }
        reasons += [f"{reviewer} cannot be fixed to review {author}: {why}." for why, so in faults.items() if so]
    sides = (
        (0, "write", "reviewer writes", case.per_reviewer),
        (1, "get", "author gets", case.per_submission),
    )
    for side, verb, rule, limit in sides:
        for person, pairs in sorted(Counter(pair[side] for pair in fixed).items(), key=_first):
            if pairs > limit:
                reasons.append(f"{person} is fixed to {verb} {_count(pairs, 'review')}, but each {rule} {limit}.")
    return reasons


def _first(item: tuple[Any, object]) -> tuple[str, Any]:
    return order(item[0])


def choice_reasons(names: Names, case: Case) -> list[str]:
    """Name everybody who has too few allowed partners."""
    columns = transpose(case.allowed, case.authors)
    sides = (
        (names.reviewers, names.authors, case.allowed, case.per_reviewer, "Reviewer", "author", "write"),
        (names.authors, names.reviewers, columns, case.per_submission, "Author", "reviewer", "get"),
    )
    reasons = []
    for people, partners, rows, need, who, whom, verb in sides:
        for person, row in sorted(zip(people, rows, strict=True), key=_first):
            if row.bit_count() < need:
                listed = _list(partners, row)
                only = f" ({listed})" if listed else ""
                allowed = _count(row.bit_count(), f"allowed {whom}")
                reasons.append(f"{who} {person} has only {allowed}{only}, but must {verb} {_count(need, 'review')}.")
    return reasons


class _Side(NamedTuple):
    """One side of the plan against the other: words, ids, reviews per person, and masks by position."""

    noun: str
    verb: str
    ids: list[Any]
    partner_ids: list[Any]
    need: int
    room: int
    partners: list[int]
    people: list[int]
    fixed: list[int]


def cut_reason(names: Names, case: Case, reviewers: int) -> str:
    """Explain a blocked set of reviewers, or the authors whom it leaves short if these are fewer.

    `reviewers`: the mask of Blocked.  Source: Gale-Ryser; a set of people with n reviews each is stuck if the
    other side has fewer places for them than n times their number, an allowed pair being one place.
    """
    columns, fixed = transpose(case.allowed, case.authors), transpose(case.fixed, case.authors)
    ids, sizes = (names.reviewers, names.authors), (case.per_reviewer, case.per_submission)
    writers = _Side("Reviewer", "review", *ids, *sizes, case.allowed, columns, fixed)
    getters = _Side("Author", "be reviewed by", *ids[::-1], *sizes[::-1], columns, case.allowed, case.fixed)
    short = 0
    for v in range(case.authors):
        # The cut: an author whom the blocked reviewers do not fill has to be served by the others.
        if (columns[v] & reviewers).bit_count() < case.per_submission - (fixed[v] & ~reviewers).bit_count():
            short |= 1 << v
    stuck = ((side, _shrink(side, members)) for side, members in ((writers, reviewers), (getters, short)))
    side, members = min(stuck, key=lambda item: item[1].bit_count())
    who = _list(side.ids, members)
    who = f"{side.noun}s {who}" if who else _count(members.bit_count(), side.noun.lower())
    whom = _partners(side, members)
    return (
        f"{who} may only {side.verb} {_list(side.partner_ids, whom) or f'{whom.bit_count()} people'}: "
        f"{_count(_places(side, members), 'place')} for {side.need * members.bit_count()} reviews"
        f"{' once the fixed pairs are set' if any(case.fixed) else ''}."
    )


def _places(side: _Side, members: int) -> int:
    """Count the reviews that a set of people can have at most."""
    return sum(
        min((people & members).bit_count(), side.room - (fixed & ~members).bit_count())
        for people, fixed in zip(side.people, side.fixed, strict=True)
    )


def _shrink(side: _Side, members: int) -> int:
    """Drop people from a stuck set as long as it stays stuck."""
    for person in bits(members):
        fewer = members & ~(1 << person)
        if side.need * fewer.bit_count() > _places(side, fewer):
            members = fewer
    return members


def _partners(side: _Side, members: int) -> int:
    """Return everybody whom some member may be paired with."""
    result = 0
    for person in bits(members):
        result |= side.partners[person]
    return result


def _list(people: list[Any], mask: int) -> str:
    """Name the people of a set, or nobody if they are too many to name."""
    if not 0 < mask.bit_count() <= _NAMED:
        return ""
    *first, last = [str(person) for person in sorted((people[i] for i in bits(mask)), key=order)]
    return f"{', '.join(first)} and {last}" if first else last


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
