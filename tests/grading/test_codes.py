"""Codes of documents, and the words beside a grade."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from grading.domain.codes import ALPHABET, BYTES, LENGTH, in_groups, read_code, write_code
from grading.domain.predicates import predicate
from grading.domain.schemes import GERMAN_SCALE
from grading.services.wording import in_words


@given(st.binary(min_size=BYTES, max_size=BYTES))
def test_code_is_read_back_from_every_way_to_type_it(random: bytes) -> None:
    code = write_code(random)
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    typed = in_groups(code).lower().replace("1", "l").replace("0", "o").replace("-", " — ")
    assert read_code(typed) == read_code(in_groups(code)) == code


@given(st.sets(st.binary(min_size=BYTES, max_size=BYTES), min_size=2, max_size=2))
def test_codes_of_different_bytes_differ(pair: set[bytes]) -> None:
    assert len({write_code(each) for each in pair}) == 2


@given(st.text())
def test_read_code_takes_any_text(typed: str) -> None:
    code = read_code(typed)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))


def test_write_code_of_too_few_bytes_says_so() -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        write_code(b"few")


def test_predicate_of_every_german_grade() -> None:
    words = [predicate(step, GERMAN_SCALE, Decimal("4.0")) for step in GERMAN_SCALE]
    good, satisfactory = ["good"] * 3, ["satisfactory"] * 3
    assert words == ["very_good", "very_good", *good, *satisfactory, "sufficient", "sufficient", "insufficient"]


@pytest.mark.parametrize("scale", [[], ["0", "15"], ["1.0", "6.0"], ["1", "2"]])
def test_predicate_of_other_scales_is_empty(scale: list[str]) -> None:
    assert predicate(Decimal("1.0"), map(Decimal, scale), Decimal("4.0")) == ""


@pytest.mark.parametrize(
    ("language", "grade", "words"),
    [
        ("en", "1.30", "one point three"),
        ("de", "1.3", "eins Komma drei"),
        ("en", "2", "two point zero"),
        ("de", "10.25", "eins null Komma zwei fünf"),
    ],
)
def test_in_words_reads_digit_by_digit(language: str, grade: str, words: str) -> None:
    with translation.override(language):
        assert in_words(Decimal(grade)) == words
