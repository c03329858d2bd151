"""Reading and checking the input of an allocation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeVar

from topics.domain.lottery import in_order

S = TypeVar("S", bound=str | int)
T = TypeVar("T", bound=str | int)

Ranking = tuple[Sequence[int], Sequence[int]]  # numbers of topics, best first, and the rank of each


class AllocationError(ValueError):
    """Input no allocation can be made from; `problems` holds one sentence for each thing wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type[AllocationError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


def is_count(number: object) -> bool:
    """Tell whether this is a whole number, 0 or more."""
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0


def read_rankings(
    preferences: Mapping[S, Sequence[T | Set[T]]],
    capacities: Mapping[T, int],
    pinned: Mapping[S, T],
    forbidden: Set[tuple[S, T]],
) -> tuple[dict[S, Ranking], list[str]]:
    """Number the topics as they stand in `capacities`, and sort the students.

    The second list is what is wrong with students, topics and seats, one sentence for each thing, sorted; if it is
    not empty, the rankings are not complete.
    """
    number = {topic: place for place, topic in enumerate(capacities)}
    rankings = {}
    for student in sorted(preferences, key=in_order):
        ranking = _numbered(preferences[student], number)
        if ranking is not None:
            rankings[student] = ranking
    problems = [
        *_capacity_problems(capacities),
        *(_preference_problems(preferences, capacities) if len(rankings) < len(preferences) else ()),
        *_pin_problems(preferences, capacities, pinned, forbidden),
        *_seat_problems(capacities, pinned),
    ]
    return rankings, sorted(problems)


def _numbered(entries: Sequence[T | Set[T]], number: Mapping[T, int]) -> Ranking | None:
    """Give the numbers of the topics a student ranked, best first, and their ranks, which tied topics share.

    None if `_preference_problems` has something to say about these entries.
    """
    try:
        topics = [number[topic] for topic in entries]  # type: ignore[index]
        ranks: Sequence[int] = range(1, len(topics) + 1)
    except (KeyError, TypeError):  # a tie, or no topic
        ties = [_as_tie(entry) for entry in entries]
        if not all(tie and tie <= number.keys() for tie in ties):
            return None
        topics = [number[topic] for tie in ties for topic in tie]
        ranks = [rank for rank, tie in enumerate(ties, 1) for _ in tie]
    return (topics, ranks) if len(topics) == len(set(topics)) else None


def _as_tie(entry: T | Set[T]) -> Set[T]:
    return entry if isinstance(entry, Set) else {entry}


def _capacity_problems(capacities: Mapping[T, int]) -> Iterator[str]:
    for topic, seats in capacities.items():
        if not is_count(seats):
            yield f"Topic {topic!r} has {seats!r} seats, but this must be a whole number, 0 or more."


def _preference_problems(preferences: Mapping[S, Sequence[T | Set[T]]], capacities: Mapping[T, int]) -> Iterator[str]:
    for student, entries in preferences.items():
        ties = [_as_tie(entry) for entry in entries]
        for topic, times in Counter(topic for tie in ties for topic in tie).items():
            if topic not in capacities:
                yield f"Student {student!r} ranks topic {topic!r}, which does not exist."
            if times > 1:
                yield f"Student {student!r} ranks topic {topic!r} {times} times."
        for rank, tie in enumerate(ties, 1):
            if not tie:
                yield f"Student {student!r} has no topic at rank {rank}."


def _pin_problems(
    preferences: Mapping[S, Sequence[T | Set[T]]],
    capacities: Mapping[T, int],
    pinned: Mapping[S, T],
    forbidden: Set[tuple[S, T]],
) -> Iterator[str]:
    for student, topic in pinned.items():
        pair = f"Student {student!r} is pinned to topic {topic!r}"
        if student not in preferences:
            yield f"{pair}, but the student is not among those with preferences."
        if topic not in capacities:
            yield f"{pair}, but the topic does not exist."
        if (student, topic) in forbidden:
            yield f"{pair}, but this pair is forbidden."


def _seat_problems(capacities: Mapping[T, int], pinned: Mapping[S, T]) -> Iterator[str]:
    for topic, heads in Counter(pinned.values()).items():
        seats = capacities.get(topic)
        if seats is not None and is_count(seats) and heads > seats:
            names = ", ".join(sorted(repr(student) for student, given in pinned.items() if given == topic))
            yield f"Topic {topic!r} has fewer seats ({seats}) than students pinned to it ({heads}: {names})."
