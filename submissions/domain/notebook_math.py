r"""Formulas: found in Markdown before it is read as Markdown, and written as MathML from an allow-list.

Forms: `$…$`, `$$…$$`, `\(…\)`, `\[…\]` (one backslash or two) and environments such as `align`. A dollar that is followed by a space,
or whose partner follows one or is followed by a digit, is money, unless what stands between them is plainly a formula.
"""

from __future__ import annotations

import html
import re
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from submissions.domain.notebook_draft import MARK, MARK_END, escape, escape_content

MAX_FORMULA = 3_000  # characters
MAX_FORMULAS = 500  # of one cell
MAX_BRACES = 40  # depth

_ENVIRONMENTS = (
    "align|aligned|alignat|array|cases|eqnarray|equation|gather|gathered|multline|split|[bBpvV]?matrix|smallmatrix"
)
_PIECES = re.compile(
    rf"""
      (?P<fence>(?m:^)[ ]{{0,3}}(?P<ticks>`{{3,}}+|~{{3,}}+)[^\n]*+(?:\n(?![ ]{{0,3}}(?P=ticks))[^\n]*+)*+(?:\n[^\n]*+)?+)
    | (?P<span>(?<!`)(?P<run>`++).*?(?<!`)(?P=run)(?!`))
    | \$\$(?P<block>(?:[^$\\]|\\.|\$(?!\$)){{1,{MAX_FORMULA}}}+)\$\$
    | \\(?P<second>\\?)\[(?P<square>(?:[^\\]|\\(?!\\?\]).){{1,{MAX_FORMULA}}}+)\\(?P=second)\]
    | \\(?P<other>\\?)\((?P<round>(?:[^\\\n]|\\(?!\\?\)).|\n(?!\s*\n)){{1,{MAX_FORMULA}}}+)\\(?P=other)\)
    | (?P<environment>\\begin\{{(?P<kind>(?:{_ENVIRONMENTS})\*?)\}}.{{0,{MAX_FORMULA}}}?\\end\{{(?P=kind)\}})
    | \\.
    | \$(?P<inline>(?:[^$\\\n`]|\\.|\n(?!\s*\n)){{1,{MAX_FORMULA}}}+)\$
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKS = re.compile(f"{MARK}([0-9]{{1,4}}){MARK_END}")
_UNNUMBERED = re.compile(r"\\(begin|end)\{(align|equation|gather|alignat|multline|eqnarray)\}")
_MACRO = re.compile(
    r"\\(?:(?:re)?new|provide)command|\\[gex]?def\b|\\let\b|\\DeclareMathOperator"
)  # may grow without bounds
_TAGS = {
    *(
        "math",
        "menclose",
        "merror",
        "mfenced",
        "mfrac",
        "mi",
        "mlabeledtr",
        "mmultiscripts",
        "mn",
        "mo",
        "mover",
        "mpadded",
    ),
    *(
        "mphantom",
        "mprescripts",
        "mroot",
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtable",
        "mtd",
    ),
    *("mtext", "mtr", "munder", "munderover", "none"),
}
_UNDER = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_WITH_LIMITS = {"∑", "∏", "⋃", "⋂", "lim", "max", "min", "sup", "inf", "arg max", "arg min", "lim sup", "lim inf"}
_ATTRIBUTES = {
    *(
        "accent",
        "accentunder",
        "close",
        "columnalign",
        "columnlines",
        "columnspacing",
        "depth",
        "display",
        "displaystyle",
    ),
    *("fence", "form", "frame", "height", "largeop", "linethickness", "lspace", "mathcolor", "mathsize", "mathvariant"),
    *("maxsize", "minsize", "movablelimits", "notation", "open", "rowlines", "rowspacing", "rspace", "scriptlevel"),
    *("separator", "separators", "stretchy", "symmetric", "voffset", "width"),
}


def take_out(text: str, known: dict[tuple[str, bool], str]) -> tuple[str, list[tuple[str, str]]]:
    """The text with a mark for each formula, and the formulas as (what stood there, its MathML or its source as code).

    known: MathML of formulas that were seen before; new ones are added, because a symbol returns in every cell.
    """
    if "$" not in text and "\\" not in text:
        return text, []
    formulas: list[tuple[str, str]] = []

    def marked(found: re.Match[str]) -> str:
        inline = found["round"] or (found["inline"] if _is_formula(found) else None)
        source = inline or found["block"] or found["square"] or found["environment"]
        if source is None or not source.strip() or len(formulas) >= MAX_FORMULAS:
            return found[0]
        key = (source, inline is None)
        if key not in known:
            known[key] = formula(source, block=inline is None)
        formulas.append((found[0], known[key]))
        return f"{MARK}{len(formulas) - 1}{MARK_END}"

    return _PIECES.sub(marked, text), formulas


def formula(source: str, *, block: bool) -> str:
    """MathML of a LaTeX formula; where it is too long, too deep or not understood, its source as `<code>`."""
    made = ""
    if len(source) <= MAX_FORMULA and _depth(source) <= MAX_BRACES and not _MACRO.search(source):
        try:
            display = "block" if block else "inline"
            made = _written(convert_to_element(_UNNUMBERED.sub(r"\\\1{\2*}", source.strip()), display=display))
        except Exception:  # the converter raises whatever its lists and dictionaries raise
            made = ""
    return made or f'<code class="formula">{escape_content(source)}</code>'


def put_back(text: str, formulas: list[tuple[str, str]]) -> str:
    """The text with what stood at its marks: for places that hold no markup, such as addresses and program text."""
    if MARK not in text:
        return text
    return _MARKS.sub(lambda found: _source(found[1], formulas), text)


def as_elements(markup: str, formulas: list[tuple[str, str]]) -> str:
    """HTML whose marks are elements, which a cleaner keeps, or what stood there, within tags; `finished` makes formulas of them.

    Needs HTML that our own code has written: no value of an attribute holds a bare ">".
    """
    if MARK not in markup:
        return markup

    def placed(found: re.Match[str]) -> str:
        if found[1]:
            return f'<data value="{found[1]}"></data>'
        return _MARKS.sub(lambda mark: escape(_source(mark[1], formulas)), found[0])

    return re.sub(f"<[^>]*+>|{_MARKS.pattern}", placed, markup)


def finished(markup: str, formulas: list[tuple[str, str]]) -> str:
    """Cleaned HTML with its formulas. No value can hold the element's text, because quotes are escaped in values."""
    if not formulas:
        return markup
    return re.sub(r'<data value="([0-9]+)"></data>', lambda found: formulas[int(found[1])][1], markup)


def _source(index: str, formulas: list[tuple[str, str]]) -> str:
    return formulas[int(index)][0] if int(index) < len(formulas) else ""


def _is_formula(found: re.Match[str]) -> bool:
    inside, after = found["inline"], found.string[found.end() : found.end() + 1]
    if inside is None or not inside.strip():
        return False
    spaced = inside[0].isspace() or inside[-1].isspace() or after.isdigit()
    return not spaced or any(sign in inside for sign in "\\_^=")


def _depth(source: str) -> int:
    deepest = depth = 0
    for found in re.finditer(r"\\.|([{])|([}])|\\begin|\\left", source, re.DOTALL):
        depth += 1 if found[1] else -1 if found[2] else 0
        deepest = max(deepest, depth)
    return deepest


def _written(element: Element) -> str:
    """The element as text: known tags and attributes, everything else escaped or dropped."""
    tag, first = element.tag, next(iter(element), None)
    if tag in _UNDER and first is not None and first.tag == "mo" and _sign(first) in _WITH_LIMITS:
        tag = _UNDER[tag]  # beneath and above where there is room; beside within a line
        if _sign(first).isalpha():
            first.set("movablelimits", "true")
    inside = escape_content(html.unescape(element.text or "")) + "".join(map(_written, element))
    tail = escape_content(html.unescape(element.tail or ""))
    if tag not in _TAGS:
        return inside + tail
    if tag == "math" and element.get("display") == "block":
        return f'<math display="block" tabindex="0">{inside}</math>{tail}'
    attributes = "".join(
        f' {key}="{escape(value)}"'
        for key, value in element.items()
        if key in _ATTRIBUTES and len(value) < 100 and not (key == "display" and value == "inline")
    )
    return f"<{tag}{attributes}>{inside}</{tag}>{tail}"


def _sign(element: Element) -> str:
    return html.unescape(element.text or "").strip()
