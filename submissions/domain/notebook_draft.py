"""What the parts of a notebook's rendering share: words for people, the pictures found so far, and escaping."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.domain.words import marked as _

# Noncharacters of Unicode: never in an honest text, and taken out of a hostile one by `plain` before they mean anything here.
CELL_NUMBER = "\ufdd0"  # stands for the cell's number, so that a rendered cell may be used at another place
MARK, MARK_END = "\ufdd1", "\ufdd2"  # around the index of a formula

WORDS: Mapping[str, str] = {
    "cell_markdown": _("Cell {cell}, text"),
    "cell_code": _("Cell {cell}, code"),
    "cell_executed": _("Cell {cell}, code, executed as {count}"),
    "cell_raw": _("Cell {cell}, raw text"),
    "anchor": _("Link to cell {cell}"),
    "output": _("Output of cell {cell}"),
    "stderr": _("Messages of cell {cell}"),
    "error": _("Error in cell {cell}"),
    "output_image": _("Output of cell {cell}, image {number}"),
    "image": _("Image in cell {cell}"),
    "image_elsewhere": _("image on {host}, not loaded"),
    "image_missing": _("image, cannot be shown"),
    "interactive": _("Interactive output, not shown."),
    "unknown": _("Output of the type {type}, not shown."),
    "further_lines": _("{count} further lines"),
    "left_out": _("{count} characters are left out here; the file has them."),
    "cell_left_out": _("This cell is left out here; the file has it."),
}

_CONTROLS = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass
class Draft:
    """One cell while it is rendered.

    images: file name → (MIME type, bytes, width, height); left_out: bytes folded away; formulas: those that this notebook has
    had, as (LaTeX, is a block) → MathML.
    """

    words: Mapping[str, str]
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    images: dict[str, tuple[str, bytes, int, int]] = field(default_factory=dict)
    formulas: dict[tuple[str, bool], str] = field(default_factory=dict)
    left_out: int = 0
    output_images: int = 0
    depth: int = 0  # of the HTML that is open

    def word(self, key: str, **values: object) -> str:
        """A sentence for people as escaped HTML; `cell` need not be given."""
        return escape(self.words[key].format(cell=CELL_NUMBER, **values))


def escape(text: str) -> str:
    """The text as HTML, for content and for values in double quotes."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text.replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#39;")


def escape_content(text: str) -> str:
    """The text as HTML, for content only; quotes stay short."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """The text with newlines as LF, and with U+FFFD for control characters (but escape and backspace) and for noncharacters."""
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    return _CONTROLS.sub("\ufffd", text)


def visible(html: str) -> str:
    """Escaped program text with the characters that turn the reading direction made visible (CVE-2021-42574)."""
    if html.isascii():
        return html
    return _DIRECTIONS.sub(lambda found: f'<span class="control">U+{ord(found[0]):04X}</span>', html)
