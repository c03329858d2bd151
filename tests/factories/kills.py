"""Senders as an operator starts them, and somebody who kills them with -9 at random moments until enough have died."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self, TypeVar

import pytest
from django.conf import settings
from django.db import connection

from tests.factories.postal import (
    ROOT,
    SHORT_LEASE,
    MailServer,
    Outcome,
    RedisServer,
    due_reminders,
    environment,
    outcome,
    unsettled,
    wait_until,
)

SECONDS_PER_LETTER = 0.05  # so that a moment at random lies within a letter, most of the time
LONGEST_LIFE = 2.0
MARK = "SENDERS_OF"  # in the environment of every sender
QUIET_TICKS = 3.0  # after the last letter: nothing more may come
S = TypeVar("S", bound="Sender")
# Its tests start a Redis of their own, which they may kill.
NEEDS_REDIS = pytest.mark.skipif(
    shutil.which("redis-server") is None and os.environ.get("REQUIRE_SERVICES") != "1",
    reason="redis-server is not there. Debian: `apt-get install redis-server`",
)
Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass
class Sender:
    """A process in a session of its own, which is started again as soon as it is killed; `port` is where its letters arrive."""

    port: int
    start: Start
    process: subprocess.Popen[bytes]
    seen: int = 0  # stages that letters had reached at its port when it last began anew
    dies_at: float = 0.0  # 0: nothing came from it yet

    def kill(self, random: Random) -> None:
        """Kill it with all its children."""
        end(self.process)
        self.process = self.start()


class Workers(Sender):
    """A Celery worker and, beside it, beat; what dies is one of the pool, the parent alone, all of them, or beat."""

    beat: Sender

    def kill(self, random: Random) -> None:
        target = random.choices(("child", "all", "parent", "beat"), (12, 4, 2, 2))[0]
        children = pool_of(self.process)
        if target == "beat":
            self.beat.kill(random)
        elif target == "child" and children:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(random.choice(children), signal.SIGKILL)
        elif target == "parent":  # its pool finishes what it has in hand, beside the next worker
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = self.start()
        else:
            super().kill(random)


def pool_of(process: subprocess.Popen[bytes]) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    except OSError:
        return []


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it with its children, unless it was waited for before: its number may be somebody else's by now."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def end_orphans(folder: Path) -> None:
    """Kill those of a pool who have outlived their parent: they still carry the mark of this post."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and f"{MARK}={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                os.kill(int(entry.name), signal.SIGKILL)


@dataclass
class Post:
    """`with Post(folder, shape) as post:`; a mail server, and in the shape `celery` a Redis, for the database that is open here."""

    folder: Path
    shape: str  # "celery": worker and beat; "sweep": `manage.py sweep --loop`, as many as `slots`
    variables: dict[str, str] = field(default_factory=dict)
    tick: int = 1  # seconds between two sweeps
    slots: int = 2  # sweeps at a time

    def __post_init__(self) -> None:
        self.server = MailServer(self.folder, ports=2)
        self.redis = RedisServer(self.folder)
        self.log = (self.folder / "senders.log").open("ab")
        self.senders: list[Sender] = []
        self.started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.server.__enter__()
        if self.shape == "celery":
            self.redis.start()
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        for process in self.started:
            end(process)
        end_orphans(self.folder)
        self.redis.kill()
        self.server.__exit__(None, None, None)
        self.log.close()
        connection.close()

    @property
    def redis_url(self) -> str:
        return self.redis.url if self.shape == "celery" else ""

    def launch(self, *command: str, port: int) -> subprocess.Popen[bytes]:
        fixed = {"REDIS_URL": self.redis_url, "SWEEP_SECONDS": str(self.tick), MARK: str(self.folder)}
        values = environment(self.folder, port, **fixed | self.variables)
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=values, stdout=self.log, stderr=self.log, start_new_session=True
        )
        self.started.append(process)
        return process

    def start(self) -> None:
        first, second = self.server.ports
        celery = ("-m", "celery", "-A", "seminar")
        if self.shape == "celery":
            worker = (
                *celery,
                "worker",
                "--concurrency",
                "2",
                "--loglevel",
                "error",
                "--without-gossip",
                "--without-mingle",
            )
            beat = (*celery, "beat", "--loglevel", "error", "--pidfile=", "--schedule", str(self.folder / "beat"))
            workers = self.made(Workers, first, worker)
            workers.beat = self.made(Sender, second, beat)
            self.senders = [workers]
        else:
            sweep = ("manage.py", "sweep", "--loop", str(self.tick))
            self.senders = [self.made(Sender, port, sweep) for port in self.server.ports[: self.slots]]

    def made(self, kind: type[S], port: int, command: tuple[str, ...]) -> S:
        def start() -> subprocess.Popen[bytes]:
            return self.launch(*command, port=port)

        return kind(port=port, start=start, process=start())

    def kill_at_random(self, kills: int, students: int, random: Random) -> int:
        """Let each sender begin to send, live on for a random while, die and start again; return how many died."""
        done = 0
        left = students
        while done < kills and left:
            time.sleep(0.005)
            for sender in self.senders:
                now, seen = time.monotonic(), self.server.events(sender.port)
                if not sender.dies_at and seen > sender.seen:
                    # So long that the letters last until the last kill.
                    share = 2 * SECONDS_PER_LETTER * left / (kills - done)
                    sender.dies_at = now + random.uniform(0, min(share, LONGEST_LIFE))
                elif sender.dies_at and now >= sender.dies_at and done < kills:
                    sender.kill(random)
                    sender.dies_at, sender.seen = 0.0, self.server.events(sender.port)
                    done += 1
                    left = unsettled(students)
        return done

    def finish(self, students: int, seconds: float) -> None:
        """Wait until every reminder has come to an end, and a little longer; then stop the senders as an operator does."""
        wait_until(lambda: unsettled(students) == 0, seconds)
        time.sleep(QUIET_TICKS)
        for process in self.started:
            if process.poll() is None:
                process.terminate()
        for process in self.started:
            process.wait(timeout=60)


@dataclass(frozen=True)
class Run:
    outcome: Outcome
    kills: int
    seconds: float
    connections: int


def deliver(
    folder: Path,
    shape: str,
    *,
    students: int,
    kills: int = 0,
    seed: int = 0,
    seconds_per_letter: float = SECONDS_PER_LETTER,
    lease: int | None = None,
) -> Run:
    """Send a due reminder to every student of a new seminar while the senders are killed so many times.

    `lease` in seconds. Where nobody dies it is the product's own: on a busy machine a sender may well stand still for a shorter one.
    """
    due_reminders(students)
    begun = time.monotonic()
    lease = lease or (SHORT_LEASE if kills else settings.LETTER_LEASE_SECONDS)
    with Post(folder, shape, {"LETTER_LEASE_SECONDS": str(lease)}) as post:
        post.server.order(seconds=seconds_per_letter)
        post.start()
        done = post.kill_at_random(kills, students, Random(seed)) if kills else 0
        post.finish(students, 120 + students)
        told = post.server.order()
        found = outcome(students, post.server.accepted())
    return Run(found, done, time.monotonic() - begun, told["connections"])
