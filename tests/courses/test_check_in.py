"""The code on the wall: who may type it, when it counts, and what is refused with a sentence."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.refusals import Conflict, Refusal
from courses import services
from courses.domain.check_in import code_at, counts, seconds_left
from courses.models import Attendance, CheckIn, HistoryEntry, Seminar, Session, WrongCode
from courses.queries import open_check_in
from tests.factories.world import World

SignedIn = Callable[..., Client]
INSTANTS = st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


# --- the rule -----------------------------------------------------------------------------------------------


@given(st.text(min_size=1, max_size=40), INSTANTS)
def test_code_counts_in_its_minute_and_the_next_and_never_after(secret: str, at: datetime) -> None:
    code, start = code_at(secret, at), at - timedelta(seconds=60 - seconds_left(at), microseconds=at.microsecond)
    assert re.fullmatch(r"\d{6}", code)
    assert {code_at(secret, start + timedelta(seconds=n)) for n in (0, 30, 59)} == {code}
    assert counts(secret, code, start)
    assert counts(secret, f" {code[:3]} {code[3:]}\n", start + timedelta(seconds=119))
    known = {code_at(secret, start + timedelta(seconds=n)) for n in (120, 180)}
    assert counts(secret, code, start + timedelta(seconds=180)) is (code in known)


def test_code_depends_on_the_secret_and_takes_every_digit_people_type() -> None:
    at = datetime(2023, 12, 15, 13, 20, tzinfo=UTC)
    assert len({code_at(f"secret {n}", at) for n in range(50)}) == 50
    wide = code_at("a", at).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert counts("a", wide, at)
    assert [counts("a", typed, at) for typed in ("", "12345", code_at("b", at), "①", code_at("a", at) + "0")] == [
        False
    ] * 5


def test_code_of_the_hour_that_comes_twice_is_not_the_same() -> None:
    """Sunday, October 29, 2023, 02:30 in Berlin, before and after the clocks go back."""
    first, second = (datetime(2023, 10, 29, 2, 30, fold=fold, tzinfo=ZoneInfo("Europe/Berlin")) for fold in (0, 1))
    assert code_at("a", first) != code_at("a", second)
    assert not counts("a", code_at("a", first), second)


# --- the service --------------------------------------------------------------------------------------------


@pytest.fixture
def session(world: World) -> Session:
    Seminar.objects.filter(pk=world.seminar.pk).update(check_in=True)
    return Session.objects.select_related("seminar").get(seminar=world.seminar, key="talks")


def start(world: World, session: Session, now: datetime, minutes: int = 20) -> CheckIn:
    return services.start_check_in(session, minutes=minutes, actor=world.row("olga").user, now=now)


def statuses() -> list[tuple[str, str, str]]:
    rows = Attendance.objects.order_by("pk")
    return list(rows.values_list("participant__user__given_names", "status", "noted_by__given_names"))


def refused(world: World, code: str, now: datetime, name: str = "anna") -> tuple[str, int]:
    with pytest.raises(Refusal) as caught:
        services.check_in(world.row(name), code, now=now)
    return caught.value.code, caught.value.status


def test_check_in_notes_present_by_oneself_once(world: World, session: Session, now: datetime) -> None:
    opened = start(world, session, now)
    for _ in range(2):
        services.check_in(world.row("anna"), code_at(opened.secret, now), now=now)
    assert statuses() == [("Anna", "present", "Anna")]
    line = HistoryEntry.objects.get(subject="attendance:talks")
    assert (line.actor, line.new, line.reason) == (world.row("anna").user, "present", "check-in")


def test_check_in_refuses_what_does_not_count(world: World, session: Session, now: datetime) -> None:
    assert refused(world, "123456", now) == ("check_in_closed", 409)
    opened = start(world, session, now)
    code, later = code_at(opened.secret, now), now + timedelta(minutes=3)
    assert refused(world, code, later) == ("wrong_code", 400)  # replayed
    assert refused(world, code, now, "apply") == ("not_admitted", 403)
    assert refused(world, code_at(opened.secret, opened.closes_at), opened.closes_at) == ("check_in_closed", 409)
    other = Session.objects.select_related("seminar").get(seminar=world.seminar, key="kickoff")
    start(world, other, now)
    assert refused(world, code, now) == ("wrong_code", 400)  # of a session whose check-in has ended by it
    reopened = start(world, session, now + timedelta(minutes=1))
    assert reopened.secret != opened.secret
    assert refused(world, code, now + timedelta(minutes=1)) == ("wrong_code", 400)
    assert statuses() == []


def test_check_in_of_another_seminar_takes_no_code_of_this_one(world: World, session: Session, now: datetime) -> None:
    Seminar.objects.filter(pk=world.other.pk).update(check_in=True)
    theirs = Session.objects.select_related("seminar").get(seminar=world.other, key="talks")
    opened, others = start(world, session, now), start(world, theirs, now)
    assert open_check_in(world.seminar, now) == opened  # each seminar has its own
    assert refused(world, code_at(others.secret, now), now) == ("wrong_code", 400)


def test_check_in_makes_somebody_who_guesses_wait(world: World, session: Session, now: datetime) -> None:
    opened = start(world, session, now, minutes=60)
    right = code_at(opened.secret, now)
    wrong = next(code for code in ("000000", "111111", "222222") if not counts(opened.secret, code, now))
    assert [refused(world, wrong, now) for _ in range(5)] == [("wrong_code", 400)] * 5
    assert refused(world, right, now) == ("too_many_codes", 429)
    services.check_in(world.row("boris"), right, now=now)  # the wait is anna's own
    later = now + timedelta(minutes=10)
    services.check_in(world.row("anna"), code_at(opened.secret, later), now=later)
    assert [name for name, _status, _by in statuses()] == ["Boris", "Anna"]
    assert not WrongCode.objects.exists()


def test_check_in_leaves_an_absence_that_an_organizer_has_noted(world: World, session: Session, now: datetime) -> None:
    olga, rows = world.row("olga").user, {"anna": "absent", "boris": "excused"}
    services.save_attendance(session, {world.row(name).pk: s for name, s in rows.items()}, actor=olga, now=now)
    code = code_at(start(world, session, now).secret, now)
    assert refused(world, code, now) == ("noted_absent", 409)
    services.check_in(world.row("boris"), code, now=now)  # excused, and there after all
    assert {(name, status) for name, status, _by in statuses()} == {("Anna", "absent"), ("Boris", "present")}


def test_start_and_stop_of_a_check_in_twice_are_one_effect(world: World, session: Session, now: datetime) -> None:
    first, second = start(world, session, now), start(world, session, now, minutes=30)
    assert (second.pk, second.secret, second.closes_at) == (first.pk, first.secret, now + timedelta(minutes=30))
    for _ in range(2):
        services.stop_check_in(session, actor=world.row("olga").user, now=now + timedelta(minutes=1))
    assert HistoryEntry.objects.filter(subject="check_in:talks").count() == 2
    assert open_check_in(world.seminar, now + timedelta(minutes=1)) is None


def test_save_that_crosses_a_check_in_keeps_both(world: World, session: Session, now: datetime) -> None:
    """The roster was opened before Anna checked in."""
    services.check_in(world.row("anna"), code_at(start(world, session, now).secret, now), now=now)
    olga, anna, boris = world.row("olga").user, world.row("anna").pk, world.row("boris").pk
    services.save_attendance(session, {boris: "absent"}, shown={}, actor=olga, now=now)
    with pytest.raises(Conflict, match="Anna Großmann has noted “present”"):
        services.save_attendance(session, {anna: "absent"}, shown={}, actor=olga, now=now)
    assert {(name, status) for name, status, _by in statuses()} == {("Anna", "present"), ("Boris", "absent")}


# --- the pages ----------------------------------------------------------------------------------------------


def test_check_in_from_the_wall_to_the_phone(
    world: World, session: Session, now: datetime, signed_in: SignedIn, time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    olga, anna = signed_in(world.people["olga"]), signed_in(world.people["anna"])
    wall, phone = world.url("attendance/talks/check-in/"), world.url("check-in/")
    assert "No check-in is open" in anna.get(phone).text
    assert olga.post(wall, {"minutes": "7"}).status_code == 400
    assert olga.post(wall, {"minutes": "20"}).url == wall
    page = olga.get(wall)
    code = page.context["code"]
    assert f"{code[:3]} {code[3:]}" in page.text
    assert '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page.text
    assert "no-store" in page["Cache-Control"]
    assert "the check-in is open" in anna.get(world.url("me/")).text
    wrong = anna.post(phone, {"code": "000000" if code != "000000" else "111111"})
    assert (wrong.status_code, "This is not the code on the wall" in wrong.text) == (400, True)
    done = anna.post(phone, {"code": code}, follow=True)
    assert "You are noted as present: Presentations." in done.text
    assert "1 person is noted as present." in olga.get(wall).text
    other = world.url("attendance/kickoff/check-in/")
    assert "opening this one ends that" in olga.get(other).text
    assert olga.post(wall, {"stop": "1"}).url == world.url("attendance/talks/")
    assert anna.post(phone, {"code": code}).status_code == 409


def test_code_on_the_wall_is_not_for_students(
    world: World, session: Session, now: datetime, signed_in: SignedIn
) -> None:
    opened = start(world, session, now)
    for name in ("anna", "apply", "other_organizer"):
        answer = signed_in(world.people[name]).get(world.url("attendance/talks/check-in/"))
        assert (answer.status_code, opened.secret in answer.text) == (403, False)
