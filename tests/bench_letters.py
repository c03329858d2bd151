"""Letters while their senders are killed with -9, and 10,000 of them at once, on both databases.

Each run has a process, a database and a folder of its own, with the program beside it as an operator starts it: worker, beat and a Redis
of its own on PostgreSQL, `manage.py sweep --loop` on SQLite. The mail server is a process of its own, too, on the same two cores.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dev

ROOT = Path(__file__).parents[1]
LETTERS, KILLS, SEEDS = 500, 100, (1, 2, 3)
MANY, TICK = 10_000, 15  # seconds between two sweeps, as docs/settings.md has it
PAGES = 60  # that somebody else looks at before the letters fall due
LONGEST = 1800
EVERY = 20  # seconds between two codes for signing in that somebody asks for meanwhile
SHAPES = {"sweep": "sweep on SQLite", "celery": "Celery on PostgreSQL"}
Figures = dict[str, tuple[float, str]]


def letters(seeds: tuple[int, ...] = SEEDS) -> Figures:
    """What was lost and what came twice through the kills, and how fast, how large and how rude 10,000 letters are."""
    figures: Figures = {}
    for shape, name in SHAPES.items():
        if shape == "celery" and not services():
            print("Letters by Celery are not measured: they need PostgreSQL (TEST_POSTGRES_URL) and redis-server.")  # noqa: T201
            continue
        for seed in (0, *seeds):
            figures |= kill_figures(f"letters, {name}", seed, in_a_process(shape, f"seed {seed}"))
        figures |= load_figures(f"{MANY} letters, {name}", in_a_process(shape, "load"))
    return figures


def kill_figures(name: str, seed: int, run: dict[str, Any]) -> Figures:
    found = run["outcome"]
    title = f"{name}, seed {seed}" if seed else f"{name}, no kills"
    wrong = found["lost"] + found["differing"] + found["misdirected"] + found["unsettled"]
    figures: Figures = {
        f"{title}: lost, differing, misdirected": (wrong, f"of {LETTERS}"),
        f"{title}: extra copies": (found["extra"], f"of at most {run['kills']}"),
    }
    if seed:
        figures[f"{title}: kills"] = (
            run["kills"],
            f"{found['interrupted']} with a letter in hand, {run['seconds']:.0f} s",
        )
    return figures


def load_figures(name: str, run: dict[str, Any]) -> Figures:
    return {
        f"{name}: lost or twice": (run["lost"] + run["extra"], ""),
        f"{name}: due to out": (run["letters"] / run["seconds"], "letters/s"),
        f"{name}: first to last": (run["letters"] / run["sending"], "letters/s"),
        f"{name}: connections": (run["connections"], ""),
        f"{name}: largest sender grew": (run["grown"], f"MB, to {run['peak']:.0f}"),
        f"{name}: a code for signing in, slowest": (run["code"], "s"),
        f"{name}: another's page, median": (run["page"] / run["idle"], f"× idle ({run['idle'] * 1000:.0f} ms)"),
    }


def broken(figures: Figures) -> list[str]:
    """The promises about letters that these figures break."""
    bounds = {
        "misdirected": 0,
        "no kills: extra copies": 0,
        "extra copies": KILLS,
        "twice": 0,
        "grew": 50,
        "median": 1.5,
    }
    found = []
    for name, (figure, unit) in figures.items():
        bound = next((bound for end, bound in bounds.items() if name.endswith(end)), None)
        few = name.endswith(": kills") and figure < KILLS
        if "letters" in name and (few or (bound is not None and figure > bound)):
            found.append(f"{name}: {figure:.2f} {unit}")
    return found


# --- a process and a database for each run ------------------------------------------------------------------


def postgres_url() -> str:
    return os.environ.get("TEST_POSTGRES_URL", dev.POSTGRES)


def services() -> bool:
    return dev.reachable(postgres_url()) and shutil.which("redis-server") is not None


def in_a_process(shape: str, what: str) -> dict[str, Any]:
    print(f"Letters, {SHAPES[shape]}, {what} …", flush=True)  # noqa: T201
    folder = Path(tempfile.mkdtemp(prefix="seminar-letters-"))
    try:
        with database(shape, folder) as url:
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "seminar.settings",
                "DEBUG": "1",
                "DATA_DIR": str(folder),
                "DATABASE_URL": url,
                "REDIS_URL": "",
            }
            command = [sys.executable, "-m", "tests.bench_letters", shape, what, str(folder)]
            with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
                try:
                    words = process.communicate()[0]
                finally:
                    process.terminate()  # it ends its senders, its Redis and its mail server
        if process.returncode:
            raise RuntimeError(f"{shape}, {what}: {words}")
        return dict(json.loads(words.splitlines()[-1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database(shape: str, folder: Path) -> Iterator[str]:
    """An empty database, which is gone afterwards."""
    if shape == "sweep":
        yield f"sqlite:///{folder / 'db.sqlite3'}"
        return
    import psycopg2
    from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

    parts = urlsplit(postgres_url())
    name = f"{parts.path.strip('/')}_letters"
    connection = psycopg2.connect(postgres_url())
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with connection.cursor() as cursor:
        try:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{name}"')
            yield parts._replace(path=f"/{name}").geturl()
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.close()


def run(shape: str, what: str, folder: Path) -> dict[str, Any]:
    """In the process of one run; leaving by an exception ends what it has started, too."""
    import django

    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(1))

    django.setup()
    from django.core.management import call_command

    from tests.factories.kills import deliver

    call_command("migrate", verbosity=0)
    if what == "load":
        return load(shape, folder)
    seed = int(what.split()[1])
    return asdict(deliver(folder, shape, students=LETTERS, kills=KILLS if seed else 0, seed=seed))


# --- 10,000 at once -----------------------------------------------------------------------------------------


def load(shape: str, folder: Path) -> dict[str, Any]:
    from milestones.models import Milestone
    from notifications.models import Heartbeat
    from tests.factories.kills import Post
    from tests.factories.postal import due_reminders, environment, outcome, wait_until
    from tests.factories.visitor import site

    seminar = due_reminders(MANY)
    milestone = Milestone.objects.filter(seminar=seminar, key="m1")
    (due,) = milestone.values_list("due_date", flat=True)
    milestone.update(due_date=due + timedelta(days=100))
    key = somebody_else()
    with Post(folder, shape, production(), tick=TICK, slots=1) as post:
        with site(environment(folder, post.server.port, REDIS_URL=post.redis_url)) as address:
            post.start()
            wait_until(lambda: Heartbeat.objects.filter(name="sweep").exists(), 120)
            before = {pid: memory(pid, "VmRSS") for pid in processes(post)}
            port = urlsplit(address).port
            idle = [page(port, key) for _ in range(PAGES)]
            milestone.update(due_date=due)
            took, sending, pages, codes = watch(post, port, key)
            peak = {pid: memory(pid, "VmHWM") for pid in processes(post)}
        found = outcome(MANY, post.server.accepted())
        return {
            "letters": MANY, "lost": found.lost, "extra": found.extra, "seconds": took, "sending": sending,
            "connections": post.server.connections, "peak": max(peak.values()),
            "grown": max(peak[pid] - before.get(pid, 0) for pid in peak if pid in before),
            "idle": statistics.median(idle), "page": statistics.median(pages), "code": max(codes),
        }  # fmt: skip


def production() -> dict[str, str]:
    """Settings of senders as they are in use; with DEBUG, Django would keep what they say to the database."""
    from django.conf import settings

    return {
        "DEBUG": "0",
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "LETTER_LEASE_SECONDS": "120",
    }


def watch(post: Any, port: Any, key: str) -> tuple[float, float, list[float], list[float]]:
    """Look at another page, and ask for codes, until all letters are out.

    Returns seconds from due to the last, from the first to the last, of each page, and of each code.
    """
    begun = time.monotonic()
    first = 0.0
    pages: list[float] = []
    codes: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.3):
            pages.append(page(port, key))

    reader = threading.Thread(target=look)
    reader.start()
    asked, code = begun, None
    while post.server.order()["accepted"] < MANY and time.monotonic() - begun < LONGEST:
        now = time.monotonic()
        first = first or (now if post.server.order()["accepted"] else 0.0)
        if code is not None and is_sent(code):
            codes.append(now - asked)
            code = None
        elif first and code is None and now - asked > EVERY:
            asked, code = now, ask_code(len(codes))
        time.sleep(0.1)
    end = time.monotonic()
    over.set()
    reader.join()
    return end - begun, end - (first or begun), pages, codes


def ask_code(number: int) -> Any:
    """A letter like the one with the code for signing in; nobody rings for it, as while Redis is away."""
    from django.utils import timezone

    from notifications.services import post_text

    words = {"to_email": f"ida{number}@example.net", "subject": "Your code", "text": "QX7F-2KLM"}
    return post_text(key=f"code:{number}", kind="login_code", now=timezone.now(), **words).pk


def is_sent(pk: Any) -> bool:
    from notifications.models import Letter

    return Letter.objects.filter(pk=pk, state="sent").exists()


def somebody_else() -> str:
    """The session of a student of another seminar."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from accounts.models import User
    from tests.factories.world import SMALL, load_text

    load_text(SMALL.read_text().replace("@example.org", "@example.net"), timezone.now(), slug="other")
    user = User.objects.get(email="anna@example.net")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def page(port: Any, key: str) -> float:
    from tests.bench_uploads import ask

    begun = time.perf_counter()
    status, _body = ask(port, "GET", "/seminars/other/me/", key)
    assert status == 200
    return time.perf_counter() - begun


def processes(post: Any) -> list[int]:
    from tests.factories.kills import pool_of

    return [pid for sender in post.senders for pid in (sender.process.pid, *pool_of(sender.process))]


def memory(pid: int, field: str) -> float:
    """MB, as the system counts them for the process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))))  # noqa: T201
