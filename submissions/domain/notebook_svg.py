"""SVG made inert: read as XML, and written anew from an allow-list, to be shown as a picture file only.

No script, no style sheet, no foreign object, no picture inside, no reference but to a part of the same drawing. References are
counted with what they draw, because a drawing of drawings of drawings would keep the browser busy for ever.
"""

from __future__ import annotations

import re
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

MAX_BYTES = 3 * 1024**2
MAX_DEPTH = 60
MAX_ELEMENTS = 50_000
MAX_DRAWN = 400_000  # elements, each counted as often as it is referred to
SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS = _words(
    "svg g path rect circle ellipse line polyline polygon text tspan defs use clipPath mask linearGradient radialGradient stop"
    " pattern marker symbol title desc"
)
_SHOWN = _words(
    "fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-dasharray"
    " stroke-dashoffset stroke-miterlimit opacity color display visibility clip-path clip-rule mask marker-start marker-mid"
    " marker-end stop-color stop-opacity font-family font-size font-style font-weight text-anchor dominant-baseline"
    " alignment-baseline baseline-shift letter-spacing word-spacing text-decoration writing-mode shape-rendering"
    " text-rendering"
)
_ATTRIBUTES = _SHOWN | _words(
    "id x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy d points width height viewBox preserveAspectRatio transform offset"
    " gradientUnits gradientTransform spreadMethod clipPathUnits maskUnits maskContentUnits patternUnits patternContentUnits"
    " patternTransform markerWidth markerHeight markerUnits refX refY orient rotate textLength lengthAdjust pathLength"
)
_LOCAL = re.compile(r"url\(\s*[\"']?#([\w.:-]+)[\"']?\s*\)")
_ID = re.compile(r"[\w.:-]+")
_DOCTYPE = re.compile(rb"<!DOCTYPE\s+svg\b[^\[\]<>]*>", re.IGNORECASE)


class _RefusedError(Exception):
    """The drawing is too deep, too long, draws too much, or is no XML of the simple kind."""


def inert_svg(data: bytes) -> tuple[bytes, int, int] | None:
    """The drawing without anything that acts or refers elsewhere, its width and height in pixels; None where it is refused."""
    if len(data) > MAX_BYTES:
        return None
    data = _DOCTYPE.sub(b"", data, count=1)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return None
    writer = _Writer()
    try:
        return writer.written(data[max(0, data.find(b"<svg")) :] if b"<?xml" not in data[:200] else data.lstrip())
    except (expat.ExpatError, _RefusedError, UnicodeError, LookupError, ValueError):
        return None


class _Writer:
    """Writes what the parser reports and the lists allow."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[tuple[str, str, int]] = []  # name, id, number of its first element
        self.skipped = 0  # depth inside what is left out
        self.elements = 0
        self.sizes: dict[str, int] = {}
        self.targets: list[str] = []
        self.referring: set[str] = set()  # ids of what contains a reference
        self.size = (0, 0)

    def written(self, data: bytes) -> tuple[bytes, int, int]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self.text, self.refuse
        parser.buffer_text = True
        parser.Parse(data, True)
        drawn = self.elements + sum(self.sizes.get(target, 0) for target in self.targets)
        if not self.elements or drawn > MAX_DRAWN or self.referring.intersection(self.targets):
            raise _RefusedError
        return "".join(self.out).encode(), *self.size

    def refuse(self, *_declaration: object) -> None:
        raise _RefusedError

    def start(self, qualified: str, given: dict[str, str]) -> None:
        space, _, name = qualified.rpartition(" ")
        if self.skipped or space not in {SVG, ""} or name not in _ELEMENTS or (not self.open and name != "svg"):
            self.skipped += 1
            if self.skipped + len(self.open) > MAX_DEPTH * 4:
                raise _RefusedError
            return
        self.elements += 1
        if len(self.open) >= MAX_DEPTH or self.elements > MAX_ELEMENTS:
            raise _RefusedError
        attributes = self.allowed(name, given)
        self.open.append((name, attributes.get("id", ""), self.elements))
        if len(self.open) == 1:
            self.size = _size(attributes)
            attributes |= {"xmlns": SVG, "xmlns:xlink": XLINK, "width": str(self.size[0]), "height": str(self.size[1])}
        self.out.append(f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>")

    def end(self, _qualified: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        name, identifier, first = self.open.pop()
        if identifier:
            self.sizes[identifier] = max(self.sizes.get(identifier, 0), self.elements - first + 1)
        self.out.append(f"</{name}>")

    def text(self, text: str) -> None:
        if (
            not self.skipped
            and self.open
            and (self.open[-1][0] in {"text", "tspan", "title", "desc"} or text.isspace())
        ):
            self.out.append(escape(text))

    def allowed(self, name: str, given: dict[str, str]) -> dict[str, str]:
        """The attributes that stay; declarations of a style attribute become attributes, which draw the same."""
        wanted = {key: value for key, value in given.items() if key in _ATTRIBUTES}
        for declaration in given.get("style", "")[:4000].split(";"):
            key, _, value = declaration.partition(":")
            if key.strip() in _SHOWN:
                wanted[key.strip()] = value.replace("!important", "").strip()
        kept = {key: value for key, value in wanted.items() if self.harmless(key, value)}
        target = given.get(f"{XLINK} href", given.get("href", ""))
        if name in {"use", "linearGradient", "radialGradient"} and target.startswith("#") and _ID.fullmatch(target[1:]):
            kept["xlink:href"] = target
            if name == "use":
                self.refer(target[1:], kept)
        return kept

    def harmless(self, key: str, value: str) -> bool:
        if key == "id":
            return _ID.fullmatch(value) is not None
        if found := _LOCAL.fullmatch(value):
            self.refer(found[1], {})
            return True
        return "(" not in value or re.search(r"url|image|src|element|\\", value, re.IGNORECASE) is None

    def refer(self, target: str, own: dict[str, str]) -> None:
        self.targets.append(target)
        self.referring.update(identifier for _name, identifier, _first in self.open if identifier)
        if "id" in own:
            self.referring.add(own["id"])


def _size(attributes: dict[str, str]) -> tuple[int, int]:
    """Width and height in CSS pixels from the root's attributes, else from its view box, else 640 × 480."""
    numbers = re.split(r"[\s,]+", attributes.get("viewBox", "").strip())
    box = [_pixels(number) for number in numbers[2:]] if len(numbers) == 4 else [0.0, 0.0]
    width, height = _pixels(attributes.get("width", "")), _pixels(attributes.get("height", ""))
    ratio = box[1] / box[0] if all(box) else 0.75
    width = width or (height / ratio if height else box[0]) or 640
    height = height or width * ratio
    return min(4000, max(1, round(width))), min(4000, max(1, round(height)))


def _pixels(length: str) -> float:
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,12})?)(px|pt|in|cm|mm)?", length.strip())
    factors = {None: 1.0, "px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
    return float(found[1]) * factors[found[2]] if found else 0.0
