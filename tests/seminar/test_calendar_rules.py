"""What calendar programs count on, asked of every feed by a reader of our own, and of every feed along random lives."""

import contextlib
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.refusals import Refusal
from courses.domain.ics import Entry, ics_text
from courses.models import ParticipantState, Session
from courses.services import change_state, move_session, session_line
from grading.models import Meeting
from grading.services import book_meeting, cancel_meeting, offer_meetings
from milestones.services import grant_extension, move_milestone
from milestones.services.moving import wall_time
from seminar.services.calendar import calendar_text, personal_entries, seminar_entries
from seminar.services.leaving import withdraw
from tests.factories.calendars import check
from tests.factories.world import SMALL, World, load_text
from topics.services import assign_topic

# --- single cases ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/St_Johns", "Asia/Kolkata", "Africa/Casablanca", "Australia/Lord_Howe", "UTC"]
)
def test_zones_are_those_of_zoneinfo_on_the_nights_the_clocks_change(zone: str) -> None:
    begins = [datetime(2024, month, 15, 14, 15, tzinfo=ZoneInfo(zone)) for month in (1, 4, 7, 10)]
    entries = [Entry(f"a{n}", "A" * 90, at, at + timedelta(hours=1), "/") for n, at in enumerate(begins)]
    assert len(check(ics_text(entries, site="https://example.org", name="N"))) == 4


def test_second_of_two_equal_times_is_not_taken_for_the_first() -> None:
    at = datetime(2023, 10, 29, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)
    (event,) = check(ics_text([Entry("a", "A", at, None, "/")], site="https://example.org", name="N")).values()
    assert event.one("DTSTART") == "20231029T013000Z"


@pytest.mark.parametrize("text", ["ü" * 80, 'A; B, C\\n: "x"', "a\r\nBEGIN:VEVENT\r\nb", "日本" * 40])
def test_words_are_folded_between_characters_and_escaped(text: str) -> None:
    at = datetime(2023, 10, 29, 14, tzinfo=ZoneInfo("Europe/Berlin"))
    entry = Entry("a", text, at, None, "/", place=text, words=(text,))
    (event,) = check(ics_text([entry], site="https://example.org", name=text)).values()
    assert event.one("SUMMARY").replace("\\n", "\n").count("\n") == text.replace("\\n", "\n").replace(
        "\r\n", "\n"
    ).count("\n")


# --- random lives ---------------------------------------------------------------------------------------------


@dataclass
class Life:
    """People, file and clock of one seminar, and the ways in which its dates change."""

    world: World
    now: datetime
    chance: random.Random
    text: str = ""

    def __post_init__(self) -> None:
        self.text = SMALL.read_text()
        self.olga = self.world.row("olga").user

    def step(self, name: str) -> None:
        self.now += timedelta(minutes=self.chance.randrange(1, 600))
        with contextlib.suppress(Refusal):
            getattr(self, name)()

    def day(self) -> date:
        return self.now.date() + timedelta(days=self.chance.randrange(1, 120))

    def student(self) -> Any:
        return self.world.row(self.chance.choice(["anna", "boris"]))

    def move(self) -> None:
        sessions = Session.objects.select_related("seminar").filter(seminar=self.world.seminar)
        session = self.chance.choice(list(sessions.order_by("key")))
        was = session_line(session)
        session.date, session.tentative = self.day(), self.chance.random() < 0.3
        move_session(session, was=was, actor=self.olga, now=self.now)

    def load(self) -> None:
        """The file, with a session moved, left out, set to "no seminar" or its topics changed; or as it was at first."""
        text, day = SMALL.read_text(), self.day().isoformat()
        session = re.compile(r'\[\[sessions\]\]\nkey = "questions"\n.*?(?=\[\[)', re.DOTALL)
        changed = [
            text,
            text.replace("2023-12-15", day),
            text.replace("2023-12-08T23:59", f"{day}T12:00"),
            session.sub("", text),
            text.replace('kind = "questions"', 'kind = "none"'),
            text.replace("topics = [1, 2]\n", "topics = [2, 3]\n"),
            text.replace("topics = [1, 2, 3, 4]", "topics = [2, 3]"),
            text.replace("starts = 14:15:00", "starts = 13:15:00"),
        ]
        self.text = self.chance.choice(changed)
        for _ in range(2):
            load_text(self.text, self.now)

    def deadline(self) -> None:
        milestone = self.world.milestone(self.chance.choice(["m1", "m2", "m3"]))
        wall = {"due_date": self.day(), "due_time": time(23, 59), "expected": str(wall_time(milestone))}
        move_milestone(milestone, **wall, reason="", actor=self.olga, now=self.now)

    def extend(self) -> None:
        wall = {"due_date": self.day(), "due_time": time(12), "reason": "ill"}
        grant_extension(self.world.milestone("m2"), self.student(), **wall, actor=self.olga, now=self.now)

    def book(self) -> None:
        free = list(Meeting.objects.filter(participant=None, begins_at__gt=self.now).order_by("begins_at"))
        if free:
            book_meeting(self.chance.choice(free), self.student(), now=self.now)

    def cancel(self) -> None:
        for meeting in Meeting.objects.exclude(participant=None).order_by("begins_at")[:1]:
            cancel_meeting(meeting, actor=self.olga, reason="ill", now=self.now)

    def topic(self) -> None:
        topic = self.chance.choice([None, *(self.world.topic(number) for number in (1, 2, 3, 4))])
        assign_topic(self.student(), topic, reason="", actor=self.olga, now=self.now)

    def leave(self) -> None:
        withdraw(self.world.row("boris"), actor=self.olga, now=self.now)

    def come_back(self) -> None:
        change_state(self.world.row("boris"), ParticipantState.ADMITTED, actor=self.olga, now=self.now)

    def calendars(self) -> Iterator[tuple[str, list[Entry]]]:
        for name in ("anna", "boris", "olga"):
            yield name, personal_entries(self.world.row(name).user, self.now)
        yield "public", seminar_entries(self.world.seminar, self.now)


STEPS = ["move", "load", "deadline", "extend", "book", "cancel", "topic", "leave", "come_back"]
Seen = dict[tuple[str, str], Entry]


def follow(seen: Seen, life: Life) -> None:
    """Each UID once, none vanishes, SEQUENCE never falls and grows whenever time, place or state have changed."""
    for whose, entries in life.calendars():
        found = {(whose, entry.uid): entry for entry in entries}
        assert len(found) == len(entries)
        assert {key for key in seen if key[0] == whose} <= found.keys()
        for key, entry in found.items():
            before = seen.get(key, entry)
            same = [(e.begins, e.ends, e.place, e.status) for e in (before, entry)]
            assert entry.sequence >= before.sequence
            assert same[0] == same[1] or entry.sequence > before.sequence, (before, entry)
            assert entry.revised >= before.revised
            seen[key] = entry


@pytest.fixture
def lively(world: World, now: datetime) -> World:
    hours = {"day": date(2023, 12, 1), "begins": time(10), "ends": time(12), "minutes": 30, "place": "Room 3"}
    offer_meetings(world.seminar, **hours, actor=world.row("olga").user, now=now)
    return world


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=8), seed=st.integers(0, 1000))
def test_any_history_keeps_one_entry_with_a_growing_sequence(
    lively: World, now: datetime, steps: list[str], seed: int
) -> None:
    with transaction.atomic():
        life, seen = Life(lively, now, random.Random(seed)), Seen()
        follow(seen, life)
        for step in steps:
            life.step(step)
            follow(seen, life)
        for _whose, entries in life.calendars():
            check(calendar_text("N", entries))
        transaction.set_rollback(True)
