"""The date a student sees is the date that is enforced: in every zone, on the nights clocks change, at every door."""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import User
from courses.models import Seminar
from milestones.models import Milestone
from milestones.queries import general_deadline
from milestones.services import accepts, grant_extension
from notifications.models import Letter
from seminar.services.sweeping import write_reminders
from submissions.models import Version
from tests.factories.topics import give, second_day
from tests.factories.world import World
from tests.submissions.test_doors import (
    AROUND,
    ENDS,
    MINUTE,
    SECOND,
    Doors,
    around,
    change,
    refused,
    words,
)
from topics.services import sync_talk_deadlines

pytestmark = pytest.mark.once

YEAR = 2024
ZONES = (
    "Europe/Berlin",
    "America/St_Johns",  # half an hour off
    "America/Havana",  # changes at midnight, and back at one
    "America/Santiago",  # south, west, at midnight
    "America/Nuuk",  # 23:59 is skipped in spring and comes twice in autumn
    "Africa/Cairo",  # at midnight, on a Thursday
    "Asia/Beirut",  # at midnight
    "Australia/Lord_Howe",  # half an hour only
    "Pacific/Chatham",  # a quarter of an hour off, south, east
    "Asia/Kathmandu",  # a quarter of an hour off, never changes
    "Pacific/Kiritimati",  # a day ahead
    "Pacific/Pago_Pago",  # and a day behind
)
DAY, LAST_MOMENT = timedelta(days=1), timedelta(seconds=59, microseconds=999_999)
STAMP = r"(\w{3} \d+ \w{3} \d{4}, \d\d:\d\d [A-Z+\d-]+)"
CLOSED = ["on time", "on time", "refused", "refused"]  # a second before, at, a microsecond and a second after the end


class Night(NamedTuple):
    """The date on which clocks change, and the wall times between which they skip or repeat; none for an ordinary night."""

    on: date
    begins: datetime
    ends: datetime


def reading(instant: datetime, zone: str) -> datetime:
    """What the clocks of a zone show: the only question that this test asks of the zone's rules."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@cache
def nights(zone: str) -> list[Night]:
    """The nights of the year on which a zone's clocks change; two ordinary ones where they never do."""
    start, step, found = datetime(YEAR, 1, 2, tzinfo=UTC), timedelta(minutes=30), []
    for before, now in pairwise(reading(start + n * step, zone) for n in range(364 * 48)):
        if (was := before + step) != now:
            found.append(Night((was - MINUTE).date(), min(was, now), max(was, now)))
    noon = [datetime(YEAR, 2, 29, 12), datetime(YEAR, 6, 30, 12)]
    return found or [Night(wall.date(), wall, wall) for wall in noon]


def last_instant(wall: datetime, zone: str) -> datetime:
    """The last instant of a minute on the zone's clocks, found by looking at them every minute.

    A minute that comes twice ends when its second coming does; one that is skipped, when it would have without the change.
    """
    minutes = [wall.replace(tzinfo=UTC) + n * MINUTE for n in range(-15 * 60, 15 * 60)]
    shown = [(reading(minute, zone), minute) for minute in minutes]
    same = [minute for read, minute in shown if read == wall]
    if same:
        return same[-1] + LAST_MOMENT
    read, minute = max(pair for pair in shown if pair[0] < wall)
    return minute + (wall - read) + LAST_MOMENT


def evening(night: Night) -> datetime:
    return datetime.combine(night.on, time(23, 59))


def walls(night: Night) -> set[datetime]:
    """Deadlines of a night: its own 23:59 and that before, and the hour that clocks skip or repeat, within and at its edges."""
    middle = night.begins + (night.ends - night.begins) / 2
    edges = {night.begins - MINUTE, night.begins, middle, night.ends - MINUTE, night.ends}
    return edges | {evening(night), evening(night) - DAY}


def readings(wall: datetime, zone: str) -> int:
    """How often the clocks show a minute."""
    return [reading(wall.replace(tzinfo=UTC) + n * MINUTE, zone) for n in range(-900, 900)].count(wall)


def test_nights_are_those_they_were_chosen_for() -> None:
    comings = {zone: tuple(readings(evening(night), zone) for night in nights(zone)) for zone in ZONES}
    minutes = {zone: {(night.ends - night.begins) // MINUTE for night in nights(zone)} for zone in ZONES}
    odd = {"America/Santiago": (2, 1), "America/Nuuk": (0, 2), "Africa/Cairo": (1, 2), "Asia/Beirut": (1, 2)}
    assert comings == {zone: odd.get(zone, (1, 1)) for zone in ZONES}
    assert minutes == {zone: {60 if n < 7 or n == 8 else 30 if n == 7 else 0} for n, zone in enumerate(ZONES)}


# --- every zone, every door -----------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_gate_ends_with_the_last_instant_that_reads_the_deadline(zone: str) -> None:
    judged, wanted = {}, {}
    for wall in set().union(*map(walls, nights(zone))):
        milestone = Milestone(seminar=Seminar(time_zone=zone), due_date=wall.date(), due_time=wall.time())
        due, end = general_deadline(milestone), last_instant(wall, zone)
        judged[wall] = (due.shown, due.closes, [accepts(milestone, due, end + shift) for shift in AROUND])
        wanted[wall] = (end, end, [(True, True), (True, True), (False, False), (False, False)])
    assert judged == wanted


def due(world: World, wall: datetime, zone: str) -> datetime:
    """Let the slides be due at a wall time of a zone; return the last instant that counts."""
    Seminar.objects.filter(pk=world.seminar.pk).update(time_zone=zone)
    change(world, due_date=wall.date(), due_time=wall.time())
    return last_instant(wall, zone)


def test_doors_of_every_zone_close_at_the_same_instant(world: World, tmp_path: Path, time_machine: Any) -> None:
    judged = {}
    for zone in ZONES:
        for night in nights(zone):
            end = due(world, evening(night), zone)
            time_machine.move_to(end, tick=False)
            judged[zone, night.on] = around(Doors(world, tmp_path), end, time_machine)
            Version.objects.all().delete()
    assert judged == {(zone, night.on): CLOSED for zone in ZONES for night in nights(zone)}


def test_doors_on_the_evening_after_the_change_in_berlin(world: World, tmp_path: Path, time_machine: Any) -> None:
    end = datetime(2023, 10, 30, 22, 59, 59, 999999, tzinfo=UTC)
    assert due(world, datetime(2023, 10, 30, 23, 59), "Europe/Berlin") == end
    time_machine.move_to(end, tick=False)
    assert around(Doors(world, tmp_path), end, time_machine) == CLOSED


# --- what is shown --------------------------------------------------------------------------------------------


def client_of(world: World, name: str) -> Client:
    return Doors(world, Path(), name).client


def stamp(pattern: str, text: str) -> str:
    """The one date, time and zone that stand at a place of a text."""
    (found,) = set(re.findall(pattern.replace("STAMP", STAMP), text))
    return str(found)


def deadlines_shown(world: World) -> dict[str, str]:
    """Where Boris and an organizer read when his slides are due → what stands there."""
    slot, seen = world.slot("slides").pk, {}
    for name, pages in {
        "boris": {
            "/": r"Slides STAMP",
            world.url("me/"): r"Slides (?:\w+ )*until STAMP",
            world.url("milestones/"): r"Milestone II Slides STAMP",
            world.url("milestones/m2/request/"): r"Your deadline: STAMP",
            world.url("submissions/"): r"Slides until STAMP",
            world.url(f"submissions/{slot}/"): r"Slides until STAMP",
            world.url(): r"Milestone II Slides until STAMP",
        },
        "olga": {
            world.url("milestones/m2/"): r"Slides STAMP",
            world.url("submissions/"): r"student : Slides .*? Boris Łukasik – – due STAMP",
        },
    }.items():
        client = client_of(world, name)
        seen |= {f"{name} {page}": stamp(pattern, words(client.get(page).text)) for page, pattern in pages.items()}
    return seen


def receipts_shown(world: World, version: Version) -> dict[str, str]:
    page = client_of(world, "anna").get(world.url(f"submissions/receipts/{version.receipt}/")).text
    public = Client().get(re.findall(r'href="(/receipts/[^"]*)"', page)[0]).text
    return {name: stamp("deadline STAMP", words(text)) for name, text in {"own": page, "public": public}.items()}


@pytest.mark.parametrize(
    ("zone", "wall", "text"),
    [
        ("Europe/Berlin", datetime(2024, 10, 27, 23, 59), "Sun 27 Oct 2024, 23:59 CET"),
        ("Africa/Cairo", datetime(2024, 10, 31, 23, 59), "Thu 31 Oct 2024, 23:59 EET"),  # the second time
        ("Australia/Lord_Howe", datetime(2024, 4, 7, 1, 45), "Sun 7 Apr 2024, 01:45 +1030"),  # the second time
        ("America/St_Johns", datetime(2024, 3, 10, 2, 30), "Sun 10 Mar 2024, 03:30 NDT"),  # does not come
        ("Asia/Kathmandu", datetime(2024, 2, 29, 23, 59), "Thu 29 Feb 2024, 23:59 +0545"),
        ("Pacific/Pago_Pago", datetime(2024, 6, 30, 23, 59), "Sun 30 Jun 2024, 23:59 SST"),
    ],
)
def test_pages_receipts_and_letters_show_the_same_deadline(
    world: World, tmp_path: Path, time_machine: Any, zone: str, wall: datetime, text: str
) -> None:
    end = due(world, wall, zone)
    time_machine.move_to(end - DAY, tick=False)
    assert Doors(world, tmp_path).form() == ("on time", end - DAY)
    seen = deadlines_shown(world) | receipts_shown(world, Version.objects.get())
    assert seen == dict.fromkeys(seen, text)
    User.objects.update(quiet_from=time(0), quiet_to=time(0))
    write_reminders(end - DAY)
    assert f"Your deadline: {text} ({zone})\n" in Letter.objects.get(kind="reminder", user=world.people["boris"]).text
    overview = words(client_of(world, "olga").get(world.url("manage/")).text)
    assert f"Milestone II {wall.day} {wall:%b} · 1/4" in overview


# --- a deadline of one's own ----------------------------------------------------------------------------------


def test_extension_of_one_student_helps_no_other(world: World, tmp_path: Path, time_machine: Any) -> None:
    time_machine.move_to(ENDS, tick=False)
    more = {"due_date": date(2023, 12, 12), "due_time": time(12, 0), "reason": "ill", "now": ENDS}
    grant_extension(world.milestone("m2"), world.row("anna"), actor=world.row("olga").user, **more)
    seen, own = deadlines_shown(world), "Tue 12 Dec 2023, 12:00 CET"
    assert seen == dict.fromkeys(seen, "Fri 8 Dec 2023, 23:59 CET")
    listed = words(client_of(world, "olga").get(world.url("submissions/")).text)
    assert stamp("student : Slides .*? Anna Großmann – – due STAMP", listed) == own
    anna, boris = Doors(world, tmp_path), Doors(world, tmp_path, "boris")
    assert [around(boris, ENDS, time_machine), around(anna, ENDS, time_machine)] == [CLOSED, ["on time"] * 4]
    end = datetime(2023, 12, 12, 11, 0, 59, 999999, tzinfo=UTC)
    assert around(anna, end, time_machine) == CLOSED
    assert boris.ask() == refused(6)
    assert stamp("Slides until STAMP", words(anna.client.get(anna.url).text)) == own
    seen = receipts_shown(world, Version.objects.filter(submission__participant=anna.row)[0])
    assert seen == dict.fromkeys(seen, own)


def test_hidden_grace_counts_and_stands_on_no_page(world: World, tmp_path: Path, time_machine: Any) -> None:
    change(world, grace_minutes=10)
    time_machine.move_to(ENDS + 5 * MINUTE, tick=False)
    seen = deadlines_shown(world)
    assert seen == dict.fromkeys(seen, "Fri 8 Dec 2023, 23:59 CET")
    assert around(Doors(world, tmp_path), ENDS + 10 * MINUTE, time_machine) == CLOSED


def test_hidden_grace_stands_on_no_receipt(world: World, tmp_path: Path, time_machine: Any) -> None:
    change(world, grace_minutes=10)
    time_machine.move_to(ENDS - DAY, tick=False)
    Doors(world, tmp_path).form()
    seen = receipts_shown(world, Version.objects.get())
    assert seen == dict.fromkeys(seen, "Fri 8 Dec 2023, 23:59 CET")


def test_deadline_after_ones_own_talk_closes_the_doors_for_its_speaker(
    world: World, tmp_path: Path, time_machine: Any
) -> None:
    time_machine.move_to(ENDS, tick=False)
    change(world, anchor="own_talk", due_date=None, offset_days=-3)
    second_day(world, 4)  # speaks on 12 January, the others on 15 December
    for name, number in (("anna", 3), ("boris", 4)):
        give(world, name, number, ENDS)
    sync_talk_deadlines(world.seminar, now=ENDS)
    ends = {
        "anna": datetime(2023, 12, 12, 22, 59, 59, 999999, tzinfo=UTC),
        "boris": datetime(2024, 1, 9, 22, 59, 59, 999999, tzinfo=UTC),
    }
    judged = {name: around(Doors(world, tmp_path, name), end, time_machine) for name, end in ends.items()}
    assert judged == dict.fromkeys(ends, CLOSED)
    # Whoever has no talk yet has no deadline yet.
    assert Doors(world, tmp_path, "dana").ask() == ("on time", ends["boris"] + SECOND)
