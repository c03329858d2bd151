"""What is judged beside the grade itself: points on criteria, how long a talk took, and what two examiners agree on."""

import re
from collections.abc import Mapping
from typing import TypeVar

MOST_POINTS = 20
LENGTH = re.compile(r"([0-9]{1,3})(?::([0-5][0-9]))?")
K = TypeVar("K")
V = TypeVar("V")


def seconds_of(text: str) -> int:
    """The length of a talk, written as minutes (`17`) or minutes and seconds (`17:30`), in seconds.

    Raises ValueError for anything else.
    """
    match = LENGTH.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(match[1]) * 60 + int(match[2] or 0)


def length_problem(seconds: int, least: int | None, most: int | None) -> int:
    """By how many whole minutes, begun ones counted, a talk was too long (positive) or too short (negative); 0: it kept its time.

    least, most: minutes; the whole last minute still counts, so that 20:59 keeps to 20 minutes.
    """
    if most is not None and seconds >= (most + 1) * 60:
        return seconds // 60 - most
    if least is not None and seconds < least * 60:
        return seconds // 60 - least
    return 0


def agreed(one: Mapping[K, V], other: Mapping[K, V]) -> dict[K, V]:
    """What two people judged alike; where they differ, or only one judged, nothing."""
    return {key: value for key, value in one.items() if key in other and other[key] == value}
