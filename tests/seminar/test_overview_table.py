"""The overview as a table: those who are ticked, or everybody, as a spreadsheet opens it."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import User
from milestones.services import grant_extension
from tests.courses.crowd import add_students
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from topics.services import assign_topic

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


@pytest.fixture
def download(world: World, signed_in: SignIn) -> Callable[..., HttpResponse]:
    def post(*names: str, **fields: str) -> HttpResponse:
        data = {"participant": [world.row(name).pk for name in names], **fields}
        return signed_in(world.people["olga"]).post(world.url("manage/download/"), data)

    return post


def read(response: HttpResponse, separator: str = ",") -> list[list[str]]:
    assert response.status_code == 200, response.content
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=separator))


def test_table_of_those_who_are_ticked_has_their_own_deadlines_and_when_work_came_in(
    world: World, download: Callable[..., HttpResponse], now: datetime
) -> None:
    olga, anna = world.row("olga").user, world.row("anna")
    assign_topic(anna, world.topic(1), reason="", actor=olga, now=now)
    slides = world.slot("slides").milestone
    later = slides.due_date + timedelta(days=7)
    grant_extension(slides, anna, due_date=later, due_time=time(18, 0), reason="ill", actor=olga, now=now)
    receive_upload(world.slot("slides"), anna, pdf(), uploaded_by=anna.user, arrived_at=now)
    header, *rows = read(download("anna", "boris", format="csv"))
    table = [dict(zip(header, row, strict=True)) for row in rows]
    own, other = table
    assert [own["e-mail address"], other["e-mail address"]] == ["anna@example.org", "boris@example.org"]
    title = slides.title
    assert (own["topic"], own["title"]) == ("1", world.topic(1).title)
    assert (own[title], own[f"{title}: done at"]) == ("done", "2023-10-27 17:00 CEST")
    assert own[f"{title}: deadline"] == f"{later:%Y-%m-%d} 18:00 CET"
    assert (other[title], other[f"{title}: done at"], other["topic"]) == ("open", "", "")
    assert other[f"{title}: deadline"].startswith(f"{slides.due_date:%Y-%m-%d}")


def test_table_without_a_tick_has_everybody_who_takes_part(world: World, download: Callable[..., HttpResponse]) -> None:
    response = download()
    assert response["Content-Disposition"] == 'attachment; filename="SmallOverview.csv"'
    assert response["Cache-Control"] == "private, no-store"
    assert {row[4] for row in read(response)[1:]} == {f"{n}@example.org" for n in ("anna", "boris", "carla", "dana")}


def test_table_as_a_workbook_says_the_same(download: Callable[..., HttpResponse]) -> None:
    rows = read(download())
    sheet = load_workbook(io.BytesIO(download(format="xlsx").content)).active
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == rows


def test_table_holds_no_formula(world: World, download: Callable[..., HttpResponse]) -> None:
    User.objects.filter(pk=world.row("anna").user_id).update(given_names="=1+1")
    assert read(download("anna"))[1][1] == "'=1+1"
    sheet = load_workbook(io.BytesIO(download("anna", format="xlsx").content)).active
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")


def test_table_in_german_has_german_words(world: World, signed_in: SignIn) -> None:
    User.objects.filter(email="olga@example.org").update(language="de")
    world.people["olga"].refresh_from_db()
    response = signed_in(world.people["olga"], **{"accept-language": "de"}).post(world.url("manage/download/"))
    header, *rows = read(response, ";")
    assert (header[0], header[6], header[9][-7:]) == ("Nachname", "Titel", ": Frist")
    assert {row[8] for row in rows} == {"offen"} or {row[8] for row in rows} == {"bald fällig"}


def test_table_of_nobody_who_is_left_says_so(world: World, download: Callable[..., HttpResponse]) -> None:
    response = download("gone", "apply")
    assert response.status_code == 400
    assert "None of those who are ticked takes part any more." in response.content.decode()
    assert "csv or xlsx" in download(format="ods").content.decode()


def test_table_of_many_asks_no_more(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["olga"])

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.post(world.url("manage/download/")).status_code == 200
        return len(captured)

    few = asked()
    add_students(world.seminar, 30)
    assert asked() == few
