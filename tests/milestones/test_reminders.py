"""Reminders come as the clocks show it: in twelve zones, on the nights on which clocks change, and whatever a server's clock does."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from milestones.domain.deadlines import effective_deadline
from milestones.domain.reminders import AT_LEAST, Quiet, moments, read_schedule, reminder_due, write_schedule

BERLIN = "Europe/Berlin"
ZONES = (
    BERLIN,
    "Europe/London",
    "America/New_York",
    "America/St_Johns",  # changes at 02:00, offset with half an hour
    "America/Santiago",  # changes at midnight
    "Africa/Cairo",  # changes at midnight, on other days than Europe
    "Asia/Beirut",
    "Asia/Kathmandu",  # never changes, offset with three quarters
    "Australia/Adelaide",
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Auckland",
    "Pacific/Chatham",
)
HOURS = (72, 24, 3)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = (time(22), time(7))
TICK = 20 * MINUTE


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def local(instant: datetime, zone: str = BERLIN) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("due", "quiet", "expected"),
    [
        # The clocks go back in the night to October 29: three days are 73 hours.
        ("2023-10-30T23:59", None, ["2023-10-27 23:59", "2023-10-29 23:59", "2023-10-30 20:59"]),
        ("2023-10-30T23:59", NIGHT, ["2023-10-28 07:00", "2023-10-30 07:00", "2023-10-30 20:59"]),
        # They go forward in the night to March 31; 02:30 of that night is 03:30.
        ("2024-04-01T02:30", None, ["2024-03-29 02:30", "2024-03-31 03:30", "2024-03-31 23:30"]),
        # Whoever has to be done at 06:00 is not woken, but told before the night.
        ("2024-06-05T06:00", NIGHT, ["2024-06-02 07:00", "2024-06-04 07:00", "2024-06-04 21:59"]),
        ("2024-06-05T12:00", (time(11), time(11)), ["2024-06-02 12:00", "2024-06-04 12:00", "2024-06-05 09:00"]),
        ("2024-06-05T18:00", (time(13), time(16)), ["2024-06-02 18:00", "2024-06-04 18:00", "2024-06-05 16:00"]),
    ],
)
def test_moments_are_those_of_the_clock(due: str, quiet: tuple[time, time] | None, expected: list[str]) -> None:
    found = moments(wall(due), BERLIN, HOURS, Quiet(*quiet, BERLIN) if quiet else None)
    assert [local(found[hours]) for hours in HOURS] == expected


def test_moments_are_quiet_by_the_clock_of_the_person() -> None:
    found = moments(wall("2024-06-05T23:59"), BERLIN, [3], Quiet(*NIGHT, "Asia/Tokyo"))
    assert [local(found[3]), local(found[3], "Asia/Tokyo")] == ["2024-06-05 14:59", "2024-06-05 21:59"]


@pytest.mark.parametrize(
    ("before_end", "due"), [(80, None), (72, 72), (25, 72), (24, 24), (4, 24), (2, 3), (0, 3), (-0.001, None)]
)
def test_reminder_due_is_the_latest_that_has_come(before_end: float, due: int | None) -> None:
    end = effective_deadline(wall("2024-06-05T23:59"), BERLIN)
    assert reminder_due(wall("2024-06-05T23:59"), BERLIN, end - before_end * HOUR, HOURS) == due


@pytest.mark.parametrize(("told_before_end", "due"), [(73, 24), (24, None), (2, None)])
def test_reminder_due_leaves_out_what_came_before_the_person_was_told(told_before_end: int, due: int | None) -> None:
    end = effective_deadline(wall("2024-06-05T23:59"), BERLIN)
    after = end - told_before_end * HOUR
    assert reminder_due(wall("2024-06-05T23:59"), BERLIN, end - 10 * HOUR, HOURS, after=after) == due


def test_reminder_due_after_an_outage_waits_for_the_morning_where_that_is_early_enough() -> None:
    quiet, due = Quiet(*NIGHT, BERLIN), wall("2024-06-05T23:59")

    def at(text: str) -> datetime:
        return wall(text).replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)

    assert reminder_due(due, BERLIN, at("2024-06-05T03:00"), HOURS, quiet=quiet) is None
    assert reminder_due(due, BERLIN, at("2024-06-05T07:00"), HOURS, quiet=quiet) == 24
    assert reminder_due(due, BERLIN, at("2024-06-05T23:30"), HOURS, quiet=quiet) == 3  # now or never
    assert reminder_due(due, BERLIN, at("2024-06-05T23:30"), [], quiet=quiet) is None


@pytest.mark.parametrize(
    ("text", "hours", "written"),
    [
        ("3d, 1d, 3h", (72, 24, 3), "3d, 1d, 3h"),
        ("3 ; 1T,72, 3d", (72, 24, 3), "3d, 1d, 3h"),
        ("", (), ""),
        (" , ", (), ""),
        ("14d", (336,), "14d"),
    ],
)
def test_schedule_is_read_and_written(text: str, hours: tuple[int, ...], written: str) -> None:
    assert read_schedule(text) == hours
    assert write_schedule(hours) == written


@pytest.mark.parametrize("text", ["0h", "15d", "soon", "-3h", "1.5h", "1h,2h,3h,4h,5h,6h,7h", "9999"])
def test_schedule_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"There are too many|no time before"):
        read_schedule(text)


# --- an oracle that walks along the clock -------------------------------------------------------------------


def changes(zone: str, year: int) -> Iterator[date]:
    """The days on which a zone's clocks change."""
    rules, day = ZoneInfo(zone), date(year, 1, 1)
    while day.year == year:
        noons = [datetime.combine(each, time(12), rules).utcoffset() for each in (day - DAY, day)]
        if noons[0] != noons[1]:
            yield day
        day += DAY


def shown_at(shown: datetime, zone: str) -> datetime:
    """The last minute, in UTC, in which the clocks of a zone show this; where they skip it, that of as much later as they skip."""
    rules, around = ZoneInfo(zone), shown.replace(tzinfo=UTC)
    minutes = [around + number * MINUTE for number in range(-15 * 60, 15 * 60)]
    clock = [minute.astimezone(rules).replace(tzinfo=None) for minute in minutes]
    for skipped in (0, 30, 60):
        found = [minute for minute, shows in zip(minutes, clock, strict=True) if shows == shown + skipped * MINUTE]
        if found:
            return found[-1]
    raise AssertionError(shown, zone)


def is_night(instant: datetime, zone: str) -> bool:
    clock = instant.astimezone(ZoneInfo(zone)).time()
    return clock >= NIGHT[0] or clock < NIGHT[1]


def intended(due: datetime, zone: str, hours: int, quiet_zone: str) -> datetime:
    """When a reminder is to come, minute by minute."""
    last = timedelta(seconds=59, microseconds=999_999)
    end = shown_at(due, zone) + last
    at = shown_at(due - hours // 24 * DAY, zone) - hours % 24 * HOUR
    if not is_night(at, quiet_zone):
        return at
    late = early = at
    while is_night(late, quiet_zone):
        late += MINUTE
    while is_night(early, quiet_zone):
        early -= MINUTE
    return late if late + AT_LEAST <= end else early


def ticks(first: datetime, end: datetime, seed: int) -> Iterator[datetime]:
    """A clock that is asked every twenty minutes, and steps an hour back and forth on the way."""
    at, steps = first, {random.Random(seed).randrange(50, 250): -HOUR, random.Random(seed + 1).randrange(50, 250): HOUR}
    for number in range(2000):
        at += TICK + steps.get(number, timedelta(0))
        yield at
        if at > end:
            return


@pytest.mark.parametrize("zone", ZONES)
def test_reminders_come_once_at_the_wall_time_that_was_meant(zone: str) -> None:
    days = [*changes(zone, 2024), date(2024, 5, 15)]
    cases = [(day + later * DAY, at) for day in days for later in (0, 2) for at in (time(23, 59), time(2, 30))]
    for seed, (day, at) in enumerate(cases):
        due, quiet = datetime.combine(day, at), Quiet(*NIGHT, zone)
        meant = {hours: intended(due, zone, hours, zone) for hours in HOURS}
        end = shown_at(due, zone) + MINUTE
        come: dict[int, datetime] = {}
        for now in ticks(end - 4 * DAY - 5 * HOUR, end, seed):
            hours = reminder_due(due, zone, now, HOURS, quiet=quiet)
            if hours is not None and hours not in come:
                come[hours] = now
        # A step forward may skip a moment by its own length, never the reminder.
        assert set(come) == set(meant), (zone, due)
        late = {hours: come[hours] - meant[hours] for hours in HOURS}
        assert all(timedelta(0) <= each <= TICK + HOUR for each in late.values()), (zone, due, late)
        assert sum(each > TICK for each in late.values()) <= 1, (zone, due, late)
