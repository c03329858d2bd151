"""A form that was written, filled in and read back says what was typed, or names the line of each mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.offline import PROBLEMS, read_form, write_form

PROMPTS = [("Enhancements", "What would make it better? -->"), ("Mistakes", "")]
TITLES = [title for title, _help in PROMPTS]


def form(texts: dict[str, str] | None = None, revision: int = 3) -> str:
    return write_form(12, revision, "Review of Work 12", "Keep this line.", PROMPTS, texts or {})


def sentences(text: str) -> list[str]:
    return [PROBLEMS[code] % named for code, named in read_form(text, 12, PROMPTS).problems]


def test_form_has_a_heading_and_the_help_of_each_prompt() -> None:
    assert form({"Mistakes": "- one"}) == (
        "# Review of Work 12\n\n<!-- review 12, revision 3. Keep this line. -->\n\n"
        "## Enhancements\n\n<!-- What would make it better? –› -->\n\n## Mistakes\n\n- one\n"
    )


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029#`~")).map(
    str.strip
)


@given(st.fixed_dictionaries(dict.fromkeys(TITLES, TEXT)), st.integers(0, 10**9 - 1))
def test_form_that_was_filled_in_comes_back_as_it_was(texts: dict[str, str], revision: int) -> None:
    read = read_form(form(texts, revision), 12, PROMPTS)
    assert (read.revision, read.texts, read.problems) == (revision, texts, [])


@given(st.text())
def test_any_text_is_a_form_or_has_problems(text: str) -> None:
    read = read_form(text, 12, PROMPTS)
    assert read.problems
    assert all(PROBLEMS[code] % named for code, named in read.problems)


def test_comments_of_ones_own_stay() -> None:
    texts = {
        "Enhancements": "<!-- review 13, revision 2 -->\n\none",
        "Mistakes": "<!-- mine -->\n\ntwo\n\n<!-- yours -->",
    }
    assert read_form(form(texts), 12, PROMPTS).texts == texts


def test_code_may_hold_what_looks_like_a_heading() -> None:
    text = "- so:\n\n```\n## Mistakes\n<!-- kept -->\n```"
    assert read_form(form({"Enhancements": text}), 12, PROMPTS).texts == {"Enhancements": text, "Mistakes": ""}


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_form_of_another_system_is_read(end: str) -> None:
    text = "\ufeff" + form({"Enhancements": "One\n\nTwo"}).replace("\n", end)
    read = read_form(text, 12, PROMPTS)
    assert (read.texts["Enhancements"], read.problems) == ("One\n\nTwo", [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<!-- review 12, revision 3. Keep this line. -->", "", "is missing; please download the form again"),
        ("review 12,", "review 13,", "Line 3: this is the form of another review."),
        ("## Mistakes", "## My thoughts", "Line 9: “My thoughts” is no part of this form."),
        ("## Mistakes", "## Mistakes\n\n## Mistakes", "Line 11: “Mistakes” stands here a second time."),
        ("## Mistakes\n", "", "The heading “## Mistakes” is missing"),
        ("## Enhancements", "Hello!\n\n## Enhancements", "Line 5: this stands before the first heading"),
        ("## Mistakes", "## Mistakes\n" + "x" * 20_001, "Under “Mistakes” stand more than 20000 characters"),
        ("## Mistakes", "```\n\n## Mistakes", "Line 9: this block of code is never closed"),
    ],
)
def test_mistake_in_a_form_is_named_with_its_line(old: str, new: str, said: str) -> None:
    text = form()
    assert old in text
    assert any(said in sentence for sentence in sentences(text.replace(old, new, 1)))
