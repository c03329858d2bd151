"""How long ago a job finished, whatever the clock has done since."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.domain.ticks import Tick, tick_of

NOW = datetime(2023, 10, 29, 0, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "tick"),
    [
        (timedelta(0), Tick.FRESH),
        (timedelta(minutes=5), Tick.FRESH),
        (timedelta(minutes=5, seconds=1), Tick.OLD),
        (timedelta(minutes=-5), Tick.FRESH),  # another machine's clock
        (timedelta(minutes=-5, seconds=-1), Tick.AHEAD),
        (timedelta(hours=-1), Tick.AHEAD),
        (timedelta(hours=7), Tick.OLD),
    ],
)
def test_tick_by_its_distance(ago: timedelta, tick: Tick) -> None:
    assert tick_of(NOW - ago, NOW) == tick


def test_tick_that_was_never_noted() -> None:
    assert tick_of(None, NOW) == Tick.NEVER
