"""A real worker and a real beat on Redis and PostgreSQL, a real SMTP server, and what happens when they are away."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from milestones.models import Milestone
from notifications.models import Letter, LetterState
from tests.factories.postal import noon_zone
from tests.factories.smtp import SmtpServer
from tests.factories.world import World, build_world

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).parents[2]
Start = Callable[..., subprocess.Popen[bytes]]


def database_url() -> str:
    db = connection.settings_dict
    return f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"


def environment(data_dir: Path, smtp_port: int) -> dict[str, str]:
    """Settings of a process of its own on this test's database, queue and mail server."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "seminar.settings",
        "DEBUG": "1",
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "DATA_DIR": str(data_dir),
        "SWEEP_SECONDS": "1",
    }


@pytest.fixture
def world_soon() -> World:
    """The small seminar with its preference deadline less than two hours from now, where it is about noon."""
    now = datetime.now(UTC)
    world = build_world(now - timedelta(days=30))
    world.seminar.time_zone = noon_zone(now)
    world.seminar.save()
    due = (now + timedelta(minutes=115)).astimezone(world.seminar.zone)
    Milestone.objects.filter(seminar=world.seminar, key="m1").update(due_date=due.date(), due_time=due.time())
    return world


@pytest.fixture
def celery(tmp_path: Path) -> Iterator[Start]:
    """Start `celery -A seminar …` against the test's own database, queue and mail server; end it with its children."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, smtp_port: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "seminar", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path, smtp_port), start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    connection.close()


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.2)


def recipients(server: SmtpServer) -> list[str]:
    return sorted(str(message["To"]) for message in list(server.messages))


def test_beat_and_worker_remind_each_open_student_once(world_soon: World, celery: Start, tmp_path: Path) -> None:
    open_work = [f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")]
    with SmtpServer() as server:
        celery("beat", "--loglevel", "warning", "--schedule", str(tmp_path / "beat"), smtp_port=server.port)
        celery("worker", "--concurrency", "2", "--loglevel", "warning", smtp_port=server.port)
        wait_until(lambda: len(server.messages) >= 4)
        time.sleep(3)  # several more ticks, which must write nothing
        assert recipients(server) == open_work
        assert all(
            str(m["Subject"]).startswith("[Small2023] 2 hours left") for m in server.messages if "carla" not in m["To"]
        )
        wait_until(lambda: Letter.objects.filter(state=LetterState.SENT, kind="reminder").count() == 4)


def test_letters_survive_a_killed_worker_and_a_mail_server_that_is_away(
    world_soon: World, celery: Start, tmp_path: Path
) -> None:
    server = SmtpServer()
    worker = celery("worker", "--concurrency", "1", "--loglevel", "error", smtp_port=server.port)
    sweep_rows(world_soon)
    wait_until(lambda: Letter.objects.filter(kind="reminder").exclude(reason="").exists())  # the server is away
    # What somebody waits for before a page goes first.
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert Letter.objects.filter(kind="reminder", state=LetterState.SENT).count() == 0
    # What would come in minutes: the wait after a failure and the lease of the killed sender run out.
    Letter.objects.update(next_try_at=datetime.now(UTC))
    Letter.objects.filter(state=LetterState.SENDING).update(lease_until=datetime.now(UTC))
    with server:
        celery("beat", "--loglevel", "error", "--schedule", str(tmp_path / "beat"), smtp_port=server.port)
        celery("worker", "--concurrency", "1", "--loglevel", "error", smtp_port=server.port)
        wait_until(lambda: len(server.messages) >= 4)
        assert len({str(message["Message-ID"]) for message in server.messages}) == 4


def sweep_rows(world: World) -> None:
    """Write the due reminders as rows, as a sweep does, without sending them from this process."""
    from seminar.services.sweeping import write_reminders

    assert world.seminar.pk
    write_reminders(datetime.now(UTC))


def test_sweep_writes_and_sends_while_redis_is_away(world_soon: World, tmp_path: Path) -> None:
    with SmtpServer() as server:
        away = environment(tmp_path, server.port) | {"REDIS_URL": "redis://127.0.0.1:1/0"}
        command = [sys.executable, "manage.py", "sweep"]
        done = subprocess.run(command, cwd=ROOT, env=away, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert recipients(server) == [f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")]
