"""Small pictures as plain geometry, for a template to draw: whole numbers, no colours, no words of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PITCH, WIDTH, HEIGHT = 40, 28, 80
CELL, GAP = 6, 2
# state → (top, height) of its mark in a row eight high: told apart by shape, with or without colour
MARKS: Mapping[str, tuple[int, int]] = {"present": (0, 8), "excused": (3, 5), "absent": (6, 2)}


@dataclass(frozen=True)
class Column:
    """One column of a histogram; `middle` is where its label is centred, `top` where its count stands."""

    label: str
    count: int
    x: int
    y: int
    height: int
    middle: int
    top: int


def columns(counts: Iterable[tuple[str, int]]) -> tuple[Column, ...]:
    """Labelled counts as columns of which the highest is `HEIGHT`; nothing that occurs is invisible."""
    counts = list(counts)
    most = max((count for _label, count in counts), default=0)
    found = []
    for place, (label, count) in enumerate(counts):
        height = max(2, HEIGHT * count // most) if count else 0
        x, y = place * PITCH + (PITCH - WIDTH) // 2, 16 + HEIGHT - height
        found.append(Column(label, count, x, y, height, place * PITCH + PITCH // 2, y - 4))
    return tuple(found)


def strip(states: Sequence[str]) -> dict[str, str]:
    """State → the path of its marks in a row of cells, one for each session; what is not noted leaves its cell empty."""
    paths: dict[str, str] = {}
    for place, state in enumerate(states):
        if state in MARKS:
            top, height = MARKS[state]
            left = place * (CELL + GAP)
            paths[state] = paths.get(state, "") + f"M{left} {top}h{CELL}v{height}h-{CELL}z"
    return paths


def strip_width(states: Sequence[object]) -> int:
    """How wide `strip` is."""
    return len(states) * (CELL + GAP)
