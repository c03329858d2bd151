"""Markdown of a cell as clean HTML: formulas first, then mistune, then the sanitizer; hostile texts stay as they are written."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import mistune
from mistune.core import BlockState
from mistune.renderers.html import HTMLRenderer

from submissions.domain.notebook_code import coloured
from submissions.domain.notebook_draft import CELL_NUMBER, MARK, MARK_END, Draft, escape, escape_content, plain, visible
from submissions.domain.notebook_images import cut_out, image_tag
from submissions.domain.notebook_links import anchor_of, link
from submissions.domain.notebook_math import as_elements, finished, put_back, take_out
from submissions.domain.notebook_text import text_block
from submissions.domain.notebook_tidy import clean, tidy

MAX_MARKDOWN = 60_000  # characters; four microseconds each
MAX_STARS = 2_000  # mistune's time for nested emphasis grows with the square of them
MAX_HEADINGS = 200  # of one cell

Heading = tuple[int, str, str]  # level, anchor, text


def markdown(source: str, draft: Draft, *, headings: bool = True) -> tuple[str, list[Heading]]:
    """Clean HTML and its headings in order. headings=False makes them bold paragraphs, for outputs, which have no chapters."""
    source = plain(cut_out(source, draft))
    if too_much(source):
        return text_block(source, draft, "raw"), []
    text, formulas = take_out(source, draft.formulas)
    try:
        tokens, state = _parser().parse(text)
        markup = _Renderer(draft, formulas, headings)(tokens, state)
    except Exception:  # RecursionError, and whatever a parser of 4,000 lines has left to be found
        return text_block(source, draft, "raw"), []
    found: list[Heading] = []
    if headings:
        markup = _anchored(markup, formulas, found)
    return finished(clean(as_elements(markup, formulas)), formulas), found


def too_much(source: str) -> bool:
    """Whether the text would keep the parser busy, and is shown as it is written."""
    return len(source) > MAX_MARKDOWN or source.count("*") + source.count("_") > MAX_STARS


@lru_cache(maxsize=1)
def _parser() -> mistune.Markdown:
    """Holds rules only, so that it may be shared; what belongs to one text is in its state and in the renderer."""
    return mistune.create_markdown(renderer=None, plugins=["table", "strikethrough", "task_lists", "footnotes", "url"])


_HEADING = re.compile(r'<h([1-6])(?: id="([^"]*)")?[^>]*>')


def _anchored(markup: str, formulas: list[tuple[str, str]], found: list[Heading]) -> str:
    """The markup with an anchor at each heading; levels, anchors and texts are added to `found`."""
    if "<h" not in markup:
        return markup
    parts = re.split(r"(</?h[1-6][^>]*>)", markup)
    for index in range(1, len(parts) - 2, 2):
        opened = _HEADING.match(parts[index])
        if not opened or not parts[index + 2].startswith("</h") or len(found) >= MAX_HEADINGS:
            continue
        text = html.unescape(re.sub(r"<[^>]*+>", "", parts[index + 1]))
        text = " ".join(put_back(text, formulas).replace("$", "").split())[:200]
        if text:
            anchor = opened[2] or anchor_of(text)
            parts[index] = f'<h{opened[1]} id="{anchor}">'
            found.append((int(opened[1]), anchor, text))
    return "".join(parts)


class _Renderer(HTMLRenderer):
    """Writes the parser's tokens; what stands in values is escaped here, what the author wrote as HTML goes through `tidy`."""

    def __init__(self, draft: Draft, formulas: list[tuple[str, str]], headings: bool) -> None:
        super().__init__(escape=False)
        self.draft, self.formulas, self.headings = draft, formulas, headings

    def heading(self, text: str, level: int, **_attributes: Any) -> str:
        return f"<h{level}>{text}</h{level}>\n" if self.headings else f"<p><strong>{text}</strong></p>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        for mark in (MARK, MARK_END):
            url = url.replace(quote(mark), mark)  # the parser has encoded them
        return f"{link(html.unescape(put_back(url, self.formulas)), title or '')}{text}</a>"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        alt = html.unescape(re.sub(r"<[^>]*+>", "", text))
        return image_tag(html.unescape(url), self.draft, alt=alt, title=title or "")

    def codespan(self, text: str) -> str:
        return f"<code>{visible(escape_content(put_back(html.unescape(text), self.formulas)))}</code>"

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").split(None, 1)[0].lower() if (info or "").strip() else ""
        return f"<pre><code>{visible(coloured(put_back(code, self.formulas), language))}</code></pre>\n"

    def block_html(self, html: str) -> str:
        return tidy(html, self.draft, headings=self.headings) + "\n"

    def inline_html(self, html: str) -> str:
        return tidy(html, self.draft, headings=self.headings)

    def list(self, text: str, ordered: bool, **attributes: Any) -> str:
        start = attributes.get("start")
        first = f' start="{start}"' if isinstance(start, int) and start < 10**9 else ""
        return f"<ol{first}>\n{text}</ol>\n" if ordered else f"<ul>\n{text}</ul>\n"

    def task_list_item(self, text: str, checked: bool = False) -> str:
        box = "☑ " if checked else "☐ "
        paragraph = text.startswith("<p>")
        return f'<li class="task">{"<p>" if paragraph else ""}{box}{text.removeprefix("<p>")}</li>\n'

    def strikethrough(self, text: str) -> str:
        return f"<del>{text}</del>"

    def table(self, text: str) -> str:
        return f"<table>\n{text}</table>\n"

    def table_head(self, text: str) -> str:
        return f"<thead>\n<tr>{text}</tr>\n</thead>\n"

    def table_body(self, text: str) -> str:
        return f"<tbody>\n{text}</tbody>\n"

    def table_row(self, text: str) -> str:
        return f"<tr>{text}</tr>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False) -> str:
        css = f' class="align-{align}"' if align in {"left", "right", "center"} else ""
        return f'<th scope="col"{css}>{text}</th>' if head else f"<td{css}>{text}</td>"

    def footnote_ref(self, key: str, index: int) -> str:
        return f'<sup><a href="#{self._note(index)}">{index}</a></sup>'

    def footnotes(self, text: str) -> str:
        return f"<hr>\n<ol>\n{text}</ol>\n"

    def footnote_item(self, text: str, key: str, index: int) -> str:
        return f'<li id="{self._note(index)}">{text}</li>\n'

    def _note(self, index: int) -> str:
        return escape(f"note-{CELL_NUMBER}-{index}")

    def __call__(self, tokens: Any, state: BlockState) -> str:
        return self.render_tokens(tokens, state)
