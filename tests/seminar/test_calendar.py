"""Calendars that people subscribe to: everybody's for a seminar, and one's own at a secret address."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from django.test import Client

from accounts.models import User
from courses.models import ParticipantState, Session
from courses.services import change_state, move_session
from courses.services.sessions import session_line
from milestones.services import grant_extension
from seminar.services.calendar import personal_calendar, renew_address, seminar_calendar
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from topics.models import SessionTopic
from topics.services import assign_topic

SignIn = Callable[[User | None], Client]
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(autouse=True)
def _present(world: World, now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)
    User.objects.update(language="en")


def events(content: bytes) -> dict[str, Any]:
    """The entries of a calendar by what their UID begins with; each UID occurs once."""
    calendar = icalendar.Calendar.from_ical(content)
    found = {str(event["UID"]): event for event in calendar.walk("VEVENT")}
    assert len(found) == len(calendar.walk("VEVENT"))
    return {uid.partition("@")[0]: event for uid, event in found.items()}


def of(world: World, name: str, now: datetime) -> dict[str, Any]:
    return events(personal_calendar(world.row(name).user, now))


def session(world: World, key: str) -> Session:
    return Session.objects.select_related("seminar").get(seminar=world.seminar, key=key)


def test_seminar_calendar_has_every_session_with_its_zone(world: World, client: Client) -> None:
    response = client.get(world.url("calendar.ics"))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    found = events(response.content)
    talks = session(world, "talks")
    event = found[f"session-{talks.pk}"]
    assert event["DTSTART"].dt == datetime.combine(talks.date, talks.begins, BERLIN)
    assert event["DTEND"].dt == datetime.combine(talks.date, talks.ends, BERLIN)
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert str(event["SUMMARY"]).startswith(f"{world.seminar.tag}: ")
    zones = [str(zone["TZID"]) for zone in icalendar.Calendar.from_ical(response.content).walk("VTIMEZONE")]
    assert zones == ["Europe/Berlin"]
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))


def test_what_does_not_take_place_is_cancelled_and_what_may_move_is_tentative(world: World) -> None:
    Session.objects.filter(seminar=world.seminar, key="talks").update(tentative=True)
    found = events(seminar_calendar(world.seminar))
    states = {each.key: str(found[f"session-{each.pk}"]["STATUS"]) for each in world.seminar.sessions.all()}
    assert states["talks"] == "TENTATIVE"
    assert states["kickoff"] == "CONFIRMED"
    nothing = {each.key for each in world.seminar.sessions.all() if not each.takes_place}
    assert nothing
    assert {states[key] for key in nothing} == {"CANCELLED"}


def test_moved_session_keeps_its_uid_and_counts_its_changes(world: World, now: datetime) -> None:
    talks = session(world, "talks")
    before = events(seminar_calendar(world.seminar))[f"session-{talks.pk}"]
    was, talks.date = session_line(talks), talks.date + timedelta(days=7)
    move_session(talks, was=was, actor=world.row("olga").user, now=now)
    after = events(seminar_calendar(world.seminar))[f"session-{talks.pk}"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=7)
    assert after["LAST-MODIFIED"].dt == now


def test_same_calendar_twice_is_the_same_bytes(world: World, now: datetime) -> None:
    assert seminar_calendar(world.seminar) == seminar_calendar(world.seminar)
    anna = world.row("anna").user
    assert personal_calendar(anna, now) == personal_calendar(anna, now)


def test_own_deadline_has_ones_own_extension(world: World, now: datetime) -> None:
    milestone = world.milestone("m2")
    keys = {name: f"deadline-{milestone.pk}-{world.row(name).pk}" for name in ("anna", "boris")}
    wall = {"due_date": date(2023, 12, 20), "due_time": time(12), "reason": "ill"}
    grant_extension(milestone, world.row("anna"), **wall, actor=world.row("olga").user, now=now)
    anna, boris = (of(world, name, now)[key] for name, key in keys.items())
    assert anna["DTSTART"].dt == datetime(2023, 12, 20, 12, 0, tzinfo=BERLIN)
    assert boris["DTSTART"].dt == datetime(2023, 12, 8, 23, 59, tzinfo=BERLIN)
    assert (anna["SEQUENCE"], boris["SEQUENCE"]) == (1, 0)
    assert "with your extension" in str(anna["DESCRIPTION"])


def test_personal_calendar_is_about_oneself_alone(world: World, now: datetime) -> None:
    others = [row.pk for row in map(world.row, ("boris", "carla", "dana"))]
    found = of(world, "anna", now)
    assert not any(key.endswith(f"-{pk}") for key in found if key.startswith("deadline") for pk in others)
    everything = personal_calendar(world.row("anna").user, now).decode()
    assert not any(name in everything for name in ("Boris", "Carla", "Dana", "Otherwise"))


def test_own_talk_is_named(world: World, now: datetime) -> None:
    bound = SessionTopic.objects.filter(session__seminar=world.seminar).select_related("session", "topic")[0]
    assign_topic(world.row("anna"), bound.topic, reason="", actor=world.row("olga").user, now=now)
    key = f"session-{bound.session_id}"
    assert "with your talk" in str(of(world, "anna", now)[key]["SUMMARY"])
    assert "with your talk" not in str(of(world, "boris", now)[key]["SUMMARY"])


@pytest.mark.parametrize("name", ["wait", "apply", "gone"])
def test_who_takes_no_part_has_an_empty_calendar(world: World, now: datetime, name: str) -> None:
    assert of(world, name, now) == {}


def test_calendar_ends_with_the_participation(world: World, now: datetime) -> None:
    assert of(world, "anna", now)
    change_state(world.row("anna"), ParticipantState.WITHDRAWN, actor=world.row("olga").user, now=now)
    assert of(world, "anna", now) == {}


def test_organizer_has_the_deadlines_of_all(world: World, now: datetime) -> None:
    found = of(world, "olga", now)
    event = found[f"deadline-{world.milestone('m2').pk}-{world.row('olga').pk}"]
    assert event["DTSTART"].dt == datetime(2023, 12, 8, 23, 59, tzinfo=BERLIN)


def test_words_of_others_stay_words(world: World) -> None:
    Session.objects.filter(seminar=world.seminar, key="talks").update(title="A; B, C\\n\r\nBEGIN:VEVENT", room="Größe")
    found = events(seminar_calendar(world.seminar))
    assert len(found) == world.seminar.sessions.count()
    assert str(found[f"session-{session(world, 'talks').pk}"]["LOCATION"]) == "Größe"


def test_address_is_made_renewed_and_stopped(world: World, signed_in: SignIn, client: Client) -> None:
    anna = signed_in(world.people["anna"])

    def address() -> str:
        page = anna.get("/calendar/").content.decode()
        return page.partition('readonly value="')[2].partition('"')[0].partition("/calendar/")[2]

    assert address() == ""
    anna.post("/calendar/")
    first = address()
    answer = client.get(f"/calendar/{first}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert events(answer.content)
    anna.post("/calendar/")
    second = address()
    assert first != second
    assert [client.get(f"/calendar/{each}").status_code for each in (first, second)] == [404, 200]
    anna.post("/calendar/", {"stop": "1"})
    assert client.get(f"/calendar/{second}").status_code == 404
    assert address() == ""
    assert client.get("/calendar/None.ics").status_code == 404


def test_calendar_speaks_the_language_of_its_owner(world: World, client: Client) -> None:
    anna = world.row("anna").user
    key = renew_address(anna)
    User.objects.filter(pk=anna.pk).update(language="de")
    assert b"X-WR-CALNAME:Meine Seminare" in client.get(f"/calendar/{key}.ics").content


def test_calendars_take_the_same_queries_for_few_and_for_many(world: World, client: Client) -> None:
    key = renew_address(world.row("anna").user)
    few = [queries_of(client, path) for path in (f"/calendar/{key}.ics", world.url("calendar.ics"))]
    add_students(world.seminar, 20)
    Session.objects.bulk_create(
        Session(seminar=world.seminar, key=f"more{n}", kind="other", date=date(2024, 1, 1)) for n in range(20)
    )
    assert [queries_of(client, path) for path in (f"/calendar/{key}.ics", world.url("calendar.ics"))] == few
