"""What changed between two versions of a notebook, cell by cell.

Cells are matched by id and equal source; then by equal source in order (difflib), before ids alone, since some programs number ids
anew; then by id where some of the source agrees; then by equal source anywhere, which is a move; then, between the same neighbours,
by likeness. Work stays near linear for 20,000 cells: where a step would take the square of their number, the next one does its part.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import islice, product
from typing import Literal, NamedTuple

from submissions.domain.notebook import Cell, Notebook

Kind = Literal["same", "added", "removed", "changed", "outputs", "moved"]
Pair = tuple[int, int]  # places from 0 in the old and in the new version

ALIKE, ALIKE_WITH_ID = 0.5, 0.2  # share of equal words; an equal id is evidence of its own
MAX_WORDS = 500  # of a cell, for its likeness
MAX_SQUARE = 4_000_000  # old times new cells (or lines) that difflib may see: about a second at worst
MAX_GAP = 4_000  # pairs of cells between the same neighbours that are compared; beyond it only in order
MAX_WORK = 20_000_000  # old times new lines of all changed cells; beyond it a changed part is told as a whole
CONTEXT = 3  # unchanged lines around a change


@dataclass(frozen=True)
class CellChange:
    """One cell of either version.

    old, new: its numbers from 1, None where it is not there. kind: "same" (the number of its run does not count), "outputs"
    (outputs or attachments differ, the source does not), "moved" (only its place differs), "changed", "added" or "removed".
    moved: whether its place among the others differs, for any kind. lines: of a changed source the unified difference as pairs
    of sign and line: "@" heads a part with its lines as `-first,count +first,count`, " " is equal, "-" old, "+" new.
    """

    kind: Kind
    old: int | None
    new: int | None
    lines: tuple[tuple[str, str], ...] = ()
    moved: bool = False


def diff(old: Notebook, new: Notebook) -> tuple[CellChange, ...]:
    """All cells in the order of the new version; a removed one stands behind the last cell before it that kept its place."""
    pairs = _matches(old.cells, new.cells)
    steady = _steady(pairs)
    stayed, matched = sorted(i for i, _ in steady), {i for i, _ in pairs}
    removed: dict[int, list[CellChange]] = defaultdict(list)
    for gone in sorted({*range(len(old.cells))} - matched):
        removed[bisect_left(stayed, gone)].append(CellChange("removed", gone + 1, None))
    changes, old_of, passed, work = removed[0], {j: i for i, j in pairs}, 0, MAX_WORK
    for j, cell in enumerate(new.cells):
        if (i := old_of.get(j)) is None:
            changes.append(CellChange("added", None, j + 1))
            continue
        changes.append(_change(old.cells[i], cell, (i, j), moved=(i, j) not in steady, quick=work <= 0))
        if changes[-1].kind == "changed":
            work -= old.cells[i].source.count("\n") * cell.source.count("\n")
        if (i, j) in steady:
            passed += 1
            changes += removed[passed]
    return tuple(changes)


def changed_cells(old: Notebook, new: Notebook) -> frozenset[int]:
    """Numbers from 1 of the new version's cells that a reader of the old one has not seen: added, changed, or other outputs."""
    seen = {"same", "moved", "removed"}
    return frozenset(change.new for change in diff(old, new) if change.new is not None and change.kind not in seen)


def _change(old: Cell, new: Cell, places: Pair, *, moved: bool, quick: bool) -> CellChange:
    numbers = places[0] + 1, places[1] + 1
    if old.source != new.source:
        return CellChange("changed", *numbers, line_diff(old.source, new.source, quick=quick), moved)
    if old.outputs != new.outputs or old.attachments != new.attachments:
        return CellChange("outputs", *numbers, (), moved)
    return CellChange("moved" if moved else "same", *numbers, (), moved)


# --- which cell is which ----------------------------------------------------------------------------------------


class _Matcher:
    """The pairs found so far, and what is still free on both sides."""

    def __init__(self, old: Sequence[Cell], new: Sequence[Cell]) -> None:
        self.old, self.new = old, new
        self.pairs: list[Pair] = []
        self.free_old, self.free_new = list(range(len(old))), list(range(len(new)))
        self.words = cache(_words)

    def take(self, pairs: Iterable[Pair]) -> None:
        self.pairs += pairs
        olds, news = {i for i, _ in self.pairs}, {j for _, j in self.pairs}
        self.free_old = [i for i in self.free_old if i not in olds]
        self.free_new = [j for j in self.free_new if j not in news]

    def likeness(self, i: int, j: int) -> float:
        """Share of the words that two cells have in common, in any order (Dice), 0 to 1; equal texts have 1."""
        one, other = self.old[i], self.new[j]
        if _key(one) == _key(other):
            return 1.0
        words, others = self.words(one.source), self.words(other.source)
        total = words.total() + others.total()
        return 2 * (words & others).total() / total if total and one.kind == other.kind else 0.0

    def equal_by_id(self) -> Iterator[Pair]:
        return (pair for pair in self.by_id() if _key(self.old[pair[0]]) == _key(self.new[pair[1]]))

    def by_id(self) -> Iterator[Pair]:
        place = {self.old[i].id: i for i in reversed(self.free_old) if self.old[i].id}
        for j in self.free_new:
            i = place.get(self.new[j].id)
            if i is not None and self.likeness(i, j) >= ALIKE_WITH_ID:
                del place[self.new[j].id]
                yield i, j

    def in_order(self) -> Iterator[Pair]:
        olds, news = self.free_old, self.free_new
        for i, j, size in _blocks([_key(self.old[i]) for i in olds], [_key(self.new[j]) for j in news]):
            yield from zip(olds[i : i + size], news[j : j + size], strict=True)

    def anywhere(self) -> Iterator[Pair]:
        """The first of equal cells with the first. Empty cells are alike by nature, and do not count as moved."""
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for i in self.free_old:
            if self.old[i].source.strip():
                waiting[_key(self.old[i])].append(i)
        for j in self.free_new:
            if waiting[_key(self.new[j])]:
                yield waiting[_key(self.new[j])].popleft(), j

    def between(self) -> Iterator[Pair]:
        """Like cells between the same two cells that kept their place."""
        steady = _steady(self.pairs)
        olds, news = sorted(i for i, _ in steady), sorted(j for _, j in steady)
        gaps: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for i in self.free_old:
            gaps[bisect_left(olds, i)][0].append(i)
        for j in self.free_new:
            gaps[bisect_left(news, j)][1].append(j)
        for gap in gaps.values():
            yield from self._best(*gap)

    def _best(self, olds: Sequence[int], news: Sequence[int]) -> Iterator[Pair]:
        """The most alike first, at equal likeness the first; only in order where there are very many."""
        few = len(olds) * len(news) <= MAX_GAP
        pairs = product(olds, news) if few else zip(olds, news, strict=False)
        rated = sorted((-likeness, i, j) for i, j in pairs if (likeness := self.likeness(i, j)) >= ALIKE)
        used_old, used_new = set[int](), set[int]()
        for _, i, j in rated:
            if i not in used_old and j not in used_new:
                used_old.add(i)
                used_new.add(j)
                yield i, j


def _matches(old: Sequence[Cell], new: Sequence[Cell]) -> list[Pair]:
    matcher = _Matcher(old, new)
    for step in (matcher.equal_by_id, matcher.in_order, matcher.by_id, matcher.anywhere, matcher.between):
        matcher.take(list(step()))
    return matcher.pairs


def _key(cell: Cell) -> tuple[str, str]:
    return cell.kind, cell.source


def _words(text: str) -> Counter[str]:
    return Counter(match[0] for match in islice(re.finditer(r"\w+", text), MAX_WORDS))


def _steady(pairs: Iterable[Pair]) -> set[Pair]:
    """The most pairs whose order is the same in both versions: a longest increasing subsequence, in n log n."""
    tails: list[int] = []
    ends: list[Pair] = []
    before: dict[Pair, Pair | None] = {}
    for pair in sorted(pairs, key=lambda pair: pair[1]):
        at = bisect_left(tails, pair[0])
        before[pair] = ends[at - 1] if at else None
        tails[at : at + 1], ends[at : at + 1] = [pair[0]], [pair]
    steady, last = set[Pair](), ends[-1] if ends else None
    while last is not None:
        steady.add(last)
        last = before[last]
    return steady


# --- lines ------------------------------------------------------------------------------------------------------


def line_diff(old: str, new: str, *, quick: bool = False) -> tuple[tuple[str, str], ...]:
    """The unified difference of two texts; quick: all between the equal beginning and end is told as replaced, as in long texts."""
    olds, news = old.split("\n"), new.split("\n")
    rows = list(_rows(olds, news, _blocks(olds, news, most=0 if quick else MAX_SQUARE)))
    changed = [place for place, row in enumerate(rows) if row[0] != " "]
    near = sorted({place + step for place in changed for step in range(-CONTEXT, CONTEXT + 1)} & set(range(len(rows))))
    parts: list[list[_Row]] = []
    for count, place in enumerate(near):
        if not count or near[count - 1] != place - 1:
            parts.append([])
        parts[-1].append(rows[place])
    return tuple(line for part in parts for line in [_head(part), *((row.sign, row.text) for row in part)])


class _Row(NamedTuple):
    """A line with its sign, and the numbers from 1 that the next line of the old and of the new text has here."""

    sign: str
    text: str
    old: int
    new: int


def _rows(olds: Sequence[str], news: Sequence[str], blocks: Iterable[tuple[int, int, int]]) -> Iterator[_Row]:
    i = j = 0
    for a, b, size in blocks:
        yield from (_Row("-", olds[n], n + 1, j + 1) for n in range(i, a))
        yield from (_Row("+", news[n], a + 1, n + 1) for n in range(j, b))
        yield from (_Row(" ", olds[a + n], a + n + 1, b + n + 1) for n in range(size))
        i, j = a + size, b + size


def _head(part: Sequence[_Row]) -> tuple[str, str]:
    signs = Counter(row.sign for row in part)
    return "@", f"-{part[0].old},{signs[' '] + signs['-']} +{part[0].new},{signs[' '] + signs['+']}"


def _blocks(a: Sequence[Hashable], b: Sequence[Hashable], *, most: int = MAX_SQUARE) -> Iterator[tuple[int, int, int]]:
    """Equal stretches in order: place in a, place in b, length; the last one reaches the ends, if with length 0.

    Between the equal ends difflib looks, unless the product of what is left exceeds `most`.
    """
    shorter = min(len(a), len(b))
    head = next((n for n in range(shorter) if a[n] != b[n]), shorter)
    tail = next((n for n in range(shorter - head) if a[-1 - n] != b[-1 - n]), shorter - head)
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    yield 0, 0, head
    if len(inner_a) * len(inner_b) <= most:
        for i, j, size in SequenceMatcher(None, inner_a, inner_b, autojunk=False).get_matching_blocks():
            yield head + i, head + j, size
    yield len(a) - tail, len(b) - tail, tail
