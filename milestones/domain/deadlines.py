"""Deadlines: from a local wall time to the last instant that counts, on every night of the year.

Pure functions: the caller passes the current time in. Zone rules come from the system's or the ``tzdata``
package's IANA database through ``zoneinfo``.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_NO_TIME = timedelta(0)


def effective_deadline(
    wall_time: datetime,
    zone: str,
    *,
    extension: datetime | timedelta | None = None,
    grace: timedelta | None = None,
) -> datetime:
    """Return the last instant, in UTC, at which a submission due at a local wall time is on time.

    ``wall_time`` is naive; the minute it names counts whole, so 23:59 ends at 23:59:59.999999 local time
    (seconds given are ignored). ``zone`` is an IANA name such as ``Europe/Berlin``. ``extension`` is either
    a naive wall time in the same zone or a timedelta added to the wall time, so two more days keep 23:59
    across a clock change; the later of the original and the extended instant counts. ``grace`` is added to
    the result on the UTC timeline, in real elapsed time.
    A wall time that occurs twice (autumn) means its second occurrence. One that never occurs (spring) means
    the later of its two readings, that of the offset before the change: 02:30 on a night that jumps from
    02:00 to 03:00 is 03:30 of the new time. Nobody loses time to the clock.
    Raises ValueError for an aware time, an unknown zone, a negative grace or extension, or a date outside the
    calendar. Source: PEP 495 (fold) and PEP 615 (zoneinfo).
    """
    rules = _rules(zone)
    length = _NO_TIME if grace is None else grace
    if length < _NO_TIME:
        raise ValueError("The grace period must not be negative.")
    try:
        walls = [wall_time] if extension is None else [wall_time, _extended(wall_time, extension)]
        # Compared as instants: in a spring gap a later wall time can be an earlier instant.
        return max(_last_instant(wall, rules) for wall in walls) + length
    except OverflowError:
        raise ValueError("The deadline lies outside the years 1 to 9999.") from None


def is_on_time(instant: datetime, deadline: datetime) -> bool:
    """Tell whether something that happened at an instant met the deadline; the deadline itself is on time.

    Both are aware, in any zones. Raises ValueError if one is naive.
    """
    return _in_utc(instant, "instant") <= _in_utc(deadline, "deadline")


def _rules(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    # A folder of the database ("Europe") or an overlong name surfaces as an OSError.
    except (KeyError, ValueError, OSError):
        raise ValueError(f"There is no time zone named {zone!r}.") from None


def _extended(wall_time: datetime, extension: datetime | timedelta) -> datetime:
    if isinstance(extension, datetime):
        return extension
    if extension < _NO_TIME:
        raise ValueError("An extension must not be negative.")
    return wall_time + extension


def _last_instant(wall_time: datetime, rules: ZoneInfo) -> datetime:
    if wall_time.tzinfo is not None:
        raise ValueError("A deadline is a wall time without a time zone of its own.")
    end = wall_time.replace(second=59, microsecond=999_999, tzinfo=rules)
    # The two folds differ only for ambiguous and nonexistent times; both times the later instant is wanted.
    return max(end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def _in_utc(moment: datetime, name: str) -> datetime:
    """Convert first: Python compares and subtracts two datetimes of the same zone by their wall times."""
    if moment.utcoffset() is None:
        raise ValueError(f"The {name} needs a time zone.")
    return moment.astimezone(UTC)
