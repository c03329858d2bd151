"""Reads rendered HTML as a browser would, and names everything in it that acts, fetches, or breaks out of its cell."""

import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser

import tinyhtml5

VOID = {"br", "col", "hr", "img", "wbr"}
MATHS = {
    "menclose",
    "merror",
    "mfenced",
    "mfrac",
    "mi",
    "mmultiscripts",
    "mn",
    "mo",
    "mover",
    "mpadded",
    "mphantom",
    "mprescripts",
    "mroot",
}
MATHS |= {
    "math",
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
    "mtext",
    "mtr",
    "munder",
    "munderover",
}
MATHS |= {"none", "mlabeledtr"}
TEXT = {
    "a",
    "abbr",
    "b",
    "bdi",
    "blockquote",
    "caption",
    "cite",
    "code",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
}
TEXT |= {
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "i",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
}
TEXT |= {
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
    "var",
}
PLAIN = {
    "alt",
    "aria-hidden",
    "aria-label",
    "class",
    "colspan",
    "dir",
    "height",
    "id",
    "lang",
    "loading",
    "open",
    "rel",
    "reversed",
    "role",
}
PLAIN |= {"rowspan", "scope", "span", "start", "target", "title", "type", "value", "width"}
OF_MATHS = {
    "accent",
    "accentunder",
    "close",
    "columnalign",
    "columnlines",
    "columnspacing",
    "depth",
    "display",
    "displaystyle",
    "fence",
    "form",
}
OF_MATHS |= {
    "frame",
    "height",
    "largeop",
    "linethickness",
    "lspace",
    "mathcolor",
    "mathsize",
    "mathvariant",
    "maxsize",
    "minsize",
}
OF_MATHS |= {
    "movablelimits",
    "notation",
    "open",
    "rowlines",
    "rowspacing",
    "rspace",
    "scriptlevel",
    "separator",
    "separators",
    "stretchy",
}
OF_MATHS |= {"symmetric", "voffset", "width"}
LINK = re.compile(r"(https?://|mailto:|#)[^\x00-\x20\"<>]*", re.IGNORECASE)
CELL = re.compile(r"#?cell-.*", re.DOTALL)
OF_ANCHORS = {"aria-label", "class", "href"}


class Page(HTMLParser):
    """faults: sentences on what must not be there; tags, text, headings and images of what is there."""

    def __init__(self, html: str, images: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.local = set(images)
        self.faults: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.cell = ""
        self.anchors: list[str | None] = []  # of the cell that was opened last
        self.tags: list[str] = []
        self.text = ""
        self.headings: list[tuple[int, str]] = []
        self.images: list[dict[str, str | None]] = []
        pieces: list[str] = []
        self.pieces = pieces
        self.feed(html)
        self.close()
        self.text = "".join(pieces)
        if self.open:
            self.faults.append(f"left open: {self.open[:5]}")
        if len(set(self.ids)) != len(self.ids):
            self.faults.append("an id occurs twice")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.faults += _faults(tag, given, self.local)
        if len(given) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")
        if tag == "section":
            self.cell, self.anchors = given.get("id") or "", []
            if self.open:
                self.faults.append("a cell inside a cell")
        if _is_anchor(given):
            self.anchors.append(given.get("href"))
            if self.open != ["section"]:
                self.faults.append("an anchor inside of something else")
        if tag != "section" and not self.open:
            self.faults.append(f"<{tag}> outside of a cell")
        self.ids += [value or "" for key, value in attrs if key == "id"]
        if tag == "img":
            self.images.append(given)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")
        if tag == "section":
            self.faults += _faults_of_anchors(self.cell, self.anchors)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
        if self.headings and any(re.fullmatch("h[1-6]", tag) for tag in self.open):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data[:40]!r}")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"declaration {decl[:40]!r}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data[:40]!r}")


def parsed_faults(html: str, images: Collection[str]) -> list[str]:
    """The same question to a parser that follows the HTML standard, mistakes and all."""
    faults: list[str] = []
    cells = 0
    body = tinyhtml5.parse(
        f"<!DOCTYPE html><html><head><title>t</title></head><body>{html}</body></html>", namespace_html_elements=False
    ).find("body")
    for element in body.iter():
        if not isinstance(element.tag, str):
            faults.append("comment")
            continue
        tag = element.tag.rpartition("}")[2]
        cells += tag == "section"
        if tag != "body":
            faults += _faults(
                tag, {key.rpartition("}")[2]: value for key, value in element.attrib.items()}, set(images)
            )
        if tag == "section":
            anchors = [child for child in element.iter("a") if _is_anchor(child.attrib)]
            faults += _faults_of_anchors(element.get("id", ""), [anchor.get("href") for anchor in anchors])
            faults += ["an anchor inside of something else" for anchor in anchors if anchor not in list(element)]
    strays = [child.tag for child in body if child.tag != "section"]
    return (
        faults
        + [f"outside of a cell: {tag}" for tag in strays]
        + ([] if cells == len(body) else ["a cell inside a cell"])
    )


def _faults(tag: str, given: Mapping[str, str | None], images: set[str]) -> list[str]:
    faults = [] if tag in VOID | TEXT | MATHS else [f"<{tag}>"]
    anchor = _is_anchor(given)
    wide = tag in {"pre", "table"} or (tag == "math" and given.get("display") == "block")
    if wide and "tabindex" not in given:
        faults.append(f"<{tag}> out of the keyboard's reach")
    for key, value in given.items():
        if key == "src":
            right = tag == "img" and value in images
        elif key == "href":
            right = tag == "a" and LINK.fullmatch(value or "") is not None
            right = right and ((value or "").startswith("#") or given.get("rel") == "noreferrer noopener")
            right = right and anchor == bool(CELL.fullmatch(value or ""))
        elif key == "tabindex":
            right = wide and value == "0"
        elif key == "id":
            right = tag not in MATHS and (tag == "section") == bool(CELL.fullmatch(value or ""))
        elif key == "class" and anchor:
            right = tag == "a" and value == "anchor" and given.keys() == OF_ANCHORS and bool(given["aria-label"])
        else:
            right = key in (OF_MATHS if tag in MATHS else PLAIN)
        if not right:
            faults.append(f"<{tag} {key}={value!r}>"[:120])
    return faults


def _is_anchor(given: Mapping[str, str | None]) -> bool:
    """Whether the element looks like the link that each cell has to itself: only our own may, and nothing else leads to a cell."""
    return "anchor" in (given.get("class") or "").split()


def _faults_of_anchors(cell: str, anchors: list[str | None]) -> list[str]:
    return [] if anchors == ([f"#{cell}"] if cell else []) else [f"anchors of “{cell}”: {anchors}"]
