"""The post as an operator sees it: many due reminders, a mail server beside the program, and senders that one may kill."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.services import ensure_users
from courses.models import Participant, ParticipantState, Seminar
from milestones.models import Milestone
from notifications.models import Letter, LetterState
from tests.factories.smtp import free_port
from tests.factories.world import SMALL, load_text

ROOT = Path(__file__).parents[2]
UNSETTLED = (LetterState.WAITING, LetterState.SENDING)
SHORT_LEASE = 3  # seconds, so that a test sees what the dead have left behind
HOURS_LEFT = 2  # until the deadline; the reminder of three hours before it is due


@dataclass(frozen=True)
class Accepted:
    """One letter that the mail server took: as often as this is here, the person has it."""

    message_id: str
    to: str
    body: str  # its SHA-256
    port: int


class MailServer:
    """`with MailServer(folder) as server:`; a process that a killed sender cannot take along, with `ports` to be reached at."""

    def __init__(self, folder: Path, ports: int = 1) -> None:
        self.file = folder / f"accepted-{free_port()}.jsonl"
        self.file.touch()
        self.ports = [free_port() for _ in range(ports)]
        self.control = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._told: socket.socket | None = None

    @property
    def port(self) -> int:
        return self.ports[0]

    def __enter__(self) -> Self:
        numbers = [str(self.control), str(self.file), *map(str, self.ports)]
        self._process = subprocess.Popen([sys.executable, "-m", "tests.factories.smtp_process", *numbers], cwd=ROOT)
        wait_until(lambda: reachable(self.control), 30)
        self._told = socket.create_connection(("127.0.0.1", self.control), timeout=30)
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        assert self._told is not None
        assert self._process is not None
        self._told.close()
        self._process.kill()
        self._process.wait()

    def serve(self, settings: Any) -> None:
        """Let Django send its mail here; `settings` is the fixture of pytest-django."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False

    def order(self, **orders: Any) -> dict[str, Any]:
        """Give orders (`rules`, `seconds`, `listening`), in force when this returns; answers with what has happened so far."""
        assert self._told is not None
        self._told.sendall(json.dumps(orders).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            answer += self._told.recv(65536)
        return dict(json.loads(answer))

    def fail(self, stage: str, answer: str, *, only: str = "", times: int = 0) -> None:
        """Answer so at this stage, and in no other way."""
        self.order(rules=[{"stage": stage, "answer": answer, "only": only, "times": times}], listening=True)

    def work(self) -> None:
        """Back to normal."""
        self.order(rules=[], listening=True)

    def leave(self) -> None:
        """Refuse connections."""
        self.order(rules=[], listening=False)

    @property
    def connections(self) -> int:
        return int(self.order()["connections"])

    def events(self, port: int) -> int:
        """How many stages letters have passed at this port."""
        return int(self.order()["events"].get(str(port), 0))

    def accepted(self) -> list[Accepted]:
        """Every letter that was taken since the start, in order, but those that tell organizers of the trouble."""
        rows = [json.loads(line) for line in self.file.read_text().splitlines()]
        letters = [Accepted(row["message_id"], ",".join(row["to"]), row["body"], row["port"]) for row in rows]
        warnings = set(Letter.objects.filter(kind="letters_stuck").values_list("message_id", flat=True))
        return [letter for letter in letters if letter.message_id not in warnings]


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not happen in time."
        time.sleep(0.05)


# --- who must be reminded -----------------------------------------------------------------------------------


def noon_zone(now: datetime) -> str:
    """A zone in which it is about noon, so that no rule about nights holds a letter back."""
    ahead = (12 - now.astimezone(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def due_reminders(students: int, now: datetime | None = None, *, hours_left: float = HOURS_LEFT) -> Seminar:
    """A seminar whose students have all to send their preferences in some hours: each has a reminder due that nobody wrote yet."""
    now = now or timezone.now()
    tables = SMALL.read_text().split("[[people]]")
    organizers = [table for table in tables[1:] if 'role = "organizer"' in table]
    text = "[[people]]".join([tables[0].replace("capacity = 5", "capacity = 1000"), *organizers])
    seminar = load_text(text.replace("Europe/Berlin", noon_zone(now)), now - timedelta(days=30))
    due = (now + timedelta(hours=hours_left)).astimezone(seminar.zone)
    Seminar.objects.filter(pk=seminar.pk).update(capacity=max(1000, students))
    Milestone.objects.filter(seminar=seminar, key="m1").update(due_date=due.date(), due_time=due.time())
    Milestone.objects.filter(seminar=seminar).exclude(key="m1").update(due_date=due.date() + timedelta(days=200))
    people = [
        {"email": f"s{n:05}@example.org", "given_names": "Sam", "family_name": f"S{n:05}"} for n in range(students)
    ]
    users = ensure_users(people)
    Participant.objects.bulk_create(
        Participant(seminar=seminar, user=user, state=ParticipantState.ADMITTED, entered_at=now - timedelta(days=20))
        for user in users.values()
    )
    return seminar


def addresses(students: int) -> list[str]:
    return [f"s{n:05}@example.org" for n in range(students)]


def unsettled(students: int) -> int:
    """How many reminders have not come to an end: not written, waiting, or in somebody's hands."""
    reminders = Letter.objects.filter(kind="reminder")
    return students - reminders.exclude(state__in=UNSETTLED).count()


@dataclass(frozen=True)
class Outcome:
    """What the mail server has, held against the ledger; the promise is that all but `extra` are 0, and that is bounded."""

    lost: int  # people to whom nothing came
    extra: int  # copies beyond the first
    differing: int  # copies with another Message-ID or another body
    misdirected: int  # letters that are not the reader's own, or nobody's
    unsettled: int  # rows that are still on their way
    interrupted: int  # attempts that somebody had to repeat


def outcome(students: int, accepted: list[Accepted]) -> Outcome:
    own = dict(Letter.objects.filter(kind="reminder").values_list("to_email", "message_id"))
    attempts = Letter.objects.filter(kind="reminder").values_list("attempts", flat=True)
    copies = Counter(letter.to for letter in accepted)
    versions = {(letter.to, letter.message_id, letter.body) for letter in accepted}
    return Outcome(
        lost=sum(1 for address in addresses(students) if not copies[address]),
        extra=sum(count - 1 for count in copies.values()),
        differing=len(versions) - len(copies),
        misdirected=sum(1 for letter in accepted if own.get(letter.to) != letter.message_id),
        unsettled=unsettled(students),
        interrupted=sum(attempts) - students,
    )


# --- the program beside this process ------------------------------------------------------------------------


def database_url() -> str:
    """The address of the database that this process has open."""
    db = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{db['NAME']}"
    return f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"


def environment(data_dir: Path, smtp_port: int, **more: str) -> dict[str, str]:
    """Settings of another process on the same database, with a lease that a test can wait for."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "seminar.settings",
        "DEBUG": "1",
        "BASE_URL": settings.BASE_URL,
        "DATABASE_URL": database_url(),
        "REDIS_URL": "",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "DATA_DIR": str(data_dir),
        "SWEEP_SECONDS": "1",
        "LETTER_LEASE_SECONDS": str(SHORT_LEASE),
        **more,
    }


class RedisServer:
    """`with RedisServer(folder) as broker:`; keeps nothing on disk, may be killed, and comes back empty at the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        command += ["--loglevel", "warning", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: reachable(self.port), 30)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.kill()
