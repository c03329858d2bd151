"""The fingerprint of a notebook and the source of its cells; runs as a script in a child process with limits.

Usage: `python -I -B fingerprint_notebook.py FILE`. Prints one line of JSON in ASCII: `{"code": TRACE, "text": TRACE, "sources": [source of
each cell]}`, where TRACE has the fields of `similarity.Trace`; or `{"error": code}` for what is no notebook. `prints` reads it back.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from submissions.domain.notebook import MAX_BYTES, NotebookError, read_notebook
from submissions.domain.similarity import Fingerprint, Mark, Trace, fingerprint

MAX_SOURCE = 20_000  # characters of one cell, to be shown beside another's
MAX_SOURCES = 1_000_000  # characters of all of them


def printed(data: bytes) -> dict[str, object]:
    """What the script prints, as plain values."""
    try:
        notebook = read_notebook(data)
    except NotebookError as error:
        return {"error": error.code}
    sources, left = [], MAX_SOURCES
    for cell in notebook.cells:
        sources.append(cell.source[: min(MAX_SOURCE, max(left, 0))])
        left -= len(sources[-1])
    return {**asdict(fingerprint(notebook)), "sources": sources}


def prints(answer: Mapping[str, Any]) -> Fingerprint:
    """The fingerprint in what `printed` gave; raises KeyError, TypeError or ValueError for anything else."""
    return Fingerprint(_trace(answer["code"]), _trace(answer["text"]))


def _trace(row: Mapping[str, Any]) -> Trace:
    columns = [tuple(map(int, row[name])) for name in ("tokens", "cells", "lines")]
    marks = tuple(Mark(*map(int, mark)) for mark in row["marks"])
    return Trace(columns[0], columns[1], columns[2], marks, int(row["run"]))


def main(path: str) -> None:
    with Path(path).open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    sys.stdout.write(json.dumps(printed(data)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
