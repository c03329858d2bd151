"""Calendars that people subscribe to: everybody's for a seminar, and one's own at a secret address."""

import re
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
from milestones.queries import wall_time
from milestones.services import grant_extension, move_milestone
from seminar.services.calendar import calendar_text, personal_entries, renew_address, seminar_entries, stop_address
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import SMALL, World, load_text
from topics.models import SessionTopic
from topics.services import assign_topic, sync_expected

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


def personal(user: User, now: datetime) -> bytes:
    return calendar_text("My seminars", personal_entries(user, now))


def public(world: World, now: datetime) -> bytes:
    return calendar_text(world.seminar.title, seminar_entries(world.seminar, now))


def of(world: World, name: str, now: datetime) -> dict[str, Any]:
    return events(personal(world.row(name).user, now))


def uid(world: World, key: str, kind: str = "session", name: str = "") -> str:
    return f"{kind}-{world.seminar.pk}-{key}{f'-{world.row(name).pk}' if name else ''}"


def session(world: World, key: str) -> Session:
    return Session.objects.select_related("seminar").get(seminar=world.seminar, key=key)


def test_seminar_calendar_has_every_session_with_its_zone(world: World, client: Client) -> None:
    response = client.get(world.url("calendar.ics"))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    found = events(response.content)
    talks = session(world, "talks")
    event = found[uid(world, "talks")]
    assert event["DTSTART"].dt == datetime.combine(talks.date, talks.begins, BERLIN)
    assert event["DTEND"].dt == datetime.combine(talks.date, talks.ends, BERLIN)
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert str(event["SUMMARY"]).startswith(f"{world.seminar.tag}: ")
    zones = [str(zone["TZID"]) for zone in icalendar.Calendar.from_ical(response.content).walk("VTIMEZONE")]
    assert zones == ["Europe/Berlin"]
    assert all(len(line) <= 75 for line in response.content.split(b"\r\n"))


def test_what_does_not_take_place_is_cancelled_and_what_may_move_is_tentative(world: World, now: datetime) -> None:
    Session.objects.filter(seminar=world.seminar, key="talks").update(tentative=True)
    found = events(public(world, now))
    states = {each.key: str(found[uid(world, each.key)]["STATUS"]) for each in world.seminar.sessions.all()}
    assert states["talks"] == "TENTATIVE"
    assert states["kickoff"] == "CONFIRMED"
    nothing = {each.key for each in world.seminar.sessions.all() if not each.takes_place}
    assert nothing
    assert {states[key] for key in nothing} == {"CANCELLED"}


def test_moved_session_keeps_its_uid_and_counts_its_changes(world: World, now: datetime) -> None:
    talks = session(world, "talks")
    before = events(public(world, now))[uid(world, "talks")]
    was, talks.date = session_line(talks), talks.date + timedelta(days=7)
    move_session(talks, was=was, actor=world.row("olga").user, now=now)
    after = events(public(world, now))[uid(world, "talks")]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=7)
    assert after["LAST-MODIFIED"].dt == now


def test_same_calendar_twice_is_the_same_bytes(world: World, now: datetime) -> None:
    assert public(world, now) == public(world, now)
    anna = world.row("anna").user
    assert personal(anna, now) == personal(anna, now)


def test_own_deadline_has_ones_own_extension(world: World, now: datetime) -> None:
    milestone = world.milestone("m2")
    keys = {name: uid(world, "m2", "deadline", name) for name in ("anna", "boris")}
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
    everything = personal(world.row("anna").user, now).decode()
    assert not any(name in everything for name in ("Boris", "Carla", "Dana", "Otherwise"))


def test_own_talk_is_named(world: World, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    key = uid(world, "talks")
    assert "with your talk" in str(of(world, "anna", now)[key]["SUMMARY"])
    assert "with your talk" not in str(of(world, "boris", now)[key]["SUMMARY"])


@pytest.mark.parametrize("name", ["wait", "apply", "gone"])
def test_who_takes_no_part_has_an_empty_calendar(world: World, now: datetime, name: str) -> None:
    assert of(world, name, now) == {}


def test_calendar_is_cancelled_with_the_participation_and_empty_later(world: World, now: datetime) -> None:
    before = of(world, "anna", now)
    change_state(world.row("anna"), ParticipantState.WITHDRAWN, actor=world.row("olga").user, now=now)
    after = of(world, "anna", now)
    assert after.keys() == before.keys()
    assert {str(event["STATUS"]) for event in after.values()} == {"CANCELLED"}
    assert all(after[key]["SEQUENCE"] > before[key]["SEQUENCE"] for key in after)
    assert of(world, "anna", now + timedelta(days=61)) == {}


def test_organizer_has_the_deadlines_of_all(world: World, now: datetime) -> None:
    found = of(world, "olga", now)
    event = found[uid(world, "m2", "deadline", "olga")]
    assert event["DTSTART"].dt == datetime(2023, 12, 8, 23, 59, tzinfo=BERLIN)


def test_words_of_others_stay_words(world: World, now: datetime) -> None:
    Session.objects.filter(seminar=world.seminar, key="talks").update(title="A; B, C\\n\r\nBEGIN:VEVENT", room="Größe")
    found = events(public(world, now))
    assert len(found) == world.seminar.sessions.count()
    assert str(found[uid(world, "talks")]["LOCATION"]) == "Größe"


def test_address_is_made_renewed_and_stopped(world: World, signed_in: SignIn, client: Client) -> None:
    anna = signed_in(world.people["anna"])

    def address() -> str:
        page = anna.get("/calendar/").content.decode()
        return page.partition('readonly value="')[2].partition('"')[0].partition("/calendar/")[2]

    assert address() == ""
    anna.post("/calendar/")
    first = address()
    answer = client.get(f"/calendar/{first}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
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


# --- what was dropped -------------------------------------------------------------------------------------------


def test_questions_of_other_topics_are_not_in_ones_calendar(world: World, now: datetime) -> None:
    key, olga = uid(world, "questions"), world.row("olga").user
    assert key not in of(world, "anna", now)
    assert key in of(world, "olga", now)
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=olga, now=now)
    first = of(world, "anna", now)[key]
    assign_topic(world.row("anna"), world.topic(3), reason="", actor=olga, now=now)
    second = of(world, "anna", now)[key]
    assert [str(each["STATUS"]) for each in (first, second)] == ["CONFIRMED", "CANCELLED"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert key not in of(world, "anna", now + timedelta(days=61))


def test_moderated_session_says_so(world: World, now: datetime) -> None:
    SessionTopic.objects.filter(session__key="questions", topic=world.topic(1)).update(moderator=world.row("boris"))
    sync_expected(world.seminar, now=now)
    assert "moderated by you" in str(of(world, "boris", now)[uid(world, "questions")]["SUMMARY"])


def test_deadline_moved_twice_is_one_entry_moved(world: World, now: datetime) -> None:
    milestone, key = world.milestone("m2"), uid(world, "m2", "deadline", "anna")
    before = of(world, "anna", now)
    for day in (12, 15):
        expected = str(wall_time(world.milestone("m2")))
        wall = {"due_date": date(2023, 12, day), "due_time": time(23, 59), "expected": expected}
        move_milestone(milestone, **wall, reason="", actor=world.row("olga").user, now=now)
    after = of(world, "anna", now)
    assert after.keys() == before.keys()
    assert after[key]["DTSTART"].dt == datetime(2023, 12, 15, 23, 59, tzinfo=BERLIN)
    assert (before[key]["SEQUENCE"], after[key]["SEQUENCE"]) == (0, 2)


def test_deadline_that_a_file_leaves_out_is_cancelled(world: World, now: datetime) -> None:
    text = SMALL.read_text()
    extra = (
        '[[milestones]]\nkey = "extra"\ntitle = "Poster"\nkind = "upload"\ndue = 2023-12-20T12:00:00\n\n[preferences]\n'
    )
    load_text(text.replace("[preferences]\n", extra), now)
    load_text(text, now)
    for name in ("anna", "olga"):
        event = of(world, name, now)[uid(world, "extra", "deadline", name)]
        assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 2)
        assert event["DTSTART"].dt == datetime(2023, 12, 20, 12, 0, tzinfo=BERLIN)


def test_preferences_no_longer_asked_for_are_cancelled(world: World, now: datetime) -> None:
    key = uid(world, "m1", "deadline", "anna")
    assert str(of(world, "anna", now)[key]["STATUS"]) == "CONFIRMED"
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    event = of(world, "anna", now)[key]
    assert (str(event["STATUS"]), event["SEQUENCE"]) == ("CANCELLED", 1)


# --- the address ------------------------------------------------------------------------------------------------


def test_stopped_address_answers_like_one_that_never_was(world: World, client: Client) -> None:
    anna = world.row("anna").user
    key = renew_address(anna)
    path = f"/calendar/{key}.ics"
    never = f"/calendar/{key[::-1]}.ics"

    def answer(address: str) -> tuple[int, bytes, list[tuple[str, str]]]:
        response = client.get(address)
        content = re.sub(rb'(csrfmiddlewaretoken" value="|nonce-)[\w-]+', rb"\1", response.content)
        headers = [(name, value) for name, value in response.items() if name != "Content-Security-Policy"]
        return response.status_code, content.replace(address.encode(), b""), headers

    known = answer(never)
    assert known[0] == 404
    assert answer(path)[0] == 200
    stop_address(anna)
    assert answer(path) == known
    renew_address(anna)
    assert answer(path) == known
    User.objects.filter(pk=anna.pk).update(calendar_key=key, is_active=False)
    assert answer(path) == known


@pytest.mark.parametrize("key", ["%00", "a%00b", "%F0%9F%98%80", "x" * 500, "..%2f", "None"])
def test_nonsense_for_a_key_is_not_found(world: World, client: Client, key: str) -> None:
    assert client.get(f"/calendar/{key}.ics").status_code == 404


def test_unchanged_calendar_is_not_written_again(world: World, client: Client, now: datetime) -> None:
    for path in (f"/calendar/{renew_address(world.row('anna').user)}.ics", world.url("calendar.ics")):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    talks = session(world, "talks")
    was, talks.date = session_line(talks), talks.date + timedelta(days=7)
    move_session(talks, was=was, actor=world.row("olga").user, now=now)
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (changed.status_code, changed["ETag"] != first["ETag"]) == (200, True)


def test_done_work_changes_the_tag(world: World, client: Client, now: datetime) -> None:
    anna = world.row("anna")
    path = f"/calendar/{renew_address(anna.user)}.ics"
    first = client.get(path)
    receive_upload(world.slot("slides"), anna, pdf(), uploaded_by=anna.user, arrived_at=now)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, b"Slides (done)" in again.content) == (200, True)


def test_many_seminars_take_the_queries_of_two(world: World, client: Client, now: datetime) -> None:
    anna = world.row("anna").user
    path = f"/calendar/{renew_address(anna)}.ics"
    counts = []
    for n in range(4):
        text = SMALL.read_text().replace('key = "talks"', f'key = "talks{n}"')
        load_text(text, now, slug=f"more{n}")
        counts.append(queries_of(client, path))
    assert counts == [counts[0]] * 4
