"""What is said about the text of a notebook: the paper, the author, the resources, and how much is explained."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlsplit

from submissions.domain.check_notebook.source import CodeCell
from submissions.domain.checks import Finding, count_words, found, listed

LEAST_RATIO = 2.0  # words for each line of code; tutorials such as The Annotated Diffusion Model have about 4
FEWEST_LINES = 20  # of code; below it the ratio says nothing
NAME_WINDOW = 6  # words in which the parts of a name must stand together

_URL = re.compile(r"https?://[^\s<>\"'`\\)\]}]{3,500}", re.I)
_ARXIV = re.compile(r"\b(\d{4}\.\d{4,5}|[a-z-]{2,20}(?:\.[a-z]{2})?/\d{7})(?:v\d+)?\b", re.I)
_ARXIV_BARE = re.compile(r"\barxiv\s?[:.]\s?((?:\d{4}\.\d{4,5}|[a-z-]{2,20}(?:\.[a-z]{2})?/\d{7}))", re.I)
_ARXIV_HOSTS = {"arxiv.org", "ar5iv.org", "ar5iv.labs.arxiv.org", "alphaxiv.org", "export.arxiv.org"}
_BADGE = re.compile(r"colab\.research\.google\.com/(?:github|drive|gist|assets/colab-badge)|colab-badge\.svg", re.I)
_RESOURCES = re.compile(
    r"^\s{0,3}(?:#{1,6}|\*\*|\d+\.)[^\n]{0,60}?\b(?:resources?|references?|sources?|data(?:sets?)?|literature|bibliography|credits?"
    r"|acknowledge?ments?|links|daten(?:satz|sätze)?|quellen|literatur|danksagung)\b",
    re.I | re.M,
)
_NOT_PROSE = re.compile(r"```.*?(?:```|\Z)|\$\$.*?(?:\$\$|\Z)|\$[^$\n]{1,300}\$|https?://\S+|<[^<>]{1,300}>", re.DOTALL)

_PARTICLES = re.compile(r"von|van|de[rnl]?|della|d[aiou]|dos|l[ae]|el|al|i?bi?n|zur?|und|[ye]")
_MARKS = re.compile(r"[\u0300-\u036f]+")
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_IDEOGRAPH = re.compile(r"[぀-ヿ㐀-鿿가-힯]")


# --- the paper --------------------------------------------------------------------------------------------------


def paper_key(url: str) -> str:
    """What two addresses of one paper have in common.

    An arXiv paper is its number, whatever host (also ar5iv, alphaXiv, Hugging Face, doi.org), form (abs, pdf, html), version and
    ending. Others lose scheme, `www.`, port, fragment, slashes at the end and `.pdf`; of OpenReview only the id counts.
    """
    try:
        parts = urlsplit(url.strip().rstrip(".,;:"))
        host = (parts.hostname or "").removeprefix("www.").replace("dx.doi.org", "doi.org")
    except ValueError:  # such as an unclosed bracket
        return url.strip().casefold()
    number = _ARXIV.search(parts.path)
    is_arxiv = (
        host in _ARXIV_HOSTS or (host == "huggingface.co" and "/papers/" in parts.path) or "10.48550/" in parts.path
    )
    if number and is_arxiv:
        return f"arxiv:{number[1].lower()}"
    if host == "openreview.net" and "id" in (query := parse_qs(parts.query)):
        return f"openreview:{query['id'][0]}"
    path = re.sub(r"\.pdf$", "", parts.path.rstrip("/"), flags=re.I).rstrip("/")
    return f"{host}{path}{'?' + parts.query if parts.query else ''}".casefold()


def paper(sources: Iterable[tuple[int, str]], url: str) -> Iterator[Finding]:
    """Whether the paper's address is in a cell's source, as an address or as `arXiv:number`."""
    if not url.strip():
        return
    key, cells = paper_key(url), []
    for number, text in sources:
        keys = {paper_key(address) for address in _URL.findall(text)}
        keys |= {f"arxiv:{identifier.lower()}" for identifier in _ARXIV_BARE.findall(text)}
        if key in keys:
            cells.append(number)
    yield found("paper_url", "good", cells) if cells else found("paper_url_missing", "warning", url=url)


# --- the author -------------------------------------------------------------------------------------------------


def author(sources: Iterable[tuple[int, str]], name: str, *, anonymous: bool) -> Iterator[Finding]:
    """Whether the author's name is in a cell's source: whatever case, accents and order.

    Two parts of the name within six words are enough (all parts where there are fewer), so that a second given name may be left
    out. ü counts as ue and as u. An anonymous seminar gets the opposite findings.
    """
    spellings = [parts for parts in (_parts(name, pairs) for pairs in (True, False)) if parts]
    if not spellings:
        return
    cells = [number for number, text in sources if _is_named(text, spellings)]
    if anonymous:
        if cells:
            yield found("author_revealed", "warning", cells)
    else:
        yield found("author_named", "good", cells) if cells else found("author_missing", "warning")


def _plain(text: str, pairs: bool) -> str:
    """Without case and accents. pairs: ü becomes ue, as in German, and not u."""
    text = unicodedata.normalize("NFC", text).casefold()
    if text.isascii():
        return text
    text = text.translate(_LETTERS)
    if pairs:
        text = text.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("å", "aa")
    return _MARKS.sub("", unicodedata.normalize("NFD", text))


def _parts(name: str, pairs: bool) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]+", _plain(name, pairs))
    parts = {word for word in words if (len(word) > 1 and not _PARTICLES.fullmatch(word)) or _IDEOGRAPH.match(word)}
    return frozenset(parts or words)


def _is_named(text: str, spellings: Iterable[frozenset[str]]) -> bool:
    plain = {_plain(text, pairs) for pairs in (True, False)}
    return any(_holds(one, parts) for one in plain for parts in spellings)


def _holds(text: str, parts: frozenset[str]) -> bool:
    if all(_IDEOGRAPH.match(part) for part in parts):  # scripts that set no spaces
        return all(part in text for part in parts)
    if not any(part in text for part in parts):
        return False
    words, needed = re.findall(r"[^\W\d_]+", text), min(2, len(parts))
    places = [place for place, word in enumerate(words) if word in parts]
    windows = (
        [other for other in places[n : n + NAME_WINDOW] if other < place + NAME_WINDOW]
        for n, place in enumerate(places)
    )
    return any(len({words[place] for place in window}) >= needed for window in windows)


# --- resources and prose ----------------------------------------------------------------------------------------


def resources(
    cells: Sequence[CodeCell], downloads: Mapping[str, Sequence[int]], texts: Sequence[tuple[int, str]]
) -> Iterator[Finding]:
    """Whether the text names what the code fetches: a host that the code uses, or a heading such as Resources."""
    if not downloads:
        return
    fetching = {number for numbers in downloads.values() for number in numbers}
    hosts = {host for cell in cells if cell.number in fetching for host in _hosts(cell.cell.source)}
    named = any(_RESOURCES.search(text) or hosts & _hosts(text) for _, text in texts)
    if named:
        yield found("resources_named", "good")
    else:
        yield found("resources_not_named", "warning", fetching, names=listed(downloads))


def _hosts(text: str) -> set[str]:
    return {address.split("/")[2].lower().removeprefix("www.") for address in _URL.findall(text)}


def badge(texts: Iterable[tuple[int, str]]) -> Finding:
    places = [number for number, text in texts if _BADGE.search(text)]
    return found("colab_badge", "good", places) if places else found("colab_badge_missing", "hint")


def ratio(cells: Iterable[CodeCell], texts: Iterable[tuple[int, str]]) -> Finding:
    """Words of text for each line of code; formulas, code blocks and addresses are no words, comments and blanks no lines."""
    words = sum(count_words(_NOT_PROSE.sub(" ", text)) for _, text in texts)
    lines = sum(1 for cell in cells for line in cell.code.splitlines() if line.strip())
    thin = lines >= FEWEST_LINES and words < LEAST_RATIO * lines
    return found("text_thin" if thin else "text_ratio", "hint" if thin else "good", words=words, lines=lines)
