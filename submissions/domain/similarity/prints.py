"""Winnowing: the fingerprint of a row of tokens.

Schleimer, Wilkerson, Aiken: *Winnowing: Local Algorithms for Document Fingerprinting*, SIGMOD 2003. Every run of k tokens is hashed;
of every w neighbouring hashes the smallest is kept. Two rows that share k + w - 1 tokens in a row share a kept hash; what is
shorter than k is never seen.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from submissions.domain.notebook import Cell, Notebook
from submissions.domain.similarity.tokens import Token, code_tokens, text_tokens

# Code: a line has about 8 tokens. 20 are more than the idioms everybody writes (zero_grad, backward, step: 13), and 30, four
# lines, are always found. Text: five words in a row are seldom chance, eight are always found.
CODE_RUN, CODE_WINDOW = 20, 11
TEXT_RUN, TEXT_WINDOW = 5, 4

MAX_TOKENS = 100_000  # of all code, and of all text, of one notebook
_PRIME, _BASE = 2**61 - 1, 1_315_423_911_187_331  # a rolling polynomial hash, the same on every machine and for ever


class Mark(NamedTuple):
    """A kept hash: the place of its first token, that token's cell, and the lines that the run takes of that cell."""

    hash: int
    start: int
    cell: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Trace:
    """A notebook's code or text: for each token its checksum, its cell (from 1) and its line (from 1), and the marks.

    run: k of the method, in tokens.
    """

    tokens: tuple[int, ...]
    cells: tuple[int, ...]
    lines: tuple[int, ...]
    marks: tuple[Mark, ...]
    run: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What of a notebook can be compared; it holds no source, only checksums."""

    code: Trace
    text: Trace


def fingerprint(notebook: Notebook) -> Fingerprint:
    """The fingerprint of a notebook's code cells and of its text cells, each taken as one row, so that splitting cells hides nothing."""
    return Fingerprint(
        _trace(notebook.cells, "code", code_tokens, CODE_RUN, CODE_WINDOW),
        _trace(notebook.cells, "markdown", text_tokens, TEXT_RUN, TEXT_WINDOW),
    )


def _trace(cells: Iterable[Cell], kind: str, read: Callable[[str], list[Token]], run: int, window: int) -> Trace:
    rows = [
        (zlib.crc32(token.text.encode("utf-8", "surrogatepass")), number, token.line)
        for number, cell in enumerate(cells, start=1)
        if cell.kind == kind
        for token in read(cell.source)
    ][:MAX_TOKENS]
    tokens, numbers, lines = (tuple(column) for column in zip(*rows, strict=True)) if rows else ((), (), ())
    marks = tuple(_mark(value, start, run, numbers, lines) for value, start in winnow(run_hashes(tokens, run), window))
    return Trace(tokens, numbers, lines, marks, run)


def _mark(value: int, start: int, run: int, cells: Sequence[int], lines: Sequence[int]) -> Mark:
    last = next(place for place in range(start + run - 1, start - 1, -1) if cells[place] == cells[start])
    return Mark(value, start, cells[start], lines[start], lines[last])


def run_hashes(tokens: Sequence[int], run: int) -> list[int]:
    """The hash of every run of tokens, by its start; empty where there are too few tokens."""
    hashes: list[int] = []
    leaving, value = pow(_BASE, run, _PRIME), 0
    for place, token in enumerate(tokens):
        value = (value * _BASE + token) % _PRIME
        if place >= run:
            value = (value - tokens[place - run] * leaving) % _PRIME
        if place >= run - 1:
            hashes.append(value)
    return hashes


def winnow(hashes: Sequence[int], window: int) -> list[tuple[int, int]]:
    """The kept hashes and their places: of every window the smallest, of equal ones that which is kept already, else the last.

    Fewer hashes than a window count as one window. (The paper calls this way with equal hashes robust winnowing.)
    """
    kept: list[tuple[int, int]] = []
    window = min(window, len(hashes))
    for start in range(len(hashes) - window + 1 if hashes else 0):
        end = start + window
        if not kept or kept[-1][1] < start:
            kept.append(min((hashes[place], -place) for place in range(start, end)))
            kept[-1] = (kept[-1][0], -kept[-1][1])
        elif hashes[end - 1] < kept[-1][0]:
            kept.append((hashes[end - 1], end - 1))
    return kept
