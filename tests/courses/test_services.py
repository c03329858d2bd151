"""Entering, admitting and leaving; sessions and attendance; and what the history says of it."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries, services
from courses.models import Attendance, HistoryEntry, Participant, ParticipantState, Seminar, Session
from notifications.models import Letter
from tests.courses.crowd import add_students
from tests.factories.world import World

STATES = ("applied", "waiting", "offered", "admitted", "withdrawn")
ALLOWED = {
    ("applied", "waiting"),
    ("applied", "admitted"),
    ("applied", "withdrawn"),
    ("waiting", "offered"),
    ("waiting", "admitted"),
    ("waiting", "withdrawn"),
    ("offered", "admitted"),
    ("offered", "withdrawn"),
    ("admitted", "withdrawn"),
    ("withdrawn", "applied"),
    ("withdrawn", "waiting"),
    ("withdrawn", "admitted"),
}


@pytest.fixture
def no_line(world: World) -> World:
    """Nobody is on the waiting list, so that a free place can be applied for."""
    world.row("wait").delete()
    return world


def enter(world: World, name: str, now: datetime, **choices: bool) -> Participant:
    chosen = {"available": True, "name_public": False, **choices}
    return services.enter_seminar(world.seminar, world.people[name], **chosen, now=now)


def change(world: World, row: Participant, state: str, now: datetime, **fields: Any) -> Participant:
    return services.change_state(row, state, **{"actor": world.people["olga"], "now": now, **fields})


def history() -> list[tuple[str, str, str]]:
    """Oldest first: subject, old, new."""
    return list(HistoryEntry.objects.order_by("pk").values_list("subject", "old", "new"))


# --- entering -----------------------------------------------------------------------------------------------


def test_enter_seminar_with_a_free_place_applies(no_line: World, now: datetime) -> None:
    row = enter(no_line, "outsider", now, name_public=True)
    row.refresh_from_db()
    assert (row.role, row.state, row.name_public, row.available_confirmed_at, row.entered_at) == (
        "student",
        "applied",
        True,
        now,
        now,
    )
    assert history() == [("participant", "", "applied")]
    assert (HistoryEntry.objects.get().actor, Letter.objects.count()) == (no_line.people["outsider"], 0)


def test_enter_seminar_without_the_confirmation_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        enter(world, "outsider", now, available=False)
    assert (refused.value.code, refused.value.status) == ("availability_missing", 400)
    assert not Participant.objects.filter(user=world.people["outsider"]).exists()


def test_enter_seminar_that_asks_for_no_confirmation_needs_none(world: World, now: datetime) -> None:
    Seminar.objects.update(availability_text="")
    assert enter(world, "outsider", now, available=False).available_confirmed_at is None


def test_enter_seminar_twice_is_one_row(world: World, now: datetime) -> None:
    assert enter(world, "outsider", now) == enter(world, "outsider", now + timedelta(hours=1), name_public=True)
    row = Participant.objects.get(seminar=world.seminar, user=world.people["outsider"])
    assert (row.entered_at, row.name_public, len(history())) == (now, False, 1)


@pytest.mark.parametrize("name", ["anna", "wait", "olga"])
def test_enter_seminar_changes_nothing_for_who_is_in_it(world: World, now: datetime, name: str) -> None:
    before = (world.row(name).role, world.row(name).state)
    row = enter(world, name, now)
    assert ((row.role, row.state), history()) == (before, [])


def test_enter_seminar_without_a_free_place_joins_the_waiting_list(no_line: World, now: datetime) -> None:
    Seminar.objects.update(capacity=4)
    assert enter(no_line, "outsider", now).state == "waiting"


def test_enter_seminar_counts_places_again_after_it_has_the_lock(no_line: World, now: datetime) -> None:
    change(no_line, no_line.row("apply"), "admitted", now)
    assert enter(no_line, "outsider", now).state == "waiting"


def test_enter_seminar_passes_nobody_who_waits(world: World, now: datetime) -> None:
    assert queries.free_places(world.seminar) == 1
    later = now + timedelta(hours=1)
    assert enter(world, "outsider", later).state == "waiting"
    assert list(queries.in_line(world.seminar)) == [world.row("wait"), world.row("outsider")]


@pytest.mark.parametrize(
    ("at", "refused"),
    [(datetime(2023, 10, 29, 22, 59, 59, tzinfo=UTC), False), (datetime(2023, 10, 29, 23, 0, tzinfo=UTC), True)],
)
def test_enter_seminar_closes_at_the_end_of_the_local_day(no_line: World, at: datetime, refused: bool) -> None:
    Seminar.objects.update(entry_closes_on=date(2023, 10, 29))
    if not refused:
        assert enter(no_line, "outsider", at).state == "applied"
        return
    with pytest.raises(Refusal) as error:
        enter(no_line, "outsider", at)
    assert (error.value.code, error.value.status) == ("entry_closed", 403)
    assert not Participant.objects.filter(user=no_line.people["outsider"]).exists()


def test_enter_seminar_again_after_leaving_goes_to_the_end_with_new_choices(world: World, now: datetime) -> None:
    Participant.objects.filter(pk=world.row("gone").pk).update(name_public=True)
    later = now + timedelta(days=1)
    row = enter(world, "gone", later, name_public=False)
    row.refresh_from_db()
    assert (row.pk, row.state, row.entered_at, row.name_public, row.available_confirmed_at) == (
        world.row("gone").pk,
        "waiting",
        later,
        False,
        later,
    )
    assert history()[-1] == ("participant", "withdrawn", "waiting")
    assert list(queries.in_line(world.seminar)) == [world.row("wait"), row]


def test_enter_seminar_again_with_a_free_place_and_nobody_in_line_applies(no_line: World, now: datetime) -> None:
    assert enter(no_line, "gone", now).state == "applied"


def test_enter_seminar_again_without_a_free_place_waits(no_line: World, now: datetime) -> None:
    change(no_line, no_line.row("apply"), "admitted", now)
    assert enter(no_line, "gone", now).state == "waiting"


# --- states -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", STATES)
def test_change_state_follows_the_table(world: World, now: datetime, old: str) -> None:
    Seminar.objects.update(capacity=20)
    for new, row in zip(STATES, add_students(world.seminar, 5, state=old), strict=True):
        if (old, new) in ALLOWED or old == new:
            change(world, row, new, now)
        else:
            with pytest.raises(Conflict) as refused:
                change(world, row, new, now)
            assert (refused.value.code, refused.value.status) == ("state_changed", 409)
        row.refresh_from_db()
        done = (old, new) in ALLOWED
        assert row.state == (new if done else old)
        assert list(row.history.values_list("old", "new")) == [(old, new)] * done
        assert row.user.letters.count() == done
        assert (row.offered_until is not None) == (row.state == "offered")


def test_change_state_names_who_when_and_why(world: World, now: datetime) -> None:
    change(world, world.row("apply"), "admitted", now, reason="a place fell free")
    entry = HistoryEntry.objects.get()
    assert (entry.seminar, entry.participant, entry.actor, entry.at, entry.reason) == (
        world.seminar,
        world.row("apply"),
        world.people["olga"],
        now,
        "a place fell free",
    )


def test_change_state_of_an_organizer_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Conflict):
        change(world, world.row("otto"), "withdrawn", now)
    assert world.row("otto").state == "admitted"


def test_change_state_admits_no_more_than_there_are_places(world: World, now: datetime) -> None:
    change(world, world.row("apply"), "admitted", now)
    with pytest.raises(Conflict) as refused:
        change(world, world.row("wait"), "admitted", now)
    assert (refused.value.code, refused.value.status) == ("no_free_place", 409)
    assert "All 5 places are taken" in refused.value.message
    assert world.row("wait").state == "waiting"


def test_change_state_counts_a_place_that_fell_free(world: World, now: datetime) -> None:
    change(world, world.row("apply"), "admitted", now)
    change(world, world.row("dana"), "withdrawn", now)
    assert change(world, world.row("wait"), "admitted", now).state == "admitted"


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("apply", "admitted", "you are admitted: you have a place in the seminar."),
        ("apply", "waiting", "you are on the waiting list."),
        ("anna", "withdrawn", "you no longer take part in the seminar. What you handed in is kept."),
    ],
)
def test_change_state_tells_the_person(world: World, now: datetime, name: str, state: str, words: str) -> None:
    change(world, world.row(name), state, now)
    letter = Letter.objects.get()
    assert (letter.subject, letter.to_email, letter.reply_to, letter.scope) == (
        "[Small2023] Your place in the seminar",
        f"{name}@example.org",
        "olga@example.org",
        "small",
    )
    assert words in letter.text
    assert "http://testserver/seminars/small/" in letter.text


def test_change_state_by_oneself_needs_no_letter(world: World, now: datetime) -> None:
    change(world, world.row("anna"), "withdrawn", now, actor=world.people["anna"])
    assert (world.row("anna").state, Letter.objects.count()) == ("withdrawn", 0)


def test_change_state_twice_is_one_letter_and_one_line(world: World, now: datetime) -> None:
    stale = world.row("apply")
    change(world, world.row("apply"), "admitted", now)
    change(world, stale, "admitted", now)
    assert (Letter.objects.count(), len(history())) == (1, 1)


# --- choices and facts --------------------------------------------------------------------------------------


def test_set_name_public_is_written_once(world: World, now: datetime) -> None:
    for _ in range(2):
        services.set_name_public(world.row("anna"), public=True, now=now)
    assert world.row("anna").name_public is True
    assert history() == [("name_public", "False", "True")]
    assert HistoryEntry.objects.get().actor == world.people["anna"]


def note(world: World, now: datetime, **statuses: str) -> None:
    pks = {world.row(name).pk: status for name, status in statuses.items()}
    services.save_attendance(world.seminar.sessions.get(key="talks"), pks, actor=world.people["olga"], now=now)


def attendance() -> dict[str, str]:
    return dict(Attendance.objects.values_list("participant__user__given_names", "status"))


def test_save_attendance_writes_changes_and_clears(world: World, now: datetime) -> None:
    note(world, now, anna="present", boris="absent", carla="")
    note(world, now + timedelta(hours=1), anna="present", boris="excused")
    assert attendance() == {"Anna": "present", "Boris": "excused"}
    note(world, now + timedelta(hours=2), boris="")
    assert attendance() == {"Anna": "present"}
    assert sorted(history()) == [
        ("attendance:talks", "", "absent"),
        ("attendance:talks", "", "present"),
        ("attendance:talks", "absent", "excused"),
        ("attendance:talks", "excused", ""),
    ]


def test_save_attendance_notes_who_and_when(world: World, now: datetime) -> None:
    note(world, now, anna="absent")
    note(world, now + timedelta(hours=1), anna="absent")
    row = Attendance.objects.get()
    assert (row.noted_by, row.noted_at) == (world.people["olga"], now)


def test_save_attendance_ignores_people_who_do_not_take_part(world: World, now: datetime) -> None:
    outside = Participant.objects.get(seminar=world.other, user=world.people["other_student"])
    talks = world.seminar.sessions.get(key="talks")
    pks = (outside.pk, world.row("gone").pk, world.row("olga").pk, 0)
    services.save_attendance(talks, dict.fromkeys(pks, "present"), actor=world.people["olga"], now=now)
    assert (attendance(), history()) == ({}, [])


def move(world: World, now: datetime, **fields: Any) -> Session:
    session = world.seminar.sessions.select_related("seminar").get(key="talks")
    was = services.session_line(session)
    for name, value in fields.items():
        setattr(session, name, value)
    services.move_session(session, was=was, actor=world.people["olga"], now=now)
    return session


NEW_DAY = {"date": date(2023, 12, 22), "starts_at": time(10, 0), "ends_at": time(12, 0), "room": "2.01"}


def test_move_session_tells_every_student_once(world: World, now: datetime) -> None:
    for _ in range(2):
        move(world, now, **NEW_DAY, tentative=True, note="The room has a piano.")
    letters = Letter.objects.order_by("to_email")
    assert [letter.to_email for letter in letters] == [
        f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")
    ]
    assert letters[0].subject == "[Small2023] Changed: Presentations"
    assert "Before: Fri 15 Dec 2023, 14:15–16:00 (Europe/Berlin), 1.06" in letters[0].text
    assert "Now: Fri 22 Dec 2023, 10:00–12:00 (Europe/Berlin), 2.01 (may still move)" in letters[0].text
    assert "The room has a piano." in letters[0].text


def test_move_session_twice_is_one_line_of_history(world: World, now: datetime) -> None:
    for _ in range(2):
        move(world, now, **NEW_DAY)
    assert history() == [("session:talks", "Fri 2023-12-15 14:15–16:00 1.06", "Fri 2023-12-22 10:00–12:00 2.01")]


def test_move_session_that_changes_only_the_note_writes_no_letter(world: World, now: datetime) -> None:
    move(world, now, note="Bring a laptop.")
    assert world.seminar.sessions.get(key="talks").note == "Bring a laptop."
    assert Letter.objects.count() == 0


# --- at the same time ---------------------------------------------------------------------------------------


def at_once(works: list[Callable[[], object]]) -> list[str]:
    """Run all at the same time, each with its own connection; return "done" or the code of the refusal."""
    answers: list[str] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        barrier.wait(timeout=20)
        try:
            work()
        except Refusal as refusal:
            answers.append(refusal.code)
        else:
            answers.append("done")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_change_state_of_many_at_once_fills_the_last_place_once(world: World, now: datetime) -> None:
    rows = add_students(world.seminar, 8, state=ParticipantState.APPLIED)
    answers = at_once([lambda row=row: change(world, row, "admitted", now) for row in rows])
    assert answers == ["done"] + ["no_free_place"] * 7
    assert Participant.objects.filter(seminar=world.seminar, role="student", state="admitted").count() == 5


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_enter_seminar_by_one_person_many_times_at_once_is_one_row(world: World, now: datetime) -> None:
    assert at_once([lambda: enter(world, "outsider", now)] * 8) == ["done"] * 8
    assert Participant.objects.filter(user=User.objects.get(email="outsider@example.org")).count() == 1
