"""What is said about a notebook as a file that was run: order, errors, sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from submissions.domain.check_notebook.source import CodeCell
from submissions.domain.checks import Finding, Level, found, listed
from submissions.domain.notebook import Cell, Notebook

LONGEST_CELL = 100  # lines
LARGE, VERY_LARGE = 5_000_000, 20_000_000  # characters of output: slow to open; too much for mail and for GitHub's view
BIGGEST = 3  # cells that are named


def form(notebook: Notebook) -> Finding:
    if notebook.nbformat < 4:
        return found("nbformat_old", "hint", version=notebook.nbformat)
    return found("nbformat", "good", cells=len(notebook.cells))


def order(cells: Sequence[CodeCell]) -> Finding:
    """Whether the cells were run from the first to the last in one go: counts 1, 2, 3 …; empty cells get no count."""
    counts = [(cell.number, cell.cell.execution_count) for cell in cells]
    if all(count is None for _, count in counts):
        return found("never_run", "warning")
    if missing := [number for number, count in counts if count is None]:
        return found("cells_not_run", "warning", missing)
    run = [(number, count) for number, count in counts if count is not None]
    if early := [number for (_, before), (number, count) in pairwise(run) if count <= before]:
        return found("order_broken", "warning", early)
    if gap := next((number for place, (number, count) in enumerate(run, start=1) if count != place), 0):
        return found("order_gaps", "hint", cell=gap)
    return found("runs_in_order", "good")


def errors(cells: Sequence[CodeCell]) -> Iterator[Finding]:
    names = {(cell.number, output.ename) for cell in cells for output in cell.cell.outputs if output.kind == "error"}
    if names:
        yield found(
            "errors_in_outputs",
            "warning",
            {number for number, _ in names},
            names=listed(name for _, name in names) or "error",
        )
    elif any(cell.cell.outputs for cell in cells):
        yield found("no_errors", "good")


def output_size(cells: Sequence[CodeCell]) -> Finding:
    """Characters of all outputs, in millions, which is their size in the file but for a few escapes."""
    sizes = {cell.number: _size(cell.cell) for cell in cells}
    total = sum(sizes.values())
    values: dict[str, str | int | float] = {"megabytes": round(total / 1e6, 1)}
    if total <= LARGE:
        return found("outputs_size", "good", **values)
    level: Level = "warning" if total > VERY_LARGE else "hint"
    return found("outputs_large", level, sorted(sizes, key=lambda number: -sizes[number])[:BIGGEST], **values)


def _size(cell: Cell) -> int:
    texts = (
        len(o.text) + len(o.evalue) + sum(map(len, o.data.values())) + sum(map(len, o.traceback)) for o in cell.outputs
    )
    return sum(texts)


def lengths(notebook: Notebook) -> Iterator[Finding]:
    """Cells of more than 100 lines, and cells with nothing in them."""
    code = {
        n: cell.source.rstrip().count("\n") + 1 for n, cell in enumerate(notebook.cells, start=1) if cell.kind == "code"
    }
    if long := [number for number, lines in code.items() if lines > LONGEST_CELL]:
        yield found("cells_long", "hint", long, limit=LONGEST_CELL, most=max(code.values()))
    if empty := [n for n, cell in enumerate(notebook.cells, start=1) if not cell.source.strip() and not cell.outputs]:
        yield found("cells_empty", "hint", empty)
