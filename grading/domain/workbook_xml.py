"""An Excel workbook's own XML: its sheets, its texts, and at which bytes each cell stands.

Runs in a child process with limits. Source: ECMA-376, part 1, section 18 (SpreadsheetML).
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

MAX_ENTRIES = 500
MAX_UNPACKED = 50_000_000
MAX_ROWS = 5000
OLD_EXCEL = bytes.fromhex("D0CF11E0")
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
# Of an element without content, the parser says where it ends; of any other, where its closing tag begins.
CLOSING = re.compile(rb"</(?:\w+:)?(c|row)\s*>")


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
