"""Pictures on pages: one's own criteria, attendance as marks, each with the same in words."""

import gzip
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from accounts.models import User
from courses.models import Attendance, Session
from courses.services import save_attendance
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, part_of, release

pytestmark = pytest.mark.once
SignIn = Callable[..., Client]


def page_of(client: Client, url: str) -> str:
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", client.get(url).content.decode())
    return " ".join(page.split())


# --- criteria -----------------------------------------------------------------------------------------------


def mark(world: World, now: datetime, *levels: int, revision: int) -> None:
    criteria = part_of(world, "presentation").criteria.order_by("position")
    by_pk = {criterion.pk: level for criterion, level in zip(criteria, levels, strict=True)}
    enter(world, "anna", "presentation", entry_of("1.3", levels=by_pk), now, revision=revision)


def test_grade_detail_shows_the_criteria_as_they_were_released(world: World, now: datetime, signed_in: SignIn) -> None:
    grade(world, "anna", now)
    client, url = signed_in(world.people["anna"]), world.url(f"grading/{world.row('anna').pk}/")
    mark(world, now, 4, 1, revision=1)
    assert "criterion by criterion" not in page_of(client, url)
    release(world, now)
    page = page_of(client, url)
    assert re.findall(r'<th scope="row">([^<]+)</th><td><svg[^>]*>.*?d="(M0 0h\d+v10H0z)".*?>(\d of \d)<', page) == [
        ("Tells a story", "M0 0h80v10H0z", "4 of 4"),
        ("Has slide numbers", "M0 0h20v10H0z", "1 of 4"),
    ]
    mark(world, now, 0, 0, revision=2)
    assert page_of(client, url) == page  # sealed until the next release
    assert release(world, now) == 1
    assert "0 of 4" in page_of(client, url)


# --- attendance ---------------------------------------------------------------------------------------------


def note(world: World, key: str, now: datetime, **statuses: str) -> None:
    session = Session.objects.select_related("seminar").get(seminar=world.seminar, key=key)
    by_pk = {world.row(name).pk: status for name, status in statuses.items()}
    save_attendance(session, by_pk, others="", actor=world.row("olga").user, now=now)


def lines_of(page: str) -> list[str]:
    """The words in each row of the table with marks."""
    table = page.partition('<table class="strips">')[2].partition("</table>")[0]
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in table.split("<tr>")[2:]]


def test_attendance_map_has_a_row_for_each_student_in_marks_and_words(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    client, url = signed_in(world.people["olga"]), world.url("attendance/")
    assert "No attendance has been noted yet." in page_of(client, url)
    User.objects.filter(pk=world.row("dana").user_id).update(display_name="<script>x</script>")
    note(world, "kickoff", now, anna="present", carla="excused")
    note(world, "talks", now, anna="absent")
    page = page_of(client, url)
    assert lines_of(page) == [
        "Carla Conti 0 1 0 –",
        "&lt;script&gt;x&lt;/script&gt; 0 0 0 –",
        "Anna Großmann 1 0 1 15 Dec",
        "Boris Łukasik 0 0 0 –",
    ]
    # The third session: the pause in between is none.
    assert '<path class="present" d="M0 0h6v8h-6z"/><path class="absent" d="M16 6h6v2h-6z"/>' in page


def test_grade_detail_has_ones_own_row_and_nobody_elses(world: World, now: datetime, signed_in: SignIn) -> None:
    note(world, "kickoff", now, anna="absent", boris="present")
    page = page_of(signed_in(world.people["anna"]), world.url(f"grading/{world.row('anna').pk}/"))
    assert lines_of(page) == ["0 0 1 27 Oct"]
    assert "Łukasik" not in page


def test_attendance_map_of_four_hundred_is_small_and_asks_no_more(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    client, url = signed_in(world.people["olga"]), world.url("attendance/")
    note(world, "kickoff", now, anna="present")
    few = queries_of(client, url)
    sessions, olga = list(world.seminar.sessions.all()), world.row("olga").user
    Attendance.objects.bulk_create(
        Attendance(session=session, participant=row, status="present", noted_by=olga, noted_at=now)
        for row in add_students(world.seminar, 400)
        for session in sessions
        if session.takes_place
    )
    assert queries_of(client, url) == few
    assert len(gzip.compress(client.get(url).content)) < 40 * 1024
