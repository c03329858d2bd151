"""Letters are sent to those whom the facts concern: by night and day, several in one, and as the facts are when a copy can leave."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import ParticipantState
from courses.services import change_state
from milestones.models import Milestone
from milestones.services import grant_extension, move_milestone
from notifications.models import ChosenLetters, Letter, Reminder
from notifications.services import drain
from seminar.services import reminding, sweep
from seminar.services.reminding import write_reminders
from tests.factories.smtp import SmtpServer
from tests.factories.world import World, build_world
from tests.notifications.test_delivery import at_once
from topics.models import PreferenceRule
from topics.services import save_preferences

BERLIN = ZoneInfo("Europe/Berlin")
STUDENTS = ("anna", "boris", "carla", "dana")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def set_due(world: World, key: str, text: str, **fields: Any) -> None:
    due = datetime.fromisoformat(text)
    milestones = Milestone.objects.filter(seminar=world.seminar, key=key)
    milestones.update(due_date=due.date(), due_time=due.time(), **fields)


def rank(world: World, name: str, now: datetime) -> None:
    rule = PreferenceRule.objects.select_related("milestone__seminar").get(seminar=world.seminar)
    save_preferences(world.row(name), rule, [1, 2], arrived_at=now)


def sent_to(name: str) -> list[str]:
    """Subjects of the reminders that have reached somebody of the small seminar."""
    return [m.subject for m in mail.outbox if m.to == [f"{name}@example.org"] and "left" in m.subject]


def reminders(name: str = "anna") -> list[tuple[str, str]]:
    letters = Letter.objects.filter(kind="reminder", to_email=f"{name}@example.org").order_by("pk")
    return list(letters.values_list("state", "reason"))


# --- by night, several in one, and as people chose ----------------------------------------------------------


def test_reminder_waits_for_the_morning(world: World) -> None:
    sweep(at("2023-10-29T23:59") + MINUTE)
    assert sent_to("anna") == []
    sweep(at("2023-10-30T06:59"))
    assert sent_to("anna") == []
    sweep(at("2023-10-30T07:00"))
    assert sent_to("anna") == ["[Small2023] 17 hours left: Milestone I: Topic preferences"]


def test_reminder_waits_for_the_morning_where_the_person_is(world: World) -> None:
    User.objects.filter(email="anna@example.org").update(time_zone="America/New_York")
    sweep(at("2023-10-30T07:00"))
    assert (len(sent_to("anna")), len(sent_to("boris"))) == (0, 1)
    sweep(datetime(2023, 10, 30, 7, 0, tzinfo=ZoneInfo("America/New_York")))
    assert len(sent_to("anna")) == 1


def test_reminders_that_fall_together_are_one_letter(world: World) -> None:
    set_due(world, "m2", "2023-10-31T12:00")
    sweep(at("2023-10-29T12:00"))  # of the slides' three days only this is left, and of the topics' the same
    set_due(world, "m1", "2023-10-30T12:30")
    sweep(at("2023-10-30T12:10"))
    (_three_days, letter) = Letter.objects.filter(kind="reminder", to_email="anna@example.org").order_by("pk")
    assert letter.subject == "[Small2023] 1 hour left: Milestone I: Topic preferences and 1 more"
    assert letter.text == (
        "Dear Anna Großmann,\n\n"
        "“Milestone I: Topic preferences” is still open for you.\n"
        "Your deadline: Mon 30 Oct 2023, 12:30 CET (Europe/Berlin)\n\n"
        "“Milestone II: Slides” is still open for you.\n"
        "Your deadline: Tue 31 Oct 2023, 12:00 CET (Europe/Berlin)\n"
        "Missing: Slides\n\n"
        "Do it here:\nhttp://testserver/seminars/small/me/\n\n"
        "A Small Seminar\nhttp://testserver/seminars/small/\n"
    )
    assert sorted(letter.reminders.values_list("kind", flat=True)) == ["24h", "3h"]


def test_reminders_can_be_thinned_to_the_last_one(world: World) -> None:
    ChosenLetters.objects.create(user=world.row("anna").user, kind="reminder", choice="last")
    sweep(at("2023-10-30T07:00"))
    assert (len(sent_to("anna")), len(sent_to("boris"))) == (0, 1)
    sweep(at("2023-10-30T21:00"))
    assert (len(sent_to("anna")), len(sent_to("boris"))) == (1, 2)


def test_reminder_does_not_repeat_what_the_letter_about_the_new_deadline_has_said(world: World, now: datetime) -> None:
    sweep(at("2023-10-28T07:00"))
    new = {"due_date": date(2023, 10, 31), "due_time": time(12), "expected": "2023-10-30 23:59:00", "reason": "ill"}
    told = at("2023-10-30T13:00")
    move_milestone(world.milestone("m1"), **new, actor=world.row("olga").user, now=told)
    sweep(told + MINUTE)
    assert len(sent_to("anna")) == 1
    sweep(at("2023-10-31T09:00"))
    assert len(sent_to("anna")) == 2


# --- what is true when a copy can leave ---------------------------------------------------------------------


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        server.serve(settings)
        yield server


@pytest.fixture
def waits(world: World, smtp: SmtpServer) -> World:
    """The reminder of the morning is written, and the mail server is away."""
    smtp.stop()
    sweep(at("2023-10-30T07:00"))
    assert reminders() == [("waiting", "[Errno 111] Connection refused")]
    return world


def test_reminder_of_work_that_is_done_meanwhile_stays_at_home(waits: World, smtp: SmtpServer) -> None:
    rank(waits, "anna", at("2023-10-30T08:00"))
    smtp.start()
    drain(at("2023-10-30T09:00"))
    assert reminders() == [("dropped", "The work was done before it could be sent.")]
    assert "anna@example.org" not in {str(message["To"]) for message in smtp.messages}


def test_reminder_of_a_deadline_that_has_moved_stays_at_home(waits: World, smtp: SmtpServer) -> None:
    set_due(waits, "m1", "2023-11-30T23:59")
    smtp.start()
    drain(at("2023-10-30T09:00"))
    assert reminders() == [("dropped", "The deadline has moved.")]


def test_reminder_of_somebody_who_has_left_stays_at_home(waits: World, smtp: SmtpServer) -> None:
    waits.seminar.participants.filter(user=waits.row("anna").user).update(state=ParticipantState.WITHDRAWN)
    smtp.start()
    drain(at("2023-10-30T09:00"))
    assert reminders() == [("dropped", "The person does not take part any more.")]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_every_batch_of_students_is_reminded(world: World, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(reminding, "BATCH", size)
    assert write_reminders(at("2023-10-30T07:00")) == 8  # four in each seminar
    assert write_reminders(at("2023-10-30T07:00")) == 0


def test_reminder_after_its_deadline_stays_at_home(waits: World, smtp: SmtpServer) -> None:
    drain(at("2023-10-31T00:00"))
    assert reminders() == [("dropped", "Its deadline had passed before it could be sent.")]


def test_reminder_says_what_is_true_when_it_leaves(waits: World, smtp: SmtpServer) -> None:
    smtp.start()
    drain(at("2023-10-30T12:30"))
    (message,) = [m for m in smtp.messages if m["To"] == "anna@example.org"]
    assert message["Subject"] == "[Small2023] 12 hours left: Milestone I: Topic preferences"


def test_reminder_of_which_a_copy_may_be_out_is_sent_again_as_it_was(world: World, smtp: SmtpServer) -> None:
    sweep(at("2023-10-30T07:00"))
    # As if the sender had died between the server's answer and the commit.
    letter = Letter.objects.get(kind="reminder", to_email="anna@example.org")
    Letter.objects.filter(pk=letter.pk).update(state="sending", lease_until=at("2023-10-30T07:02"), sent_at=None)
    drain(at("2023-10-30T12:30"))
    first, second = (m.as_bytes() for m in smtp.messages if m["To"] == "anna@example.org")
    assert first == second


def test_reminder_that_the_server_has_refused_for_now_is_made_again(world: World, smtp: SmtpServer) -> None:
    smtp.answer = "451 4.7.1 come back later"
    sweep(at("2023-10-30T07:00"))
    smtp.answer = ""
    drain(at("2023-10-30T12:30"))
    (message,) = [m for m in smtp.messages if m["To"] == "anna@example.org"]
    assert message["Subject"].startswith("[Small2023] 12 hours left")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_reminders_by_two_beats_at_once_are_written_and_sent_once(now: datetime, smtp: SmtpServer) -> None:
    world = build_world(now)
    set_due(world, "m2", "2023-10-30T23:59")
    morning = at("2023-10-30T07:00")
    at_once(6, lambda number: sweep(morning + number * timedelta(seconds=1)))
    sent = [str(message["To"]) for message in smtp.messages]
    assert sorted(sent) == sorted(f"{name}@{domain}" for name in STUDENTS for domain in ("example.org", "example.net"))
    assert set(Letter.objects.values_list("state", "attempts")) == {("sent", 1)}
    assert Reminder.objects.count() == 12  # both milestones of the one seminar, one of the other


# --- whatever happens in whatever order: an oracle ----------------------------------------------------------

DUE = {"m1": "2023-10-30T23:59", "m2": "2023-10-31T12:00"}
TITLES = {"m1": "Milestone I: Topic preferences", "m2": "Milestone II: Slides"}
names, keys = st.sampled_from(STUDENTS), st.sampled_from(["m1", "m2"])
later = st.integers(1, 60)
events = st.one_of(
    st.tuples(st.just("tick")),
    st.tuples(st.just("tick")),
    st.tuples(st.just("rank"), names),
    st.tuples(st.just("extend"), names, keys, later),
    st.tuples(st.just("move"), keys, later),
    st.tuples(st.just("leave"), names),
    st.tuples(st.just("server"), st.booleans()),
)


@dataclass
class Facts:
    """What has happened, as the oracle keeps it: no row and no rule of the program."""

    common: dict[str, datetime]
    own: dict[tuple[str, str], datetime] = field(default_factory=dict)
    told: dict[tuple[str, str], datetime] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    written: set[tuple[str, str, int, datetime]] = field(default_factory=set)
    waiting: list[list[tuple[str, str, datetime]]] = field(default_factory=list)
    sent: Counter[tuple[str, str, datetime]] = field(default_factory=Counter)
    up: bool = True

    def due(self, name: str, key: str) -> datetime:
        return max(self.common[key], self.own.get((name, key), self.common[key]))

    def is_open(self, name: str, key: str, due: datetime, now: datetime) -> bool:
        done = name in self.gone or (key == "m1" and name in self.done)
        return not done and self.due(name, key) == due and now < due + MINUTE

    def tick(self, now: datetime) -> None:
        for name in STUDENTS:
            letter = []
            for key in DUE:
                due, told = self.due(name, key), self.told.get((name, key))
                wall = due.astimezone(BERLIN).replace(tzinfo=None)
                begins = {3: due - 3 * HOUR}
                begins |= {24 * d: (wall - timedelta(days=d)).replace(tzinfo=BERLIN).astimezone(UTC) for d in (1, 3)}
                come = [h for h, b in begins.items() if b <= now and (told is None or b > told)]
                if come and self.is_open(name, key, due, now) and (name, key, min(come), due) not in self.written:
                    self.written.add((name, key, min(come), due))
                    letter.append((name, key, due))
            self.waiting += [letter] if letter else []
        if self.up:
            leaving, self.waiting = self.waiting, []
            self.sent.update(item for letter in leaving for item in letter if self.is_open(*item, now))


def arrived() -> Counter[tuple[str, str, datetime]]:
    """What the letters that have gone out say: to whom, of what, and until when."""
    found: Counter[tuple[str, str, datetime]] = Counter()
    for message in mail.outbox:
        name, _at, domain = message.to[0].partition("@")
        lines = str(message.body).splitlines()
        for line, following in pairwise(lines):
            if domain == "example.org" and line.endswith("is still open for you."):
                key = next(key for key, title in TITLES.items() if title in line)
                shown = following.removeprefix("Your deadline: ").partition(" C")[0]
                due = datetime.strptime(shown, "%a %d %b %Y, %H:%M").replace(tzinfo=BERLIN).astimezone(UTC)
                found[name, key, due] += 1
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(1, 400), events), min_size=10, max_size=40))
def test_letters_sent_are_those_that_follow_from_the_facts(world: World, settings: Any, steps: list[Any]) -> None:
    backends = {True: "locmem.EmailBackend", False: "smtp.EmailBackend"}
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    mail.outbox.clear()
    with transaction.atomic():
        User.objects.update(quiet_from=time(0), quiet_to=time(0), language="en")
        for key, text in DUE.items():
            set_due(world, key, text)
        facts = Facts({key: at(text) for key, text in DUE.items()})
        now, olga = at("2023-10-27T17:00"), world.row("olga").user
        for minutes, (what, *rest) in steps:
            now += minutes * MINUTE
            settings.EMAIL_BACKEND = f"django.core.mail.backends.{backends[facts.up]}"
            if what == "tick":
                write_reminders(now)
                drain(now)
                facts.tick(now)
            elif what == "server":
                facts.up = rest[0]
            elif what == "leave" and rest[0] not in facts.gone:
                change_state(world.row(rest[0]), ParticipantState.WITHDRAWN, actor=olga, now=now)
                facts.gone.add(rest[0])
            elif what == "rank" and rest[0] not in facts.gone:
                try:
                    rank(world, rest[0], now)
                    facts.done.add(rest[0])
                except Refusal:
                    assert now >= facts.due(rest[0], "m1") + MINUTE
            elif what == "extend" and rest[0] not in facts.gone:
                extend(world, facts, *rest, now=now)
            elif what == "move":
                move(world, facts, *rest, now=now)
            assert arrived() == facts.sent, (now, what)
        assert Reminder.objects.filter(user__email__endswith="@example.org").count() == len(facts.written)
        transaction.set_rollback(True)


def extend(world: World, facts: Facts, name: str, key: str, hours: int, *, now: datetime) -> None:
    due = facts.due(name, key) + hours * HOUR
    wall = due.astimezone(BERLIN)
    fields = {"due_date": wall.date(), "due_time": wall.time(), "reason": "ill"}
    grant_extension(world.milestone(key), world.row(name), **fields, actor=world.row("olga").user, now=now)
    facts.own[name, key], facts.told[name, key] = due, now


def move(world: World, facts: Facts, key: str, hours: int, *, now: datetime) -> None:
    wall, new = (due.astimezone(BERLIN) for due in (facts.common[key], facts.common[key] + hours * HOUR))
    expected = str(wall.replace(tzinfo=None))
    fields = {"due_date": new.date(), "due_time": new.time(), "expected": expected, "reason": "late"}
    move_milestone(world.milestone(key), **fields, actor=world.row("olga").user, now=now)
    facts.common[key] += hours * HOUR
    facts.told |= {(name, key): now for name in STUDENTS}
