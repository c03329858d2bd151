"""Program text as HTML lines with the short class names of Pygments.

An own scanner of one regular expression: Pygments takes eight times as long, and several of its lexers take seconds for 20 kB of
hostile text. Every quantifier that repeats is possessive, so that the scan is linear.
"""

from __future__ import annotations

import builtins
import keyword
import re

from submissions.domain.notebook_draft import Draft, escape_content, plain, visible

MAX_SOURCE = 100_000  # characters of a cell that are shown
MAX_LINES = 3_000
MAX_COLOURED = 50_000  # longer sources are data, and stay without colours

_PYTHON = re.compile(
    r"""
      (?P<c>\#[^\n]*+)
    | (?P<s>(?:[rRbBfFuU]{1,2}+)?+(?:
          \"\"\"(?:[^"\\]|\\.|"(?!""))*+(?:\"\"\"|\Z) | '''(?:[^'\\]|\\.|'(?!''))*+(?:'''|\Z)
        | "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'? ))
    | (?P<nd>(?m:^)[ \t]*+@[\w.]++)
    | (?P<m>(?:0[xX][\da-fA-F_]++ | 0[bBoO][0-7_]++ | (?:\d[\d_]*+(?:\.[\d_]*+)?+ | \.\d[\d_]*+)(?:[eE][+-]?+\d++)?+)[jJ]?+)
    | (?P<name>[^\W\d]\w*+)
    """,
    re.VERBOSE | re.DOTALL,
)
_CLASSES = {
    **{
        name: "ne" if isinstance(thing, type) and issubclass(thing, BaseException) else "nb"
        for name, thing in vars(builtins).items()
        if not name.startswith("_")
    },
    **dict.fromkeys(("self", "cls"), "bp"),
    **dict.fromkeys(keyword.kwlist, "k"),
    **dict.fromkeys(("True", "False", "None"), "kc"),
    **dict.fromkeys(("import", "from"), "kn"),
    **dict.fromkeys(("and", "or", "not", "in", "is"), "ow"),
}
_OF_TERMINALS = str.maketrans("\x08\x1b", "\ufffd\ufffd")
_NAMED = {"def": "nf", "class": "nc"}


def code_block(source: str, language: str, draft: Draft) -> str:
    """`<pre>` with one `<span class="line">` for each line, to be numbered by CSS counters, which are not copied with the text."""
    source = plain(source).replace("\r", "\n").translate(_OF_TERMINALS)
    shown = "\n".join(source[:MAX_SOURCE].split("\n", MAX_LINES)[:MAX_LINES])
    lines = visible(coloured(shown, language)).split("\n")
    inside = '\n</span><span class="line">'.join(lines)
    html = f'<pre class="code" tabindex="0"><code><span class="line">{inside}</span></code></pre>'
    if rest := len(source) - len(shown):
        draft.left_out += len(source[len(shown) :].encode())
        html += f'<p class="note">{draft.word("left_out", count=rest)}</p>'
    return html


def coloured(source: str, language: str) -> str:
    """Escaped source with spans for its colours; no span crosses the end of a line. Languages other than Python stay plain."""
    if language not in {"python", "ipython", "py", "python3"} or len(source) > MAX_COLOURED:
        return escape_content(source)
    html, position, before = [], 0, ""
    for found in _PYTHON.finditer(source):
        start, kind, text = found.start(), found.lastgroup, found[0]
        if kind == "name":
            kind, before = _NAMED.get(before) or _CLASSES.get(text), text
            if kind is None or source[start - 1 : start] == ".":
                continue
        html += [escape_content(source[position:start]), _span(kind or "", text)]
        position = found.end()
    return "".join(html) + escape_content(source[position:])


def _span(kind: str, text: str) -> str:
    inside = escape_content(text)
    if "\n" in inside:
        inside = inside.replace("\n", f'</span>\n<span class="{kind}">')
    return f'<span class="{kind}">{inside}</span>'
