"""Whatever is due: reminders to those with open work, once each, and letters on their way."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from courses.models import Participant, ParticipantState, Session
from milestones.models import Anchor, Milestone, OwnDeadline
from milestones.services import grant_extension
from notifications.models import Heartbeat, Letter, LetterState
from notifications.services import beat
from seminar.services import sweep
from seminar.services.sweeping import is_late
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from topics.models import PreferenceRule
from topics.services import assign_topic, save_preferences

DUE = datetime(2023, 10, 30, 22, 59, 59, 999999, tzinfo=UTC)  # Monday 23:59 in Berlin, the day after the clocks changed
SLIDES_DUE = datetime(2023, 12, 8, 22, 59, 59, 999999, tzinfo=UTC)
STUDENTS = ["anna", "boris", "carla", "dana"]


def before(hours: float, due: datetime = DUE) -> datetime:
    return due - timedelta(hours=hours)


@pytest.fixture
def world(world: World) -> World:
    """Nobody has quiet hours: what comes at night is the matter of `test_reminding.py`."""
    User.objects.update(quiet_from=time(0), quiet_to=time(0))
    return world


def reminders(world: World, since: datetime | None = None) -> list[tuple[str, int]]:
    """(to whom, hours) of the small seminar's reminders, by name."""
    letters = Letter.objects.filter(kind="reminder", scope="small", user__email__endswith="@example.org")
    letters = letters.filter(created_at__gte=since) if since else letters
    return sorted((letter.to_email.partition("@")[0], int(letter.key.split(":")[3])) for letter in letters)


def send_preferences(world: World, name: str, at: datetime) -> None:
    rule = PreferenceRule.objects.select_related("milestone__seminar").get(seminar=world.seminar)
    save_preferences(world.row(name), rule, [1, 2], arrived_at=at)


def extend(world: World, name: str, until: datetime, key: str = "m1") -> None:
    grant_extension(
        world.milestone(key),
        world.row(name),
        due_date=until.date(),
        due_time=until.time(),
        reason="ill",
        actor=world.row("olga").user,
        now=before(100),
    )


# --- reminders ----------------------------------------------------------------------------------------------


def test_sweep_reminds_at_each_of_the_three_moments_and_at_no_other(world: World) -> None:
    sent = []
    # The clocks go back in between: three days before are 73 hours before.
    for hours in (74, 73.02, 73, 72, 48, 24.02, 24, 12, 3.02, 3, 1, 0):
        now = before(hours)
        sweep(now)
        if new := reminders(world, since=now):
            sent.append((hours, new))
    assert sent == [(at, [(name, hours) for name in STUDENTS]) for at, hours in ((73, 72), (24, 24), (3, 3))]


def test_sweep_twice_sends_once(world: World) -> None:
    first, second = sweep(before(24)), sweep(before(24))
    # Four students in each of two seminars; the free place of each is applied for.
    assert first == {
        "offers_made": 0,
        "reviews_handed_over": 0,
        "reminders_written": 8,
        "letters_sent": 8,
        "files_prepared": 0,
    }
    assert second == {
        "offers_made": 0,
        "reviews_handed_over": 0,
        "reminders_written": 0,
        "letters_sent": 0,
        "files_prepared": 0,
    }
    assert sweep(before(23)) == {
        "offers_made": 0,
        "reviews_handed_over": 0,
        "reminders_written": 0,
        "letters_sent": 0,
        "files_prepared": 0,
    }
    assert len(mail.outbox) == 8
    assert reminders(world) == [(name, 24) for name in STUDENTS]


def test_sweep_after_an_outage_sends_only_the_latest(world: World) -> None:
    sweep(before(2))
    assert reminders(world) == [(name, 3) for name in STUDENTS]


@pytest.mark.parametrize("late", [timedelta(microseconds=1), timedelta(minutes=5), timedelta(days=1)])
def test_sweep_reminds_nobody_after_the_deadline(world: World, late: timedelta) -> None:
    sweep(DUE + late)
    assert reminders(world) == []


def test_sweep_reminds_nobody_of_a_hidden_grace(world: World) -> None:
    Milestone.objects.update(grace_minutes=60)
    sweep(DUE + timedelta(minutes=30))
    assert reminders(world) == []


def test_sweep_reminds_only_who_has_open_work(world: World, now: datetime) -> None:
    send_preferences(world, "anna", now)
    assign_topic(world.row("boris"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    Participant.objects.filter(pk=world.row("carla").pk).update(state=ParticipantState.WITHDRAWN)
    sweep(before(24))
    assert reminders(world) == [("dana", 24)]


def test_sweep_stops_reminding_who_has_done_it_meanwhile(world: World) -> None:
    sweep(before(72))
    send_preferences(world, "anna", before(50))
    sweep(before(24))
    assert reminders(world) == sorted([("anna", 72), *((name, hours) for name in STUDENTS[1:] for hours in (24, 72))])


def test_sweep_reminds_of_uploads_until_every_required_file_is_in(world: World) -> None:
    anna = world.row("anna")
    receive_upload(world.slot("slides"), anna, pdf(), uploaded_by=anna.user, arrived_at=before(30, SLIDES_DUE))
    sweep(before(24, SLIDES_DUE))
    assert reminders(world) == [(name, 24) for name in STUDENTS[1:]]


def test_sweep_reminds_nobody_of_reviews_that_are_not_assigned(world: World) -> None:
    sweep(before(24, datetime(2024, 2, 23, 22, 59, 59, 999999, tzinfo=UTC)))
    assert reminders(world) == []


def test_sweep_after_an_extension_reminds_before_the_own_deadline(world: World) -> None:
    extend(world, "anna", datetime(2023, 11, 2, 23, 59))
    own = DUE + timedelta(days=3)
    sweep(before(24))
    assert reminders(world) == [(name, 24) for name in STUDENTS[1:]]
    sweep(before(24, own))
    assert reminders(world, since=before(24, own)) == [("anna", 24)]
    sweep(own + timedelta(seconds=1))
    assert len(reminders(world)) == 4


def test_sweep_reminds_again_where_an_extension_comes_after_a_reminder(world: World) -> None:
    sweep(before(24))
    extend(world, "anna", datetime(2023, 11, 2, 23, 59))
    sweep(before(3))
    own = DUE + timedelta(days=3)
    sweep(before(24, own))
    assert [hours for name, hours in reminders(world) if name == "anna"] == [24, 24]


def test_sweep_reminder_names_the_deadline_with_its_zone_and_the_link(world: World) -> None:
    sweep(before(24))
    letter = Letter.objects.get(kind="reminder", user=world.people["anna"])
    assert letter.subject == "[Small2023] 24 hours left: Milestone I: Topic preferences"
    assert letter.text == (
        "Dear Anna Großmann,\n\n"
        "“Milestone I: Topic preferences” is still open for you.\n"
        "Your deadline: Mon 30 Oct 2023, 23:59 CET (Europe/Berlin)\n\n"
        "Do it here:\n"
        "http://testserver/seminars/small/preferences/\n\n"
        "A Small Seminar\n"
        "http://testserver/seminars/small/\n"
    )
    assert letter.reply_to == "olga@example.org"


@pytest.mark.parametrize(
    ("hours", "words"), [(72, "3 days left"), (60, "2 days left"), (24, "24 hours left"), (0.5, "1 hour left")]
)
def test_sweep_reminder_says_how_long_is_left(world: World, hours: float, words: str) -> None:
    sweep(before(hours))
    assert Letter.objects.get(kind="reminder", user=world.people["anna"]).subject == (
        f"[Small2023] {words}: Milestone I: Topic preferences"
    )


def test_sweep_reminder_links_to_the_upload(world: World) -> None:
    sweep(before(24, SLIDES_DUE))
    letter = Letter.objects.get(kind="reminder", user=world.people["anna"])
    assert f"http://testserver/seminars/small/submissions/{world.slot('slides').pk}/\n" in letter.text


def test_sweep_follows_the_reminder_hours_of_the_milestone(world: World) -> None:
    Milestone.objects.filter(seminar=world.seminar, key="m1").update(reminder_hours=[10])
    sweep(before(11))
    assert reminders(world) == []
    sweep(before(10))
    assert reminders(world) == [(name, 10) for name in STUDENTS]


def test_sweep_drops_a_reminder_that_could_not_go_out_before_its_deadline(world: World, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    assert sweep(before(3))["letters_sent"] == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    sweep(DUE + timedelta(hours=1))
    assert mail.outbox == []
    assert set(Letter.objects.filter(kind="reminder").values_list("state", flat=True)) == {LetterState.DROPPED}


# --- talks, the heartbeat and the command -------------------------------------------------------------------


def test_sweep_moves_deadlines_that_hang_on_a_talk_when_its_session_has_moved(world: World, now: datetime) -> None:
    Milestone.objects.filter(seminar=world.seminar, key="m3").update(
        anchor=Anchor.OWN_TALK, due_date=None, offset_days=7
    )
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    assert OwnDeadline.objects.get().due_date == date(2023, 12, 22)
    Session.objects.filter(seminar=world.seminar, key="talks").update(date=date(2024, 1, 5))
    sweep(now)
    assert OwnDeadline.objects.get().due_date == date(2024, 1, 12)
    own = datetime(2024, 1, 12, 22, 59, 59, 999999, tzinfo=UTC)
    sweep(before(24, own))
    assert reminders(world) == [("anna", 24)]


def test_sweep_leaves_a_heartbeat(world: World, now: datetime) -> None:
    sweep(now)
    sweep(now + timedelta(minutes=1))
    assert list(Heartbeat.objects.values_list("name", "at")) == [("sweep", now + timedelta(minutes=1))]


SECONDS = settings.SWEEP_SECONDS


@pytest.mark.parametrize(
    ("ago", "late"),
    [(None, True), (0, False), (2 * SECONDS, False), (2 * SECONDS + 1, True), (-2 * SECONDS, False), (-3600, True)],
)
def test_standby_steps_in_where_two_sweeps_have_not_come(db: None, now: datetime, ago: int | None, late: bool) -> None:
    if ago is not None:
        beat("sweep", now=now - timedelta(seconds=ago))
    assert is_late(now) == late


@pytest.mark.parametrize(
    ("fields", "late"),
    [
        ({"next_try_at": 30}, False),
        ({"next_try_at": 31}, True),
        ({"next_try_at": 31, "state": "sent"}, False),
        ({"next_try_at": 31, "state": "failed"}, False),
        ({"next_try_at": 31, "state": "sending", "lease_until": 30}, False),
        ({"next_try_at": 31, "state": "sending", "lease_until": 31}, True),
    ],
)
def test_standby_steps_in_where_a_letter_could_have_gone(
    db: None, now: datetime, fields: dict[str, Any], late: bool
) -> None:
    values = {
        name: now - timedelta(seconds=value) if isinstance(value, int) else value for name, value in fields.items()
    }
    Letter.objects.create(key="k", message_id="<k@x>", kind="news", subject="S", text="T", created_at=now, **values)
    beat("sweep", now=now)
    assert is_late(now) == late


def test_sweep_as_standby_leaves_to_others_what_they_do(
    world: World, now: datetime, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(now, tick=False):
        call_command("sweep", "--standby")
        assert Heartbeat.objects.filter(name="sweep", at=now).exists()
        capsys.readouterr()
        call_command("sweep", "--standby")
    assert capsys.readouterr().out == "Somebody else does what is due.\n"


@pytest.mark.parametrize(("seconds", "says"), [(0, True), (299, True), (301, False)])
def test_standby_that_has_stepped_in_is_told_of_and_alarms_nobody(
    world: World, client: Client, now: datetime, seconds: int, *, says: bool
) -> None:
    """Everything that is due is done; but somebody should look after the worker."""
    with time_machine.travel(now, tick=False) as clock:
        call_command("sweep", "--standby")
        clock.shift(seconds)
        call_command("sweep")
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert ("stepped in" in answer.json()["standby"]) == says


def test_sweep_alone_is_no_step_in(world: World, client: Client, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        call_command("sweep")
        call_command("sweep", "--standby")
        assert client.get("/readyz").json()["standby"] == "ok"


def test_sweep_as_a_loop_ends_on_sigterm_and_outlives_a_broken_database(tmp_path: Path) -> None:
    environment = {**os.environ, "DEBUG": "1", "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    process = subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "sweep", "--loop", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment, "DJANGO_SETTINGS_MODULE": "seminar.settings"},
    )
    assert process.stderr is not None
    try:
        # There are no tables: every sweep fails, says so, and is tried again.
        first = next(line for line in process.stderr if "The sweep failed" in line)
        next(line for line in process.stderr if "The sweep failed" in line)
        assert "it will be tried again in 1 s" in first
        # What somebody waits for before a page goes first.
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
