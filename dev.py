#!/usr/bin/env python3
"""One entry for people and CI: run | test | check | fix | bench | manage. Needs nothing but Python >= 3.11."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
POSTGRES = "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = "redis://127.0.0.1:6379/15"

CHECKS = (
    ("format", ("ruff", "format", "--check", "--quiet", ".")),
    ("lint", ("ruff", "check", "--quiet", ".")),
    ("templates", ("djade", "--check", "--target-version", "5.2")),
    ("types", ("mypy",)),
    ("floors and rooms", ("lint-imports",)),
    ("migrations", ("python", "manage.py", "makemigrations", "--check", "--dry-run")),
    ("deployment", ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")),
    ("generated documents", ("python", "manage.py", "docs_check")),
)
PARALLEL = ("-q", "-m", "not alone", "-n", "auto", "--dist", "worksteal")
FIXES = (
    ("ruff", "check", "--fix", "--quiet", "."),
    ("ruff", "format", "--quiet", "."),
    ("djade", "--target-version", "5.2"),
    ("python", "manage.py", "docs_check", "--write"),
)


def fail(sentence: str) -> None:
    """Stop with one line for the person at the terminal."""
    print(sentence, file=sys.stderr)
    raise SystemExit(1)


def say(sentence: str) -> None:
    print(sentence, flush=True)


def quietly(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        fail(f"{' '.join(str(part) for part in command[:4])} … failed:\n{(done.stderr or done.stdout).strip()}")


# --- the virtual environment ------------------------------------------------------------------------------


def fingerprint(name: str) -> str:
    lock = (ROOT / f"requirements-{name}.lock").read_bytes()
    return hashlib.sha256(lock + sys.version.encode()).hexdigest()


def build_venv(name: str) -> None:
    """Install the locked packages of `name`, unless the environment already holds them."""
    stamps = {lock: VENV / f".{lock}-lock" for lock in ("run", "dev")}
    accepted = ("run", "dev") if name == "run" else ("dev",)
    for lock in accepted:
        if stamps[lock].exists() and stamps[lock].read_text() == fingerprint(lock) and PYTHON.exists():
            return
    started = time.monotonic()
    say(f"Installing the locked packages ({name}) into .venv …")
    uv = shutil.which("uv")
    for stamp in stamps.values():
        stamp.unlink(missing_ok=True)
    create_venv(uv)
    requirements = ("--require-hashes", "--quiet", "-r", f"requirements-{name}.lock")
    if uv:
        quietly(uv, "pip", "install", "--python", PYTHON, *requirements)
    else:
        # The lock names every package, and Python compiles what it imports: both halve the time to the first page.
        quick = ("--no-deps", "--no-compile", "--disable-pip-version-check")
        quietly(PYTHON, "-m", "pip", "install", *quick, *requirements)
    stamps[name].write_text(fingerprint(name))
    say(f"  done in {time.monotonic() - started:.0f} s.")


def create_venv(uv: str | None) -> None:
    if PYTHON.exists() and subprocess.run([str(PYTHON), "-c", ""], check=False).returncode == 0:
        return
    if uv:
        quietly(uv, "venv", "--quiet", "--python", sys.executable, VENV)
        return
    try:
        import ensurepip  # noqa: F401, PLC0415  (Debian ships it apart)
    except ImportError:
        fail("This Python has no ensurepip: run `apt-get install python3-venv` (or install uv), then try again.")
    quietly(sys.executable, "-m", "venv", "--clear", VENV)


def tool(*command: str, **environment: str) -> int:
    """Run a command of the virtual environment and return its exit code."""
    program, *rest = command
    return subprocess.run(
        [str(BIN / program), *rest], cwd=ROOT, env={**os.environ, **environment}, check=False
    ).returncode


# --- run ----------------------------------------------------------------------------------------------------


def run(_: list[str]) -> int:
    # Stopped while it still prepares: leaving by an exception ends the step that is under way, too.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_caught: sys.exit(0))
    build_venv("run")
    port = os.environ.get("PORT", "8000")
    refuse_busy_port(port)
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("BASE_URL", f"http://127.0.0.1:{port}")
    say("Preparing the database …")
    for step in (("migrate", "--verbosity", "0"), ("demo_seed", "--if-empty")):
        if code := tool("python", "manage.py", *step):
            return code
    return serve(port)


def refuse_busy_port(port: str) -> None:
    if not port.isdigit() or not 0 < int(port) < 65536:
        fail(f"PORT={port} is not a port number: choose one from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError:
            fail(f"Port {port} is taken on this machine: stop what uses it, or choose another with PORT=….")


def serve(port: str) -> int:
    """Serve until Ctrl-C or SIGTERM; the children live in sessions of their own and are ended here."""
    commands = (
        ("runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"),
        ("sweep", "--loop", "5"),
    )
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda caught, _frame: stopping.append(caught))
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            children.append(
                subprocess.Popen(
                    [str(PYTHON), "manage.py", *command], cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True
                )
            )
        wait_for(port, children, stopping)
        if not stopping:
            tool("python", "manage.py", "demo_seed", "--banner")
        while not stopping and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        end(children)
    if not stopping:
        say("The server stopped by itself; the lines above say why.")
    return 0 if stopping else 1


def wait_for(port: str, children: list[subprocess.Popen[bytes]], stopping: list[int]) -> None:
    while not stopping and all(child.poll() is None for child in children):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                return
        time.sleep(0.1)


def end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


# --- test, check, fix ----------------------------------------------------------------------------------------


def reachable(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def lacking(what: str, remedy: str) -> None:
    sentence = f"{what} is not there: what needs it is skipped. {remedy}"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        fail(sentence.replace("is skipped", "cannot be tested, and REQUIRE_SERVICES=1 asks for it"))
    say(sentence)


def test(arguments: list[str]) -> int:
    """What needs the machine for itself, the rest on SQLite, then on PostgreSQL with Redis, a Celery worker and beat."""
    build_venv("dev")
    postgres, redis = os.environ.get("TEST_POSTGRES_URL", POSTGRES), os.environ.get("TEST_REDIS_URL", REDIS)
    if not (shutil.which("chromium") or os.environ.get("CHROMIUM")):
        lacking("Chromium", "Debian: `apt-get install chromium`; elsewhere set CHROMIUM to its path.")
    codes = [] if arguments else [suite("the program as one starts it", ["-q", "-m", "alone"])]
    codes.append(suite("SQLite", arguments))
    services = {"PostgreSQL (TEST_POSTGRES_URL)": postgres, "Redis (TEST_REDIS_URL)": redis}
    missing = [name for name, url in services.items() if not reachable(url)]
    for name in missing:
        lacking(name, "Start one on this machine, or point the variable at one.")
    if not missing:
        codes.append(suite("PostgreSQL and Redis", arguments, TEST_DATABASE_URL=postgres, TEST_REDIS_URL=redis))
    return max(codes)


def suite(name: str, arguments: Sequence[str], **environment: str) -> int:
    started = time.monotonic()
    say(f"\n== The suite on {name}")
    code = tool("python", "-m", "pytest", *(arguments or PARALLEL), **environment)
    say(f"== {name}: {time.monotonic() - started:.0f} s")
    nothing_chosen = 5
    return 0 if code == nothing_chosen and arguments else code


def templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]


def check(_: list[str]) -> int:
    build_venv("dev")
    production = {"DEBUG": "0", "SECRET_KEY": "check-" + "0123456789abcdef" * 4, "ALLOWED_HOSTS": "seminar.example.org"}
    production |= {"BASE_URL": "https://seminar.example.org"}
    failed = []
    for name, command in CHECKS:
        started = time.monotonic()
        extra = templates() if name == "templates" else []
        environment = os.environ | (production if name == "deployment" else {"DEBUG": "1"})
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:], *extra],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        say(f"{'FAILED' if done.returncode else 'ok    '} {name} ({time.monotonic() - started:.1f} s)")
        if done.returncode:
            say((done.stdout + done.stderr).strip())
            failed.append(name)
    if failed:
        say(f"Failed: {', '.join(failed)}. `python3 dev.py fix` repairs what can be repaired by itself.")
    return 1 if failed else 0


def fix(_: list[str]) -> int:
    build_venv("dev")
    for command in FIXES:
        tool(*command, *(templates() if command[0] == "djade" else []), DEBUG="1")
    return 0


def bench(arguments: list[str]) -> int:
    build_venv("dev")
    return tool("python", "-m", "tests.bench", *arguments, DEBUG="1")


def manage(arguments: list[str]) -> int:
    build_venv("run")
    os.environ.setdefault("DEBUG", "1")
    return tool("python", "manage.py", *arguments)


COMMANDS = {"run": run, "test": test, "check": check, "fix": fix, "bench": bench, "manage": manage}


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036  (the person may have an older one)
        fail(f"Python 3.11 or newer is needed; this one is {sys.version.split()[0]}.")
    name, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if name not in COMMANDS:
        fail(f"Usage: python3 dev.py {' | '.join(COMMANDS)}")
    return COMMANDS[name](arguments)


if __name__ == "__main__":
    raise SystemExit(main())
