"""A list of people as universities export it, read into checked entries; nothing is guessed, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from courses.domain.sheets import Line, Problem, Row, bare, read_rows, shown, text_problems, visible

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("email address", "mail", "mail address", "e-mail-adresse", "mailadresse", "uni-mail"),
    "given": ("given name", "given names", "given name(s)", "first name", "first names", "vorname", "vornamen"),
    "family": ("family name", "last name", "surname", "name", "nachname", "familienname"),
    "matriculation": ("matriculation number", "matriculation no", "matrikelnummer", "matrikelnr", "mtknr", "matr.-nr."),
    "programme": ("study programme", "study program", "program", "studiengang", "fach", "studienfach"),
    "degree": ("abschluss", "angestrebter abschluss"),
    "state": ("status", "stand"),
}
REQUIRED = ("email", "family")
LIMITS: Mapping[str, int] = {
    "email": 254,
    "given": 100,
    "family": 100,
    "matriculation": 20,
    "programme": 120,
    "degree": 120,
    "state": 120,
}

# A word, bare of all but letters and digits → degree; what holds a stem below need not be listed.
DEGREES: Mapping[str, str] = {
    **dict.fromkeys(("ba", "bsc", "beng", "bed", "llb"), "bachelor"),
    **dict.fromkeys(("ma", "msc", "meng", "med", "llm"), "master"),
    **dict.fromkeys(("graduate", "graduateschool", "dr", "drrernat", "dring", "drphil"), "graduate"),
    **dict.fromkeys(("other", "sonstige", "sonstiges", "sonstiger", "andere", "anderer"), "other"),
    # Degrees that everybody knows and that are none of the three above.
    **dict.fromkeys(("diplom", "magister", "staatsexamen"), "other"),
}
DEGREE_STEMS: Mapping[str, str] = {
    "bachelor": "bachelor",
    "master": "master",
    "promotion": "graduate",
    "phd": "graduate",
    "doktor": "graduate",
    "doctor": "graduate",
}
STATES: Mapping[str, str] = {
    **dict.fromkeys(
        ("admitted", "participant", "zugelassen", "teilnehmer", "teilnehmerin", "teilnehmende"), "admitted"
    ),
    **dict.fromkeys(("waiting", "waitinglist", "waitlist", "onthewaitinglist"), "waiting"),
    **dict.fromkeys(("warteliste", "aufderwarteliste", "aufwarteliste", "wartend"), "waiting"),
}

# An address that every mail server takes: unquoted, ASCII, with a dot in its domain. Django accepts all of these.
ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9]{1,59})"
ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){ATOM}(?:\.{ATOM})*@(?:{LABEL}\.)+{TOP}")


@dataclass(frozen=True)
class Entry:
    """One person; an entry with problems is to be shown, not imported.

    email: lower case; degree: bachelor, master, graduate, other or empty; state: admitted or waiting;
    both are empty where the word means nothing here.
    """

    line: int
    email: str
    given: str
    family: str
    matriculation: str
    programme: str
    degree: str
    state: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Roster:
    """Every row of the file in its order, and the headers that were ignored."""

    entries: tuple[Entry, ...]
    ignored_columns: tuple[str, ...]


def read_roster(lines: Sequence[Line]) -> Roster:
    """Check each row below the header, which is the first line.

    Problems of a row: empty, not_an_email, duplicate (line), too_long (value: the limit), formula, odd_characters
    (value: code points), unknown_degree, unknown_state, extra_cell. Of two equal rows the later one has the problem.
    Raises SheetError: no_rows, missing_column, column_twice.
    """
    rows, ignored = read_rows(lines, COLUMNS, required=REQUIRED)
    seen: dict[tuple[str, str], int] = {}
    return Roster(tuple(_entry(row, seen) for row in rows), ignored)


def _entry(row: Row, seen: dict[tuple[str, str], int]) -> Entry:
    cells = dict(row.cells) | {"email": row.cells["email"].lower()}
    problems = list(row.problems)
    for column, text in cells.items():
        if column in REQUIRED and not text:
            problems.append(Problem("empty", column))
        problems += text_problems(column, text, LIMITS[column])
    if cells["email"] and not is_address(cells["email"]):
        problems.append(Problem("not_an_email", "email", shown(cells["email"])))
    for column in ("email", "matriculation"):
        key = (column, cells[column].casefold())
        if key[1] and seen.setdefault(key, row.number) != row.number:
            problems.append(Problem("duplicate", column, shown(cells[column]), seen[key]))
    degree, state = degree_of(cells["degree"]), state_of(cells["state"])
    problems += [
        Problem(f"unknown_{column}", column, shown(cells[column]))
        for column, value in (("degree", degree), ("state", state))
        if value is None
    ]
    texts = {column: visible(text) for column, text in cells.items()}
    return Entry(row.number, **texts | {"degree": degree or "", "state": state or ""}, problems=tuple(problems))


def is_address(text: str) -> bool:
    """Whether a text in lower case is an e-mail address, checked strictly: ASCII, no quotes, no comment, no name."""
    return len(text) <= LIMITS["email"] and bool(ADDRESS.fullmatch(text))


def degree_of(text: str) -> str | None:
    """The degree that a word names (“M.Sc.”, “Bachelor of Science”, “Promotion”); None where it names none or several."""
    word = bare(text)
    if not word:
        return None if text else ""
    named = {degree for stem, degree in DEGREE_STEMS.items() if stem in word}
    return named.pop() if len(named) == 1 else DEGREES.get(word)


def state_of(text: str) -> str | None:
    """The state that a word names, with or without a place on the list (“Warteliste 3”); empty means admitted, None no known state."""
    return STATES.get(bare(text).rstrip("0123456789")) if text else "admitted"
