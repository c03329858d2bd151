"""The way out for organizers: released grades as a plain table, and the report of the seminar."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.utils import translation
from openpyxl import load_workbook

from accounts.models import User
from courses.models import HistoryEntry, Session
from courses.services import change_state, save_attendance
from grading.models import IssuedDocument, Part
from grading.services import grades_csv, grades_xlsx, issue_report, print_document
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from tests.grading.test_documents import verified, words_of
from tests.grading.test_services import grade, release, the_scheme

pytestmark = pytest.mark.once
SignIn = Callable[..., Client]
HEADER = [
    *("family name", "given names", "matriculation number", "study programme", "e-mail address"),
    *("Presentation", "Notebook", "Reviews", "Revision", "Attendance", "grade", "passed", "released at"),
]
ANNA = [
    *("Großmann", "Anna", "2580001", "", "anna@example.org"),
    *("1.3", "1.7", "1.0", "yes", "yes", "1.3", "yes", "2023-10-27 17:00 CEST"),
]


def read(content: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


@pytest.fixture
def released(world: World, now: datetime) -> World:
    grade(world, "anna", now)
    grade(world, "boris", now)  # complete, and not released
    change_state(world.row("boris"), "withdrawn", actor=None, now=now)
    release(world, now)
    return world


def test_grades_csv_has_what_was_released_and_nothing_for_the_others(released: World) -> None:
    content = grades_csv(the_scheme(released))
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = read(content)
    assert header == HEADER
    assert [row for row in rows if row[0] == "Großmann"] == [ANNA]
    assert [row[0] for row in rows] == ["Conti", "Demir", "Großmann"]  # boris has left and was never graded
    assert {cell for row in rows[:2] for cell in row[5:]} == {""}


def test_grades_csv_keeps_who_has_left_with_a_grade(released: World, now: datetime) -> None:
    change_state(released.row("anna"), "withdrawn", actor=None, now=now)
    assert ANNA in read(grades_csv(the_scheme(released)))


def test_grades_csv_in_german_is_what_a_german_excel_expects(released: World) -> None:
    with translation.override("de"):
        rows = read(grades_csv(the_scheme(released)), ";")
    assert rows[0][0] == "Nachname"
    assert rows[3][5:12] == ["1,3", "1,7", "1,0", "ja", "ja", "1,3", "ja"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_grades_as_tables_hold_no_formula(released: World, start: str) -> None:
    words = f"{start}cmd|' /C calc'!A0"
    User.objects.filter(pk=released.row("anna").user_id).update(given_names=words, programme=f"{words}\x07")
    Part.objects.filter(scheme__seminar=released.seminar, key="notebook").update(title=f"{start}1+1")
    header, *rows = read(grades_csv(the_scheme(released)))
    assert (header[6], rows[2][1]) == (f"'{start}1+1", f"'{words}")
    sheet = load_workbook(io.BytesIO(grades_xlsx(the_scheme(released)))).active
    assert (sheet["G1"].value, sheet["B4"].value, sheet["D4"].value) == (f"{start}1+1", words, words)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_grades_xlsx_has_numbers_for_grades_and_text_for_the_rest(released: World) -> None:
    sheet = load_workbook(io.BytesIO(grades_xlsx(the_scheme(released)))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == HEADER
    assert rows[3][2:3] + rows[3][5:12] == ["2580001", 1.3, 1.7, 1, "yes", "yes", 1.3, "yes"]
    assert rows[1][5:] == [None] * 8


@pytest.mark.parametrize(
    ("wish", "name"), [("", "SmallGrades.csv"), ("csv", "SmallGrades.csv"), ("xlsx", "SmallGrades.xlsx")]
)
def test_grades_download_is_an_attachment_with_its_name(
    released: World, signed_in: SignIn, wish: str, name: str
) -> None:
    response = signed_in(released.people["olga"]).get(
        released.url("grading/download/"), {"format": wish} if wish else {}
    )
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.content[:2] == (b"PK" if name.endswith("xlsx") else b"\xef\xbb")


def test_grades_download_in_another_format_says_which_there_are(released: World, signed_in: SignIn) -> None:
    response = signed_in(released.people["olga"]).get(
        released.url("grading/download/?format=ods"), headers={"accept": "application/json"}
    )
    assert (response.status_code, response.json()["code"]) == (400, "unknown_format")


def test_grades_download_asks_the_same_for_one_and_for_many(released: World, now: datetime, signed_in: SignIn) -> None:
    client, url = signed_in(released.people["olga"]), released.url("grading/download/")
    few = queries_of(client, url)
    add_students(released.seminar, 20)
    assert queries_of(client, url) == few


# --- the report ---------------------------------------------------------------------------------------------


def note(world: World, now: datetime, **statuses: str) -> None:
    session = Session.objects.select_related("seminar").get(seminar=world.seminar, key="kickoff")
    by_pk = {world.row(name).pk: status for name, status in statuses.items()}
    save_attendance(session, by_pk, others="", actor=world.row("olga").user, now=now)


def report(world: World, now: datetime) -> IssuedDocument:
    return issue_report(the_scheme(world), actor=world.row("olga").user, now=now)


def test_report_says_numbers_and_no_names(released: World, now: datetime) -> None:
    note(released, now + timedelta(days=1), anna="present", carla="absent")
    words = words_of(print_document(report(released, now + timedelta(days=9))))
    for fact in (
        "Report of the seminar A Small Seminar — For tests",
        "3 students took part. 2 have left.",
        "1 grade, 1 passed. Mean 1.3, median 1.3.",
        "Oct. 27, 2023 · Kick-off 1 0 1",
        "As of Oct. 28, 2023",
    ):
        assert fact in words
    for name in ("Anna", "Großmann", "2580001", "Conti"):
        assert name not in words
    with translation.override("de"):
        assert "Mittelwert 1,3, Median 1,3." in words_of(print_document(report(released, now)))


def test_report_has_its_picture_with_words_in_the_file(released: World, now: datetime) -> None:
    reader = pypdf.PdfReader(io.BytesIO(print_document(report(released, now))))
    figures = [each for each in structure(reader.trailer["/Root"]["/StructTreeRoot"]) if each["/S"] == "/Figure"]
    assert [str(each["/Alt"])[:22] for each in figures] == ["1.0: 0, 1.3: 1, 1.7: 0"]


def structure(parent: Any) -> Iterator[Any]:
    """Every element of a document's structure."""
    for kid in parent.get("/K", []):
        element = kid.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield element
            yield from structure(element)


def test_report_is_issued_once_and_stays_as_it_was(released: World, now: datetime) -> None:
    first = report(released, now)
    assert report(released, now + timedelta(hours=1)) == first
    assert HistoryEntry.objects.filter(subject="report issued").count() == 1
    before = print_document(first)
    note(released, now + timedelta(days=1), anna="present")
    second = report(released, now + timedelta(days=1))
    assert second != first
    assert print_document(IssuedDocument.objects.get(pk=first.pk)) == before
    assert "This document was replaced" in verified(first.shown_code)[1]
    page = verified(second.shown_code)[1]
    assert ("This document is genuine" in page, "A Small Seminar" in page, "Grade" in page) == (True, True, False)


def test_report_without_anything_to_say_is_refused(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["olga"])
    assert "There is nothing to report yet" in client.get(world.url("grading/report/")).content.decode()
    response = client.post(world.url("grading/report/issue/"), headers={"accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (409, "nothing_to_report")
    assert IssuedDocument.objects.count() == 0


def test_report_page_offers_what_was_issued(released: World, now: datetime, signed_in: SignIn) -> None:
    client = signed_in(released.people["olga"])
    client.post(released.url("grading/report/issue/"))
    code = IssuedDocument.objects.get(kind="report").shown_code
    assert code in client.get(released.url("grading/report/")).content.decode()
    response = client.get(released.url(f"grading/report/{code}.pdf?language=de"))
    assert response["Content-Disposition"] == 'attachment; filename="SmallReport.pdf"'
    assert "Seminarbericht" in words_of(response.content)
    for wrong in ("x", "0" * 16, IssuedDocument.objects.filter(kind="record")[0].code):
        assert client.get(released.url(f"grading/report/{wrong}.pdf")).status_code == 404


def test_report_asks_the_same_for_few_and_for_many(released: World, now: datetime, signed_in: SignIn) -> None:
    client, url = signed_in(released.people["olga"]), released.url("grading/report/")
    few = queries_of(client, url)
    add_students(released.seminar, 20)
    assert queries_of(client, url) == few


def test_mean_in_the_report_is_of_released_grades(released: World) -> None:
    from grading.services import statistics_for_organizers

    assert statistics_for_organizers(the_scheme(released)).mean == Decimal("1.30")
