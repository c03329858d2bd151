"""The points of a review: what its author can answer one by one, read from the text as it was written.

A point is an item of a list at the left margin ("- …", "* …", "1. …"), with the paragraphs indented below it. A text without
such a list is one point. What stands before the list is an introduction, and after it a remark: neither asks for an answer.

A point may begin with brackets that say what it is about and how much it weighs: "[cell 12]", "[slides 3-5, minor]",
"[Zelle 4, wichtig]". Anything else in brackets is text, and so is what follows from there on.
"""

import re
from dataclasses import dataclass

WEIGHTS = ("minor", "normal", "major")
MAX_PLACES = 20  # of one point
MAX_PLACE = 9999
WORDS = {
    "minor": "minor", "small": "minor", "klein": "minor", "kleinigkeit": "minor", "gering": "minor",
    "normal": "normal",
    "major": "major", "important": "major", "wichtig": "major", "schwerwiegend": "major",
}  # fmt: skip
ITEM = re.compile(r"(?:[-*+]|\d{1,3}[.)])[ \t]+(?=\S)")
BRACKETS = re.compile(r"\s*\[([^\[\]]{1,80})\](?!\()")
PLACES = re.compile(r"(?:cells?|slides?|pages?|zellen?|folien?|seiten?)\s*(\d[\d\s,–-]*)", re.IGNORECASE)
RANGE = re.compile(r"(\d+)(?:\s*[-–]\s*(\d+))?")
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True)
class Point:
    """text: Markdown without the brackets; weight: one of WEIGHTS; places: numbers of cells or pages, from 1, in order."""

    text: str
    weight: str = "normal"
    places: tuple[int, ...] = ()


def read_points(text: str) -> tuple[Point, ...]:
    """The points of one answer, in order; none where nothing was written."""
    items = _items(text)
    return tuple(point for item in items or [text] if (point := _point(item)).text)


def read_places(words: str) -> tuple[int, ...] | None:
    """The numbers of cells in words like "3, 7-9", in order; None if something else is said."""
    if not re.fullmatch(r"[\d\s,–-]*", words):
        return None
    return tuple(sorted(set(_numbers(words)))[:MAX_PLACES])


def _items(text: str) -> list[str]:
    """The items of every list at the left margin, each without its mark and its indentation."""
    items: list[list[str]] = []
    inside, fence = False, ""
    for line in text.replace("\r\n", "\n").expandtabs(4).split("\n"):
        mark = None if fence else ITEM.match(line)
        if mark:
            items.append([line[mark.end() :]])
            inside = True
        elif inside and (not line.strip() or line.startswith("  ") or fence or items[-1][-1].strip()):
            items[-1].append(line)  # also a line that only follows: a paragraph may be broken anywhere
        else:
            inside = False
        fence = _fence(line[mark.end() :] if mark else line.strip(), fence)
    return ["\n".join([item[0], *(_unindented(item[1:]))]) for item in items]


def _fence(line: str, fence: str) -> str:
    """The fence of code that is open after this line."""
    found = FENCE.match(line)
    if not found:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) else fence


def _unindented(lines: list[str]) -> list[str]:
    depth = min((len(line) - len(line.lstrip()) for line in lines if line.startswith("  ")), default=0)
    return [line[depth:] if line.startswith(" " * depth) else line for line in lines]


def _point(item: str) -> Point:
    weight, places, rest = "normal", [], item
    while found := BRACKETS.match(rest):
        said = _said(found[1])
        if said is None:
            break
        weight, rest = said[0] or weight, rest[found.end() :]
        places += said[1]
    kept = sorted(set(places))[:MAX_PLACES]
    return Point(rest.strip(), weight, tuple(kept))


def _said(words: str) -> tuple[str, list[int]] | None:
    """What one pair of brackets says, as a weight or "" and places; None if it says anything else."""
    places = [number for found in PLACES.finditer(words) for number in _numbers(found[1])]
    others = [word for word in re.split(r"[\s,;]+", PLACES.sub(" ", words).lower()) if word]
    if any(word not in WORDS for word in others) or not (places or others):
        return None
    return (WORDS[others[-1]] if others else ""), places


def _numbers(words: str) -> list[int]:
    numbers: list[int] = []
    for found in RANGE.finditer(words):
        first, last = int(found[1][:5]), int((found[2] or found[1])[:5])
        numbers += range(first, min(last, first + MAX_PLACES) + 1)
    return [number for number in numbers if 1 <= number <= MAX_PLACE]
