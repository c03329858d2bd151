"""How long ago a background job finished, told by a clock that may have been set back since."""

from datetime import datetime, timedelta
from enum import StrEnum

LONGEST_SILENCE = timedelta(minutes=5)


class Tick(StrEnum):
    FRESH = "fresh"
    OLD = "old"
    AHEAD = "ahead"  # noted by a clock that was ahead of this one: it proves nothing
    NEVER = "never"


def tick_of(at: datetime | None, now: datetime, *, allowed: timedelta = LONGEST_SILENCE) -> Tick:
    """What a note of `at` says at `now`; both are aware. Two machines may differ by as much as `allowed`."""
    if at is None:
        return Tick.NEVER
    if at - now > allowed:
        return Tick.AHEAD
    return Tick.OLD if now - at > allowed else Tick.FRESH
