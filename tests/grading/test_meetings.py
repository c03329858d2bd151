"""Times for meetings with one student each: offered, booked, moved, cancelled, and what came of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import HistoryEntry
from grading.models import Meeting
from grading.services import (
    book_meeting,
    cancel_meeting,
    note_outcome,
    offer_meetings,
    remind_of_meetings,
    withdraw_offer,
)
from notifications.models import Letter
from notifications.services import drain
from seminar.services import withdraw
from seminar.services.calendar import calendar_text, personal_entries
from tests.factories.calendars import check
from tests.factories.world import World
from tests.grading.test_views import text_of

SignIn = Callable[[User | None], Client]
DAY = date(2024, 3, 18)
NOW = datetime(2024, 3, 10, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _present(world: World, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    User.objects.update(language="en")


def offer(world: World, begins: time = time(10), ends: time = time(12), minutes: int = 30, now: datetime = NOW) -> int:
    words = {"day": DAY, "begins": begins, "ends": ends, "minutes": minutes, "place": "Room 3"}
    return offer_meetings(world.seminar, **words, actor=world.row("olga").user, now=now)


@pytest.fixture
def offered(world: World) -> World:
    assert offer(world) == 4
    return world


def meeting(number: int) -> Meeting:
    return Meeting.objects.select_related("seminar", "participant__user").order_by("begins_at")[number]


def letters() -> list[tuple[str, str]]:
    found = Letter.objects.filter(kind__startswith="meeting_").order_by("pk")
    return [(letter.kind.removeprefix("meeting_"), letter.to_email.partition("@")[0]) for letter in found]


def test_offered_times_follow_each_other_in_the_seminars_zone(offered: World) -> None:
    begins = [each.begins_at.astimezone(offered.seminar.zone).strftime("%H:%M") for each in Meeting.objects.all()]
    assert begins == ["10:00", "10:30", "11:00", "11:30"]
    assert offer(offered) == 0
    assert offer(offered, time(11, 45), time(13)) == 1  # what overlaps is left out
    assert Meeting.objects.count() == 5


@pytest.mark.parametrize(
    ("begins", "ends", "minutes"), [(time(10), time(10), 30), (time(12), time(10), 30), (time(8), time(18), 5)]
)
def test_times_that_make_no_sense_are_refused(world: World, begins: time, ends: time, minutes: int) -> None:
    with pytest.raises(Refusal):
        offer(world, begins, ends, minutes)
    with pytest.raises(Refusal):
        offer(world, now=datetime(2024, 3, 18, 12, tzinfo=UTC))
    assert Meeting.objects.count() == 0


def test_one_time_has_one_student_and_a_student_one_time(offered: World) -> None:
    anna, boris = offered.row("anna"), offered.row("boris")
    book_meeting(meeting(0), anna, now=NOW)
    assert book_meeting(meeting(0), anna, now=NOW).participant == anna  # twice is one effect
    with pytest.raises(Conflict) as refused:
        book_meeting(meeting(0), boris, now=NOW)
    assert refused.value.code == "meeting_taken"
    book_meeting(meeting(1), boris, now=NOW)
    with pytest.raises(Conflict):
        book_meeting(meeting(1), anna, now=NOW)
    assert meeting(0).participant == anna  # what one had stays when the other time is gone
    book_meeting(meeting(2), anna, now=NOW)
    assert [each.participant for each in Meeting.objects.all()] == [None, boris, anna, None]
    assert letters() == [("booked", "anna"), ("booked", "boris"), ("booked", "anna")]
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=meeting(3).pk).update(participant=anna, booked_at=NOW)


def test_past_and_begun_times_are_not_booked_nor_moved(offered: World) -> None:
    anna, begun = offered.row("anna"), meeting(0).begins_at + timedelta(minutes=1)
    with pytest.raises(Conflict):
        book_meeting(meeting(0), anna, now=begun)
    book_meeting(meeting(0), anna, now=NOW)
    for act in (
        lambda: book_meeting(meeting(2), anna, now=begun),
        lambda: cancel_meeting(meeting(0), actor=anna.user, now=begun),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "meeting_begun"


def test_cancelled_meeting_is_free_again(offered: World) -> None:
    anna, olga = offered.row("anna"), offered.row("olga").user
    book_meeting(meeting(0), anna, now=NOW)
    cancel_meeting(meeting(0), actor=anna.user, now=NOW)
    assert meeting(0).participant is None
    book_meeting(meeting(0), anna, now=NOW)
    with pytest.raises(Refusal) as refused:
        cancel_meeting(meeting(0), actor=olga, now=NOW)
    assert refused.value.code == "reason_missing"
    cancel_meeting(meeting(0), actor=olga, now=NOW, reason="I am ill.")
    cancel_meeting(meeting(0), actor=olga, now=NOW, reason="I am ill.")
    assert letters() == [("booked", "anna"), ("cancelled", "anna"), ("booked", "anna"), ("cancelled", "anna")]
    last = Letter.objects.order_by("-pk")[0]
    assert "Mon 18 Mar 2024, 10:00 CET\nRoom 3\n" in last.text
    assert "I am ill." in last.text
    assert HistoryEntry.objects.filter(subject="meeting").count() == 4


def test_outcome_is_kept_and_ends_the_booking(offered: World) -> None:
    anna, olga = offered.row("anna"), offered.row("olga").user
    book_meeting(meeting(0), anna, now=NOW)
    note_outcome(meeting(0), "missed", "Did not come.", actor=olga, now=NOW)
    note_outcome(meeting(0), "", "", actor=olga, now=NOW)
    note_outcome(meeting(0), "missed", "Did not come.", actor=olga, now=NOW)
    book_meeting(meeting(1), anna, now=NOW)  # who has missed one may have another
    with pytest.raises(Conflict) as refused:
        note_outcome(meeting(0), "", "", actor=olga, now=NOW)
    assert refused.value.code == "meeting_other"
    note_outcome(meeting(1), "held", "Knows the code.", actor=olga, now=NOW)
    with pytest.raises(Conflict) as refused:
        book_meeting(meeting(2), anna, now=NOW)
    assert refused.value.code == "meeting_held"
    with pytest.raises(Refusal):
        note_outcome(meeting(2), "held", "", actor=olga, now=NOW)
    with pytest.raises(Refusal):
        note_outcome(meeting(1), "nonsense", "", actor=olga, now=NOW)
    with pytest.raises(Conflict):
        withdraw_offer(meeting(1))
    withdraw_offer(meeting(3))
    assert Meeting.objects.count() == 3


def test_reminder_goes_out_once_for_each_booking(offered: World) -> None:
    book_meeting(meeting(0), offered.row("anna"), now=NOW)
    day_before = meeting(0).begins_at - timedelta(hours=20)
    book_meeting(meeting(1), offered.row("boris"), now=day_before)  # knows it from the letter of the booking
    for moment in (NOW, day_before, day_before + timedelta(hours=1)):
        remind_of_meetings(moment)
    assert letters() == [("booked", "anna"), ("booked", "boris"), ("reminder", "anna")]
    cancel_meeting(meeting(0), actor=offered.row("anna").user, now=day_before)
    assert Letter.objects.get(kind="meeting_reminder").state == "dropped"


def test_leaving_gives_the_meeting_back(offered: World) -> None:
    book_meeting(meeting(0), offered.row("anna"), now=NOW)
    withdraw(offered.row("anna"), actor=offered.row("olga").user, now=NOW)
    assert meeting(0).participant is None


def test_meeting_is_in_the_calendars_of_both(offered: World) -> None:
    book_meeting(meeting(0), offered.row("anna"), now=NOW)
    for name, has in (("anna", True), ("olga", True), ("boris", False)):
        calendar = calendar_text("Mine", personal_entries(offered.row(name).user, NOW))
        assert (b"DTSTART;TZID=Europe/Berlin:20240318T100000" in calendar) == has


def entries(letter: Letter) -> list[tuple[str, int, str, str]]:
    found = check(letter.calendar.encode())
    return [(uid, int(e.one("SEQUENCE")), e.one("STATUS"), e.one("DTSTART")) for uid, e in found.items()]


def test_meeting_that_moves_is_one_entry_and_a_waiting_letter_is_replaced(offered: World) -> None:
    anna, olga = offered.row("anna"), offered.row("olga").user
    uid = f"meeting-{offered.seminar.pk}-0-{anna.pk}@testserver"
    book_meeting(meeting(0), anna, now=NOW)
    drain(NOW)
    book_meeting(meeting(1), anna, now=NOW)
    book_meeting(meeting(2), anna, now=NOW)
    first, replaced, third = Letter.objects.order_by("pk")
    assert (entries(first), replaced.state) == ([(uid, 1, "CONFIRMED", "20240318T100000")], "dropped")
    assert entries(third) == [(uid, 3, "CONFIRMED", "20240318T110000")]
    drain(NOW)
    cancel_meeting(meeting(2), actor=olga, now=NOW, reason="I am ill.")
    cancelled = Letter.objects.order_by("-pk")[0]
    assert entries(cancelled) == [(uid, 4, "CANCELLED", "20240318T110000")]
    for name in ("anna", "olga"):
        feed = check(calendar_text("Mine", personal_entries(offered.row(name).user, NOW)))
        assert (feed[uid].one("SEQUENCE"), feed[uid].one("STATUS")) == ("4", "CANCELLED")


def test_outcome_of_a_meeting_is_told_by_no_number(offered: World) -> None:
    anna, olga = offered.row("anna"), offered.row("olga").user
    book_meeting(meeting(0), anna, now=NOW)
    before = personal_entries(anna.user, NOW)
    note_outcome(meeting(0), "missed", "Did not come.", actor=olga, now=NOW)
    assert personal_entries(anna.user, NOW) == before


# --- the pages --------------------------------------------------------------------------------------------------


def test_pages_from_the_offer_to_the_outcome(world: World, signed_in: SignIn) -> None:
    olga, anna = signed_in(world.people["olga"]), signed_in(world.people["anna"])
    page = world.url("meetings/")
    assert "No free time is offered at the moment." in text_of(anna.get(page))
    assert "Choose a time for my meeting" not in text_of(anna.get(world.url("me/")))
    sent = {"day": "2024-03-18", "begins": "10:00", "ends": "11:00", "minutes": "20", "place": "Room 3"}
    assert olga.post(page + "offers/", sent | {"minutes": "x"}).status_code == 400
    assert olga.post(page + "offers/", sent | {"ends": "09:00"}).status_code == 400
    assert olga.post(page + "offers/", sent).status_code == 302
    assert "Choose a time for my meeting" in text_of(anna.get(world.url("me/")))
    assert anna.post(f"{page}{meeting(0).pk}/booking/").status_code == 302
    assert "My meeting: Mon 18 Mar 2024, 10:00 CET" in text_of(anna.get(world.url("me/")))
    boris = signed_in(world.people["boris"])
    assert "10:00" not in text_of(boris.get(page))
    assert boris.post(f"{page}{meeting(0).pk}/booking/").status_code == 404
    assert anna.post(f"{page}{meeting(1).pk}/booking/").status_code == 302
    assert "Anna Großmann Mon 18 Mar 2024, 10:20 CET · Room 3" in text_of(olga.get(page))
    edit = f"{page}{meeting(1).pk}/"
    assert olga.post(edit, {"cancel": "1", "reason": ""}).status_code == 400
    assert olga.post(edit, {"outcome": "held", "notes": "Knows the code."}).status_code == 302
    assert "Knows the code." in olga.get(edit).content.decode()
    assert "Knows the code." not in anna.get(page).content.decode()
    assert olga.post(f"{page}{meeting(2).pk}/", {"withdraw": "1"}).status_code == 302
    assert Meeting.objects.count() == 2


def test_booking_of_what_is_taken_meanwhile_is_a_conflict(offered: World, signed_in: SignIn) -> None:
    anna = signed_in(offered.people["anna"])
    path = offered.url(f"meetings/{meeting(0).pk}/booking/")
    past = meeting(0).begins_at
    Meeting.objects.filter(pk=meeting(0).pk).update(begins_at=NOW - timedelta(hours=1))
    assert anna.post(path).status_code == 404
    Meeting.objects.update(begins_at=past - timedelta(minutes=1))
    book_meeting(meeting(0), offered.row("anna"), now=NOW)
    assert anna.post(path, {"cancel": "1"}).status_code == 302
    assert Meeting.objects.filter(participant__isnull=False).count() == 0
