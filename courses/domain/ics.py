"""Entries of a calendar, and the text in which calendar programs exchange them (RFC 5545, RFC 5546).

Pure: the caller says when an entry was revised, and how often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import icalendar

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # when what never changed was last revised
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"
AROUND = timedelta(days=400)  # whoever reads the rules of a zone wants to see the year around


@dataclass(frozen=True)
class Entry:
    """One entry of a calendar; `uid` stays with it for ever, `sequence` grows with every change.

    Without `ends` it is an instant, such as a deadline. `words` are lines of its description.
    """

    uid: str
    summary: str
    begins: datetime
    ends: datetime | None
    url: str
    place: str = ""
    status: str = CONFIRMED
    words: tuple[str, ...] = ()
    sequence: int = 0
    revised: datetime = LONG_AGO


def ics_text(entries: Sequence[Entry], *, site: str, name: str = "", method: str = "", organizer: str = "") -> bytes:
    """Write entries as iCalendar. `site` is the address before every `url`; `method` and `organizer` (an e-mail address) are
    for what goes with a letter, `name` is for what people subscribe to."""
    import icalendar  # noqa: PLC0415  (0.2 s: only where a calendar is written)

    host = urlsplit(site).hostname or "localhost"
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{host}//seminars//EN")
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    else:
        calendar.add("x-wr-calname", " ".join(name.split()))
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        event = icalendar.Event()
        fields = {**_fields(entry, site, host), "organizer": f"mailto:{organizer}" if organizer else None}
        for key, value in fields.items():
            if value not in ("", None):
                event.add(key, value)
        calendar.add_component(event)
    for zone in dict.fromkeys(entry.begins.tzinfo for entry in entries):
        moments = [entry.begins for entry in entries]
        if isinstance(zone, ZoneInfo):
            calendar.subcomponents.insert(0, _zone(zone, min(moments) - AROUND, max(moments) + AROUND))
    return bytes(calendar.to_ical())


def _zone(zone: ZoneInfo, first: datetime, last: datetime) -> icalendar.Timezone:
    """The rules of a zone between two moments. (icalendar's own begin summer time an hour late, and know no Casablanca.)"""
    import icalendar  # noqa: PLC0415

    timezone = icalendar.Timezone()
    timezone.add("tzid", zone.key)
    start = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for moment in (start, *_changes(zone, start, last)):
        local = moment.astimezone(zone)
        after = local.utcoffset() or timedelta(0)
        before = (moment - timedelta(seconds=1)).astimezone(zone).utcoffset() or timedelta(0)
        rule = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
        rule.add("dtstart", (moment + before).replace(tzinfo=None))  # as the clocks showed it until then
        rule.add("tzoffsetfrom", before)
        rule.add("tzoffsetto", after)
        rule.add("tzname", local.tzname() or zone.key)
        timezone.add_component(rule)
    return timezone


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The instants, in UTC, at which the clocks of a zone change."""
    day = timedelta(days=1)
    while start < end:
        if (start + day).astimezone(zone).utcoffset() != start.astimezone(zone).utcoffset():
            low, high = 0, 24 * 60  # minutes
            while high - low > 1:
                middle = (low + high) // 2
                moment = (start + timedelta(minutes=middle)).astimezone(zone)
                low, high = (
                    (middle, high) if moment.utcoffset() == start.astimezone(zone).utcoffset() else (low, middle)
                )
            yield start + timedelta(minutes=high)
        start += day


def _fields(entry: Entry, site: str, host: str) -> dict[str, object]:
    address = site + entry.url
    return {
        "uid": f"{entry.uid}@{host}",
        "dtstamp": entry.revised,
        "last-modified": entry.revised,
        "sequence": entry.sequence,
        "summary": entry.summary,
        "dtstart": _clock(entry.begins),
        "dtend": _clock(entry.ends) if entry.ends else None,
        "status": entry.status,
        "location": entry.place,
        "url": address,
        "description": "\n".join([*entry.words, address]),
    }


def _clock(moment: datetime) -> datetime:
    """The second of two equal times in autumn has no name in a zone: it is written in UTC."""
    return moment.astimezone(UTC) if moment.fold else moment
