"""Outputs of a code cell as HTML: of each the richest form that is safe to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from submissions.domain.notebook import Output
from submissions.domain.notebook_draft import Draft, escape_content, plain
from submissions.domain.notebook_images import add_base64, add_svg, cut_out, image_tag
from submissions.domain.notebook_markdown import markdown
from submissions.domain.notebook_math import formula
from submissions.domain.notebook_text import text_block
from submissions.domain.notebook_tidy import clean, tidy

MAX_OUTPUTS = 200  # of one cell, after streams have been joined
MAX_HTML = 400_000  # characters of one output; 60 rows of pandas take 30,000
SHORT = 500  # characters of a plain text that explains an interactive output, such as a progress bar's

_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_ACTIVE = re.compile(
    r"application/(?:javascript|x-javascript|vnd\.(?:jupyter\.widget|plotly|bokeh|holoviews|vega)).*|text/javascript"
)
_ACTIVE_TAG = re.compile(r"<(?:script|iframe|object|embed|canvas)\b", re.IGNORECASE)
_NO_TEXT = re.compile(r"(?:<(?!img\b)[^>]*+>|\s|&nbsp;)*+")


def outputs_block(outputs: tuple[Output, ...], draft: Draft) -> str:
    """All outputs of a cell in order; neighbouring pieces of one stream are one text."""
    parts, count = [], 0
    for (kind, name), group in groupby(outputs, key=lambda output: (output.kind, output.name)):
        pieces = list(group)
        if kind == "stream":
            pieces = [Output(kind, name, "".join(piece.text for piece in pieces))]
        for output in pieces:
            count += 1
            if count > MAX_OUTPUTS:
                draft.left_out += size_of(output)
            else:
                parts.append(_output(output, draft))
    if count > MAX_OUTPUTS:
        parts.append(f'<p class="note">{draft.word("left_out", count=draft.left_out)}</p>')
    return "".join(parts)


def size_of(output: Output) -> int:
    """Characters of everything that the output holds."""
    texts = (output.text, output.ename, output.evalue, *output.traceback, *output.data.values())
    return sum(map(len, texts))


def _output(output: Output, draft: Draft) -> str:
    if output.kind == "stream":
        if not output.text.strip():
            return ""
        css = "stderr" if output.name == "stderr" else "stdout"
        return _group(text_block(output.text, draft), draft, f"stream {css}", "stderr" if css == "stderr" else "output")
    if output.kind == "error":
        return _group("".join(_error(output, draft)), draft, "error", "error")
    return _group(_richest(output, draft), draft, output.kind)


def _group(inside: str, draft: Draft, css: str, word: str = "output") -> str:
    return f'<div class="output {css}" role="group" aria-label="{draft.word(word)}">{inside}</div>'


def _error(output: Output, draft: Draft) -> Iterator[str]:
    name, value = plain(output.ename), plain(output.evalue)
    short = escape_content(" ".join(value[:SHORT].split()).replace("\x1b", "\ufffd"))
    yield f'<p class="error-name"><strong>{escape_content(name)}</strong>: {short}</p>'
    if output.traceback:
        yield text_block("\n".join(output.traceback), draft, "traceback")
    elif len(value) > SHORT:
        yield text_block(value, draft, "traceback")


def _richest(output: Output, draft: Draft) -> str:
    data = output.data
    active = any(_ACTIVE.fullmatch(mime) for mime in data)
    if not active and (page := data.get("text/html", "")):
        active = _ACTIVE_TAG.search(page) is not None
        if shown := _html(page, draft):
            return shown + (_sentence(draft, "interactive") if active else "")
    if shown := _still(output, draft):
        return shown
    text = data.get("text/plain", "")
    if active:
        return _sentence(draft, "interactive") + (text_block(text, draft) if text and len(text) <= SHORT else "")
    if text or not data:
        return text_block(text, draft)
    mime, content = next(iter(data.items()))
    if mime.startswith("text/") or mime.endswith("json"):
        return text_block(content, draft)
    draft.left_out += size_of(output)
    return (
        _sentence(draft, "image_missing")
        if mime.startswith("image/")
        else _sentence(draft, "unknown", type=plain(mime))
    )


def _still(output: Output, draft: Draft) -> str:
    """Markdown, a picture or a formula; an empty string where the output has none that can be shown."""
    data = output.data
    if text := data.get("text/markdown", ""):
        return markdown(text, draft, headings=False)[0]
    for mime in ("image/svg+xml", *_IMAGES):
        content = data.get(mime, "")
        if name := (add_svg if mime == "image/svg+xml" else add_base64)(content, draft) if content else "":
            draft.output_images += 1
            alt = draft.words["output_image"].format(cell="\ufdd0", number=draft.output_images)
            return image_tag(name, draft, alt=alt)
    if latex := plain(data.get("text/latex", "")).strip():
        inside = re.fullmatch(r"(\$\$?|\\\[|\\\()(?:\\displaystyle)?(.+?)(?:\$\$?|\\\]|\\\))", latex, re.DOTALL)
        return f"<p>{formula(inside[2] if inside else latex, block=True)}</p>"
    return ""


def _html(page: str, draft: Draft) -> str:
    """The author's HTML, clean; an empty string for too much of it, or where nothing to be read is left."""
    page = plain(cut_out(page, draft))
    if len(page) > MAX_HTML:
        draft.left_out += len(page)
        return ""
    draft.depth = 0
    shown = clean(tidy(page, draft, headings=False))
    return "" if _NO_TEXT.fullmatch(shown) else shown


def _sentence(draft: Draft, word: str, **values: object) -> str:
    return f'<p class="note">{draft.word(word, **values)}</p>'
