"""An uploaded spreadsheet: read by what it contains, refused in a sentence; nothing is written anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.domain.refusals import Refusal
from courses.domain import workbook
from courses.domain.sheets import Line, Problem, SheetError, clean, read_csv

MAX_BYTES = 10_000_000
CHILD_SECONDS = 20
CHILD_BYTES = 1024**3

ZIP = (b"PK\x03\x04", b"PK\x05\x06")

COLUMNS: Mapping[str, Promise] = {
    "email": _("e-mail address"),
    "given": _("given names"),
    "family": _("family name"),
    "matriculation": _("matriculation number"),
    "programme": _("study programme"),
    "degree": _("degree"),
    "state": _("state"),
    "number": _("number"),
    "title": _("title"),
    "authors": _("authors"),
    "url": _("paper"),
    "abstract": _("abstract"),
    "scope": _("scope"),
    "seats": _("seats"),
    "required": _("required"),
    "recommended": _("recommended"),
    "helpful": _("helpful"),
}

# What is wrong with one row; the page names the row itself.
PROBLEMS: Mapping[str, Promise] = {
    "empty": _("“%(column)s” is empty."),
    "not_an_email": _("“%(value)s” is not an e-mail address."),
    "duplicate": _("“%(column)s”: “%(value)s” stands in row %(line)s already."),
    "too_long": _("“%(column)s” is too long: at most %(value)s characters."),
    "formula": _("“%(column)s” looks like a formula: “%(value)s”. Please write plain text there."),
    "odd_characters": _("“%(column)s” has characters that do not show (%(value)s). Please type it anew."),
    "unknown_degree": _("“%(value)s” is no known degree. Please write Bachelor, Master, PhD or Other."),
    "unknown_state": _("“%(value)s” is no known state. Please write “admitted” or “waiting list”."),
    "extra_cell": _("“%(value)s” stands in a column without a name. Is a separator too many in this row?"),
    "not_a_number": _("“%(value)s” is no number from 1 to 999."),
    "bad_seats": _("“%(value)s” is no number of seats from 1 to 50."),
    "bad_url": _("“%(value)s” is no web address that begins with https:// or http://."),
}

# Why a file is not read at all.
REFUSALS: Mapping[str, Promise] = {
    "unreadable": _(
        "This file cannot be read as a table; nothing was imported. Please save it as .xlsx or CSV and try again."
    ),
    "not_a_workbook": _(
        "This is no Excel workbook, or a damaged one; nothing was imported. Please save it as .xlsx or CSV and try again."
    ),
    "old_workbook": _(
        "This is an old Excel file (.xls). Please open it and save it as .xlsx or CSV; nothing was imported."
    ),
    "locked_workbook": _(
        "This workbook is locked with a password. Please save it without one and try again; nothing was imported."
    ),
    "too_big": _("This file is too big for a list; nothing was imported. Please save only the table in a new file."),
    "too_many_rows": _(
        "This file has more than %(limit)s rows; nothing was imported. Please split it and import the parts."
    ),
    "too_many_columns": _(
        "This file has more than %(limit)s columns; nothing was imported. Please delete those that are not needed."
    ),
    "broken_quotes": _(
        "A quotation mark in row %(line)s is not closed, or one stands in the wrong place; nothing was imported. "
        "Please correct the row and try again."
    ),
    "no_rows": _(
        "This file has no rows below its header; nothing was imported. Please look whether it is the right one."
    ),
    "missing_column": _(
        "There is no column “%(column)s” in the first row; nothing was imported. Please name it there and try again."
    ),
    "column_twice": _(
        "“%(first)s” and “%(second)s” both mean “%(column)s”; nothing was imported. Please rename or delete one of them."
    ),
}


def read_sheet(name: str, data: bytes) -> list[Line]:
    """The filled lines of an uploaded CSV file or workbook, told apart by content; a refusal says what to do.

    name: as the browser sent it; it only tells a locked .xlsx from an old .xls, which begin alike.
    """
    try:
        return _lines(name, data)
    except SheetError as error:
        status = 413 if error.code == "too_big" else 400
        raise Refusal(error.code, sheet_sentence(error), status=status) from error


def sheet_sentence(error: SheetError) -> str:
    """Why a sheet is refused as a whole, in the reader's language."""
    values = error.values | ({"column": _label(str(error.values["column"]))} if "column" in error.values else {})
    return str(REFUSALS[error.code]) % values


def sentence(problem: Problem) -> str:
    """What is wrong with a row, in the reader's language."""
    values = {"column": _label(problem.column), "value": problem.value, "line": problem.line}
    return str(PROBLEMS[problem.code]) % values


def _label(column: str) -> str:
    return str(COLUMNS[column]) if column else ""


def _lines(name: str, data: bytes) -> list[Line]:
    if len(data) > MAX_BYTES:
        raise SheetError("too_big")
    if data.startswith(workbook.OLD_EXCEL):
        raise SheetError("locked_workbook" if name.lower().endswith((".xlsx", ".xlsm")) else "old_workbook")
    return _workbook_lines(data) if data.startswith(ZIP) else read_csv(data)


def _workbook_lines(data: bytes) -> list[Line]:
    """Ask a child process with limits on time and memory, which may write nothing and sees no environment."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        command = [sys.executable, "-I", "-B", workbook.__file__, file.name]
        try:
            done = subprocess.run(  # noqa: S603  (no shell; the path is our own)
                command, capture_output=True, timeout=CHILD_SECONDS, preexec_fn=_limit, check=False, text=True, env={}
            )
        except subprocess.TimeoutExpired as error:
            raise SheetError("unreadable") from error
    if done.returncode:
        raise SheetError("unreadable")
    answer = json.loads(done.stdout)
    if isinstance(answer, dict):
        limits = {"too_many_rows": workbook.MAX_ROWS, "too_many_columns": workbook.MAX_COLUMNS}
        raise SheetError(answer["error"], limit=limits.get(answer["error"], 0))
    lines = [Line(number, tuple(map(clean, cells))) for number, cells in answer]
    return [line for line in lines if any(line.cells)]


def _limit() -> None:
    import resource  # noqa: PLC0415  (POSIX only)

    resource.setrlimit(resource.RLIMIT_AS, (CHILD_BYTES, CHILD_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
