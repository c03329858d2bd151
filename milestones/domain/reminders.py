"""When a person is reminded of a deadline: as its clock shows it, outside quiet hours, and never after it.

Pure functions: the caller passes the current time in.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from milestones.domain.deadlines import effective_deadline

AT_LEAST = timedelta(
    hours=1
)  # a reminder that waits for the morning leaves this much time, or comes the evening before

MOST, LONGEST = 6, 14 * 24  # reminders of one deadline, and hours before it
_WRITTEN = re.compile(r"(\d{1,3})\s*([dth]?)[a-z]*")
_HOURS = {"d": 24, "t": 24, "h": 1, "": 1}


def read_schedule(text: str) -> tuple[int, ...]:
    """Return the hours before a deadline that a person has written, such as ``3d, 1d, 3h``, longest first.

    A number without a unit is hours; an empty text is no reminder. Raises ValueError for what cannot be read, more than six
    reminders, or one more than fourteen days or less than an hour before.
    """
    hours = set()
    for each in filter(None, (part.strip().lower() for part in text.replace(";", ",").split(","))):
        written = _WRITTEN.fullmatch(each)
        if written is None:
            raise ValueError(f"{each!r} is no time before a deadline.")
        hours.add(int(written[1]) * _HOURS[written[2]])
    if len(hours) > MOST or not all(1 <= each <= LONGEST for each in hours):
        raise ValueError("There are too many, or some are too long or too short before.")
    return tuple(sorted(hours, reverse=True))


def write_schedule(hours: Iterable[int]) -> str:
    """Return hours as a person would write them: ``3d, 1d, 3h``."""
    ordered = sorted(hours, reverse=True)
    return ", ".join(f"{each // 24}d" if each % 24 == 0 else f"{each}h" for each in ordered)


@dataclass(frozen=True)
class Quiet:
    """Hours of a person's own zone in which no reminder comes; equal times mean that there are none."""

    begins: time
    ends: time
    zone: str

    def around(self, instant: datetime) -> tuple[datetime, datetime] | None:
        """The quiet hours, as instants in UTC, in which an instant lies; their beginning belongs to them."""
        rules = ZoneInfo(self.zone)
        today = instant.astimezone(rules).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.begins < self.ends else day + timedelta(days=1)
            begins = datetime.combine(day, self.begins, rules).astimezone(UTC)
            ends = datetime.combine(last, self.ends, rules).astimezone(UTC)
            if begins <= instant < ends and self.begins != self.ends:
                return begins, ends
        return None


def moments(wall: datetime, zone: str, hours: Iterable[int], quiet: Quiet | None = None) -> dict[int, datetime]:
    """Return hours before a deadline → the instant, in UTC, at which that reminder is to come.

    ``wall`` is the deadline as the clocks of ``zone`` show it, naive. Whole days are counted on the calendar, so that a day
    before 23:59 is 23:59 also on the night on which the clocks change; the rest in elapsed time. A reminder comes as its
    minute begins. What would fall into ``quiet`` comes when that ends, or, where too little time would be left then, just
    before it begins. Raises ValueError for an unknown zone.
    """
    deadline = effective_deadline(wall, zone)
    found = {}
    for number in hours:
        days, rest = divmod(number, 24)
        moment = effective_deadline(wall - timedelta(days=days), zone) - timedelta(hours=rest)
        found[number] = _outside(quiet, moment.replace(second=0, microsecond=0), deadline)
    return found


def reminder_due(
    wall: datetime,
    zone: str,
    now: datetime,
    hours: Iterable[int],
    *,
    quiet: Quiet | None = None,
    after: datetime | None = None,
) -> int | None:
    """Return the hours of the one reminder that is due at ``now``, or None.

    Of those whose moment has come the last one is due, so that after an outage people get one reminder and not all of them.
    ``after`` is the instant at which the person was told of this deadline: what should have come until then does not come.
    Nothing is due after the deadline, nor in quiet hours that leave enough time. ``now`` and ``after`` are aware.
    """
    deadline = effective_deadline(wall, zone)
    if now > deadline:
        return None
    come = {
        number: moment
        for number, moment in moments(wall, zone, hours, quiet).items()
        if moment <= now and (after is None or moment > after)
    }
    if not come or (quiet is not None and _outside(quiet, now, deadline) > now):
        return None
    return min(come)


def _outside(quiet: Quiet | None, moment: datetime, deadline: datetime) -> datetime:
    """The moment itself, or where it falls into quiet hours, their end or just before their beginning."""
    night = quiet.around(moment) if quiet else None
    if night is None:
        return moment
    begins, ends = night
    return ends if ends + AT_LEAST <= deadline else begins - timedelta(minutes=1)
