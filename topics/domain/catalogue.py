"""A catalogue of topics from a spreadsheet, read into checked entries; nothing is guessed, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courses.domain.sheets import Line, Problem, Row, bare, columns, read_rows, shown, text_problems, visible

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "number": ("nr", "no", "nummer", "topic number", "themennummer"),
    "title": ("titel", "thema", "topic"),
    "authors": ("author", "autor", "autoren", "autorinnen", "autorinnen und autoren"),
    "url": ("paper", "link"),
    "abstract": ("kurzfassung", "zusammenfassung", "beschreibung", "description"),
    "scope": ("umfang",),
    "seats": ("places", "plätze", "plaetze"),
    "required": ("prerequisites", "required prerequisites", "voraussetzungen", "erforderlich"),
    "recommended": ("strongly recommended", "empfohlen"),
    "helpful": ("hilfreich",),
}
REQUIRED = ("title",)
LISTS = ("required", "recommended", "helpful")
LIMITS: Mapping[str, int] = {
    "number": 20,
    "title": 250,
    "authors": 250,
    "url": 300,
    "abstract": 10_000,
    "scope": 250,
    "seats": 20,
    **dict.fromkeys(LISTS, 250),  # each item
}
MAX_NUMBER = 999
MAX_SEATS = 50

# A host with a dot, no user name or password in front of it, ASCII as a browser copies it. Django accepts all of these.
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9]{1,59})"
ADDRESS = re.compile(rf"https?://(?:{LABEL}\.)+{TOP}(?::[0-9]{{2,5}})?(?:[/?#][^\s<>\"\\]*)?", re.I | re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One topic; an entry with problems is to be shown, not imported. number: None where the caller is to number it."""

    line: int
    number: int | None
    title: str
    authors: str
    url: str
    abstract: str
    scope: str
    seats: int
    required: tuple[str, ...]
    recommended: tuple[str, ...]
    helpful: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Catalogue:
    """Every row of the file in its order, the fields that the file has, and the headers that were ignored."""

    entries: tuple[Entry, ...]
    fields: tuple[str, ...]
    ignored_columns: tuple[str, ...]


def read_catalogue(lines: Sequence[Line]) -> Catalogue:
    """Check each row below the header, which is the first line.

    Problems of a row: empty, duplicate (line), not_a_number (1–999), bad_seats (1–50), too_long (value: the limit),
    bad_url, formula, odd_characters (value: code points), extra_cell. Of two equal rows the later one has the problem.
    Raises SheetError: no_rows, missing_column, column_twice.
    """
    rows, ignored = read_rows(lines, COLUMNS, required=REQUIRED)
    seen: dict[tuple[str, str], int] = {}
    fields, _ignored = columns(lines[0], COLUMNS, required=REQUIRED)
    return Catalogue(tuple(_entry(row, seen) for row in rows), tuple(fields), ignored)


def _entry(row: Row, seen: dict[tuple[str, str], int]) -> Entry:
    cells = row.cells
    lists = {column: _items(cells[column]) for column in LISTS}
    number, seats = _whole(cells["number"], MAX_NUMBER), _whole(cells["seats"], MAX_SEATS)
    problems = [*row.problems, *_text_problems(cells, lists)]
    if not cells["title"]:
        problems.append(Problem("empty", "title"))
    if cells["number"] and number is None:
        problems.append(Problem("not_a_number", "number", shown(cells["number"])))
    if cells["seats"] and seats is None:
        problems.append(Problem("bad_seats", "seats", shown(cells["seats"])))
    if cells["url"] and not ADDRESS.fullmatch(cells["url"]):
        problems.append(Problem("bad_url", "url", shown(cells["url"])))
    for column, key in (("number", str(number or "")), ("title", bare(cells["title"]))):
        if key and seen.setdefault((column, key), row.number) != row.number:
            problems.append(Problem("duplicate", column, shown(cells[column]), seen[column, key]))
    required, recommended, helpful = (tuple(map(visible, lists[column])) for column in LISTS)
    return Entry(
        line=row.number,
        number=number,
        title=visible(cells["title"]),
        authors=visible(cells["authors"]),
        url=visible(cells["url"]),
        abstract=visible(cells["abstract"], long_text=True),
        scope=visible(cells["scope"]),
        seats=seats or 1,
        required=required,
        recommended=recommended,
        helpful=helpful,
        problems=tuple(problems),
    )


def _text_problems(cells: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> list[Problem]:
    problems = []
    for column, text in cells.items():
        for item in lists.get(column, (text,)):
            problems += text_problems(column, item, LIMITS[column], long_text=column == "abstract")
    return problems


def _items(cell: str) -> tuple[str, ...]:
    """The parts of a list; people separate them with semicolons, or with line breaks inside the cell."""
    return tuple(item for part in re.split(r"[;\r\n]", cell) if (item := part.strip()))


def _whole(text: str, most: int) -> int | None:
    """The whole number from 1 to `most` that a cell holds in ASCII digits, or None."""
    fits = text.isascii() and text.isdigit() and len(text) <= LIMITS["number"] and 1 <= int(text) <= most
    return int(text) if fits else None
