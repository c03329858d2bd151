"""Why this topic: an allocation in the words of one student."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from topics.domain.evidence import solve

Ranks = Sequence[Sequence[int]]


class Why(StrEnum):
    """What stood against a topic that was ranked higher."""

    EXCLUDED = "excluded"
    PINNED = "pinned"  # the student, or everybody who has the topic, was placed by the organizers
    FEWER = "fewer"  # somebody would have no topic at all
    WORSE = "worse"  # the result would be worse under the objective
    CHANGES = "changes"  # equally good, but more people would have to change their topic
    DRAW = "draw"  # equally good: the draw decided


@dataclass(frozen=True)
class Better:
    """A topic ranked above the one that was given, who has its seats, and what would have had to be different.

    `forced`: the profile if this student had to have the topic (None where that is impossible); `one_more_seat`: whether one more
    seat would have given it to them; `unplaced`: how many would then have no topic.
    """

    topic: int
    rank: int
    seats: int
    holder_ranks: tuple[int | None, ...]
    why: Why
    forced: tuple[int, ...] | None = None
    unplaced: int = 0
    one_more_seat: bool = False


def rank_of(ranking: Ranks, topic: int | None) -> int | None:
    """1 for the first choice; None where the topic was not ranked."""
    return next((rank for rank, tied in enumerate(ranking, 1) if topic in tied), None)


def profile_of(preferences: Mapping[Any, Ranks], assignment: Mapping[Any, int | None]) -> list[int]:
    """How many got rank 1, 2, …, up to the longest list, and last how many hold no topic that they ranked."""
    ranks = [rank_of(ranking, assignment.get(student)) for student, ranking in preferences.items()]
    longest = max((len(ranking) for ranking in preferences.values()), default=0)
    return [*(ranks.count(rank) for rank in range(1, longest + 1)), ranks.count(None)]


def explain(student: str, document: Mapping[str, Any]) -> list[Better]:
    """What `student` ranked above their topic, best first, with who holds it and what stood against it.

    document: a run's input and result as `topics.domain.evidence.solve` takes it, with `assignment`.
    """
    preferences: Mapping[str, Ranks] = document["preferences"]
    assignment: Mapping[str, int | None] = document["assignment"]
    ranking = preferences.get(student, ())
    got = rank_of(ranking, assignment.get(student))
    higher = ranking if got is None else ranking[: got - 1]
    found = []
    for rank, tied in enumerate(higher, 1):
        for topic in tied:
            holders = sorted(other for other, held in assignment.items() if held == topic)
            why, forced, unplaced = _against(student, topic, holders, document)
            found.append(
                Better(
                    topic=topic,
                    rank=rank,
                    seats=document["capacities"].get(str(topic), 0),
                    holder_ranks=tuple(rank_of(preferences.get(other, ()), topic) for other in holders),
                    why=why,
                    forced=forced,
                    unplaced=unplaced,
                    one_more_seat=why not in {Why.EXCLUDED, Why.PINNED} and _one_more(student, topic, document),
                )
            )
    return found


def _against(
    student: str, topic: int, holders: Sequence[str], document: Mapping[str, Any]
) -> tuple[Why, tuple[int, ...] | None, int]:
    pinned: Mapping[str, int] = document["pinned"]
    if [student, topic] in [list(pair) for pair in document["forbidden"]]:
        return Why.EXCLUDED, None, 0
    seats = document["capacities"].get(str(topic), 0)
    if student in pinned or sum(1 for held in pinned.values() if held == topic) >= seats:
        return Why.PINNED, None, 0
    forced = solve(document, pinned={**pinned, student: topic})
    unplaced = len(forced.unassigned)
    before = sum(1 for held in document["assignment"].values() if held is None)
    if unplaced > before:
        return Why.FEWER, forced.profile, unplaced
    then, now = (_badness(profile, document["objective"]) for profile in (forced.profile, document["profile"]))
    if then > now:
        return Why.WORSE, forced.profile, unplaced
    if then < now or _moved(forced.assignment, document) > _moved(document["assignment"], document):
        return Why.CHANGES, forced.profile, unplaced
    # Where the objective leaves it open, nobody is put further down for the sake of the draw.
    spread = list(forced.profile)[::-1] > list(document["profile"])[::-1]
    return (Why.WORSE if spread else Why.DRAW), forced.profile, unplaced


def _badness(profile: Sequence[int], objective: str) -> list[int]:
    """What the objective compares, more being worse, apart from the change cost."""
    if objective == "mincost":
        return [sum(rank * count for rank, count in enumerate(profile, 1))]
    return list(profile)[::-1] if objective == "generous" else [-count for count in profile]


def _moved(assignment: Mapping[str, int | None], document: Mapping[str, Any]) -> int:
    return sum(1 for student, topic in document["previous"].items() if topic and assignment.get(student) != topic)


def _one_more(student: str, topic: int, document: Mapping[str, Any]) -> bool:
    capacities = {**document["capacities"], str(topic): document["capacities"].get(str(topic), 0) + 1}
    return bool(solve(document, capacities=capacities).assignment.get(student) == topic)
