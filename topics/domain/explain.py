"""Why this topic: an allocation in the words of one student."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Better:
    """A topic ranked above the one that was given: its seats, and the ranks of those who got them."""

    topic: int
    rank: int
    seats: int
    holder_ranks: tuple[int | None, ...]


def rank_of(ranking: Sequence[Sequence[int]], topic: int | None) -> int | None:
    """1 for the first choice; None where the topic was not ranked."""
    return next((rank for rank, tied in enumerate(ranking, 1) if topic in tied), None)


def explain(
    student: str,
    preferences: Mapping[str, Sequence[Sequence[int]]],
    capacities: Mapping[int, int],
    assignment: Mapping[str, int | None],
) -> list[Better]:
    """What `student` ranked above their topic, best first, and who (by rank only) holds it.

    preferences: student → list of ties of topic numbers; capacities: topic number → seats;
    assignment: student → topic number or None.
    """
    ranking = preferences.get(student, ())
    got = rank_of(ranking, assignment.get(student))
    higher = ranking if got is None else ranking[: got - 1]
    return [
        Better(
            topic=topic,
            rank=rank,
            seats=capacities.get(topic, 0),
            holder_ranks=tuple(
                rank_of(preferences.get(other, ()), topic)
                for other, held in sorted(assignment.items())
                if held == topic
            ),
        )
        for rank, tied in enumerate(higher, 1)
        for topic in tied
    ]
