"""What is said about pages that have been read. Every rule is a heuristic over text that a PDF gives up only roughly."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from submissions.domain.check_slides.reading import Page
from submissions.domain.checks import WORD, Finding, Level, count_words, found, listed

MOST_WORDS = 80  # advice on slides ranges from 30 to 75 words; above 80 people read instead of listening
SENTENCE_WORDS = 7  # shorter lines with a full stop are key words with punctuation
LEAST_NUMBERED = 0.8  # a title, a full-page figure and a closing page may go without
MILLIMETRES = 25.4 / 72
RATIOS = {"4:3": 4 / 3, "16:10": 16 / 10, "16:9": 16 / 9}
SAME_RATIO, SAME_SIZE = 0.02, 0.01

# A slide takes one to one and a half minutes, and at least the time to say it: a speaker says about twice the words that are
# shown, and speaks 120 to 150 of them in a minute.
MINUTES_PER_SLIDE = (1.0, 1.5)
SPOKEN_PER_SHOWN = 2
WORDS_PER_MINUTE = (150, 120)

# Fonts that every viewer can replace by one of the same widths (PDF 32000-1:2008, 9.6.2.2).
STANDARD_FONTS = re.compile(r"^(Courier|Helvetica|Arial|Times|TimesNewRoman|Symbol|ZapfDingbats)(\b|PS|New)")

_SOURCES = re.compile(
    r"^[\W\d]*(references|bibliography|literature|sources|literatur(verzeichnis)?|quellen(verzeichnis)?)\b", re.I
)
_CLOSING = re.compile(r"\b(thank(s| you)|questions?|danke|vielen dank|fragen)\b|q\s?&\s?a\b", re.I)
_APPENDIX = re.compile(r"^\W*(appendix|back-?up|anhang|extra slides)\b", re.I)
_BULLET = re.compile(r"^\s*([•‣▪▸►●○◦–*·-]|\(?\d{1,2}[.)])\s")
_CITATION = re.compile(r"\bet al\b|\barxiv\b|\bdoi\b|https?://|\((19|20)\d\d[a-z]?\)|\b(19|20)\d\d\.$", re.I)
_OF_ALL = re.compile(r"(?<![\d.])(\d{1,4})\s?(?:/|\||of|von)\s?(\d{1,4})(?![\d.])")


def without_steps(pages: Sequence[Page]) -> list[Page]:
    """The pages without those that the next page only adds to: same first line, all its words and more (LaTeX's overlays)."""
    bags = [(_first_line(page), Counter(WORD.findall(page.text))) for page in pages]
    return [page for page, bag, after in zip(pages, bags, [*bags[1:], None], strict=True) if not _is_step(bag, after)]


def _is_step(bag: tuple[str, Counter[str]], after: tuple[str, Counter[str]] | None) -> bool:
    return after is not None and bag[0] == after[0] and bag[1].total() >= 3 and bag[1] < after[1]


def _first_line(page: Page) -> str:
    return next((line.strip() for line in page.text.splitlines() if line.strip()), "")


# --- form -------------------------------------------------------------------------------------------------------


def shape(pages: Iterable[Page]) -> Iterator[Finding]:
    """The format of most pages, and the pages whose size differs from it by more than 1 %."""
    sizes = {page.number: (page.width, page.height) for page in pages if page.width > 0 and page.height > 0}
    if not sizes:
        return
    (width, height), _ = Counter(sizes.values()).most_common(1)[0]
    measures = {"width": round(width * MILLIMETRES), "height": round(height * MILLIMETRES)}
    ratio = next((name for name, value in RATIOS.items() if abs(width / height / value - 1) <= SAME_RATIO), "")
    if ratio:
        yield found("aspect", "good", ratio=ratio)
    else:
        yield found("aspect_portrait" if width < height else "aspect_other", "hint", **measures)
    near = {
        number: abs(w / width - 1) <= SAME_SIZE and abs(h / height - 1) <= SAME_SIZE for number, (w, h) in sizes.items()
    }
    if not all(near.values()):
        yield found("sizes_unequal", "hint", [number for number, same in near.items() if not same])


def fonts(pages: Iterable[Page]) -> Iterator[Finding]:
    """Fonts without their file: a hint for those that viewers can replace, a warning for others."""
    lacking = {page.number: page.not_embedded for page in pages if page.not_embedded}
    names = frozenset().union(*lacking.values())
    if names:
        level: Level = "hint" if all(STANDARD_FONTS.match(name) for name in names) else "warning"
        yield found("fonts_not_embedded", level, lacking, names=listed(names))
    elif any(page.text.strip() for page in pages):
        yield found("fonts_embedded", "good")


# --- text -------------------------------------------------------------------------------------------------------


def numbers(pages: Sequence[Page], slides: Sequence[Page]) -> Finding:
    """Whether the pages after the first carry their number.

    A number counts at the beginning or end of a line, where it is the page's label, its place or its slide's place in the
    deck (shifted by the same 0 to 5 everywhere, for title pages that do not count), or stands as “n / m” with one m throughout.
    """
    expected = [page for page in pages if page.number > 1] or list(pages)
    last = [slide.number for slide in slides]
    places = {page.number: 1 + sum(number < page.number for number in last) for page in pages}
    candidates = {page.number: _candidates(page) for page in expected}
    ways = [
        {p.number for p in expected if p.label.isdecimal() and int(p.label) in candidates[p.number]},
        _of_all(expected),
    ]
    for shift in range(-5, 6):
        ways.append({p.number for p in expected if p.number + shift in candidates[p.number]})
        ways.append({p.number for p in expected if places[p.number] + shift in candidates[p.number]})
    numbered = max(ways, key=len)
    share = len(numbered) / len(expected)
    if share >= LEAST_NUMBERED:
        return found("slide_numbers", "good")
    lacking = [page.number for page in expected if page.number not in numbered]
    return found("slide_numbers_missing", "hint" if share > 0.5 else "warning", lacking)


def _candidates(page: Page) -> set[int]:
    lines = [line.strip(" \t-–|·").split() for line in page.text.splitlines()]
    ends = {end for words in lines if words for end in (words[0], words[-1])}
    return {int(word) for word in ends if word.isdecimal() and len(word) <= 4}


def _of_all(pages: Sequence[Page]) -> set[int]:
    pairs = {page.number: {(int(n), int(m)) for n, m in _OF_ALL.findall(page.text)} for page in pages}
    totals = Counter(m for found_here in pairs.values() for m in {m for n, m in found_here if 1 <= n <= m})
    if not totals:
        return set()
    most = max(totals, key=lambda m: (totals[m], m))
    return {number for number, found_here in pairs.items() if any(m == most and 1 <= n <= m for n, m in found_here)}


def words(slides: Sequence[Page], most: int) -> Finding:
    """Slides with more than `most` words; lists of sources may be long."""
    counts = {slide.number: count_words(slide.text) for slide in slides if not _lists_sources(slide)}
    crowded = [number for number, count in counts.items() if count > most]
    if crowded:
        return found("words_many", "warning", crowded, limit=most, most=max(counts.values()))
    return found("words", "good", median=round(median(counts.values() or [0])), most=max(counts.values(), default=0))


def sentences(slides: Sequence[Page]) -> Finding:
    """Slides with full sentences; a warning where more than half of the slides have some."""
    counts = {slide.number: count_sentences(slide.text) for slide in slides if not _lists_sources(slide)}
    places = [number for number, count in counts.items() if count]
    if not places:
        return found("sentences_few", "good")
    return found(
        "sentences", "warning" if 2 * len(places) > len(counts) else "hint", places, sentences=sum(counts.values())
    )


def count_sentences(text: str) -> int:
    """Full sentences: seven words or more that end in `.`, `!` or `?`, and do not look like a citation.

    Verbs are not looked for, which would need a language. A sentence may run over lines: a line belongs to the one before if it
    begins with a small letter, or if the one before ends in a comma or is long (eight words) and has no end.
    """
    runs: list[str] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        if runs and not _BULLET.match(line) and _goes_on(runs[-1], line):
            runs[-1] += " " + line
        else:
            runs.append(line)
    parts = (part for run in runs for part in re.split(r"(?<=[.!?])\s+", run))
    return sum(_is_sentence(part.rstrip("”\"')")) for part in parts)


def _goes_on(before: str, line: str) -> bool:
    open_end = not before.endswith((".", "!", "?", ":")) and len(WORD.findall(before[-400:])) >= 8
    return line[:1].islower() or before.endswith(",") or open_end


def _is_sentence(part: str) -> bool:
    return part.endswith((".", "!", "?")) and count_words(part) >= SENTENCE_WORDS and not _CITATION.search(part)


def _lists_sources(page: Page) -> bool:
    lines = [line for line in page.text.splitlines() if line.strip()]
    return any(_SOURCES.match(line) for line in lines[:3])


# --- time -------------------------------------------------------------------------------------------------------


def length(slides: Sequence[Page], minutes: tuple[int, int]) -> Finding:
    """The estimated length of the talk against the planned one; see the constants for the model.

    The title, lists of sources, a closing page and all from an appendix on take no time. Never more than a hint.
    """
    shown = [count_words(slide.text) for slide in _told(slides)]
    low, high = (
        round(sum(max(least, SPOKEN_PER_SHOWN * count / speed) for count in shown))
        for least, speed in zip(MINUTES_PER_SLIDE, WORDS_PER_MINUTE, strict=True)
    )
    least, most = minutes
    values = {"low": low, "high": high, "slides": len(shown)}
    if high < least:
        return found("minutes_short", "hint", least=least, most=most, **values)
    if most and low > most:
        return found("minutes_long", "hint", least=least, most=most, **values)
    return found("minutes", "good", **values)


def _told(slides: Sequence[Page]) -> Iterator[Page]:
    for slide in slides:
        few = count_words(slide.text) <= 12
        if few and _APPENDIX.match(_first_line(slide)):
            return
        is_title = slide.number == 1 and len(slides) > 1
        if not is_title and not _lists_sources(slide) and not (few and _CLOSING.search(slide.text)):
            yield slide
