"""The examination office's sheet (HISPOS/QIS and HISinOne): found, read, and its grade cells filled in, all else kept byte by byte.

Runs as a script in a child process with limits; imports nothing of ours. Usage: `python -I office_sheet.py FILE` prints JSON, either
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
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any
from xml.parsers import expat

MAX_ENTRIES = 500
MAX_UNPACKED = 50_000_000
MAX_ROWS = 5000
OLD_EXCEL = bytes.fromhex("D0CF11E0")
START, END = "starthissheet", "endhissheet"
# dialect → the headers of the matriculation number and the grade, and of the names where there are any
DIALECTS = {
    "legacy": {"matriculation": "mtknr", "value": "bewertung", "family": "nachname", "given": "vorname"},
    "hisinone": {"matriculation": "matrikelnummer", "value": "leistung", "family": "nachname", "given": "vorname"},
}
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Of an element without content, the parser says where it ends; of any other, where its closing tag begins.
CLOSING = re.compile(rb"</(?:\w+:)?(c|row)\s*>")
WRITTEN = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")


class Unusable(Exception):
    """The code of why a file is not taken, and what its sentence names."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.said = {"error": code, **values}


@dataclass
class Cell:
    """A cell and the bytes of the sheet's XML that it takes up."""

    row: int
    column: int
    attributes: dict[str, str]
    begin: int
    end: int = 0
    text: str = ""
    has_formula: bool = False


@dataclass
class Sheet:
    """The XML of a sheet, its cells by (row, column), and where the tag that ends each row begins."""

    path: str
    xml: bytes
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    def text(self, row: int, column: int) -> str:
        cell = self.cells.get((row, column))
        return cell.text.strip() if cell else ""


@dataclass(frozen=True)
class Table:
    """Where a sheet's table is: its header's row, the row that closes it, and the column of each field, from 1."""

    dialect: str
    header: int
    end: int
    columns: dict[str, int]


def package_of(content: bytes) -> zipfile.ZipFile:
    if content.startswith(OLD_EXCEL):
        raise Unusable("old_workbook")
    try:
        package = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise Unusable("not_a_workbook") from None
    entries = package.infolist()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Unusable("too_big")
    return package


def part(package: zipfile.ZipFile, path: str) -> bytes:
    try:
        return package.read(path)
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise Unusable("not_a_workbook") from None


def bare(name: str) -> str:
    """An element's name without its prefix."""
    return name.rpartition(":")[2]


def parsed(xml: bytes, **handlers: Any) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    for name, handler in handlers.items():
        setattr(parser, name, handler(parser) if name != "CharacterDataHandler" else handler)
    try:
        parser.Parse(xml, True)
    except expat.ExpatError:
        raise Unusable("not_a_workbook") from None


def sheet_paths(package: zipfile.ZipFile) -> list[str]:
    """The sheets of a workbook, in their order."""
    targets: dict[str, str] = {}
    ids: list[str] = []

    def relation(name: str, attributes: dict[str, str]) -> None:
        if bare(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if bare(name) == "sheet":
            ids.extend(value for key, value in attributes.items() if bare(key) == "id")

    parsed(part(package, "xl/_rels/workbook.xml.rels"), StartElementHandler=lambda _parser: relation)
    parsed(part(package, "xl/workbook.xml"), StartElementHandler=lambda _parser: sheet)
    found = [targets[key] for key in ids if key in targets]
    return [path.lstrip("/") if path.startswith("/") else str(PurePosixPath("xl") / path) for path in found]


def shared_strings(package: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in package.namelist():
        return []
    strings: list[str] = []
    stack: list[str] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        stack.append(bare(name))
        if stack[-1] == "si":
            strings.append("")

    def text(words: str) -> None:
        if stack and stack[-1] == "t" and "rPh" not in stack and strings:  # not how the words are pronounced
            strings[-1] += words

    parsed(
        part(package, "xl/sharedStrings.xml"),
        StartElementHandler=lambda _parser: start,
        EndElementHandler=lambda _parser: lambda _name: stack.pop(),
        CharacterDataHandler=text,
    )
    return strings


def column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def read_sheet(package: zipfile.ZipFile, path: str, strings: list[str]) -> Sheet:
    sheet = Sheet(path, part(package, path))
    stack: list[str] = []
    state: dict[str, Any] = {"row": 0, "column": 0, "cell": None}

    def start(parser: Any) -> Any:
        def handle(name: str, attributes: dict[str, str]) -> None:
            stack.append(bare(name))
            if stack[-1] == "row":
                state["row"] = int(attributes.get("r") or state["row"] + 1)
                state["column"] = 0
            elif stack[-1] == "c":
                place = REFERENCE.fullmatch(attributes.get("r", ""))
                state["column"] = column_number(place[1]) if place else state["column"] + 1
                row = int(place[2]) if place else state["row"]
                state["cell"] = Cell(row, state["column"], attributes, parser.CurrentByteIndex)
            elif stack[-1] == "f" and state["cell"]:
                state["cell"].has_formula = True

        return handle

    def text(words: str) -> None:
        if state["cell"] and stack and stack[-1] in {"v", "t"} and "rPh" not in stack:
            state["cell"].text += words

    def end(parser: Any) -> Any:
        def handle(name: str) -> None:
            stack.pop()
            if bare(name) == "c" and state["cell"]:
                tag = CLOSING.match(sheet.xml, parser.CurrentByteIndex)
                close(state["cell"], tag.end() if tag and tag[1] == b"c" else parser.CurrentByteIndex)
            elif bare(name) == "row" and CLOSING.match(sheet.xml, parser.CurrentByteIndex):
                sheet.ends[state["row"]] = parser.CurrentByteIndex

        return handle

    def close(cell: Cell, at: int) -> None:
        cell.end = at
        kind = cell.attributes.get("t", "")
        if kind == "s" and cell.text.strip().isdigit():
            number = int(cell.text)
            cell.text = strings[number] if number < len(strings) else ""
        sheet.cells[cell.row, cell.column] = cell
        state["cell"] = None
        if len(sheet.ends) > MAX_ROWS:
            raise Unusable("too_big")

    parsed(sheet.xml, StartElementHandler=start, EndElementHandler=end, CharacterDataHandler=text)
    return sheet


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
