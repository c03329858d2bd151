"""The examination office's sheet comes back with the grades in the right rows and every other byte as it was."""

import base64
import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl.styles import Font, PatternFill

from accounts.models import User
from courses.models import HistoryEntry
from grading.domain.office_sheet import fill_office_sheet, read_office_sheet
from grading.domain.workbook_xml import Unusable
from grading.models import ReleasedGrade
from tests.factories.world import World
from tests.reviews.test_views import text_of

SignIn = Callable[..., Client]
LEGACY = ["mtknr", "nachname", "vorname", "pdatum", "bewertung", "bemerkung"]
STUDENTS = [("0012345", "Großmann", "Anna"), ("22222", "Łukasik", "Boris"), ("33333", "Conti", "Carla")]


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def legacy(
    mark: int = 3, *, students: list[tuple[str, str, str]] | None = None, number: type = str
) -> openpyxl.Workbook:
    """A sheet as QIS gives it out, with what people add: a formula, colours, a second sheet, an empty cell for the grade."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "Prüfungsliste"
    sheet.cell(mark, 1, "startHISsheet")
    sheet.cell(mark, 4, "endHISsheet")
    for column, word in enumerate(LEGACY, 1):
        sheet.cell(mark + 1, column, word)
    rows = STUDENTS if students is None else students
    for place, (matriculation, family, given) in enumerate(rows, mark + 2):
        for column, value in enumerate((number(matriculation), family, given, datetime(2024, 3, 1)), 1):
            sheet.cell(place, column, value)
        sheet.cell(place, 6, f"=A{place}&B{place}")
        sheet.cell(place, 2).font = Font(bold=True)
        if place % 2:
            sheet.cell(place, 5).fill = PatternFill("solid", fgColor="FFFF00")
    sheet.cell(mark + 2 + len(rows), 1, "endHISsheet")
    book.create_sheet("Hinweise")["A1"] = "Bitte nicht ändern."
    return book


def hisinone(students: list[tuple[str, str, str]] | None = None) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = "Deckblatt"
    sheet = book.create_sheet("Noteneintrag")
    sheet["A1"], sheet["A3"], sheet["B3"], sheet["A5"] = "Noten", "EXAM_CHECK_TOKEN", "a1b2-c3d4", "startHISsheet"
    words = ["Examplan.id", "PrüfungsNr.", "Titel", "Nachname", "Vorname", "Matrikelnummer", "Leistung", "Status"]
    for column, word in enumerate(words, 1):
        sheet.cell(6, column, word)
    rows = STUDENTS if students is None else students
    for place, (matriculation, family, given) in enumerate(rows, 7):
        for column, value in enumerate((place, "4711", "Seminar", family, given, matriculation, None, "AN"), 1):
            sheet.cell(place, column, value)
    sheet.cell(7 + len(rows), 1, "endHISsheet")
    return book


def looks(cell: Any) -> tuple[object, ...]:
    return cell.fill.fgColor.rgb, cell.font.bold, cell.number_format


# --- the file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [3, 9])
def test_legacy_sheet_is_read_and_filled_in_the_right_rows_only(mark: int) -> None:
    content = saved(legacy(mark))
    read = read_office_sheet(content)
    assert read["dialect"] == "legacy"
    assert [(row["matriculation"], row["family"], row["value"]) for row in read["rows"]] == [
        (number, family, "") for number, family, _given in STUDENTS
    ]
    rows = [row["row"] for row in read["rows"]]
    filled = fill_office_sheet(content, {rows[0]: "130", rows[2]: "500"})
    before, after = (openpyxl.load_workbook(io.BytesIO(each)) for each in (content, filled))
    assert [after.active.cell(row, 5).value for row in rows] == [130, None, 500]
    differing = {
        cell.coordinate
        for line in after.active.iter_rows()
        for cell in line
        if looks(cell) != looks(before.active[cell.coordinate]) or cell.value != before.active[cell.coordinate].value
    }
    assert differing == {f"E{rows[0]}", f"E{rows[2]}"}


def test_every_other_part_of_the_file_keeps_its_bytes() -> None:
    content = saved(legacy())
    filled = fill_office_sheet(content, {5: "130"})
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(io.BytesIO(filled)) as after:
        assert before.namelist() == after.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert changed == ["xl/worksheets/sheet1.xml"]
        old, new = (book.read(changed[0]).decode() for book in (before, after))
    assert re.sub(r"<c r=\"E5\"[^>]*><v>130</v></c>", "", new) == re.sub(r"<c r=\"E5\"[^>]*/>", "", old)


def test_hisinone_sheet_keeps_its_token_and_takes_grades_as_they_are() -> None:
    content = saved(hisinone())
    read = read_office_sheet(content)
    assert (read["dialect"], [row["row"] for row in read["rows"]]) == ("hisinone", [7, 8, 9])
    filled = openpyxl.load_workbook(io.BytesIO(fill_office_sheet(content, {7: "1.3", 9: "5"})))["Noteneintrag"]
    assert [filled.cell(row, 7).value for row in (7, 8, 9)] == [1.3, None, 5]
    assert (filled["B3"].value, filled["H7"].value) == ("a1b2-c3d4", "AN")


def test_cell_between_two_others_is_put_into_its_place() -> None:
    book = hisinone()
    book["Noteneintrag"].cell(7, 10, "Vermerk")
    filled = openpyxl.load_workbook(io.BytesIO(fill_office_sheet(saved(book), {7: "1.7"})))["Noteneintrag"]
    assert [filled.cell(7, column).value for column in (6, 7, 8, 10)] == ["0012345", 1.7, "AN", "Vermerk"]


def test_formula_in_the_cell_of_the_grade_stays() -> None:
    book = legacy()
    book.active["E5"] = "=100+30"
    content = saved(book)
    assert [row["formula"] for row in read_office_sheet(content)["rows"]] == [True, False, False]
    assert openpyxl.load_workbook(io.BytesIO(fill_office_sheet(content, {5: "130"}))).active["E5"].value == "=100+30"


def test_numbers_that_are_numbers_are_read_as_text() -> None:
    read = read_office_sheet(saved(legacy(students=[("4711", "Großmann", "Anna")], number=int)))
    assert read["rows"][0]["matriculation"] == "4711"


def without(book: openpyxl.Workbook, word: str) -> bytes:
    for sheet in book:
        for line in sheet.iter_rows():
            for cell in line:
                if cell.value == word and cell.column != 4:
                    cell.value = None
    return saved(book)


def twice(book: openpyxl.Workbook, place: str, word: str) -> bytes:
    book.active[place] = word
    return saved(book)


BROKEN: dict[str, tuple[str, Callable[[], bytes]]] = {
    "an old workbook": ("old_workbook", lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600)),
    "a text": ("not_a_workbook", lambda: b"mtknr;bewertung\n1;2\n"),
    "a damaged archive": ("not_a_workbook", lambda: saved(legacy())[:-300]),
    "another archive": ("not_a_workbook", lambda: archive({"hello.txt": b"hello"})),
    "broken XML": (
        "not_a_workbook",
        lambda: archive({"xl/workbook.xml": b"<workbook><", "xl/_rels/workbook.xml.rels": b"<Relationships/>"}),
    ),
    "no mark": ("no_mark", lambda: without(legacy(), "startHISsheet")),
    "two marks": ("two_marks", lambda: twice(legacy(), "A20", "startHISsheet")),
    "no end": ("no_end", lambda: without(legacy(), "endHISsheet")),
    "no headings that are known": ("no_columns", lambda: without(legacy(), "bewertung")),
    "a heading twice": ("two_columns", lambda: twice(legacy(), "G4", "Bewertung")),
    "no students": ("no_rows", lambda: saved(legacy(students=[]))),
    "nothing below the mark": ("no_header", lambda: twice(openpyxl.Workbook(), "A3", "startHISsheet")),
}


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("name", BROKEN)
def test_broken_sheet_has_a_code_of_its_own(name: str) -> None:
    code, make = BROKEN[name]
    with pytest.raises(Unusable) as unusable:
        read_office_sheet(make())
    assert unusable.value.said["error"] == code


# --- the page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def graded(world: World, now: datetime) -> World:
    """Anna and boris have released grades, carla none; anna's number is known without its zeros."""
    User.objects.update(language="en")
    olga = world.row("olga").user
    for name, number, grade in (("anna", "12345", "1.3"), ("boris", "22222", "5.0"), ("carla", "33333", "")):
        row = world.row(name)
        User.objects.filter(pk=row.user_id).update(matriculation_number=number)
        if grade:
            ReleasedGrade.objects.create(
                participant=row, grade=Decimal(grade), passed=grade < "4.1", steps=[], parts=[], released_at=now,
                released_by=olga,
            )  # fmt: skip
    return world


def look(client: Client, world: World, content: bytes) -> Any:
    return client.post(world.url("grading/office/"), {"file": SimpleUploadedFile("office.xlsx", content)})


def take(client: Client, world: World, page: Any) -> Any:
    fields = dict(re.findall(r'type="hidden" name="(content|shown)" value="([^"]*)"', page.content.decode()))
    return client.post(world.url("grading/office/"), fields)


def test_page_shows_both_sides_first_and_gives_the_file_back(graded: World, signed_in: SignIn) -> None:
    client = signed_in(graded.people["olga"])
    rows = [
        *STUDENTS[:1],
        ("22222", "Müller", "Boris"),
        STUDENTS[2],
        ("99999", "Niemand", "Nele"),
        ("", "Ohne", "Nummer"),
    ]
    page = look(client, graded, saved(legacy(students=rows)))
    words = text_of(page)
    assert "2 grades would be filled in." in words
    for problem in (
        "has another family name here; please look whether it is the same person",
        "has no released grade",
        "is not in this seminar",
        "has no matriculation number",
    ):
        assert words.count(problem) == 1
    answer = take(client, graded, page)
    assert answer["Content-Disposition"] == 'attachment; filename="small-grades.xlsx"'
    filled = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active
    assert [filled.cell(row, 5).value for row in range(5, 10)] == [130, 500, None, None, None]
    entry = HistoryEntry.objects.get(subject="examination office's sheet")
    assert (entry.actor, entry.new) == (graded.people["olga"], "2 grades")


def test_page_names_who_is_not_in_the_sheet(graded: World, signed_in: SignIn) -> None:
    page = look(signed_in(graded.people["olga"]), graded, saved(hisinone(STUDENTS[1:])))
    assert "With a released grade here, but not in the sheet: Anna Großmann (12345): 1.3" in text_of(page)


def test_same_number_twice_is_filled_nowhere(graded: World, signed_in: SignIn) -> None:
    words = text_of(look(signed_in(graded.people["olga"]), graded, saved(legacy(students=[STUDENTS[0]] * 2))))
    assert "0 grades would be filled in." in words
    assert words.count("this matriculation number stands in the sheet twice") == 2
    User.objects.filter(email__startswith="boris").update(matriculation_number="0012345")
    words = text_of(look(signed_in(graded.people["olga"]), graded, saved(legacy())))
    assert "two students of this seminar have this matriculation number" in words


def test_grade_that_changed_since_the_look_is_a_conflict(graded: World, signed_in: SignIn) -> None:
    client = signed_in(graded.people["olga"])
    page = look(client, graded, saved(legacy()))
    last = ReleasedGrade.objects.get(participant=graded.row("anna"))
    last.pk, last.grade = None, Decimal("1.0")
    last.save()
    answer = take(client, graded, page)
    assert answer.status_code == 409
    assert "The grades have changed since you looked." in text_of(answer)
    assert not HistoryEntry.objects.filter(subject="examination office's sheet").exists()


@pytest.mark.parametrize("name", BROKEN)
def test_broken_sheet_gets_one_sentence(graded: World, signed_in: SignIn, name: str) -> None:
    answer = look(signed_in(graded.people["olga"]), graded, BROKEN[name][1]())
    assert answer.status_code == 400
    (alert,) = re.findall(r'role="alert">([^<]*)<', answer.content.decode())
    assert alert.endswith("Nothing was changed.")
    if name == "an old workbook":
        assert "save it as .xlsx" in alert


def test_nothing_and_nonsense_are_refused(graded: World, signed_in: SignIn) -> None:
    client, address = signed_in(graded.people["olga"]), graded.url("grading/office/")
    assert client.post(address).status_code == 400
    assert client.post(address, {"content": "%%%", "shown": "x"}).status_code == 400
    sent_back = base64.b64encode(saved(legacy())).decode()
    assert client.post(address, {"content": sent_back, "shown": "x"}).status_code == 409
    assert look(client, graded, saved(legacy()) + bytes(1024**2)).status_code == 413
