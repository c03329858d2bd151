"""Slides before they are handed in: what a listener would stumble over, as findings with page numbers.

What is looked for comes from the seminar's own advice (demands 29 to 31): slide numbers, no crowded slides, few full sentences,
15 to 20 minutes, a PDF that looks the same everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from submissions.domain.check_slides import rules
from submissions.domain.check_slides.reading import Deck, SlidesError, read_deck
from submissions.domain.checks import Finding, found

__all__ = ["check_slides"]


def check_slides(
    data: bytes, *, minutes: tuple[int, int] = (15, 20), most_words: int = rules.MOST_WORDS
) -> tuple[Finding, ...]:
    """Findings about a PDF with slides; never raises for any bytes, and never runs anything inside the file.

    minutes: the planned length of the talk, least and most; most = 0 means no plan. most_words: above it a slide is crowded.
    A file that cannot be read gives one finding, `unreadable`. Meant for a child process with limits, since a hostile file
    may take seconds and hundreds of megabytes; see `preflight_report`.
    """
    try:
        deck = read_deck(data)
        return tuple(_findings(deck, minutes, most_words))
    except SlidesError as error:
        return (found(error.code, "warning"),)
    except Exception as error:  # whatever a broken file makes of the library
        return (found("unreadable", "warning", reason=type(error).__name__),)


def _findings(deck: Deck, minutes: tuple[int, int], most_words: int) -> Iterator[Finding]:
    yield found("pages", "good", pages=deck.total)
    if deck.encrypted:
        yield found("encrypted_open", "hint")
    if deck.total > len(deck.pages):
        yield found("pages_not_read", "hint", read=len(deck.pages), pages=deck.total)
    if unread := [page.number for page in deck.pages if not page.readable]:
        yield found("pages_unreadable", "hint", unread)
    yield from rules.shape(deck.pages)
    yield from rules.fonts(deck.pages)
    pages = [page for page in deck.pages if page.readable]
    if any(page.text.strip() for page in pages):
        slides = rules.without_steps(pages)
        yield rules.numbers(pages, slides)
        yield rules.words(slides, most_words)
        yield rules.sentences(slides)
        yield rules.length(slides, minutes)
    elif pages:
        yield found("no_text", "warning")
