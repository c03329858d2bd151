"""The deadlines as people see them, and as organizers move them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time

import pytest
import time_machine
from django.test import Client

from courses.models import HistoryEntry, Participant, Seminar
from milestones.models import Milestone
from milestones.services import grant_extension
from notifications.models import Letter
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
MOVE = {"due_date": "2023-11-02", "due_time": "12:00", "reason": "", "expected": "2023-10-30 23:59:00"}


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["olga"])


def give(world: World, row: Participant, now: datetime, day: date = date(2023, 11, 2)) -> None:
    olga = world.people["olga"]
    grant_extension(world.milestone("m1"), row, due_date=day, due_time=time(12), reason="ill", actor=olga, now=now)


# --- the list -----------------------------------------------------------------------------------------------


def test_milestone_list_names_every_deadline_with_its_zone(world: World, signed_in: SignedIn) -> None:
    page = signed_in(world.people["anna"]).get(world.url("milestones/")).text
    for text in ("Mon 30 Oct 2023, 23:59 CET", "Fri 8 Dec 2023, 23:59 CET", "Fri 23 Feb 2024, 23:59 CET"):
        assert text in page
    assert "All times are local times of Europe/Berlin." in page
    assert "late work is accepted and marked" in page


def test_milestone_list_speaks_in_the_zone_of_the_seminar(world: World, signed_in: SignedIn) -> None:
    Seminar.objects.filter(slug="small").update(time_zone="America/New_York")
    page = signed_in(world.people["anna"]).get(world.url("milestones/")).text
    assert "Mon 30 Oct 2023, 23:59 EDT" in page
    assert "All times are local times of America/New_York." in page


def test_milestone_list_shows_a_student_their_own_extension(world: World, signed_in: SignedIn, now: datetime) -> None:
    give(world, world.row("anna"), now)
    seen = {}
    for name in ("anna", "boris", "olga"):
        page = signed_in(world.people[name]).get(world.url("milestones/")).text
        seen[name] = ("Thu 2 Nov 2023, 12:00 CET" in page, "your extension" in page)
    assert seen == {"anna": (True, True), "boris": (False, False), "olga": (False, False)}


def test_milestone_list_says_what_hangs_on_ones_own_talk(world: World, signed_in: SignedIn) -> None:
    for key, days in (("before", -3), ("after", 7)):
        Milestone.objects.create(
            seminar=world.seminar,
            key=key,
            title=key,
            kind="upload",
            anchor="own_talk",
            due_time=time(23, 59),
            offset_days=days,
        )
    page = signed_in(world.people["anna"]).get(world.url("milestones/")).text
    assert "3 days before the own talk" in page
    assert "7 days after the own talk" in page


def test_milestone_list_lets_only_organizers_move(olga: Client, world: World, signed_in: SignedIn) -> None:
    link = f'href="{world.url("milestones/m1/")}"'
    pages = [client.get(world.url("milestones/")).text for client in (olga, signed_in(world.people["anna"]))]
    assert [link in page for page in pages] == [True, False]


def test_milestone_list_is_for_those_who_take_part(world: World, signed_in: SignedIn) -> None:
    names = ("apply", "wait", "gone", "other_organizer", "other_student", "outsider")
    answers = {name: signed_in(world.people[name]).get(world.url("milestones/")).status_code for name in names}
    assert answers == dict.fromkeys(names, 403)


def test_milestone_list_takes_the_same_queries_for_one_and_for_many(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    bare = Seminar.objects.create(
        slug="bare", ects=7, capacity=8, weekday=4, starts_at=time(14), ends_at=time(16), title="Bare"
    )
    Participant.objects.create(seminar=bare, user=world.people["anna"], state="admitted", entered_at=now)
    anna, counts = signed_in(world.people["anna"]), []
    for numbers in (range(1), range(1, 30)):
        Milestone.objects.bulk_create(
            Milestone(
                seminar=bare, key=f"x{n}", title=f"Task {n}", kind="upload", due_date=now.date(), due_time=time(12)
            )
            for n in numbers
        )
        counts.append(queries_of(anna, "/seminars/bare/milestones/"))
    assert counts[0] == counts[1]


# --- moving it for everybody --------------------------------------------------------------------------------


def test_milestone_edit_shows_the_deadline_and_what_it_expects(olga: Client, world: World) -> None:
    page = olga.get(world.url("milestones/m1/")).text
    assert "Mon 30 Oct 2023, 23:59 CET" in page
    assert '<input type="hidden" name="expected" value="2023-10-30 23:59:00"' in page
    assert 'value="2023-10-30"' in page


def test_milestone_edit_moves_and_tells_everybody(olga: Client, world: World) -> None:
    url = world.url("milestones/m1/")
    assert olga.post(url, MOVE).url == url
    assert "Thu 2 Nov 2023, 12:00 CET" in olga.get(url).text
    assert Letter.objects.filter(kind="deadline_moved").count() == 4


def test_milestone_edit_twice_is_one_effect(olga: Client, world: World) -> None:
    answers = [olga.post(world.url("milestones/m1/"), MOVE).status_code for _ in range(2)]
    assert (answers, Letter.objects.count(), HistoryEntry.objects.count()) == ([302, 302], 4, 1)


def test_milestone_edit_from_an_old_page_is_a_conflict_with_both_values(olga: Client, world: World) -> None:
    olga.post(world.url("milestones/m1/"), MOVE)
    response = olga.post(world.url("milestones/m1/"), {**MOVE, "due_date": "2023-11-09"})
    assert response.status_code == 409
    assert "2023-11-02 12:00:00" in response.text
    assert "2023-11-09 12:00:00" in response.text
    assert world.milestone("m1").due_date == date(2023, 11, 2)
    assert (Letter.objects.count(), HistoryEntry.objects.count()) == (4, 1)


@pytest.mark.parametrize("change", [{"due_date": "soon"}, {"due_time": ""}, {"reason": "x" * 251}])
def test_milestone_edit_with_a_mistake_moves_nothing(olga: Client, world: World, change: dict[str, str]) -> None:
    response = olga.post(world.url("milestones/m1/"), {**MOVE, **change})
    assert (response.status_code, list(response.context["form"].errors)) == (400, list(change))
    assert world.milestone("m1").due_date == date(2023, 10, 30)


def test_milestone_edit_of_one_that_follows_the_talk_offers_no_common_date(olga: Client, world: World) -> None:
    Milestone.objects.filter(seminar=world.seminar, key="m2").update(anchor="own_talk", due_date=None)
    page = olga.get(world.url("milestones/m2/")).text
    assert "once your talk has a date" in page
    assert "Move it for everybody" not in page
    response = olga.post(world.url("milestones/m2/"), {**MOVE, "expected": ""}, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (400, "no_common_date")


def test_organizers_pages_refuse_every_other_role(world: World, signed_in: SignedIn) -> None:
    for name in ("anna", "gone", "other_organizer", "other_student", "outsider"):
        client = signed_in(world.people[name])
        for page in ("milestones/m1/", "milestones/m1/extensions/"):
            answers = [client.get(world.url(page)), client.post(world.url(page), MOVE)]
            assert (name, page, [answer.status_code for answer in answers]) == (name, page, [403, 403])
    assert HistoryEntry.objects.count() == 0


def test_pages_ask_strangers_to_sign_in_first(world: World, client: Client) -> None:
    for page in ("milestones/", "milestones/m1/", "milestones/m1/extensions/"):
        assert client.get(world.url(page)).url == f"/accounts/login/?next={world.url(page)}"


def test_milestone_of_another_seminar_is_404(olga: Client, world: World) -> None:
    Milestone.objects.filter(seminar=world.other, key="m1").update(key="theirs")
    for page in ("milestones/theirs/", "milestones/theirs/extensions/"):
        assert {olga.get(world.url(page)).status_code, olga.post(world.url(page), MOVE).status_code} == {404}


def test_milestone_edit_takes_the_same_queries_for_one_extension_and_for_many(
    olga: Client, world: World, now: datetime
) -> None:
    rows = add_students(world.seminar, 30)
    give(world, rows[0], now)
    one = queries_of(olga, world.url("milestones/m1/"))
    for row in rows[1:]:
        give(world, row, now)
    assert queries_of(olga, world.url("milestones/m1/")) == one


# --- when people are reminded -------------------------------------------------------------------------------


def test_reminder_update_changes_the_schedule(world: World, olga: Client) -> None:
    sent = {"hours": "5d, 6h", "shown": "3d, 1d, 3h"}
    for _time in range(2):
        assert olga.post(world.url("milestones/m1/reminders/"), sent).status_code == 302
    assert world.milestone("m1").reminder_hours == [120, 6]
    assert 'value="5d, 6h"' in olga.get(world.url("milestones/m1/")).text
    entries = HistoryEntry.objects.filter(subject="reminders:m1")
    assert list(entries.values_list("old", "new")) == [("3d, 1d, 3h", "5d, 6h")]


def test_reminder_update_of_a_stale_page_keeps_what_the_other_wrote(world: World, olga: Client) -> None:
    olga.post(world.url("milestones/m1/reminders/"), {"hours": "5d", "shown": "3d, 1d, 3h"})
    answer = olga.post(world.url("milestones/m1/reminders/"), {"hours": "6h", "shown": "3d, 1d, 3h"}, headers=JSON)
    assert answer.status_code == 409
    assert "“5d”" in answer.json()["message"]
    assert "“6h”" in answer.json()["message"]
    assert world.milestone("m1").reminder_hours == [120]


def test_reminder_update_with_nonsense_says_what_to_write(world: World, olga: Client) -> None:
    answer = olga.post(world.url("milestones/m1/reminders/"), {"hours": "soon", "shown": "3d, 1d, 3h"})
    assert answer.status_code == 400
    assert "such as: 3d, 1d, 3h. Nothing was saved." in answer.text
    assert world.milestone("m1").reminder_hours == [72, 24, 3]
