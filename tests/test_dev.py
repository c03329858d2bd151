"""`python3 dev.py run` as a person uses it: it serves, it stops, and it leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.factories.smtp import free_port

ROOT = Path(__file__).parents[1]
SECONDS_TO_FIRST_PAGE = 60


def start(data_dir: Path, port: int) -> "subprocess.Popen[str]":
    # A person's environment: none of the variables that the test settings have set.
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"PORT": str(port), "DATA_DIR": str(data_dir)}
    command = [sys.executable, "dev.py", "run"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def first_page(port: int) -> str:
    end = time.monotonic() + SECONDS_TO_FIRST_PAGE
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise AssertionError(f"No page within {SECONDS_TO_FIRST_PAGE} s.")


def left_behind(data_dir: Path) -> list[str]:
    """Commands of processes that still carry this run's DATA_DIR."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if f"DATA_DIR={data_dir}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads /proc, which this system does not have")
def test_run_serves_twice_and_stops_on_both_signals(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        port = free_port()
        process = start(tmp_path, port)
        try:
            assert "Advanced Topics in Diffusion Modeling" in first_page(port)
            wait_for_banner(process)
        finally:
            process.send_signal(number)
            output, _ = process.communicate(timeout=30)
        assert process.returncode == 0, output
        assert left_behind(tmp_path) == []
    assert "Loading the example seminars" not in output  # the second run found them there


def wait_for_banner(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C stops" in line:
            break
    banner = "".join(lines)
    for role in ("organizer", "student", "reviewer"):
        assert role in banner


def test_run_on_a_taken_port_says_so_in_one_line(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(tmp_path, taken.getsockname()[1])
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert output.strip().endswith("or choose another with PORT=….")
    assert "Traceback" not in output


def test_unknown_command_lists_the_known_ones() -> None:
    done = subprocess.run([sys.executable, "dev.py", "fly"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (
        1,
        "Usage: python3 dev.py run | test | check | fix | bench | manage",
    )


def test_run_stopped_while_it_prepares_leaves_no_process(tmp_path: Path) -> None:
    process = start(tmp_path, free_port())
    assert process.stdout is not None
    assert "Preparing the database" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, output) == (0, "")
    assert left_behind(tmp_path) == []
