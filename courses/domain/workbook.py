"""The first sheet of a workbook as text. Runs as a script in a child process with limits; imports nothing of ours.

Usage: `python -I workbook.py FILE`; prints JSON in ASCII: `[[row number, [cell, …]], …]` or `{"error": code}`.
"""

from __future__ import annotations

import datetime
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_ROWS = 2000
MAX_COLUMNS = 60
MAX_ENTRIES = 500
MAX_UNPACKED = 50_000_000
# One long text that every cell refers to unpacks to far more than the file: the answer has a limit of its own.
MAX_CHARACTERS = 5_000_000
LAST_ROW = 1_048_576  # of any sheet; a forged row number would let the reader count for ever
OLD_EXCEL = bytes.fromhex("D0CF11E0")

Rows = list[tuple[int, list[str]]]


class Unusable(Exception):
    """The code of why the workbook is not read."""


def read_workbook(path: Path) -> Rows:
    """The filled rows of the first visible sheet, each with its number and as long as its last filled cell.

    Formulas stand as written (“=A1”), whole numbers without decimals, dates as 2026-10-15, truth as TRUE or FALSE.
    Raises Unusable: old_workbook (also one with a password), not_a_workbook, too_big, too_many_rows, too_many_columns.
    """
    _check_package(path)
    try:
        return _filled(_rows(path))
    except Unusable:
        raise
    except MemoryError as error:
        raise Unusable("too_big") from error
    except Exception as error:  # the library has no error of its own for damaged or foreign packages
        raise Unusable("not_a_workbook") from error


def _check_package(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(OLD_EXCEL)) == OLD_EXCEL:
            raise Unusable("old_workbook")
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unusable("not_a_workbook") from error
    # The sizes may lie, but no more than what is declared here is ever unpacked.
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Unusable("too_big")


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    from openpyxl import load_workbook  # type: ignore[import-untyped]  # noqa: PLC0415  (no types; only the child loads it)

    with path.open("rb") as file:  # a file, not its name: the library judges names by their ending
        workbook = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        visible = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
        sheet = visible[0]
        sheet.reset_dimensions()  # what the sheet says of its size is often wrong, and would cut it off
        yield from sheet.iter_rows(max_row=LAST_ROW)


def _filled(rows: Iterator[tuple[Any, ...]]) -> Rows:
    filled: Rows = []
    characters = 0
    for number, row in enumerate(rows, 1):
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        filled.append((number, cells))
        characters += sum(map(len, cells))
        if len(filled) > MAX_ROWS:
            raise Unusable("too_many_rows")
        if len(cells) > MAX_COLUMNS:
            raise Unusable("too_many_columns")
        if characters > MAX_CHARACTERS:
            raise Unusable("too_big")
    return filled


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":  # array formulas come as objects, what-if tables without any text
        return str(value if isinstance(value, str) else getattr(value, "text", None) or "=")
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, cell.number_format)
    return str(value).replace("_x000D_", "")  # how workbooks write the CR of a line break


def _number(value: float, number_format: str) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.15g}"  # the digits that Excel shows at most
    whole = str(int(value))
    # Matriculation numbers with leading zeros are often numbers in a format such as 00000000.
    return whole.zfill(len(number_format)) if number_format and not number_format.strip("0") else whole


if __name__ == "__main__":
    try:
        answer: Any = read_workbook(Path(sys.argv[1]))
    except Unusable as unusable:
        answer = {"error": str(unusable)}
    sys.stdout.write(json.dumps(answer))
