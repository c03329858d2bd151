"""Jupyter notebooks as plain values: any bytes in, a `Notebook` or a `NotebookError` out; nothing is ever executed.

Caps on bytes, nesting and number of values come before parsing; see `notebook_json`. What is read are versions 3 and 4 of
https://nbformat.readthedocs.io.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from submissions.domain.notebook_json import MAX_BYTES, NotebookError, parsed, repaired

__all__ = ["MAX_BYTES", "Cell", "Notebook", "NotebookError", "Output", "read_notebook", "repaired"]

MAX_CELLS = 2_000
MAX_WORKSHEETS = 100
MAX_MIME_TYPES = 40  # of one output
MAX_NAME = 200  # characters of a name: language, title, error, stream, attachment

CellKind = Literal["markdown", "code", "raw"]
OutputKind = Literal["stream", "result", "display", "error"]


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a code cell; fields that its kind does not use are empty.

    kind: "stream" (name is stdout or stderr, text), "result" and "display" (data), "error" (ename, evalue, traceback).
    data: MIME type, lower case → text; images are base64 as they stand in the file, JSON is JSON text.
    """

    kind: OutputKind
    name: str = ""
    text: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    ename: str = ""
    evalue: str = ""
    traceback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; `id` is unique in its notebook, and made from position and source where the file has none.

    attachments: file name → MIME type → base64. A value that is no cell at all is kept as a raw cell with its JSON.
    """

    kind: CellKind
    source: str
    id: str
    execution_count: int | None = None
    outputs: tuple[Output, ...] = ()
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notebook:
    """A whole notebook. language: as the kernel names it, lower case; title: its metadata's, or its first heading's text."""

    cells: tuple[Cell, ...]
    language: str
    nbformat: int
    title: str


def read_notebook(data: bytes) -> Notebook:
    """Read a notebook of format 3 or 4 from the bytes of its file, in UTF-8, UTF-16 or UTF-32, with or without a BOM.

    Lone surrogates and NUL become U+FFFD; of a key given twice the last counts; what has a wrong type inside a cell reads as
    empty. Raises NotebookError, and nothing else, for everything that cannot be read.
    """
    try:
        return _notebook(parsed(data))
    except (MemoryError, RecursionError):
        raise NotebookError("too_complex") from None


def _notebook(content: Any) -> Notebook:
    if not isinstance(content, dict):
        raise NotebookError("not_a_notebook")
    nbformat = content.get("nbformat")
    if not isinstance(nbformat, int) or isinstance(nbformat, bool):
        raise NotebookError("not_a_notebook")
    if nbformat not in {3, 4}:
        raise NotebookError("unknown_version")
    raw_cells = _worksheet_cells(content) if nbformat == 3 else _list(content, "cells")
    if len(raw_cells) > MAX_CELLS:
        raise NotebookError("too_many_cells")
    cells = tuple(_cells(raw_cells))
    metadata = _dict(content.get("metadata"))
    return Notebook(cells, _language(metadata, raw_cells), nbformat, _title(metadata, cells))


# --- JSON to cells ----------------------------------------------------------------------------------------------


def _worksheet_cells(content: dict[str, Any]) -> list[Any]:
    sheets = [sheet for sheet in _list(content, "worksheets")[:MAX_WORKSHEETS] if isinstance(sheet, dict)]
    return [cell for sheet in sheets for cell in _list(sheet, "cells")]


def _cells(raw_cells: list[Any]) -> Iterator[Cell]:
    seen: set[str] = set()
    for position, raw in enumerate(raw_cells, start=1):
        cell = _cell(raw, position, seen)
        seen.add(cell.id)
        yield cell


def _cell(raw: Any, position: int, seen: set[str]) -> Cell:
    if not isinstance(raw, dict):
        raw = {"cell_type": "raw", "source": json.dumps(raw)}
    kind, source = _kind_and_source(raw)
    attachments = {
        _name(name): _mime_bundle(bundle) for name, bundle in _dict(raw.get("attachments")).items() if kind != "code"
    }
    outputs: tuple[Output, ...] = ()
    if kind == "code" and isinstance(raw.get("outputs"), list):
        outputs = tuple(_output(output) for output in raw["outputs"] if isinstance(output, dict))
    count = raw.get("execution_count", raw.get("prompt_number"))
    if kind != "code" or not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 10**9:
        count = None
    return Cell(kind, source, _id(raw.get("id"), position, source, seen), count, outputs, attachments)


def _kind_and_source(raw: dict[str, Any]) -> tuple[CellKind, str]:
    kind, source = raw.get("cell_type"), _text(raw.get("source", raw.get("input")))
    if kind == "heading":  # format 3
        level = raw.get("level")
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        return "markdown", f"{marks} {' '.join(source.split())}"
    return ("markdown" if kind == "markdown" else "code" if kind == "code" else "raw"), source


def _id(given: Any, position: int, source: str, seen: set[str]) -> str:
    if isinstance(given, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", given) and given not in seen:
        return given
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    made = f"{position}-{digest}"
    while made in seen:
        made += "-"
    return made


# The short names of format 3, where the data stood beside the output's type.
_SHORT_NAMES = {
    "text": "text/plain",
    "html": "text/html",
    "latex": "text/latex",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "svg": "image/svg+xml",
    "javascript": "application/javascript",
    "json": "application/json",
}
_KINDS: dict[Any, OutputKind] = {
    "stream": "stream",
    "execute_result": "result",
    "pyout": "result",
    "display_data": "display",
    "update_display_data": "display",
    "error": "error",
    "pyerr": "error",
}


def _output(raw: dict[str, Any]) -> Output:
    given = raw.get("output_type")
    kind = _KINDS.get(given, "display") if isinstance(given, str) else "display"
    if kind == "stream":
        return Output(kind, name=_name(raw.get("name", raw.get("stream"))) or "stdout", text=_text(raw.get("text")))
    if kind == "error":
        lines = raw.get("traceback")
        traceback = tuple(repaired(line) for line in lines if isinstance(line, str)) if isinstance(lines, list) else ()
        return Output(kind, ename=_name(raw.get("ename")), evalue=_text(raw.get("evalue")), traceback=traceback)
    data = _mime_bundle(raw.get("data"))
    short = _mime_bundle({mime: raw[name] for name, mime in _SHORT_NAMES.items() if name in raw})
    return Output(kind, data={**short, **data})


def _mime_bundle(value: Any) -> dict[str, str]:
    bundle: dict[str, str] = {}
    for mime, content in list(_dict(value).items())[:MAX_MIME_TYPES]:
        kind = _name(mime).strip().lower()
        is_text = isinstance(content, str) or (isinstance(content, list) and not kind.endswith("json"))
        bundle[kind] = _text(content) if is_text else json.dumps(content)
    return bundle


# --- names and small values -------------------------------------------------------------------------------------


def _language(metadata: dict[str, Any], raw_cells: list[Any]) -> str:
    info, kernel = _dict(metadata.get("language_info")), _dict(metadata.get("kernelspec"))
    of_cell = next((cell["language"] for cell in raw_cells if isinstance(cell, dict) and cell.get("language")), None)
    return (_name(info.get("name")) or _name(kernel.get("language")) or _name(of_cell) or "python").lower()


def _title(metadata: dict[str, Any], cells: tuple[Cell, ...]) -> str:
    named = _name(metadata.get("title"))
    for cell in cells:
        if named:
            break
        if cell.kind == "markdown" and (found := re.search(r"^#{1,6} ([^\n]+)$", cell.source[:20_000], re.MULTILINE)):
            named = re.sub(r"[*_`#]", "", found[1])
    return " ".join(named.split())[:MAX_NAME]


def _text(value: Any) -> str:
    """A multi-line string of the format: a string, or a list of them to be joined."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    return repaired(value) if isinstance(value, str) else ""


def _name(value: Any) -> str:
    return repaired(value[:MAX_NAME]) if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(content: dict[str, Any], key: str) -> list[Any]:
    if not isinstance(content.get(key), list):
        raise NotebookError("not_a_notebook")
    return cast("list[Any]", content[key])
