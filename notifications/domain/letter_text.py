"""The text of a letter: safe in a header, readable in 76 columns, and the same text as blocks for its HTML part."""

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH = 76
LONGEST_SUBJECT = 250
LONGEST_LABEL = 40
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_LINK = re.compile(r"https?://[^\s<>\"“”]+")
_ITEM = re.compile(r"(?:[-*•]|\d{1,3}[.)])\s+")
_LEAD = re.compile(rf"\s*(?:>\s?)*(?:{_ITEM.pattern})?")
Piece = tuple[str, str]  # words, and the address that they lead to


def clean(text: str) -> str:
    """The text with `\\n` for line ends, without control characters and characters that turn the direction of writing."""
    lines = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text)
    return "".join(
        c for c in lines if c in "\n\t" or (unicodedata.category(c) not in {"Cc", "Cs"} and ord(c) not in _BIDI)
    )


def subject_line(text: str, tag: str = "") -> str:
    """One line of at most 250 characters that begins with `[tag]` and names it nowhere else."""
    mark = f"[{' '.join(clean(tag).split())}]" if tag.strip() else ""
    words = clean(text).replace(mark, " ") if mark else clean(text)
    line = " ".join(f"{mark} {words}".split())
    if len(line) <= LONGEST_SUBJECT:
        return line
    end = LONGEST_SUBJECT - 1
    while unicodedata.combining(line[end]) or line[end - 1] == "\u200d":  # no letter loses its accent
        end -= 1
    return line[:end].rstrip() + "…"


def plain(markdown: str) -> str:
    """Markdown as one writes it in a letter: links with their address, headings and emphasis without their signs."""
    text = re.sub(r"!?\[([^\]\n]*)\]\((\S+?)\)", lambda m: m[2] if m[1] in {"", m[2]} else f"{m[1]} ({m[2]})", markdown)
    text = re.sub(r"(?m)^#{1,6}\s+(.*?)\s*#*$", r"\1", text)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def tidy(text: str) -> str:
    """Paragraphs with one empty line between them, no white space at the ends of lines, one line end at the end."""
    lines = [line.rstrip() for line in clean(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


def wrapped(text: str) -> str:
    """The text in lines of at most 76 characters; an address or a word that is longer stands whole on its own line."""
    return "\n".join(_wrap(line) for line in text.split("\n"))


def _wrap(line: str) -> str:
    if len(line) <= WIDTH:
        return line
    lead = _LEAD.match(line)
    prefix = lead.group() if lead else ""
    hang = re.sub(r"[^>\s]", " ", prefix)
    return textwrap.fill(
        line, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False, expand_tabs=False
    )


@dataclass(frozen=True)
class Block:
    """A piece of a letter: `paragraph`, `quote`, `list`, `numbers` (with lines), `action`, `link` (with words), or `foot`.

    Words lead somewhere unseen only where that is this site's own address.
    """

    kind: str
    lines: tuple[tuple[Piece, ...], ...] = ()
    words: str = ""
    href: str = ""
    start: int = 1


def blocks(text: str, own: str) -> list[Block]:
    """The letter as blocks; `own` begins the site's addresses. The first that stands alone in its line is the action."""
    chunks = [chunk.split("\n") for chunk in tidy(text).strip("\n").split("\n\n")]
    found: list[Block] = []
    for number, lines in enumerate(chunks):
        last = number == len(chunks) - 1
        if last and len(lines) == 2 and lines[1].startswith(own) and not lines[0].endswith(":"):
            found.append(Block("foot", words=lines[0], href=lines[1]))
        else:
            found += _blocks(lines, own, first=not any(block.kind == "action" for block in found))
    return found


def _blocks(lines: list[str], own: str, *, first: bool) -> Iterator[Block]:
    kept: list[str] = []
    for line in lines:
        if not (line.startswith(own) and _LINK.fullmatch(line)):
            kept.append(line)
            continue
        label = kept[-1][:-1] if kept and kept[-1].endswith(":") and len(kept[-1]) <= LONGEST_LABEL else ""
        yield from _texts(kept[:-1] if label else kept)
        yield Block("action" if first else "link", words=label, href=line)
        first, kept = False, []
    yield from _texts(kept)


def _texts(lines: list[str]) -> Iterator[Block]:
    """Runs of lines of one kind."""
    run: list[str] = []
    for line in [*lines, ""]:
        if run and (not line or _kind(line) != _kind(run[0])):
            yield _text(run)
            run = []
        run.append(line)


def _text(run: list[str]) -> Block:
    kind = _kind(run[0])
    number = re.match(r"\d+", run[0])
    marks = {"quote": re.compile(r">\s?"), "list": _ITEM, "numbers": _ITEM}
    lines = [marks[kind].sub("", line, count=1) if kind in marks else line for line in run]
    return Block(
        kind, tuple(pieces(line) for line in lines), start=int(number.group()) if kind == "numbers" and number else 1
    )


def _kind(line: str) -> str:
    if line.startswith(">"):
        return "quote"
    if _ITEM.match(line):
        return "numbers" if line[0].isdigit() else "list"
    return "paragraph"


def pieces(line: str) -> tuple[Piece, ...]:
    """The line in pieces: words without an address, and addresses, each of which shows itself."""
    found: list[Piece] = []
    end = 0
    for match in _LINK.finditer(line):
        address = match.group().rstrip(".,;:!?)]}'")
        found += [(line[end : match.start()], ""), (address, address)]
        end = match.start() + len(address)
    found.append((line[end:], ""))
    return tuple(piece for piece in found if piece[0])
