"""Moving deadlines, for all and for one; the gate of every door."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import HistoryEntry
from milestones import services
from milestones.domain.progress import Due
from milestones.models import Milestone, OwnDeadline
from milestones.queries import deadline_of, general_deadline
from notifications.models import Letter
from tests.factories.world import World

ENDS = datetime(2023, 12, 8, 22, 59, 59, 999999, tzinfo=UTC)
TICK = timedelta(microseconds=1)
OLD = "2023-10-30 23:59:00"
NEW = {"due_date": date(2023, 11, 2), "due_time": time(12, 0)}


def history() -> list[tuple[str, str, str, str]]:
    """Oldest first: subject, old, new, why."""
    return list(HistoryEntry.objects.order_by("pk").values_list("subject", "old", "new", "reason"))


@pytest.mark.parametrize(
    ("policy", "grace", "at", "answer"),
    [
        ("refuse", 0, ENDS, (True, True)),
        ("refuse", 0, ENDS + TICK, (False, False)),
        ("mark", 0, ENDS + TICK, (True, False)),
        ("until", 0, ENDS + TICK, (True, False)),
        ("until", 0, ENDS + timedelta(hours=36), (True, False)),
        ("until", 0, ENDS + timedelta(hours=36) + TICK, (False, False)),
        ("until", 5, ENDS + timedelta(hours=36, minutes=5), (True, False)),
        ("refuse", 5, ENDS + timedelta(minutes=5), (True, True)),
        ("refuse", 5, ENDS + timedelta(minutes=5) + TICK, (False, False)),
    ],
)
def test_accepts_judges_by_the_instant(
    world: World, policy: str, grace: int, at: datetime, answer: tuple[bool, bool]
) -> None:
    milestone = world.milestone("m2")
    milestone.late_policy, milestone.grace_minutes, milestone.late_hours = policy, grace, 36
    assert services.accepts(milestone, general_deadline(milestone), at) == answer


def test_accepts_everything_while_there_is_no_date() -> None:
    assert services.accepts(Milestone(late_policy="refuse"), Due("Europe/Berlin"), ENDS) == (True, True)


# --- for everybody ------------------------------------------------------------------------------------------


def move(world: World, now: datetime, **fields: Any) -> None:
    values = {**NEW, "expected": OLD, "reason": "The server was down.", "actor": world.people["olga"], **fields}
    services.move_milestone(world.milestone("m1"), **values, now=now)


def test_move_milestone_moves_notes_and_tells(world: World, now: datetime) -> None:
    move(world, now)
    assert general_deadline(world.milestone("m1")).wall == datetime(2023, 11, 2, 12, 0)
    assert history() == [("deadline:m1", OLD, "2023-11-02 12:00:00", "The server was down.")]
    entry = HistoryEntry.objects.get()
    assert (entry.actor, entry.at) == (world.people["olga"], now)
    letters = Letter.objects.order_by("to_email")
    assert [letter.to_email for letter in letters] == [
        f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")
    ]
    assert (letters[0].subject, letters[0].reply_to) == (
        "[Small2023] New deadline: Milestone I: Topic preferences",
        "olga@example.org",
    )
    assert "Now: Thu 2 Nov 2023, 12:00 CET (Europe/Berlin)" in letters[0].text
    assert "Reason: The server was down." in letters[0].text


def test_move_milestone_twice_is_one_effect(world: World, now: datetime) -> None:
    for _ in range(2):
        move(world, now)
    assert (len(history()), Letter.objects.count()) == (1, 4)


@pytest.mark.parametrize("expected", ["2023-10-29 23:59:00", ""])
def test_move_milestone_from_an_old_page_is_refused_with_both_values(
    world: World, now: datetime, expected: str
) -> None:
    with pytest.raises(Conflict) as refused:
        move(world, now, expected=expected)
    assert (refused.value.code, refused.value.status) == ("deadline_changed", 409)
    assert OLD in refused.value.message
    assert "2023-11-02 12:00:00" in refused.value.message
    assert general_deadline(world.milestone("m1")).wall == datetime(2023, 10, 30, 23, 59)
    assert (history(), Letter.objects.count()) == ([], 0)


def test_move_milestone_of_two_organizers_refuses_the_second(world: World, now: datetime) -> None:
    move(world, now)
    with pytest.raises(Conflict) as refused:
        move(world, now, due_date=date(2023, 11, 9), actor=world.people["otto"])
    assert "2023-11-02 12:00:00" in refused.value.message
    assert "2023-11-09 12:00:00" in refused.value.message
    assert world.milestone("m1").due_date == date(2023, 11, 2)


def test_move_milestone_that_follows_ones_own_talk_is_refused(world: World, now: datetime) -> None:
    Milestone.objects.filter(pk=world.milestone("m1").pk).update(anchor="own_talk", due_date=None)
    with pytest.raises(Refusal) as refused:
        move(world, now, expected="")
    assert refused.value.code == "no_common_date"
    assert world.milestone("m1").due_date is None
    assert (history(), Letter.objects.count()) == ([], 0)


# --- moved again before its letter has gone out -------------------------------------------------------------

AGAIN = "The deadline has moved again; a newer letter says when it is."
NOV_2 = "2023-11-02 12:00:00"


def of_anna() -> list[tuple[str, str]]:
    letters = Letter.objects.filter(to_email="anna@example.org", kind="deadline_moved").order_by("pk")
    return [(letter.state, letter.reason) for letter in letters]


def test_move_milestone_again_replaces_the_letter_that_waits(world: World, now: datetime) -> None:
    move(world, now)
    for day, expected in ((9, NOV_2), (16, "2023-11-09 12:00:00")):
        move(world, now, due_date=date(2023, 11, day), expected=expected)
    assert of_anna() == [("dropped", AGAIN), ("dropped", AGAIN), ("waiting", "")]
    letter = Letter.objects.get(to_email="anna@example.org", state="waiting")
    assert "Before: Mon 30 Oct 2023, 23:59 CET\nNow: Thu 16 Nov 2023, 12:00 CET" in letter.text


def test_move_milestone_back_before_anybody_was_told_tells_nobody(world: World, now: datetime) -> None:
    move(world, now)
    back = {"due_date": date(2023, 10, 30), "due_time": time(23, 59), "expected": NOV_2}
    move(world, now, **back)
    assert of_anna() == [("dropped", AGAIN)]


def test_move_milestone_again_tells_everybody_from_what_they_know(world: World, now: datetime) -> None:
    User.objects.update(language="en")
    move(world, now)
    Letter.objects.filter(to_email="anna@example.org").update(state="sent")
    Letter.objects.filter(to_email="boris@example.org").update(state="sending")
    move(world, now, due_date=date(2023, 11, 9), expected=NOV_2)
    before = {
        letter.to_email[:5]: letter.text.partition("Before: ")[2][:10]
        for letter in Letter.objects.filter(state="waiting")
    }
    assert before == {"anna@": "Thu 2 Nov ", "boris": "Thu 2 Nov ", "carla": "Mon 30 Oct", "dana@": "Mon 30 Oct"}


# --- for one person -----------------------------------------------------------------------------------------


def extend(world: World, now: datetime, **fields: Any) -> None:
    values = {**NEW, "reason": "ill", "actor": world.people["olga"], **fields}
    services.grant_extension(world.milestone("m1"), world.row("anna"), **values, now=now)


def test_grant_extension_gives_notes_and_tells_one_person(world: World, now: datetime) -> None:
    extend(world, now)
    row = OwnDeadline.objects.get()
    assert (row.participant, row.origin, row.due_date, row.due_time, row.reason, row.granted_by, row.granted_at) == (
        world.row("anna"),
        "extension",
        date(2023, 11, 2),
        time(12, 0),
        "ill",
        world.people["olga"],
        now,
    )
    assert history() == [("extension:m1", "", "2023-11-02 12:00:00", "ill")]
    letter = Letter.objects.get()
    assert (letter.to_email, letter.subject) == (
        "anna@example.org",
        "[Small2023] More time for you: Milestone I: Topic preferences",
    )
    assert "Your deadline is now: Thu 2 Nov 2023, 12:00 CET (Europe/Berlin)\nReason: ill" in letter.text


def test_grant_extension_twice_is_one_effect(world: World, now: datetime) -> None:
    for _ in range(2):
        extend(world, now)
    assert (OwnDeadline.objects.count(), len(history()), Letter.objects.count()) == (1, 1, 1)


def test_grant_extension_again_replaces_the_first_and_keeps_its_history(world: World, now: datetime) -> None:
    extend(world, now)
    extend(world, now, due_date=date(2023, 11, 9), reason="still ill")
    assert deadline_of(world.milestone("m1"), world.row("anna")).wall == datetime(2023, 11, 9, 12, 0)
    assert [line[1:] for line in history()] == [
        ("", "2023-11-02 12:00:00", "ill"),
        ("2023-11-02 12:00:00", "2023-11-09 12:00:00", "still ill"),
    ]
    assert Letter.objects.count() == 2


# --- after one's own talk -----------------------------------------------------------------------------------


def test_set_talk_deadline_follows_the_talk_and_is_noted(world: World, now: datetime) -> None:
    report = Milestone.objects.create(
        seminar=world.seminar,
        key="report",
        title="Report",
        kind="upload",
        anchor="own_talk",
        due_time=time(23, 59),
        offset_days=7,
    )
    walls = []
    for day in (date(2023, 12, 15), date(2023, 12, 15), date(2023, 12, 22), None):
        services.set_talk_deadline(report, world.row("anna"), day, now=now)
        walls.append(deadline_of(report, world.row("anna")).wall)
    assert walls == [datetime(2023, 12, 22, 23, 59)] * 2 + [datetime(2023, 12, 29, 23, 59), None]
    assert history() == [
        ("talk_deadline:report", "", "2023-12-22 23:59:00", ""),
        ("talk_deadline:report", "2023-12-22 23:59:00", "2023-12-29 23:59:00", ""),
        ("talk_deadline:report", "2023-12-29 23:59:00", "", ""),
    ]


def test_set_talk_deadline_leaves_an_extension_alone(world: World, now: datetime) -> None:
    extend(world, now)
    services.set_talk_deadline(world.milestone("m1"), world.row("anna"), date(2023, 12, 15), now=now)
    services.set_talk_deadline(world.milestone("m1"), world.row("anna"), None, now=now)
    assert list(OwnDeadline.objects.values_list("origin", flat=True)) == ["extension"]
