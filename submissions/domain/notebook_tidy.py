"""HTML of a notebook's author made harmless in two steps: written anew in a plain form, then cleaned by a real parser.

The first step (`tidy`) is linear, bounds tags, depth and attributes, which may keep a parser busy, and makes pictures and links ours. It
writes known tags, quoted values, no comments. The second (`clean`, nh3) decides what is safe, and closes what was left open.
"""

from __future__ import annotations

import html
import re

import nh3

from submissions.domain.notebook_draft import Draft, escape_content
from submissions.domain.notebook_images import add_svg, image_tag
from submissions.domain.notebook_links import anchor_from, link, title_of

MAX_DEPTH = 100
MAX_TAGS = 20_000  # of one fragment

_KEPT = {
    *(
        "a",
        "abbr",
        "b",
        "bdi",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
    ),
    *(
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
    ),
    *(
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
    ),
    *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "wbr"),
}
_RENAMED = {
    "center": "div",
    "font": "span",
    "strike": "s",
    "tt": "code",
    "big": "span",
    "article": "div",
    "section": "div",
}
# Their inside is no text for people, or is read by other rules than those of HTML.
_SKIPPED = {
    *(
        "script",
        "style",
        "template",
        "iframe",
        "object",
        "noscript",
        "noembed",
        "noframes",
        "xmp",
        "plaintext",
        "title",
    ),
    *("textarea", "select", "audio", "video", "canvas", "math", "svg", "applet", "frameset", "head"),
}
# Often left open, and never one inside the other without another element between them: they do not count as depth.
_OPTIONAL = {"p", "li", "td", "th", "tr", "thead", "tbody", "tfoot", "dt", "dd", "colgroup", "caption", "rp", "rt"}
_EMPTY = {"br", "col", "hr", "img", "wbr"}
_PLAIN = (
    _KEPT - _EMPTY - {"a", "th", "thead", "tbody", "tfoot", "h1", "h2", "h3", "h4", "h5", "h6"}
)  # need no look without attributes
_ATTRIBUTES = {
    "ol": {"start", "reversed", "type"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "details": {"open"},
    "col": {"span"},
    "colgroup": {"span"},
    "abbr": {"title"},
}
_VALUES = {
    "scope": r"col|row|colgroup|rowgroup",
    "type": r"[1aAiI]",
    "dir": r"ltr|rtl|auto",
    "lang": r"[A-Za-z-]{2,20}",
}

_TOKEN = re.compile(
    r"""
      <!--.*?(?:--!?>|\Z)
    | <[!?/](?![a-zA-Z])[^>]*+>?
    | <(?P<close>/?)(?P<name>[a-zA-Z][^\s/>]*+)
      (?P<attributes>(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|(?!["'])[^\s>]++)?+)?+)*+)>?
    | (?P<text>[^<]++)
    | <
    """,
    re.VERBOSE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|((?!["'])[^\s>]++))?+)?+""")

_CLEANER = nh3.Cleaner(
    tags={*_KEPT, "data"},
    clean_content_tags={"script", "style", "template", "iframe", "object", "svg", "math", "title", "textarea"},
    attributes={
        **{tag: set(names) for tag, names in _ATTRIBUTES.items()},
        "*": {"class", "id", "dir", "lang"},
        "a": {"href", "title", "target", "rel"},
        "img": {"src", "alt", "title", "width", "height", "loading"},
        "data": {"value"},
    },
    # What may be wider than the screen scrolls by itself, and is reached with the keyboard.
    set_tag_attribute_values={"table": {"tabindex": "0"}, "pre": {"tabindex": "0"}},
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)
_EMPTY_HEADER = re.compile(r"<th((?: [^>]*)?)></th>")  # pandas' corner; in values ">" is escaped
_SCOPE = re.compile(r' scope="[^"]*"')


def clean(markup: str) -> str:
    """HTML that holds only what is on the lists, well-formed; meant for what `tidy` and our own renderer have written."""
    return _EMPTY_HEADER.sub(lambda found: f"<td{_SCOPE.sub('', found[1])}></td>", _CLEANER.clean(markup))


def tidy(markup: str, draft: Draft, *, headings: bool = True) -> str:
    """The markup written anew: known tags with quoted values, bounded in number and depth. headings: else they become paragraphs."""
    written: list[str] = []
    position, tags, in_head = 0, 0, False
    while position < len(markup) and tags < MAX_TAGS and (found := _TOKEN.match(markup, position)):
        position, name = found.end(), (found["name"] or "").lower()
        if not name:
            text = found["text"] or ("<" if found[0] == "<" else "")
            written.append(text if text.isspace() else escape_content(html.unescape(text)))
            continue
        tags += 1
        if name in _PLAIN and not found["attributes"]:
            written.append(_plain_tag(name, found["close"], draft))
            continue
        if name in _SKIPPED and not found["close"]:
            end = _end_of(name, markup, position)
            if name == "svg" and (drawing := add_svg(markup[found.start() : end], draft)):
                written.append(image_tag(drawing, draft))
            position = end
            continue
        name = _RENAMED.get(name, name)
        if name in {"thead", "tbody", "tfoot"}:
            in_head = name == "thead" and not found["close"]
        written.append(_tag(name, found, draft, headings, "col" if in_head else "row"))
    draft.left_out += len(markup) - position
    return "".join(written)


def _plain_tag(name: str, close: str, draft: Draft) -> str:
    if name in _OPTIONAL:
        pass
    elif close:
        draft.depth = max(0, draft.depth - 1)
    elif draft.depth >= MAX_DEPTH:
        return ""
    else:
        draft.depth += 1
    return f"<{close}{name}>"


def _end_of(name: str, markup: str, position: int) -> int:
    """The place after the element's end tag, or the end of the markup."""
    found = re.compile(f"</{name}(?=[\\s/>])[^>]*+>?", re.IGNORECASE).search(markup, position)
    return found.end() if found else len(markup)


def _tag(name: str, found: re.Match[str], draft: Draft, headings: bool, scope: str) -> str:
    if name not in _KEPT:
        return " " if name in {"option", "label", "button"} else ""
    if not headings and re.fullmatch("h[1-6]", name):
        name = "p"
    if found["close"]:
        return "" if name in _EMPTY else _plain_tag(name, "/", draft)
    given = _given(found["attributes"])
    if name == "img":
        return image_tag(given.get("src", ""), draft, **{key: given.get(key, "") for key in ("alt", "title", "width")})
    if name not in _EMPTY | _OPTIONAL:
        if draft.depth >= MAX_DEPTH:
            return ""
        draft.depth += 1
    if name == "a":
        return link(given.get("href", ""), given.get("title", ""), anchor_from(given))
    if name == "th" and "scope" not in given:
        given["scope"] = scope
    return f"<{name}{anchor_from(given)}{_aligned(found['name'], given)}{''.join(_kept(name, given))}>"


def _given(attributes: str) -> dict[str, str]:
    given: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(attributes[:8000]):
        given.setdefault(found[1].lower(), html.unescape(found[2] or found[3] or found[4] or "")[:4000])
    return given


def _kept(name: str, given: dict[str, str]) -> list[str]:
    kept = []
    for key in given.keys() & (_ATTRIBUTES.get(name, set()) | {"dir", "lang"}):
        value = given[key]
        if key in {"open", "reversed"}:
            kept.append(f' {key}=""')
        elif key == "title":
            kept.append(title_of(value))
        elif re.fullmatch(_VALUES.get(key, r"-?\d{1,3}"), value):
            kept.append(f' {key}="{value}"')
    return sorted(kept)


def _aligned(original: str, given: dict[str, str]) -> str:
    side = "center" if original.lower() == "center" else given.get("align", "").lower()
    return f' class="align-{side}"' if side in {"left", "center", "right"} else ""
