"""The deadline minute: 300 signed-in students upload 5 MB each within 60 s, while others look at pages.

A real gunicorn as in the Dockerfile on a database and a folder of its own, over loopback; the clients are threads of this process, on
the same two cores. Nothing is mocked: multipart, hash, fsync, check in a child process, commit, receipt.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STUDENTS, SECONDS, MEGABYTES = 300, 55, 5  # the last one begins in second 55
TOKEN = "b" * 32
SEED = """
import json, sys
from datetime import timedelta
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from milestones.models import Milestone
from tests.factories.crowd import crowd
from courses import queries
from submissions.models import Submission, UploadSlot, Version

seminar = crowd({students})
Version.objects.all().delete(); Submission.objects.all().delete()
UploadSlot.objects.update(max_megabytes=25)
local = timezone.now().astimezone(seminar.zone) + timedelta(minutes=20)
Milestone.objects.filter(seminar=seminar).update(due_date=local.date(), due_time=local.time())
people = [row.user for row in queries.students(seminar)] + [queries.organizers(seminar)[0].user]
keys = []
for user in people:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    keys.append(session.session_key)
print(json.dumps([seminar.slug, UploadSlot.objects.get(milestone__seminar=seminar, key="slides").pk, keys]))
"""
CHECK = """
import json
from seminar.services.invariants import broken_invariants
from submissions.models import Version
print(json.dumps([Version.objects.count(), Version.objects.filter(on_time=True).count(), broken_invariants()]))
"""


def uploads() -> dict[str, tuple[float, str]]:
    """Seconds until all receipts are there, how long one waits, how long another person's page takes meanwhile, and what was lost."""
    folder = Path(tempfile.mkdtemp(prefix="seminar-load-"))
    environment = {
        **os.environ,
        "DEBUG": "1",
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "SECRET_KEY": secrets.token_hex(32),
        "DJANGO_SETTINGS_MODULE": "seminar.settings",
        "PYTHONPATH": str(ROOT),
    }
    port = free_port()
    command = ["gunicorn", "seminar.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"]
    command += ["--workers", "2", "--keep-alive", "75", "--no-control-socket", "--log-level", "error"]
    try:
        python(environment, "migrate", "--verbosity", "0")
        slug, slot, keys = shell(environment, SEED.replace("{students}", str(STUDENTS)))
        server = subprocess.Popen([sys.executable, "-m", *command], env=environment, cwd=ROOT)
        try:
            wait_for(port)
            for key in keys[:20]:  # a server that has answered before, as it has at a deadline
                ask(port, "GET", f"/seminars/{slug}/submissions/{slot}/", key)
            figures = load(port, f"/seminars/{slug}/", slot, keys)
        finally:
            server.terminate()
            server.wait()
        count, on_time, broken = shell(environment, CHECK)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["uploads lost"] = (float(STUDENTS - count), "")
    figures["uploads wrongly late"] = (float(count - on_time), "")
    figures["uploads: rules that do not hold"] = (float(len(broken)), "")
    return figures


def load(port: int, home: str, slot: int, keys: list[str]) -> dict[str, tuple[float, str]]:
    body = b"%PDF-1.4\n" + os.urandom(MEGABYTES * 1024 * 1024 - 200)
    took: list[float] = []
    pages: list[float] = []
    failed: list[Any] = []
    begun = time.monotonic()

    def student(number: int) -> None:
        time.sleep(max(0.0, begun + number * SECONDS / STUDENTS - time.monotonic()))
        data = form(body + b"%d\n%%%%EOF\n" % number)
        headers = {"Accept": "application/json", "Content-Type": "multipart/form-data; boundary=bench"}
        start = time.monotonic()
        status, answer = ask(port, "POST", f"{home}submissions/{slot}/", keys[number], data, headers)
        took.append(time.monotonic() - start)
        if status != 200 or b'"receipt"' not in answer:
            failed.append((status, answer[:200]))

    def reader() -> None:
        while time.monotonic() - begun < SECONDS + 3:
            start = time.monotonic()
            ask(port, "GET", f"{home}me/", keys[0])
            pages.append(time.monotonic() - start)
            time.sleep(0.5)

    threads = [threading.Thread(target=student, args=(number,)) for number in range(STUDENTS)]
    threads.append(threading.Thread(target=reader))
    for thread in threads:
        thread.start()
    for thread in threads[:-1]:
        thread.join()
    whole = time.monotonic() - begun
    threads[-1].join()
    if failed:
        print(len(failed), "failed, such as", failed[0])  # noqa: T201
    return {
        f"{STUDENTS} uploads of {MEGABYTES} MB: all receipts": (whole, "s"),
        "upload: 95 % have their receipt after": (quantile(took, 95), "s"),
        "upload: median": (statistics.median(took), "s"),
        "another person's page meanwhile, slowest": (max(pages), "s"),
    }


def quantile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def form(file: bytes) -> bytes:
    token = f'--bench\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{TOKEN}\r\n'
    head = '--bench\r\nContent-Disposition: form-data; name="file"; filename="talk.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    return (token + head).encode() + file + b"\r\n--bench--\r\n"


def ask(port: int, method: str, path: str, key: str, body: bytes = b"", headers: Any = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    cookies = f"sessionid={key}; csrftoken={TOKEN}"
    connection.request(method, path, body or None, {**(headers or {}), "Cookie": cookies})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, data


def python(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def shell(environment: dict[str, str], code: str) -> Any:
    import json

    return json.loads(re.findall(r"^\[.*\]$", python(environment, "shell", "-c", code), re.MULTILINE)[-1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")


if __name__ == "__main__":
    for name, (figure, unit) in uploads().items():
        print(f"{name:60} {figure:10.2f}  {unit}")  # noqa: T201
