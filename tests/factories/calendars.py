"""An independent reader of calendars (RFC 5545): own unfolding, own zones, and everything that programs count on."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

STAMP = re.compile(r"\d{8}T\d{6}Z?")


@dataclass
class Part:
    name: str
    values: list[tuple[str, str, str]] = field(default_factory=list)  # property, parameters, value
    parts: list["Part"] = field(default_factory=list)

    def all(self, name: str) -> list[tuple[str, str]]:
        return [(params, value) for key, params, value in self.values if key == name]

    def one(self, name: str) -> str:
        ((_params, value),) = self.all(name)
        return value


def read(content: bytes) -> Part:
    """The tree of components; lines end with CRLF and have at most 75 octets, folds never cut a character in two."""
    assert content.endswith(b"\r\n")
    physical = content[:-2].split(b"\r\n")
    assert [line for line in physical if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    for line in physical:
        line.decode()
    stack = [Part("")]
    for line in content.decode().replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")[:-1]:
        head, colon, value = re.fullmatch(r'((?:[^":]|"[^"]*")*)(:)(.*)', line, re.DOTALL).groups()  # type: ignore[union-attr]
        name, _semicolon, params = head.partition(";")
        assert colon
        assert re.fullmatch(r"[A-Z0-9-]+", name), line
        if name == "BEGIN":
            stack.append(Part(value))
        elif name == "END":
            done = stack.pop()
            assert done.name == value
            stack[-1].parts.append(done)
        else:
            stack[-1].values.append((name, params, value))
    (root,) = stack
    (calendar,) = root.parts
    return calendar


def offset(zone: Part, instant: datetime) -> timedelta:
    """What a VTIMEZONE says of an instant: the last of its rules that had begun."""
    begun = []
    for rule in zone.parts:
        before, after = (
            timedelta(hours=int(text[:3]), minutes=int(text[0] + text[3:5]))
            for text in (rule.one("TZOFFSETFROM"), rule.one("TZOFFSETTO"))
        )
        start = datetime.strptime(rule.one("DTSTART"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC) - before
        assert not rule.all("RRULE")
        assert not rule.all("RDATE")
        begun += [(start, after)] if start <= instant else []
    return max(begun)[1]


def check(content: bytes) -> dict[str, Part]:
    """Everything that must hold for one calendar; its entries by their UID."""
    icalendar.Calendar.from_ical(content)
    calendar = read(content)
    assert (calendar.name, calendar.one("VERSION"), bool(calendar.one("PRODID"))) == ("VCALENDAR", "2.0", True)
    zones = {part.one("TZID"): part for part in calendar.parts if part.name == "VTIMEZONE"}
    events: dict[str, Part] = {}
    for event in (part for part in calendar.parts if part.name == "VEVENT"):
        assert event.one("UID") not in events
        events[event.one("UID")] = event
        assert re.fullmatch(r"\d{8}T\d{6}Z", event.one("DTSTAMP"))
        assert int(event.one("SEQUENCE")) >= 0
        assert event.one("STATUS") in {"TENTATIVE", "CONFIRMED", "CANCELLED"}
        ((params, begins),) = event.all("DTSTART")
        assert STAMP.fullmatch(begins)
        if not begins.endswith("Z"):
            assert params.removeprefix("TZID=") in zones
            agree(zones[params.removeprefix("TZID=")], begins)
        for end_params, ends in event.all("DTEND"):
            assert (end_params, ends > begins) == (params, True)
    return events


def agree(zone: Part, begins: str) -> None:
    """The zone's rules are zoneinfo's at this moment, and around the nights before and after on which the clocks change."""
    rules, moment = ZoneInfo(zone.one("TZID")), datetime.strptime(begins, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    days = [moment + timedelta(days=n) for n in range(-200, 201, 1)]
    pairs = itertools.pairwise(days)
    nights = [one for one, other in pairs if shift(rules, one) != shift(rules, other)]
    for instant in [moment, *(night + timedelta(minutes=30 * n) for night in nights for n in range(-2, 52))]:
        assert offset(zone, instant) == shift(rules, instant), instant


def shift(rules: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(rules).utcoffset()
