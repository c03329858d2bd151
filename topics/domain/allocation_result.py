"""The result of an allocation, and what explains it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from topics.domain.allocation_input import Ranking
from topics.domain.lottery import draw, in_order

S = TypeVar("S", bound=str | int)
T = TypeVar("T", bound=str | int)


@dataclass(frozen=True)
class BetterTopic(Generic[S, T]):
    """A topic a student ranked strictly higher than what they got, and who has its seats."""

    topic: T
    rank: int
    seats: int
    holders: tuple[S, ...]
    forbidden: bool  # this student may not have it, even if a seat is free


@dataclass(frozen=True)
class Question(Generic[S, T]):
    """What an allocation was asked for, checked and copied; the number of a topic is its index in `topics`."""

    rankings: dict[S, Ranking]  # students in sorted order
    topics: list[T]
    seats: list[int]
    pinned: dict[S, T]
    banned: set[tuple[S, T]]


@dataclass(frozen=True, repr=False, eq=False)
class Allocation(Generic[S, T]):
    """The result of `allocate`; students stand in sorted order, except in `lottery`.

    `better` and `lottery` are worked out when first asked for, from the question as it was.
    """

    assignment: dict[S, T | None]
    profile: tuple[int, ...]  # how many got rank 1, 2, ..., up to the greatest rank in the preferences
    unassigned: tuple[S, ...]
    ranks: dict[S, int | None]  # None: no topic, or pinned to one they did not rank
    moved: tuple[S, ...]  # had a topic in `previous` and have another now, or none
    objective: str
    seed: int
    question: Question[S, T]

    @cached_property
    def better(self) -> dict[S, tuple[BetterTopic[S, T], ...]]:
        """For each student the topics they missed, best first; everything ranked if their rank is None."""
        question = self.question
        holders: dict[T, list[S]] = {topic: [] for topic in question.topics}
        for student, topic in self.assignment.items():
            if topic is not None:
                holders[topic].append(student)
        better: dict[S, tuple[BetterTopic[S, T], ...]] = {}
        for student, ranking in question.rankings.items():
            own = self.ranks[student]
            missed = [
                (rank, in_order(question.topics[place]), place)
                for place, rank in zip(*ranking, strict=True)
                if own is None or rank < own
            ]
            better[student] = tuple(
                BetterTopic(t, rank, question.seats[place], tuple(holders[t]), (student, t) in question.banned)
                for rank, _, place in sorted(missed)
                for t in [question.topics[place]]
            )
        return better

    @cached_property
    def lottery(self) -> tuple[S, ...]:
        """The students not pinned, in the order drawn from the seed."""
        drawn = [student for student in self.assignment if student not in self.question.pinned]
        return tuple(sorted(drawn, key=lambda student: (draw(self.seed, student), in_order(student))))

    def __repr__(self) -> str:
        return f"Allocation({', '.join(f'{name}={value!r}' for name, value in self._told().items())})"

    def __eq__(self, other: object) -> bool:
        return self._told() == other._told() if isinstance(other, Allocation) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it holds dictionaries

    def _told(self) -> dict[str, object]:
        """Everything but the question, in the order people read it."""
        names = "assignment profile unassigned ranks better moved lottery objective seed"
        return {name: getattr(self, name) for name in names.split()}
