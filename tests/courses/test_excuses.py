"""Excuses without diagnoses, and work for sessions missed: asked, decided, given and done."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import services
from courses.models import EXCUSE_TRANSITIONS, Attendance, Excuse, HistoryEntry, MakeUp, Session
from courses.queries import absences, open_excuses, open_make_ups
from notifications.models import Letter
from tests.factories.world import World

SignedIn = Callable[..., Client]
TASK = "Summarise the two talks on one page."


@pytest.fixture(autouse=True)
def _clock(now: datetime, time_machine: Any, db: None) -> None:
    time_machine.move_to(now, tick=False)


def session_of(world: World, key: str = "talks") -> Session:
    return Session.objects.select_related("seminar").get(seminar=world.seminar, key=key)


def note(world: World, status: str, now: datetime, key: str = "talks") -> None:
    services.save_attendance(
        session_of(world, key), {world.row("anna").pk: status}, actor=world.row("olga").user, now=now
    )


def ask(world: World, now: datetime, reason: str = "I am away.") -> Excuse:
    return services.ask_excuse(session_of(world), world.row("anna"), reason=reason, now=now)


def status_of(world: World) -> str:
    row = Attendance.objects.filter(participant=world.row("anna"), session__key="talks").first()
    return row.status if row else ""


def letters(kind: str) -> list[tuple[str, str]]:
    return sorted(Letter.objects.filter(kind=kind).values_list("user__given_names", "subject"))


# --- asking and deciding ------------------------------------------------------------------------------------


def test_ask_excuse_tells_the_organizers_once(world: World, now: datetime) -> None:
    for _ in range(2):
        ask(world, now)
    assert letters("excuse_asked") == [
        ("Olga", "[Small2023] Anna Großmann asks to be excused"),
        ("Otto", "[Small2023] Anna Großmann asks to be excused"),
    ]
    assert ask(world, now, "I am abroad.").reason == "I am abroad."
    assert Excuse.objects.count() == 1
    assert all(
        "away" not in line.reason for line in HistoryEntry.objects.all()
    )  # what she writes stays with the request


@pytest.mark.parametrize(
    ("noted", "after"), [("", "excused"), ("absent", "excused"), ("excused", "excused"), ("present", "present")]
)
def test_grant_excuses_unless_one_was_there_after_all(world: World, now: datetime, noted: str, after: str) -> None:
    excuse = ask(world, now)
    if noted:
        note(world, noted, now)
    for _ in range(2):
        services.decide_excuse(excuse, "granted", answer="Get well.", actor=world.row("olga").user, now=now)
    assert (status_of(world), absences(world.seminar)) == (after, {})
    assert letters("excuse_decided") == [("Anna", "[Small2023] You are excused: Presentations")]
    assert "Get well." in Letter.objects.get(kind="excuse_decided").text


def test_decline_says_why_and_changes_no_attendance(world: World, now: datetime) -> None:
    note(world, "absent", now)
    excuse = services.decide_excuse(ask(world, now), "declined", answer="No.", actor=world.row("olga").user, now=now)
    assert (excuse.state, status_of(world)) == ("declined", "absent")
    assert letters("excuse_decided") == [("Anna", "[Small2023] You are not excused: Presentations")]
    assert ask(world, now).pk != excuse.pk  # one may ask again


@pytest.mark.parametrize("state", [state for state, followers in EXCUSE_TRANSITIONS.items() if not followers])
def test_decision_is_final(world: World, now: datetime, state: str) -> None:
    excuse, olga = ask(world, now), world.row("olga").user
    services.decide_excuse(excuse, state, actor=olga, now=now)
    for other in {"granted", "declined", "taken_back"} - {state}:
        with pytest.raises(Conflict, match="This request is closed"):
            services.decide_excuse(excuse, other, actor=olga, now=now)
    assert Excuse.objects.get().state == state


@pytest.mark.parametrize(
    ("key", "noted", "code"),
    [("talks", "present", "was_present"), ("talks", "excused", "excused_already"), ("questions", "", "not_expected")],
)
def test_ask_excuse_where_there_is_nothing_to_excuse(
    world: World, now: datetime, key: str, noted: str, code: str
) -> None:
    if noted:
        note(world, noted, now, key)
    with pytest.raises(Refusal) as caught:
        services.ask_excuse(session_of(world, key), world.row("anna"), reason="", now=now)
    assert (caught.value.code, Excuse.objects.count()) == (code, 0)


def test_second_open_excuse_is_refused_by_the_database(world: World, now: datetime) -> None:
    row = {"session": session_of(world), "participant": world.row("anna"), "asked_at": now}
    Excuse.objects.create(**row)
    for fields in ({}, {"state": "granted"}):  # open twice; decided without a time
        with pytest.raises(IntegrityError), transaction.atomic():
            Excuse.objects.create(**row, **fields)


def test_excuse_from_asking_to_the_answer(world: World, now: datetime, signed_in: SignedIn) -> None:
    User.objects.update(language="en")
    olga, anna, boris = (signed_in(world.people[name]) for name in ("olga", "anna", "boris"))
    page = anna.get(world.url("attendance/talks/excuse/")).text
    assert "no diagnoses" in page
    assert 'type="file"' not in page
    assert anna.post(world.url("attendance/talks/excuse/"), {"reason": "x" * 251}).status_code == 400
    answer = anna.post(world.url("attendance/talks/excuse/"), {"reason": "I am away."}, follow=True)
    assert "You have asked to be excused" in answer.text
    excuse = Excuse.objects.get()
    url = world.url(f"excuses/{excuse.pk}/")
    for page in ("manage/", "attendance/", "attendance/talks/"):
        assert url in olga.get(world.url(page)).text
    assert (boris.get(url).status_code, signed_in(world.people["other_organizer"]).get(url).status_code) == (403, 403)
    assert "I am away." in olga.get(url).text
    assert olga.post(url, {"decline": "1"}).status_code == 400  # without a word
    assert open_excuses(world.seminar).count() == 1
    assert olga.post(url, {"grant": "1", "answer": "Fine."}).url == world.url("attendance/")
    assert "Fine." in anna.get(world.url("attendance/talks/excuse/")).text
    assert "You are excused from this session already" in anna.get(world.url("attendance/talks/excuse/")).text
    assert olga.post(url, {"decline": "1", "answer": "No."}).status_code == 409


def test_excuse_is_taken_back_by_the_student(world: World, now: datetime, signed_in: SignedIn) -> None:
    anna = signed_in(world.people["anna"])
    ask(world, now)
    for _ in range(2):
        assert anna.post(world.url("attendance/talks/excuse/"), {"take_back": "1"}).status_code == 302
    assert (Excuse.objects.get().state, letters("excuse_decided")) == ("taken_back", [])


def test_excuse_of_somebody_who_has_left_waits_for_nobody(world: World, now: datetime) -> None:
    ask(world, now)
    services.change_state(world.row("anna"), "withdrawn", actor=None, now=now)
    assert list(open_excuses(world.seminar)) == []


# --- work to make up ----------------------------------------------------------------------------------------


def make_up(world: World, now: datetime, shown: str = "", **fields: Any) -> MakeUp | None:
    values = {"task": TASK, "until": date(2023, 12, 1), "done": False, **fields}
    row = Attendance.objects.get(participant=world.row("anna"))
    return services.save_make_up(row, **values, shown=shown, actor=world.row("olga").user, now=now)


def test_make_up_counts_once_it_is_done_and_can_be_undone(world: World, now: datetime) -> None:
    note(world, "absent", now)
    anna, counted = world.row("anna").pk, []
    shown = ""
    for done in (False, False, True, True, False):
        shown = services.make_up_line(make_up(world, now, shown, done=done))
        counted.append(absences(world.seminar).get(anna, 0))
    assert counted == [1, 1, 0, 0, 1]
    assert letters("make_up") == [
        ("Anna", "[Small2023] Made up: Presentations"),
        ("Anna", "[Small2023] Work to make up: Presentations"),
        ("Anna", "[Small2023] Work to make up: Presentations"),
    ]
    assert [line.new for line in HistoryEntry.objects.filter(subject="make_up:talks").order_by("pk")] == [
        f"2023-12-01: {TASK}",
        f"2023-12-01 (done): {TASK}",
        f"2023-12-01: {TASK}",
    ]


def test_make_up_refuses_a_stale_page_a_day_that_is_over_and_one_who_was_there(world: World, now: datetime) -> None:
    note(world, "absent", now)
    with pytest.raises(Refusal, match="This day lies behind"):
        make_up(world, now, until=now.date() - timedelta(days=1))
    make_up(world, now)
    with pytest.raises(
        Conflict, match=r"Somebody else has meanwhile written “2023-12-01: Summarise.*”; yours is “2023"
    ):
        make_up(world, now, task="Another task.")
    note(world, "present", now)
    with pytest.raises(Refusal, match="not noted as absent"):
        make_up(world, now, f"2023-12-01: {TASK}", done=True)
    assert list(open_make_ups(world.row("anna"))) == []  # whoever was there has nothing to do
    assert make_up(world, now, f"2023-12-01: {TASK}", task="") is None
    assert not MakeUp.objects.exists()


def test_make_up_from_the_table_to_what_now(world: World, now: datetime, signed_in: SignedIn) -> None:
    User.objects.update(language="en")
    note(world, "absent", now, "kickoff")
    olga, anna = signed_in(world.people["olga"]), signed_in(world.people["anna"])
    url = world.url(f"make-up/{Attendance.objects.get().pk}/")
    assert url in olga.get(world.url("attendance/")).text
    assert olga.post(url, {"task": TASK, "until": "soon"}).status_code == 400
    assert olga.post(url, {"task": TASK, "until": "2023-10-28"}).url == world.url("attendance/")
    page = anna.get(world.url("me/"))
    assert page.context["make_up_first"].task == TASK  # due before the preferences
    assert "Make up for Kick-off, Fri 27 Oct 2023" in page.text
    assert "You keep the rule of attendance once your work to make up is done." in page.text
    assert "to make up" in olga.get(world.url("attendance/")).text
    shown = services.make_up_line(MakeUp.objects.get())
    assert olga.post(url, {"task": TASK, "until": "2023-12-01", "done": "on", "shown": shown}).status_code == 302
    assert "made up" in olga.get(world.url("attendance/")).text
    assert "Make up for" not in anna.get(world.url("me/")).text
    assert olga.post(url, {"remove": "1", "shown": shown}).status_code == 409
    assert olga.post(url, {"remove": "1", "shown": services.make_up_line(MakeUp.objects.get())}).status_code == 302
    assert anna.get(url).status_code == 403
    assert signed_in(world.people["other_organizer"]).get(url).status_code == 403
