"""What changed between two notebooks; runs as a script in a child process with limits, because its input is nobody's friend.

Usage: `python -I -B compare_notebooks.py OLD NEW`. Prints one line of JSON in ASCII: `{"changes": [{"kind", "old", "new", "moved",
"cell": markdown|code|raw, "lines": [[sign, text]]}]}` with the values of `notebook_diff.CellChange`, of an added or removed cell all
lines; or `{"error": code}` for what is no notebook.
"""

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from submissions.domain.notebook import MAX_BYTES, Notebook, NotebookError, read_notebook
from submissions.domain.notebook_diff import CellChange, diff

MAX_CHARACTERS = 2_000_000  # of all lines together; what is beyond is told as a cell without lines
MAX_LINE = 2_000


def compared(old: bytes, new: bytes) -> dict[str, object]:
    """What the script prints, as plain values."""
    try:
        before, after = read_notebook(old), read_notebook(new)
    except NotebookError as error:
        return {"error": error.code}
    rows, left = [], MAX_CHARACTERS
    for change in diff(before, after):
        cell = _cell(change, before, after)
        lines = _lines(change, cell) if left > 0 else []
        left -= sum(len(text) for _sign, text in lines)
        row = {"kind": change.kind, "old": change.old, "new": change.new, "moved": change.moved, "lines": lines}
        rows.append(row | {"cell": cell[0]})
    return {"changes": rows}


def _cell(change: CellChange, before: Notebook, after: Notebook) -> tuple[str, str]:
    cell = after.cells[change.new - 1] if change.new else before.cells[(change.old or 1) - 1]
    return cell.kind, cell.source


def _lines(change: CellChange, cell: tuple[str, str]) -> list[tuple[str, str]]:
    sign = {"added": "+", "removed": "-"}.get(change.kind)
    lines = [(sign, text) for text in cell[1].split("\n")] if sign else list(change.lines)
    return [(mark, text[:MAX_LINE]) for mark, text in lines]


def main(*paths: str) -> None:
    files = []
    for path in paths:
        with Path(path).open("rb") as file:
            files.append(file.read(MAX_BYTES + 1))
    sys.stdout.write(json.dumps(compared(files[0], files[1])) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
