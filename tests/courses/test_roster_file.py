"""A list of people: headers in two languages, names in every script, and every problem of a row at once."""

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from hypothesis import given
from hypothesis import strategies as st

from courses.domain.roster import Entry, Roster, degree_of, is_address, read_roster, state_of
from courses.domain.sheets import Line, Problem, SheetError, read_csv
from courses.services import sheets as service

HEADER = ("E-Mail", "Vorname", "Nachname", "Matrikelnummer", "Studiengang", "Abschluss", "Status")
ANNA = Entry(2, "anna@uni.example", "Anna", "Müller", "2567890", "Computer Science", "master", "admitted", ())
ROW = ("anna@uni.example", "Anna", "Müller", "2567890", "Computer Science", "M.Sc.", "zugelassen")


def entries(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> tuple[Entry, ...]:
    return read_roster([Line(number, cells) for number, cells in enumerate((header, *rows), 1)]).entries


def changed(**cells: str) -> tuple[str, ...]:
    """The row of Anna with other cells."""
    names = ("email", "given", "family", "matriculation", "programme", "degree", "state")
    return tuple(cells.get(name, cell) for name, cell in zip(names, ROW, strict=True))


def problems(**cells: str) -> tuple[Problem, ...]:
    return entries(changed(**cells))[0].problems


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        ("E-Mail-Adresse", "Vornamen", "Name", "MtkNr", "Fach", "Degree", "STATE"),
        ("mail", "First Name", "Last Name", "Matr.-Nr.", "programme", "degree", "state"),
        ("Uni-Mail", "Given names", "Surname", "Matriculation number", "Study programme", "degree", "status"),
        ("email", "given", "family", "matriculation", "programme", "degree", "state"),
        ("Emailadresse", "given name(s)", "Family name", "matrikel-nr", "study program", "Abschluss", "Status*"),
    ],
)
def test_read_roster_knows_headers_by_many_names(header: tuple[str, ...]) -> None:
    assert entries(ROW, header=header) == (ANNA,)


def test_read_roster_of_a_university_export() -> None:
    data = (
        "Nr;Matrikelnummer;Nachname;Vorname;E-Mail-Adresse;Abschluss;Status\r\n"
        "1;2567890;Müller;Anna;Anna@Uni.Example;Master;Zugelassen\r\n"
        "\r\n"
        '2;0123456;"von der Höhe";"Jörg; Uwe";joerg@uni.example;;Warteliste 3\r\n'
    )
    assert read_roster(read_csv(data.encode("windows-1252"))) == Roster(
        (
            replace(ANNA, programme=""),
            Entry(4, "joerg@uni.example", "Jörg; Uwe", "von der Höhe", "0123456", "", "", "waiting", ()),
        ),
        ("Nr",),
    )


def test_read_roster_needs_only_address_and_family_name() -> None:
    assert entries(("a@uni.example", "Li"), ("b@uni.example", "Lu"), header=("Mail", "Name")) == (
        Entry(2, "a@uni.example", "", "Li", "", "", "", "admitted", ()),
        Entry(3, "b@uni.example", "", "Lu", "", "", "", "admitted", ()),
    )


@pytest.mark.parametrize(
    ("lines", "code", "values"),
    [
        ([], "no_rows", {}),
        ([Line(1, HEADER)], "no_rows", {}),
        ([Line(1, ("Mail", "Vorname")), Line(2, ROW)], "missing_column", {"column": "family"}),
        ([Line(1, ("Teilnehmerliste",)), Line(3, HEADER), Line(4, ROW)], "missing_column", {"column": "email"}),
        (
            [Line(1, (*HEADER, "Surname")), Line(2, ROW)],
            "column_twice",
            {"column": "family", "first": "Nachname", "second": "Surname"},
        ),
    ],
)
def test_read_roster_refuses_a_file_as_a_whole(lines: list[Line], code: str, values: dict[str, str]) -> None:
    with pytest.raises(SheetError) as caught:
        read_roster(lines)
    assert (caught.value.code, caught.value.values) == (code, values)


@pytest.mark.parametrize(
    ("given_names", "family"),
    [
        ("小龙", "李"),
        ("Stanisław", "Łukasik"),
        ("Ñuño", "Ñ"),
        ("Ханна", "Арендт"),
        ("Nguyễn", "Q\u0323u\u0306y\u0301"),  # marks that combine with no letter into one
        ("محمد", "ابن رشد"),
        ("שרה", "לוי"),
        ("علی\u200cرضا", "نوری"),
        ("ਜਸਪ੍ਰੀਤ", "ਸਿੰਘ"),
        ("Seán", "O’Neill-d'Arc"),
        ("", "🙂"),
    ],
)
def test_read_roster_takes_names_in_any_script(given_names: str, family: str) -> None:
    assert entries(changed(given=given_names, family=family)) == (replace(ANNA, given=given_names, family=family),)


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"email": ""}, [Problem("empty", "email")]),
        ({"family": ""}, [Problem("empty", "family")]),
        ({"given": "", "matriculation": "", "programme": "", "degree": "", "state": ""}, []),
        ({"email": "anna"}, [Problem("not_an_email", "email", "anna")]),
        ({"given": "x" * 100, "family": "x" * 100, "matriculation": "7" * 20, "programme": "x" * 120}, []),
        ({"given": "x" * 101}, [Problem("too_long", "given", "100")]),
        ({"family": "李" * 101}, [Problem("too_long", "family", "100")]),
        ({"matriculation": "7" * 21}, [Problem("too_long", "matriculation", "20")]),
        ({"programme": "x" * 121}, [Problem("too_long", "programme", "120")]),
        ({"given": "=1+1"}, [Problem("formula", "given", "=1+1")]),
        ({"family": "@SUM(A1)"}, [Problem("formula", "family", "@SUM(A1)")]),
        ({"programme": "-"}, [Problem("formula", "programme", "-")]),
        ({"matriculation": "+49"}, [Problem("formula", "matriculation", "+49")]),
        ({"email": "=a@uni.example"}, [Problem("formula", "email", "=a@uni.example")]),
        ({"family": "Mül\x07ler"}, [Problem("odd_characters", "family", "U+0007")]),
        ({"given": "An\u202ena"}, [Problem("odd_characters", "given", "U+202E")]),
        ({"given": "An\nna"}, [Problem("odd_characters", "given", "U+000A")]),
        ({"degree": "Kapitän"}, [Problem("unknown_degree", "degree", "Kapitän")]),
        ({"state": "vielleicht"}, [Problem("unknown_state", "state", "vielleicht")]),
    ],
)
def test_read_roster_names_the_problem_of_a_row(cells: dict[str, str], found: list[Problem]) -> None:
    assert list(problems(**cells)) == found


def test_read_roster_names_all_problems_of_a_row_at_once() -> None:
    row = (*changed(email="An na", family="", given="-" * 101, degree="?", state="!", matriculation="\x00"), "stray")
    assert entries(row) == (
        Entry(
            line=2,
            email="an na",
            given="-" * 101,
            family="",
            matriculation="�",
            programme="Computer Science",
            degree="",
            state="",
            problems=(
                Problem("extra_cell", value="stray"),
                Problem("too_long", "given", "100"),
                Problem("formula", "given", "-" * 59 + "…"),
                Problem("empty", "family"),
                Problem("odd_characters", "matriculation", "U+0000"),
                Problem("not_an_email", "email", "an na"),
                Problem("unknown_degree", "degree", "?"),
                Problem("unknown_state", "state", "!"),
            ),
        ),
    )


def test_read_roster_names_the_row_that_a_later_one_repeats() -> None:
    rows = [
        changed(),
        changed(email="ANNA@uni.example", matriculation=""),
        changed(email="", matriculation="A1"),
        changed(email="", matriculation="a1"),
        changed(),
    ]
    address, number = (
        Problem("duplicate", "email", "anna@uni.example", 2),
        Problem("duplicate", "matriculation", "2567890", 2),
    )
    assert [entry.problems for entry in entries(*rows)] == [
        (),
        (address,),
        (Problem("empty", "email"),),
        (Problem("empty", "email"), Problem("duplicate", "matriculation", "a1", 4)),
        (address, number),
    ]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("anna.o'neill+x@cs.uni.example", True),
        ("a@xn--bcher-kva.example", True),
        ("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 58 + ".de", True),
        ("a" * 64 + "@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 59 + ".de", False),
        ("a" * 65 + "@uni.example", False),
        ("anna", False),
        ("anna@uni", False),
        ("anna@@uni.example", False),
        ("anna@b@uni.example", False),
        ("an na@uni.example", False),
        ("anna@uni.example ", False),
        ("anna@uni.example\n", False),
        ("anna@uni..example", False),
        (".anna@uni.example", False),
        ("anna.@uni.example", False),
        ("anna@-uni.example", False),
        ("anna@uni.example.", False),
        ("anna@uni.e", False),
        ("anna@127.0.0.1", False),
        ("müller@uni.example", False),
        ("anna@büro.example", False),
        ("anna@uni.example, b@uni.example", False),
        ("anna müller <anna@uni.example>", False),
        ("mailto:anna@uni.example", False),
        ("", False),
    ],
)
def test_is_address(text: str, good: bool) -> None:
    assert is_address(text) == good


@given(st.one_of(st.emails(), st.from_regex(r"\A[a-z0-9!#.'+@-]{1,8}@[a-z0-9.-]{1,8}\.[a-z0-9-]{1,4}\Z")))
def test_is_address_takes_nothing_that_django_refuses(text: str) -> None:
    try:
        validate_email(text)
    except ValidationError:
        assert not is_address(text)


@pytest.mark.parametrize(
    ("text", "degree"),
    [
        *(
            (text, "bachelor")
            for text in ("Bachelor", "B.Sc.", "BSc", "B. A.", "Bachelor of Science (B.Sc.)", "2-Fach-Bachelor")
        ),
        *((text, "master") for text in ("master", "M.Sc.", "MA", "Masterstudium", "Master of Education")),
        *(
            (text, "graduate")
            for text in ("Promotion", "PhD", "Ph.D.", "Dr. rer. nat.", "Doktorand*in", "Graduate school")
        ),
        *((text, "other") for text in ("Other", "Sonstige", "Staatsexamen", "Diplom")),
        ("", ""),
        *((text, None) for text in ("?", "Bachelor/Master", "Master, danach Promotion", "Kapitän", "82")),
    ],
)
def test_degree_of(text: str, degree: str | None) -> None:
    assert degree_of(text) == degree


@pytest.mark.parametrize(
    ("text", "state"),
    [
        *((text, "admitted") for text in ("", "admitted", "Zugelassen", "TEILNEHMER", "Teilnehmer*in")),
        *(
            (text, "waiting")
            for text in ("waiting", "Waiting list", "Warteliste", "Warteliste: 12", "auf der Warteliste")
        ),
        *((text, None) for text in ("?", "nicht zugelassen", "withdrawn", "12", "abgelehnt")),
    ],
)
def test_state_of(text: str, state: str | None) -> None:
    assert state_of(text) == state


CELLS = st.one_of(st.sampled_from(["", "=1", "a@x.example", "Bachelor", "\u202e", "7" * 300]), st.text())


@given(st.lists(st.lists(CELLS, max_size=9), min_size=1, max_size=5))
def test_read_roster_finds_words_for_every_row(rows: list[list[str]]) -> None:
    found = entries(*map(tuple, rows))
    assert [entry.line for entry in found] == list(range(2, len(rows) + 2))
    assert all(service.sentence(problem) for entry in found for problem in entry.problems)
    assert all(len(entry.email) <= 254 and entry.family and entry.state for entry in found if not entry.problems)
