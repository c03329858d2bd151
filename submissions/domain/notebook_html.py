"""A notebook as one inert HTML document's inside, with its pictures as files: no script, no style, nothing fetched.

What the page that frames it styles: `section.cell` (markdown, code, raw), `pre.code .line` (numbered by CSS counters), Pygments' short
classes inside code, `.output` (stream, stdout, stderr, result, display, error), `.ansi-fg-0` to `15`, `.ansi-bg-0` to `15`, `.ansi-bold`,
`.ansi-italic`, `.ansi-underline`, `.note`, `.missing`, `.control`, `.prompt`, `.align-left`, `.align-center`, `.align-right`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from submissions.domain.notebook import Cell, Notebook
from submissions.domain.notebook_code import code_block
from submissions.domain.notebook_draft import CELL_NUMBER, WORDS, Draft, escape
from submissions.domain.notebook_markdown import Heading, markdown, too_much
from submissions.domain.notebook_outputs import MAX_OUTPUTS, outputs_block, size_of
from submissions.domain.notebook_text import text_block

__all__ = ["WORDS", "CellHtml", "Rendered", "render"]

MAX_WORK = 700_000  # of all cells, in characters of Markdown, which take four microseconds each in the worst case
MAX_HTML = 6_000_000  # characters of the whole document
MAX_CONTENTS = 1_000


@dataclass(frozen=True, slots=True)
class CellHtml:
    """The inside of one cell, to be used again for the same content; U+FDD0 stands for the cell's number.

    images: file name → (MIME type, bytes); headings: (level, anchor, text); left_out: bytes of the file that are not shown.
    """

    html: str
    images: Mapping[str, tuple[str, bytes]]
    headings: tuple[Heading, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notebook to be shown.

    html: the inside of a document's body. images: file name (hash of the content, with extension) → (MIME type, bytes).
    contents: (level 1 to 6, anchor, text) of the headings in order, each level at most one deeper than the one before.
    cells: the anchor of each cell. bytes_left_out: how much of the file the caps folded away.
    """

    html: str
    images: Mapping[str, tuple[str, bytes]]
    contents: tuple[Heading, ...]
    cells: tuple[str, ...]
    bytes_left_out: int


def render(
    notebook: Notebook, *, words: Mapping[str, str] | None = None, cache: MutableMapping[str, CellHtml] | None = None
) -> Rendered:
    """Render a notebook; never raises, whatever its texts hold, and takes seconds at most.

    words: sentences for people in place of those in WORDS, with the same fields. cache: cells rendered before, by a hash of
    all that they depend on; only what is missing is rendered, and added.
    """
    words = {**WORDS, **(words or {})}
    salt = repr((notebook.language, sorted(words.items()))).encode()
    document, work = _Document(words), 0
    formulas: dict[tuple[str, bool], str] = {}
    for number, cell in enumerate(notebook.cells, start=1):
        cost = _work(cell)
        if work + cost > MAX_WORK or document.length > MAX_HTML:
            document.add(number, cell, _left_out(cell, words))
            continue
        work += cost
        key = "" if cache is None else _key(cell, salt)
        inner = None if cache is None else cache.get(key)
        if inner is None:
            inner = _inner(cell, notebook.language, Draft(words, cell.attachments, formulas=formulas))
            if cache is not None:
                cache[key] = inner
        document.add(number, cell, inner)
    return document.rendered()


def _inner(cell: Cell, language: str, draft: Draft) -> CellHtml:
    headings: list[Heading] = []
    if cell.kind == "markdown":
        html, headings = markdown(cell.source, draft)
    elif cell.kind == "code":
        html = code_block(cell.source, language, draft) if cell.source else ""
        html += outputs_block(cell.outputs, draft)
    else:
        html = text_block(cell.source, draft, "raw")
    images = {name: (mime, data) for name, (mime, data, _width, _height) in draft.images.items()}
    return CellHtml(html, images, tuple(headings), draft.left_out)


def _left_out(cell: Cell, words: Mapping[str, str]) -> CellHtml:
    size = len(cell.source) + sum(map(size_of, cell.outputs))
    return CellHtml(f'<p class="note">{escape(words["cell_left_out"])}</p>', {}, (), size)


def _work(cell: Cell) -> int:
    """What a cell may cost at most, in characters of Markdown; pictures cost next to nothing, but count by their number."""
    if cell.kind == "markdown" and not too_much(cell.source):
        source = cell.source
        return 200 + len(source) + 40 * (source.count("*") + source.count("_")) + 10 * source.count("$")
    work = 200 + len(cell.source[:100_000]) // 4
    work += min(100_000, sum(len(output.text) for output in cell.outputs)) // 4
    for output in cell.outputs[:MAX_OUTPUTS]:
        data = output.data
        work += 20 + min(100_000, sum(map(len, output.traceback))) // 4
        work += len(data.get("text/html", "")[:400_000]) // 3 + len(data.get("text/markdown", "")[:60_000])
        work += 2 * len(data.get("text/latex", "")[:3_000])
        work += len(data.get("text/plain", "")[:100_000]) // 8 + len(data.get("image/svg+xml", "")) // 10
    return work


def _key(cell: Cell, salt: bytes) -> str:
    """A hash of everything that the inside of a cell depends on; lengths keep neighbouring texts apart."""
    digest = hashlib.blake2b(salt, digest_size=20)

    def feed(*texts: str) -> None:
        for text in texts:
            data = text.encode()
            digest.update(b"%d " % len(data))
            digest.update(data)

    feed(cell.kind, cell.source, str(len(cell.outputs)))
    for output in cell.outputs:
        feed(output.kind, output.name, output.text, output.ename, output.evalue)
        feed(str(len(output.traceback)), *output.traceback, str(len(output.data)))
        for mime, content in output.data.items():
            feed(mime, content)
    for name, bundle in cell.attachments.items():
        feed(name, str(len(bundle)), *(text for pair in bundle.items() for text in pair))
    return digest.hexdigest()


class _Document:
    """Puts cells together: numbers, anchors that are unique, levels of headings without gaps."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self.words = words
        self.parts: list[str] = []
        self.images: dict[str, tuple[str, bytes]] = {}
        self.contents: list[Heading] = []
        self.anchors: dict[str, int] = {}  # how often each was wanted
        self.length = self.left_out = self.level = 0

    def add(self, number: int, cell: Cell, inner: CellHtml) -> None:
        html = inner.html.replace(CELL_NUMBER, str(number))
        html, headings = self.unique(html, inner.headings)
        if cell.kind == "markdown" and "<h" in html:
            html, headings = self.levelled(html, headings)
        section = f'<section class="cell {cell.kind}" id="cell-{number}" aria-label="{self.label(number, cell)}">'
        count = (
            "" if cell.execution_count is None else f'<p class="prompt" aria-hidden="true">[{cell.execution_count}]</p>'
        )
        word = escape(self.words["anchor"].format(cell=number))
        anchor = f'<a class="anchor" href="#cell-{number}" aria-label="{word}">#</a>'
        self.parts.append(f"{section}{count}{anchor}{html}</section>\n")
        self.length += len(html)
        self.left_out += inner.left_out
        self.images.update(inner.images)
        self.contents += headings[: MAX_CONTENTS - len(self.contents)]

    def label(self, number: int, cell: Cell) -> str:
        executed = cell.kind == "code" and cell.execution_count is not None
        word = self.words["cell_executed" if executed else f"cell_{cell.kind}"]
        return escape(word.format(cell=number, count=cell.execution_count))

    def unique(self, html: str, headings: tuple[Heading, ...]) -> tuple[str, list[Heading]]:
        """The HTML with each anchor that occurred before made new; within a cell, headings follow their anchors in order."""
        wanted = iter(headings)
        listed: list[Heading] = []

        def fresh(found: re.Match[str]) -> str:
            anchor = found[2]
            while before := self.anchors.get(anchor, 0):
                self.anchors[anchor] += 1
                anchor = f"{anchor}-{before + 1}"
            self.anchors[anchor] = 1
            if found[1].startswith("<h") and (heading := next(wanted, None)):
                listed.append((heading[0], anchor, heading[2]))
            return f'{found[1]} id="{anchor}"'

        return re.sub(r'(<[a-z0-9]+) id="([^"]*)"', fresh, html), listed

    def levelled(self, html: str, headings: list[Heading]) -> tuple[str, list[Heading]]:
        """The same with levels that never skip one on the way down, as people who listen to a page need it."""
        levels: dict[str, int] = {}
        opened: list[int] = []

        def shifted(found: re.Match[str]) -> str:
            if found[1]:
                return f"</h{opened.pop() if opened else found[2]}"
            self.level = min(int(found[2]), self.level + 1)
            opened.append(self.level)
            if found[3]:
                levels[found[3]] = self.level
            return f"<h{self.level}{found[0][3:]}"

        html = re.sub(r'<(/?)h([1-6])(?: [^>]*?\bid="([^"]*)")?', shifted, html)
        return html, [(levels.get(anchor, level), anchor, text) for level, anchor, text in headings]

    def rendered(self) -> Rendered:
        cells = tuple(f"cell-{number}" for number in range(1, len(self.parts) + 1))
        return Rendered("".join(self.parts), self.images, tuple(self.contents), cells, self.left_out)
