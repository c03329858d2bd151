"""Notebooks before they are handed in: what would stop a reader, as findings with cell numbers.

What is looked for comes from the first seminar's page (demands 33, 35 and 38 to 44); a seminar that does not ask for something
leaves its codes out. Nothing is executed: code is read by patterns and by `ast.parse`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from submissions.domain.check_notebook import code, runs, text
from submissions.domain.check_notebook.secrets import secrets
from submissions.domain.check_notebook.source import CodeCell
from submissions.domain.checks import Finding, found
from submissions.domain.notebook import Cell, Notebook

__all__ = ["check_notebook"]

MAX_CHARACTERS = 2_000_000  # of all sources together; the longest honest tutorials have 100,000
MAX_OUTPUT_READ = 50_000  # characters of one output that are searched for secrets
MAX_OUTPUTS_READ = 2_000_000  # characters of all of them


def check_notebook(
    notebook: Notebook, *, paper_url: str = "", author: str = "", anonymous: bool = False, library: str = ""
) -> tuple[Finding, ...]:
    """Findings about a notebook, those of the file first, then code, then text.

    paper_url, author: of the topic and the student; empty means not asked for. anonymous: the name must not be there.
    library: the module the seminar asks for, or empty. Raises nothing for any notebook that `read_notebook` returns.
    """
    return tuple(_findings(notebook, paper_url, author, anonymous, library))


def _findings(notebook: Notebook, paper_url: str, author: str, anonymous: bool, library: str) -> Iterator[Finding]:
    cells = _within_limits(notebook)
    code_cells = [CodeCell(n, cell) for n, cell in cells if cell.kind == "code" and cell.source.strip()]
    texts = [(n, cell.source) for n, cell in cells if cell.kind == "markdown"]
    sources = [(n, cell.source) for n, cell in cells]
    yield runs.form(notebook)
    if len(cells) < len(notebook.cells):
        yield found("cells_not_read", "hint", read=len(cells))
    yield from _of_code(notebook, code_cells, texts, library)
    yield from runs.lengths(notebook)
    yield from code.local_paths(code_cells, texts)
    yield from secrets(sources, _printed(code_cells))
    yield from text.paper(sources, paper_url)
    yield from text.author(sources, author, anonymous=anonymous)
    yield text.ratio(code_cells, texts)
    yield text.badge(texts)


def _of_code(
    notebook: Notebook, cells: Sequence[CodeCell], texts: Sequence[tuple[int, str]], library: str
) -> Iterator[Finding]:
    if not cells:
        yield found("no_code", "warning")
        return
    yield runs.order(cells)
    yield from runs.errors(cells)
    yield runs.output_size(cells)
    if notebook.language not in {"python", "python3", "ipython"}:
        yield found("not_python", "hint", language=notebook.language)
        return
    yield from code.syntax(cells)
    yield from code.reproducible(cells, library)
    yield from code.functions(cells)
    yield from code.unpinned(cells)
    yield from text.resources(cells, code.downloads(cells), texts)


def _within_limits(notebook: Notebook) -> list[tuple[int, Cell]]:
    """The first cells, with their numbers from 1, that together stay below the cap."""
    sums = accumulate(len(cell.source) for cell in notebook.cells)
    return [
        (n, cell)
        for n, (cell, total) in enumerate(zip(notebook.cells, sums, strict=True), 1)
        if total <= MAX_CHARACTERS
    ]


def _printed(cells: Sequence[CodeCell]) -> Iterator[tuple[int, str]]:
    """What the cells printed, cut; pictures are left out."""
    left = MAX_OUTPUTS_READ
    for cell in cells:
        for output in cell.cell.outputs:
            plain = [
                output.text,
                output.evalue,
                *output.traceback,
                output.data.get("text/plain", ""),
                output.data.get("text/html", ""),
            ]
            for printed in filter(None, plain):
                if left <= 0:
                    return
                left -= min(len(printed), MAX_OUTPUT_READ)
                yield cell.number, printed[:MAX_OUTPUT_READ]
