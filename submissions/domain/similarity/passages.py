"""Where two rows of tokens agree: the runs around shared hashes, as passages of cells and lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from submissions.domain.similarity.prints import Trace

MAX_REPEATS = 8  # places of one hash that are tried on each side: code that repeats itself would give their square
GAP = 8  # tokens: passages this close become one, so that a changed line does not cut a function in two


class Span(NamedTuple):
    """Lines `first` to `last` of a cell; all three count from 1."""

    cell: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch that two notebooks share. tokens: how many of them are equal."""

    a: Span
    b: Span
    tokens: int


class _Run(NamedTuple):
    """`length` equal tokens, from the places a and b on."""

    a: int
    b: int
    length: int


@dataclass(frozen=True, slots=True)
class Side:
    """One notebook's row: own hashes with their places, and for each token whether it belongs to the template."""

    trace: Trace
    hashes: Mapping[int, Sequence[int]]
    common: bytes

    def span(self, start: int, end: int) -> Span:
        """Of the tokens from start to before end, which lie in one cell."""
        return Span(self.trace.cells[start], self.trace.lines[start], self.trace.lines[end - 1])


def passages(a: Side, b: Side) -> tuple[Passage, ...]:
    """The longest runs of equal tokens outside the template, each token used once, in the order of a; see `Passage`.

    Runs grow from shared hashes as far as they go, the longest win (greedy string tiling), they end with their cells, and those
    that are close are merged. What is left shorter than half a run of the method is dropped.
    """
    least = max(3, a.trace.run // 2)
    tiles = _tiles(_runs(a, b), len(a.trace.tokens), len(b.trace.tokens), least)
    pieces = sorted(piece for tile in tiles for piece in _within_cells(a, b, tile) if piece.length >= least)
    return tuple(_merged(a, b, pieces))


def _runs(a: Side, b: Side) -> Iterator[_Run]:
    seeds = sorted(
        (i, j)
        for value in a.hashes.keys() & b.hashes.keys()
        for i in a.hashes[value][:MAX_REPEATS]
        for j in b.hashes[value][:MAX_REPEATS]
    )
    ends: dict[int, int] = {}  # how far each diagonal has been read
    for i, j in seeds:
        for step in range(a.trace.run):
            if i + step >= ends.get(j - i, 0) and _equal(a, b, i + step, j + step):
                run = _grown(a, b, i + step, j + step)
                ends[j - i] = run.a + run.length
                yield run
                break


def _equal(a: Side, b: Side, i: int, j: int) -> bool:
    return a.trace.tokens[i] == b.trace.tokens[j] and not a.common[i] and not b.common[j]


def _grown(a: Side, b: Side, i: int, j: int) -> _Run:
    start = i
    while i > 0 and j > 0 and _equal(a, b, i - 1, j - 1):
        i, j = i - 1, j - 1
    end, limit = start + 1, min(len(a.trace.tokens), len(b.trace.tokens) - j + i)
    while end < limit and _equal(a, b, end, end - i + j):
        end += 1
    return _Run(i, j, end - i)


def _tiles(runs: Iterable[_Run], size_a: int, size_b: int, least: int) -> Iterator[_Run]:
    """The runs, longest first, cut to what longer ones have left free on both sides."""
    used_a, used_b = bytearray(size_a), bytearray(size_b)
    for run in sorted(runs, key=lambda run: (-run.length, run.a, run.b)):
        low, high = 0, run.length
        while low < high and (used_a[run.a + low] or used_b[run.b + low]):
            low += 1
        while low < high and (used_a[run.a + high - 1] or used_b[run.b + high - 1]):
            high -= 1
        taken = any(used_a[run.a + low : run.a + high]) or any(used_b[run.b + low : run.b + high])
        if high - low >= least and not taken:
            used_a[run.a + low : run.a + high] = used_b[run.b + low : run.b + high] = b"\1" * (high - low)
            yield _Run(run.a + low, run.b + low, high - low)


def _within_cells(a: Side, b: Side, run: _Run) -> Iterator[_Run]:
    """The run, cut wherever a cell ends on one of the sides."""
    start = 0
    for step in range(1, run.length + 1):
        if step == run.length or _cells(a, b, run, step) != _cells(a, b, run, start):
            yield _Run(run.a + start, run.b + start, step - start)
            start = step


def _cells(a: Side, b: Side, run: _Run, step: int) -> tuple[int, int]:
    return a.trace.cells[run.a + step], b.trace.cells[run.b + step]


def _merged(a: Side, b: Side, pieces: Sequence[_Run]) -> Iterator[Passage]:
    for group in _close(a, b, pieces):
        first, last = group[0], group[-1]
        spans = a.span(first.a, last.a + last.length), b.span(first.b, last.b + last.length)
        yield Passage(*spans, sum(piece.length for piece in group))


def _close(a: Side, b: Side, pieces: Sequence[_Run]) -> Iterator[list[_Run]]:
    """Groups of neighbours in the same two cells, in the same order, with small gaps on both sides."""
    group: list[_Run] = []
    for piece in pieces:
        if group:
            before = group[-1]
            gaps = piece.a - before.a - before.length, piece.b - before.b - before.length
            if not (all(0 <= gap <= GAP for gap in gaps) and _cells(a, b, before, 0) == _cells(a, b, piece, 0)):
                yield group
                group = []
        group.append(piece)
    if group:
        yield group
