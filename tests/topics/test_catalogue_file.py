"""A catalogue of topics: headers in two languages, lists of prerequisites, and every problem of a row at once."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from hypothesis import given
from hypothesis import strategies as st

from courses.domain.sheets import Line, Problem, SheetError, read_csv
from courses.services import sheets as service
from topics.domain.catalogue import ADDRESS, Catalogue, Entry, read_catalogue

NAMES = ("number", "title", "authors", "url", "abstract", "scope", "seats", "required", "recommended", "helpful")
HEADER = (
    "Nr.",
    "Titel",
    "Autoren",
    "Paper",
    "Zusammenfassung",
    "Umfang",
    "Plätze",
    "Voraussetzungen",
    "Empfohlen",
    "Hilfreich",
)
ROW = (
    "7",
    "Flow matching",
    "Lipman et al.",
    "https://arxiv.org/abs/2210.02747",
    "How to …",
    "§§ 1–4",
    "2",
    "ODEs; Python",
    "",
    "OT",
)
FLOW = Entry(
    line=2,
    number=7,
    title="Flow matching",
    authors="Lipman et al.",
    url="https://arxiv.org/abs/2210.02747",
    abstract="How to …",
    scope="§§ 1–4",
    seats=2,
    required=("ODEs", "Python"),
    recommended=(),
    helpful=("OT",),
    problems=(),
)


def entries(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> tuple[Entry, ...]:
    return read_catalogue([Line(number, cells) for number, cells in enumerate((header, *rows), 1)]).entries


def changed(**cells: str) -> tuple[str, ...]:
    """The row above with other cells."""
    return tuple(cells.get(name, cell) for name, cell in zip(NAMES, ROW, strict=True))


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        NAMES,
        (
            "No",
            "Thema",
            "Author",
            "Link",
            "Beschreibung",
            "Scope",
            "Seats",
            "Prerequisites",
            "Strongly recommended",
            "helpful",
        ),
        (
            "Nummer",
            "TITLE",
            "Autor*innen",
            "URL",
            "Abstract",
            "umfang",
            "PLAETZE",
            "required",
            "recommended",
            "hilfreich",
        ),
    ],
)
def test_read_catalogue_knows_headers_by_many_names(header: tuple[str, ...]) -> None:
    assert entries(ROW, header=header) == (FLOW,)


def test_read_catalogue_says_which_fields_the_file_has() -> None:
    catalogue = read_catalogue(read_csv("Nr;Farbe;Titel;Plätze\n3;blau;Flows;2\n".encode()))
    assert (catalogue.fields, catalogue.ignored_columns) == (("number", "title", "seats"), ("Farbe",))


def test_read_catalogue_of_titles_alone() -> None:
    assert read_catalogue(read_csv("Titel\n李 und Łukasik\n\nΣ-Algebren\n".encode())) == Catalogue(
        (
            Entry(2, None, "李 und Łukasik", "", "", "", "", 1, (), (), (), ()),
            Entry(4, None, "Σ-Algebren", "", "", "", "", 1, (), (), (), ()),
        ),
        ("title",),
        (),
    )


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "no_rows"),
        ([Line(1, HEADER)], "no_rows"),
        ([Line(1, ("Nr.",)), Line(2, ROW)], "missing_column"),
        ([Line(1, ("Titel", "Thema")), Line(2, ROW)], "column_twice"),
    ],
)
def test_read_catalogue_refuses_a_file_as_a_whole(lines: list[Line], code: str) -> None:
    with pytest.raises(SheetError) as caught:
        read_catalogue(lines)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("cells", "becomes"),
    [
        ({"number": ""}, {"number": None}),
        ({"number": "007"}, {}),
        ({"number": "999", "seats": "50"}, {"number": 999, "seats": 50}),
        ({"seats": ""}, {"seats": 1}),
        ({"url": ""}, {"url": ""}),
        ({"url": "HTTP://x.example:8080/a?b#ü"}, {"url": "HTTP://x.example:8080/a?b#ü"}),
        ({"abstract": "- one\n- two\ttabs"}, {"abstract": "- one\n- two\ttabs"}),
        ({"abstract": "x" * 10_000}, {"abstract": "x" * 10_000}),
        (
            {"title": "x" * 250, "authors": "y" * 250, "scope": "z" * 250},
            {"title": "x" * 250, "authors": "y" * 250, "scope": "z" * 250},
        ),
        ({"helpful": " a ;; b\r\nc; "}, {"helpful": ("a", "b", "c")}),
        ({"required": ";".join(["x" * 250] * 3)}, {"required": ("x" * 250,) * 3}),
    ],
)
def test_read_catalogue_takes_a_row(cells: dict[str, str], becomes: dict[str, object]) -> None:
    assert entries(changed(**cells)) == (replace(FLOW, **becomes),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"title": ""}, [Problem("empty", "title")]),
        *(
            ({"number": text}, [Problem("not_a_number", "number", text)])
            for text in ("0", "1000", "7.", "7.5", "T1", "٣", "²")
        ),
        *(({"seats": text}, [Problem("bad_seats", "seats", text)]) for text in ("0", "51", "two", "1,5")),
        (
            {"number": "9" * 5000},
            [Problem("too_long", "number", "20"), Problem("not_a_number", "number", "9" * 59 + "…")],
        ),
        ({"number": "-1"}, [Problem("formula", "number", "-1"), Problem("not_a_number", "number", "-1")]),
        ({"title": "x" * 251}, [Problem("too_long", "title", "250")]),
        ({"authors": "x" * 251}, [Problem("too_long", "authors", "250")]),
        ({"scope": "x" * 251}, [Problem("too_long", "scope", "250")]),
        ({"abstract": "x" * 10_001}, [Problem("too_long", "abstract", "10000")]),
        ({"recommended": "a;" + "x" * 251}, [Problem("too_long", "recommended", "250")]),
        ({"url": "https://x.example/" + "x" * 283}, [Problem("too_long", "url", "300")]),
        ({"title": "=A1"}, [Problem("formula", "title", "=A1")]),
        ({"title": "- a dash"}, [Problem("formula", "title", "- a dash")]),
        ({"abstract": "=A1&B1"}, [Problem("formula", "abstract", "=A1&B1")]),
        ({"helpful": "a; =A1;+b"}, [Problem("formula", "helpful", "=A1"), Problem("formula", "helpful", "+b")]),
        ({"title": "Flow\u202ematching"}, [Problem("odd_characters", "title", "U+202E")]),
        ({"authors": "A\nB"}, [Problem("odd_characters", "authors", "U+000A")]),
        ({"abstract": "a\x0bb"}, [Problem("odd_characters", "abstract", "U+000B")]),
        ({"required": "a;b\x00"}, [Problem("odd_characters", "required", "U+0000")]),
    ],
)
def test_read_catalogue_names_the_problem_of_a_row(cells: dict[str, str], found: list[Problem]) -> None:
    assert list(entries(changed(**cells))[0].problems) == found


def test_read_catalogue_shows_what_it_can_of_a_bad_row() -> None:
    row = (*changed(number="x", seats="x", url="x", title="a\x00", abstract="\x00\n", helpful="\u202e"), "stray")
    shown = replace(FLOW, number=None, seats=1, url="x", title="a�", abstract="�\n", helpful=("�",))
    assert replace(entries(row)[0], problems=()) == shown
    assert [(problem.code, problem.column) for problem in entries(row)[0].problems] == [
        ("extra_cell", ""),
        ("odd_characters", "title"),
        ("odd_characters", "abstract"),
        ("odd_characters", "helpful"),
        ("not_a_number", "number"),
        ("bad_seats", "seats"),
        ("bad_url", "url"),
    ]


def test_read_catalogue_names_the_row_that_a_later_one_repeats() -> None:
    rows = [
        changed(),
        changed(number="07", title="Another"),
        changed(number="", title="FLOW  Matching!"),
        changed(number="", title=""),
        changed(number="x", title=""),
        changed(number="x", title="+"),
    ]
    assert [[p for p in entry.problems if p.code == "duplicate"] for entry in entries(*rows)] == [
        [],
        [Problem("duplicate", "number", "07", 2)],
        [Problem("duplicate", "title", "FLOW  Matching!", 2)],
        [],
        [],
        [],
    ]


@pytest.mark.parametrize(
    "url",
    [
        "arxiv.org/abs/1",
        "ftp://x.example/",
        "javascript:alert(1)",
        "https://",
        "https://localhost/",
        "https://x.example/a b",
        "https://x.example/\n",
        "https://x.example/<b>",
        "https://user:secret@x.example/",
        "https://good.example\\@evil.example/",
        "https://-x.example/",
        "https://127.0.0.1/",
        "10.1145/3292500",
    ],
)
def test_read_catalogue_refuses_an_address(url: str) -> None:
    assert Problem("bad_url", "url", url.replace("\n", "�")) in entries(changed(url=url))[0].problems


@given(st.from_regex(rf"\A{ADDRESS.pattern}\Z", fullmatch=True).filter(lambda text: len(text) < 300))
def test_addresses_taken_are_addresses_to_django(text: str) -> None:
    if ADDRESS.fullmatch(text):
        try:
            URLValidator()(text)
        except ValidationError:
            pytest.fail(text)


CELLS = st.one_of(st.sampled_from(["", "=1", "7", "https://x.example", "\u202e", "7" * 300]), st.text())


@given(st.lists(st.lists(CELLS, max_size=12), min_size=1, max_size=5))
def test_read_catalogue_finds_words_for_every_row(rows: list[list[str]]) -> None:
    found = entries(*map(tuple, rows))
    assert [entry.line for entry in found] == list(range(2, len(rows) + 2))
    assert all(service.sentence(problem) for entry in found for problem in entry.problems)
    assert all(0 < len(entry.title) <= 250 and 1 <= entry.seats <= 50 for entry in found if not entry.problems)
