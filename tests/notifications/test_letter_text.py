"""A letter's words: safe in a header, 76 columns wide, and the same in HTML."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.domain.letter_text import LONGEST_SUBJECT, WIDTH, Block, blocks, clean, subject_line, tidy, wrapped

OWN = "https://seminar.example/"
LONG = "https://elsewhere.example/" + "a-long-part/" * 9


def test_clean_keeps_names_and_drops_what_steers_a_terminal() -> None:
    assert clean("Ünal\x1b[31m \x00Łukasz\r\nZoë\u202e \u202dabc\x7f 王芳") == "Ünal[31m Łukasz\nZoë abc 王芳"


@pytest.mark.parametrize(
    ("text", "tag", "line"),
    [
        ("Your topic: 3", "Small2023", "[Small2023] Your topic: 3"),
        ("  Your\n topic ", "", "Your topic"),
        ("[Small2023] Hello", "Small2023", "[Small2023] Hello"),
        ("Re: [Small2023] [Small2023] Hello", "Small2023", "[Small2023] Re: Hello"),
        ("Hello\r\nBcc: all@example.org", "Small2023", "[Small2023] Hello Bcc: all@example.org"),
        ("Hello\u2028Bcc: x", "Sm\nall", "[Sm all] Hello Bcc: x"),
        ('"Łukasz" \\ <b>O’Neil</b>', "S", '[S] "Łukasz" \\ <b>O’Neil</b>'),
    ],
)
def test_subject_line_is_one_line_with_the_tag_once(text: str, tag: str, line: str) -> None:
    assert subject_line(text, tag) == line


def test_subject_line_that_is_too_long_ends_in_an_ellipsis_and_keeps_its_accents() -> None:
    assert subject_line("x" * 250) == "x" * 250
    assert subject_line("x" * 300) == "x" * 249 + "…"
    assert subject_line("e" * 248 + "e\u0301" * 9) == "e" * 248 + "…"


@given(st.text(), st.text(max_size=40))
def test_subject_line_of_whatever_fits_into_a_header(text: str, tag: str) -> None:
    line = subject_line(text, tag)
    assert len(line) <= LONGEST_SUBJECT
    assert [c for c in line if unicodedata.category(c) in {"Cc", "Zl", "Zp"}] == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("word " * 20, ["word " * 14 + "word", "word word word word word"]),
        ("- " + "item " * 18, ["- " + "item " * 14 + "item", "  item item item"]),
        ("12. " + "item " * 18, ["12. " + "item " * 13 + "item", "    item item item item"]),
        ("> " + "quote " * 16, ["> " + "quote " * 11 + "quote", "> quote quote quote quote"]),
        (f"See {LONG} and answer.", ["See", LONG, "and answer."]),
        ("short", ["short"]),
    ],
)
def test_wrapped_breaks_between_words_and_keeps_the_shape(text: str, lines: list[str]) -> None:
    assert wrapped(text.strip()).split("\n") == lines


@given(st.lists(st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=200), max_size=5))
@example([f"- {LONG}"])
def test_wrapped_loses_no_word_and_no_line_is_longer_unless_it_is_one_word(lines: list[str]) -> None:
    text = tidy("\n".join(lines))
    shown = wrapped(text)
    assert shown.replace(">", " ").split() == text.replace(">", " ").split()
    assert [line for line in shown.split("\n") if len(line) > WIDTH and len(line.strip("> ").split()) > 2] == []


def test_tidy_leaves_one_empty_line_between_paragraphs() -> None:
    assert tidy("\n\nDear Ada,  \r\n\n\n\nbye\n\n") == "Dear Ada,\n\nbye\n"


def test_blocks_tell_what_each_part_of_a_letter_is() -> None:
    text = f"""Dear Ada,

it is open, see {LONG}.
Your deadline: today
Do it here:
{OWN}me/

All your deadlines:
{OWN}milestones/

> so be it
- one
- two

2. second

The Seminar
{OWN}
"""
    words = tuple[tuple[str, str], ...]

    def plain(*lines: str) -> tuple[words, ...]:
        return tuple(((line, ""),) for line in lines)

    assert blocks(text, OWN) == [
        Block("paragraph", plain("Dear Ada,")),
        Block("paragraph", ((("it is open, see ", ""), (LONG, LONG), (".", "")), *plain("Your deadline: today"))),
        Block("action", words="Do it here", href=f"{OWN}me/"),
        Block("link", words="All your deadlines", href=f"{OWN}milestones/"),
        Block("quote", plain("so be it")),
        Block("list", plain("one", "two")),
        Block("numbers", plain("second"), start=2),
        Block("foot", words="The Seminar", href=OWN),
    ]


@pytest.mark.parametrize("address", ["https://evil.example/", "https://seminar.example.evil.example/", "javascript:x"])
def test_blocks_hide_no_foreign_address_behind_words(address: str) -> None:
    """What a student writes into a letter must not become the letter's button."""
    (block,) = blocks(f"Your grade is here:\n{address}", OWN)
    assert (block.kind, block.words, block.href) == ("paragraph", "", "")
    assert {(words, href) for line in block.lines for words, href in line if href} <= {(address, address)}
