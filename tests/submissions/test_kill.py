"""An upload is complete or absent, and what was acknowledged stays, wherever the process that receives it is killed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from milestones.models import Milestone
from notifications.models import Letter
from seminar.services.demo import demo_pdf
from seminar.services.invariants import broken_invariants
from submissions.models import UploadSlot, Version
from submissions.queries import latest_versions
from submissions.services import clear_incoming, files, uploads
from submissions.services.arrival import IncomingUploadHandler
from tests.factories.world import World, build_world

pytestmark = pytest.mark.django_db(transaction=True)

Say = Callable[..., None]
JSON = {"accept": "application/json"}
KILLS = 100
MEGABYTES = 2
# What an upload passes, in this order: each step is over when this function returns for the first time.
STEPS: dict[str, tuple[Any, str]] = {
    "arriving": (IncomingUploadHandler, "receive_data_chunk"),
    "arrived": (IncomingUploadHandler, "file_complete"),
    "flushed": (files, "take_in"),
    "checked": (files, "content_problem"),
    "renamed": (os, "replace"),
    "written": (uploads, "write_to"),  # the last thing before the commit
    "committed": (uploads, "_register"),
}
ANSWERED = "answered"


# --- a process that receives an upload ------------------------------------------------------------------------


@dataclass
class Child:
    """A fork of this process: `said` is what it has said so far, one dictionary after the other."""

    pid: int
    pipe: Any
    said: list[dict[str, Any]] = field(default_factory=list)

    def hear(self, name: str) -> Any:
        """Wait until the child has said something under this name; what it said."""
        for line in self.pipe:
            self.said.append(json.loads(line))
            if name in self.said[-1]:
                return self.said[-1][name]
        self.end()
        return pytest.fail(f"The child ended without “{name}”: {self.said}")

    def end(self) -> None:
        """Kill it, wait until nothing of it is left, also in the database, and read what it has said."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> None:
        _pid, status = os.waitpid(self.pid, 0)
        with self.pipe:
            self.said += [json.loads(line) for line in self.pipe]
        for said in self.said:
            if "failed" in said:
                pytest.fail(f"In the child:\n{said['failed']}")
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
        wait_for_the_database()

    @property
    def step(self) -> str:
        """The last step that was over."""
        return next((said["step"] for said in reversed(self.said) if "step" in said), "begun")

    @property
    def receipt(self) -> dict[str, Any] | None:
        return next((said["receipt"] for said in self.said if "receipt" in said), None)


def fork(work: Callable[[Say], None]) -> Child:
    """Do the work in a child process, which says things through a pipe and then stays until it is killed."""
    connections.close_all()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of pytest, which the child does not need
        pid = os.fork()
    if pid:
        os.close(writing)
        return Child(pid, os.fdopen(reading))
    try:
        work(lambda **said: os.write(writing, json.dumps(said).encode() + b"\n"))
        time.sleep(60)
    except BaseException:
        os.write(writing, json.dumps({"failed": traceback.format_exc()}).encode() + b"\n")
    os._exit(1)


def wait_for_the_database() -> None:
    """PostgreSQL finishes the statement of a client that is gone: until then nothing is decided."""
    if connection.vendor != "postgresql":
        return
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
    end = time.monotonic() + 20
    with connection.cursor() as cursor:
        while cursor.execute(f"{others} AND pid <> pg_backend_pid()") or cursor.fetchone():
            assert time.monotonic() < end, "The database still serves a process that is gone."
            time.sleep(0.002)


def after(step: str, do: Callable[[], None]) -> None:
    """Once this step is over for the first time, do something more. For the child: nothing puts it back."""
    owner, name = STEPS[step]
    original, done = getattr(owner, name), []

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        if not done:
            done.append(True)
            do()
        return result

    setattr(owner, name, wrapped)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# --- uploads, and what is looked at after each ----------------------------------------------------------------


def heavy_pdf(words: str, size: int) -> bytes:
    """A PDF of so many bytes and a few more."""
    page = demo_pdf(words)
    return page + b"%" + b"x" * size + b"\n" + page


@dataclass
class Try:
    """A request with a file of its own, ready to be sent."""

    client: Client
    address: str
    words: str

    def __post_init__(self) -> None:
        content = heavy_pdf(self.words, MEGABYTES * 1024 * 1024)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("slides.pdf", content, "application/pdf")})

    def send(self) -> dict[str, Any]:
        """The receipt."""
        answer = self.client.generic("POST", self.address, self.body, MULTIPART_CONTENT, headers=JSON)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    def begin(self) -> Child:
        """Send it from a child process, which says after each step how far it is."""

        def work(say: Say) -> None:
            begun = time.perf_counter()
            for step in STEPS:
                after(step, partial(say, step=step))
            say(ready=1)
            receipt = self.send()
            say(step=ANSWERED, receipt=receipt, seconds=time.perf_counter() - begun)

        return fork(work)

    def begin_and_die(self, step: str) -> Child:
        """Send it from a child process that kills itself after a step."""

        def work(_say: Say) -> None:
            after(step, die)
            self.send()

        return fork(work)


@dataclass
class Desk:
    """Where one student hands in, with everything that was ever acknowledged: receipt → SHA-256."""

    world: World
    client: Client
    slot: UploadSlot
    acknowledged: dict[str, str] = field(default_factory=dict)
    versions: list[tuple[str, str]] = field(default_factory=list)
    hashed: dict[tuple[str, int, int, int], str] = field(default_factory=dict)

    def sends(self, words: str) -> Try:
        return Try(self.client, self.world.url(f"submissions/{self.slot.pk}/"), words)

    def acknowledge(self, receipt: dict[str, Any] | None) -> None:
        if receipt is not None:
            self.acknowledged[receipt["receipt"]] = receipt["sha256"]

    def look(self, sent: Try) -> bool:
        """Nothing is as it must not be; whether what was sent has become a version since the last look."""
        rows = [(str(row.receipt), row.sha256) for row in Version.objects.order_by("number")]
        assert rows[: len(self.versions)] == self.versions
        new = [sha256 for _receipt, sha256 in rows[len(self.versions) :]]
        assert new in ([], [sent.sha256])
        self.versions = rows
        stored = self.stored()
        assert {sha256 for _receipt, sha256 in rows} <= stored.keys()
        assert stored == {name: name for name in stored}  # also of what no row names: complete or absent
        assert self.acknowledged.items() <= dict(rows).items()
        in_force = latest_versions([self.slot], [self.world.row("anna").pk])
        assert [str(version.receipt) for version in in_force.values()] == [receipt for receipt, _sha256 in rows[-1:]]
        return bool(new)

    def stored(self) -> dict[str, str]:
        """Name of each stored file → SHA-256 of its bytes; nothing is read twice that was not touched."""
        found = {}
        for path in Path(default_storage.path("")).glob("??/*"):
            fact = path.stat()
            key = (path.name, fact.st_ino, fact.st_mtime_ns, fact.st_size)
            if key not in self.hashed:
                with path.open("rb") as file:
                    self.hashed[key] = hashlib.file_digest(file, "sha256").hexdigest()
            found[path.name] = self.hashed[key]
        return found

    def page_of(self, receipt: str) -> int:
        return self.client.get(self.world.url(f"submissions/receipts/{receipt}/")).status_code


@pytest.fixture
def desk(settings: Any) -> Iterator[Desk]:
    """A slot that is open by the real clock, on a real disk where there is one, with a version that was handed in before."""
    now = datetime.now(UTC)
    world = build_world(now - timedelta(days=30))
    Milestone.objects.filter(seminar=world.seminar, key="m2").update(due_date=(now + timedelta(days=30)).date())
    slot = world.slot("slides")
    UploadSlot.objects.filter(pk=slot.pk).update(max_megabytes=MEGABYTES + 1)
    client = Client()
    client.force_login(world.row("anna").user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    with tempfile.TemporaryDirectory(prefix="seminar-kill-") as folder:
        files = {**settings.STORAGES["default"], "OPTIONS": {"location": folder}}
        settings.STORAGES = {**settings.STORAGES, "default": files}
        desk = Desk(world, client, slot)
        first = desk.sends("The first")
        desk.acknowledge(first.send())
        assert desk.look(first)
        yield desk


def incoming() -> list[str]:
    return sorted(default_storage.listdir("incoming")[1])


def letters() -> int:
    return Letter.objects.filter(kind="upload_received").count()


# --- killed at any time ---------------------------------------------------------------------------------------


def seconds_of_one(desk: Desk, number: int) -> float:
    """How long an undisturbed upload takes now."""
    sent = desk.sends(f"Undisturbed {number}")
    child = sent.begin()
    child.hear("receipt")
    child.end()
    desk.acknowledge(child.receipt)
    assert desk.look(sent)
    return float(child.said[-1]["seconds"])


def spread_enough(reached: Counter[str]) -> bool:
    """Enough died in each phase that takes its time, so that the test has seen something."""
    phases = (("begun", "arriving"), ("arrived",), ("flushed",), ("renamed", "written"), ("committed", ANSWERED))
    unacknowledged = reached.total() - reached["committed"] - reached[ANSWERED]
    return unacknowledged >= 20 and all(sum(reached[step] for step in phase) >= 5 for phase in phases)


def test_upload_killed_at_any_time_is_complete_or_absent(desk: Desk) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(10**6))
    sys.stdout.write(f"KILL_SEED={seed}\n")
    chance, reached, cut_off = random.Random(seed), Counter[str](), list[Try]()
    whole = 0.0
    # A machine with other work to do may become slower or faster meanwhile: then a few more have to die.
    while reached.total() < KILLS or not spread_enough(reached):
        number = reached.total()
        assert number < 3 * KILLS, reached
        if number % 10 == 0:
            whole = seconds_of_one(desk, number)
        sent = desk.sends(f"Try {number}")
        child = sent.begin()
        child.hear("ready")
        time.sleep(chance.uniform(0, 1.1 * whole))
        child.end()
        reached[child.step] += 1
        desk.acknowledge(child.receipt)
        is_in = desk.look(sent)
        assert is_in or child.step not in {"committed", ANSWERED}
        assert not is_in or child.step in {"written", "committed", ANSWERED}
        if child.receipt:
            assert desk.page_of(child.receipt["receipt"]) == 200
        elif not is_in:
            cut_off.append(sent)
    sys.stdout.write(f"{reached.total()} were killed after {dict(reached)}; one upload took {whole:.3f} s\n")
    assert broken_invariants() == []
    assert {desk.page_of(receipt) for receipt in desk.acknowledged} == {200}
    # Each of those that were cut off can be sent again as if nothing had been.
    for again in chance.sample(cut_off, 3):
        desk.acknowledge(again.send())
        assert desk.look(again)
    assert letters() == len(desk.versions)
    assert broken_invariants() == []


def test_left_overs_of_the_killed_are_cleared_after_a_day(desk: Desk) -> None:
    now = datetime.now(UTC)
    for words in ("One", "Two"):
        desk.sends(words).begin_and_die("arriving").wait()
    old = incoming()
    assert len(old) == 2
    young = Path(default_storage.path("incoming")) / "arriving-in-two-days"
    young.write_bytes(b"half")
    soon = (now + timedelta(days=1, hours=1)).timestamp()
    os.utime(young, (soon, soon))
    assert clear_incoming(now + timedelta(hours=23)) == 0
    assert incoming() == sorted([*old, young.name])
    assert clear_incoming(now + timedelta(days=2)) == 2
    assert incoming() == [young.name]
    assert broken_invariants() == []


# --- killed after each step -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_upload_killed_after_a_step(desk: Desk, step: str) -> None:
    before, sent = list(desk.versions), desk.sends("Killed")
    sent.begin_and_die(step).wait()
    is_in = desk.look(sent)
    assert is_in == (step == "committed")
    assert desk.versions[: len(before)] == before
    assert len(incoming()) == (step in {"arriving", "arrived", "flushed", "checked"})
    assert (sent.sha256 in desk.stored()) == (step in {"renamed", "written", "committed"})
    assert broken_invariants() == []
    # Sent once more: what had been committed has its receipt already, everything else becomes a version now.
    receipt = sent.send()
    assert desk.look(sent) != is_in
    assert desk.versions == [*before, (receipt["receipt"], sent.sha256)]
    assert (receipt["version"], letters(), desk.page_of(receipt["receipt"])) == (2, 2, 200)
    assert broken_invariants() == []
