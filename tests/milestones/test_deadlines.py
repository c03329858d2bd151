"""Deadlines on the nights clocks change, in zones with half-hour and quarter-hour offsets."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milestones.domain.deadlines import effective_deadline, is_on_time

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "Australia/Lord_Howe", "Asia/Kathmandu", "America/New_York", "Pacific/Apia", "UTC")
ALMOST_A_MINUTE = timedelta(seconds=59, microseconds=999_999)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END = datetime(2024, 1, 10, 12, tzinfo=UTC)

walls = st.datetimes(datetime(1980, 1, 1), datetime(2037, 12, 31))
zones = st.sampled_from(ZONES)


@pytest.mark.parametrize(
    ("wall", "zone", "minute"),
    [
        ("2023-10-30T23:59", BERLIN, "2023-10-30T22:59"),  # Milestone I of the first seminar, winter time
        ("2023-10-28T23:59", BERLIN, "2023-10-28T21:59"),  # the evening before the change
        ("2023-10-29T01:59", BERLIN, "2023-10-28T23:59"),
        ("2023-10-29T02:30", BERLIN, "2023-10-29T01:30"),  # occurs twice: the second
        ("2023-10-29T03:00", BERLIN, "2023-10-29T02:00"),
        ("2024-03-31T01:59", BERLIN, "2024-03-31T00:59"),
        ("2024-03-31T02:30", BERLIN, "2024-03-31T01:30"),  # never occurs: 03:30 of summer time
        ("2024-03-31T03:00", BERLIN, "2024-03-31T01:00"),
        ("2024-04-07T01:45", "Australia/Lord_Howe", "2024-04-06T15:15"),  # half an hour back, the second
        ("2024-10-06T02:15", "Australia/Lord_Howe", "2024-10-05T15:45"),  # half an hour forward, never occurs
        ("2024-02-29T23:59", "Asia/Kathmandu", "2024-02-29T18:14"),
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T22:00"),  # a whole day that was skipped
    ],
)
def test_effective_deadline_at_known_walls(wall: str, zone: str, minute: str) -> None:
    expected = datetime.fromisoformat(f"{minute}:59.999999+00:00")
    result = effective_deadline(datetime.fromisoformat(wall), zone)
    assert result == expected
    assert result.tzinfo is UTC


def test_effective_deadline_ignores_seconds() -> None:
    wall = datetime(2024, 5, 1, 23, 59)
    assert effective_deadline(wall.replace(second=30), BERLIN) == effective_deadline(wall, BERLIN)


@given(walls, zones)
def test_effective_deadline_no_reading_of_the_wall_time_is_later(wall: datetime, zone: str) -> None:
    minute = wall.replace(second=0, microsecond=0)
    readings = [minute.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    assert effective_deadline(wall, zone) == max(readings) + ALMOST_A_MINUTE


@given(walls, zones)
def test_effective_deadline_shows_the_wall_time_unless_it_never_occurs(wall: datetime, zone: str) -> None:
    local = effective_deadline(wall, zone).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    minute = wall.replace(second=0, microsecond=0)
    # Only a gap moves it, and then to a later wall time: an hour or half, a day for Apia's skipped date.
    assert local >= minute
    assert local - minute in (ALMOST_A_MINUTE + jump for jump in (0 * HOUR, HOUR / 2, HOUR, DAY))


@given(walls, zones, st.timedeltas(timedelta(0), 30 * DAY) | walls, st.timedeltas(timedelta(0), DAY))
def test_effective_deadline_extension_and_grace_never_shorten(
    wall: datetime, zone: str, extension: datetime | timedelta, grace: timedelta
) -> None:
    plain = effective_deadline(wall, zone)
    extended = effective_deadline(wall, zone, extension=extension)
    assert extended >= plain
    assert effective_deadline(wall, zone, extension=extension, grace=grace) - extended == grace


def test_effective_deadline_extension_keeps_the_wall_time_across_the_change() -> None:
    wall = datetime(2023, 10, 28, 23, 59)
    expected = datetime(2023, 10, 30, 22, 59, 59, 999_999, tzinfo=UTC)
    assert effective_deadline(wall, BERLIN, extension=timedelta(days=2)) == expected
    assert effective_deadline(wall, BERLIN, extension=datetime(2023, 10, 30, 23, 59)) == expected


def test_effective_deadline_extension_earlier_than_the_original_is_ignored() -> None:
    wall = datetime(2024, 5, 2, 12)
    earlier = effective_deadline(wall, BERLIN, extension=datetime(2024, 5, 1))
    assert earlier == effective_deadline(wall, BERLIN)
    # In the gap a later wall time is the earlier instant.
    wall = datetime(2024, 3, 31, 2, 59)
    extended = effective_deadline(wall, BERLIN, extension=timedelta(minutes=1))
    assert extended == effective_deadline(wall, BERLIN)


def test_effective_deadline_grace_is_elapsed_time() -> None:
    result = effective_deadline(datetime(2023, 10, 29, 1, 59), BERLIN, grace=2 * HOUR)
    assert result == datetime(2023, 10, 29, 1, 59, 59, 999_999, tzinfo=UTC)
    assert result.astimezone(ZoneInfo(BERLIN)).hour == 2


@pytest.mark.parametrize("zone", ["", "Europe", "Mars/Phobos", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 300])
def test_effective_deadline_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone named"):
        effective_deadline(datetime(2024, 1, 1), zone)


@pytest.mark.parametrize(
    ("wall", "extension", "grace", "sentence"),
    [
        (datetime(2024, 1, 1, tzinfo=UTC), None, None, "A deadline is a wall time without a time zone"),
        (datetime(2024, 1, 1, tzinfo=UTC), DAY, None, "A deadline is a wall time without a time zone"),
        (datetime(2024, 1, 1), datetime(2024, 1, 2, tzinfo=UTC), None, "A deadline is a wall time without"),
        (datetime(2024, 1, 1), -DAY, None, "An extension must not be negative"),
        (datetime(2024, 1, 1), None, -DAY, "The grace period must not be negative"),
        (datetime.max, DAY, None, "outside the years"),
        (datetime.max, None, DAY, "outside the years"),
        (datetime.min, None, None, "outside the years"),
    ],
)
def test_effective_deadline_bad_input_is_refused(
    wall: datetime, extension: datetime | timedelta | None, grace: timedelta | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        effective_deadline(wall, BERLIN, extension=extension, grace=grace)


def test_is_on_time_at_the_very_instant_and_after() -> None:
    deadline = effective_deadline(datetime(2023, 10, 30, 23, 59), BERLIN)
    assert is_on_time(deadline, deadline)
    assert is_on_time(deadline.astimezone(timezone(9 * HOUR)), deadline)
    assert not is_on_time(deadline + timedelta(microseconds=1), deadline)


def test_is_on_time_in_the_repeated_hour_compares_instants() -> None:
    first = datetime(2023, 10, 29, 2, 45, tzinfo=ZoneInfo(BERLIN), fold=0)
    second = datetime(2023, 10, 29, 2, 30, tzinfo=ZoneInfo(BERLIN), fold=1)
    assert is_on_time(first, second)
    assert not is_on_time(second, first)


@pytest.mark.parametrize("naive_first", [True, False])
def test_is_on_time_naive_is_refused(naive_first: bool) -> None:
    pair = (END.replace(tzinfo=None), END) if naive_first else (END, END.replace(tzinfo=None))
    with pytest.raises(ValueError, match="needs a time zone"):
        is_on_time(*pair)
