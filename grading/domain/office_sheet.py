"""The examination office's sheet (HISPOS/QIS and HISinOne): found, read, and its grade cells filled in, all else kept byte by byte.

Runs as a script in a child process with limits. Usage: `python -I office_sheet.py FILE` prints JSON, either
`{"dialect", "column", "rows": [{"row", "matriculation", "family", "given", "value"}]}` or `{"error": code, …}`;
`python -I office_sheet.py FILE CELLS`, with a JSON object of row number → number to write, prints the new file in base64.

Source: both dialects as in `docs/examination-office.md`. A cell is changed in the sheet's own XML, found by an XML parser that knows at
which byte each element begins; no library writes the file anew, so formats, formulas, other sheets and macros stay as they are.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    # An isolated interpreter does not look beside the script; the project stands two folders above it.
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from grading.domain.workbook_xml import (
    Sheet,
    Unusable,
    column_letters,
    package_of,
    part,
    read_sheet,
    shared_strings,
    sheet_paths,
)

START, END = "starthissheet", "endhissheet"
# dialect → the headers of the matriculation number and the grade, and of the names where there are any
DIALECTS = {
    "legacy": {"matriculation": "mtknr", "value": "bewertung", "family": "nachname", "given": "vorname"},
    "hisinone": {"matriculation": "matrikelnummer", "value": "leistung", "family": "nachname", "given": "vorname"},
}
WRITTEN = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")


@dataclass(frozen=True)
class Table:
    """Where a sheet's table is: its header's row, the row that closes it, and the column of each field, from 1."""

    dialect: str
    header: int
    end: int
    columns: dict[str, int]


def find_table(sheets: list[Sheet]) -> tuple[Sheet, Table]:
    """The one sheet that carries the office's mark, and its table."""
    marks = [
        (sheet, row)
        for sheet in sheets
        for (row, column), cell in sorted(sheet.cells.items())
        if column == 1 and cell.text.strip().lower() == START
    ]
    if not marks:
        raise Unusable("no_mark")
    if len(marks) > 1:
        raise Unusable("two_marks")
    sheet, mark = marks[0]
    rows = sorted({row for row, _column in sheet.cells if row > mark})
    if not rows:
        raise Unusable("no_header")
    header, closing = rows[0], [row for row in rows if sheet.text(row, 1).lower() == END]
    if not closing:
        raise Unusable("no_end")
    named = [(sheet.text(row, column).lower(), column) for row, column in sorted(sheet.cells) if row == header]
    for dialect, fields in DIALECTS.items():
        columns = {key: [column for name, column in named if name == word] for key, word in fields.items()}
        if columns["matriculation"] and columns["value"]:
            if max(len(found) for found in columns.values()) > 1:
                raise Unusable("two_columns")
            return sheet, Table(dialect, header, closing[0], {key: found[0] for key, found in columns.items() if found})
    raise Unusable("no_columns")


def rows_of(sheet: Sheet, table: Table) -> list[dict[str, Any]]:
    rows = []
    for row in sorted({row for row, _column in sheet.cells if table.header < row < table.end}):
        fields = {key: sheet.text(row, column) for key, column in table.columns.items()}
        if any(fields.values()):
            cell = sheet.cells.get((row, table.columns["value"]))
            rows.append({"family": "", "given": "", **fields, "row": row, "formula": bool(cell and cell.has_formula)})
    if not rows:
        raise Unusable("no_rows")
    return rows


def filled(sheet: Sheet, table: Table, values: dict[int, str]) -> bytes:
    """The sheet's XML with these numbers in the column of grades; every other byte is as it was."""
    changes: list[tuple[int, int, bytes]] = []
    for row, value in values.items():
        column = table.columns["value"]
        if not WRITTEN.fullmatch(value) or not table.header < row < table.end or row not in sheet.ends:
            raise Unusable("no_such_row", row=row)
        cell = sheet.cells.get((row, column))
        if cell is None:
            place = new_place(sheet, row, column)
            changes.append((place, place, written(sheet, row, column, "", value)))
        elif not cell.has_formula:
            changes.append((cell.begin, cell.end, written(sheet, row, column, cell.attributes.get("s", ""), value)))
    xml = sheet.xml
    for begin, end, cell_xml in sorted(changes, reverse=True):
        xml = xml[:begin] + cell_xml + xml[end:]
    return xml


def new_place(sheet: Sheet, row: int, column: int) -> int:
    """Where in the XML a cell belongs that the row does not have yet: cells stand in the order of their columns."""
    after = [cell.begin for (number, place), cell in sheet.cells.items() if number == row and place > column]
    return min(after, default=sheet.ends[row])


def written(sheet: Sheet, row: int, column: int, style: str, value: str) -> bytes:
    prefix = re.search(rb"<(\w+:)?worksheet\b", sheet.xml)
    p = (prefix[1] or b"").decode() if prefix else ""
    shape = f' s="{style}"' if style.isdigit() else ""
    return f'<{p}c r="{column_letters(column)}{row}"{shape}><{p}v>{value}</{p}v></{p}c>'.encode()


def opened(content: bytes) -> tuple[zipfile.ZipFile, Sheet, Table]:
    package = package_of(content)
    strings = shared_strings(package)
    sheet, table = find_table([read_sheet(package, path, strings) for path in sheet_paths(package)])
    if sheet.xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unusable("not_a_workbook")  # UTF-16, which no spreadsheet program writes here
    return package, sheet, table


def read_office_sheet(content: bytes) -> dict[str, Any]:
    """What the office asks for. Raises Unusable."""
    _package, sheet, table = opened(content)
    return {"dialect": table.dialect, "rows": rows_of(sheet, table)}


def fill_office_sheet(content: bytes, values: dict[int, str]) -> bytes:
    """The office's file with these numbers in their rows: every other part of the package holds the bytes it held. Raises Unusable."""
    package, sheet, table = opened(content)
    xml = filled(sheet, table, values)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in package.infolist():
            copy.writestr(entry, xml if entry.filename == sheet.path else part(package, entry.filename))
    return out.getvalue()


def main(path: str, cells: str = "") -> dict[str, Any]:
    content = Path(path).read_bytes()
    try:
        if not cells:
            return read_office_sheet(content)
        values = {int(row): value for row, value in json.loads(cells).items()}
        return {"file": base64.b64encode(fill_office_sheet(content, values)).decode()}
    except Unusable as unusable:
        return unusable.said


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
