"""Commands as people and scripts run them: help, one clear line on bad input, an exit code that tells."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command, get_commands

from accounts.models import User
from accounts.services import ensure_user
from courses.models import Seminar
from notifications.models import Heartbeat
from tests.factories.world import World

OURS = sorted(name for name, app in get_commands().items() if app == "seminar")


def manage(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py as a person would, on a database of its own."""
    own = {"DEBUG": "1", "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    return subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **own, "DJANGO_SETTINGS_MODULE": "seminar.settings", **environment},
    )


def printed(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


@pytest.mark.parametrize("name", OURS)
def test_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        call_command(name, "--help")
    assert left.value.code == 0
    assert len(capsys.readouterr().out.split("options:")[0].split("\n\n")[1]) > 20


def test_commands_of_the_interface_are_there() -> None:
    assert {"seminar_load", "demo_seed", "url_map", "sweep", "permissions_print", "states_print"} <= set(OURS)


# --- sweep --------------------------------------------------------------------------------------------------


def test_sweep_prints_what_it_did(world: World, time_machine: Any) -> None:
    time_machine.move_to(datetime(2023, 10, 30, 20, 0, tzinfo=UTC), tick=False)
    assert (
        printed("sweep")
        == "offers made: 0, reviews handed over: 0, reminders written: 8, letters sent: 8, files prepared: 0\n"
    )
    assert (
        printed("sweep")
        == "offers made: 0, reviews handed over: 0, reminders written: 0, letters sent: 0, files prepared: 0\n"
    )
    assert len(mail.outbox) == 8
    assert Heartbeat.objects.get(name="sweep").at == datetime(2023, 10, 30, 20, 0, tzinfo=UTC)


def test_sweep_with_bad_seconds_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid int value"):
        call_command("sweep", "--loop", "often")


# --- demo_seed ----------------------------------------------------------------------------------------------


def test_demo_seed_where_debug_is_off_is_refused(db: None) -> None:
    with pytest.raises(CommandError) as error:
        call_command("demo_seed")
    assert str(error.value) == "Demo data has a known password and is refused where DEBUG is off."
    assert not User.objects.exists()


def test_demo_seed_where_debug_is_off_is_refused_even_if_empty(db: None) -> None:
    with pytest.raises(CommandError):
        call_command("demo_seed", "--if-empty")
    assert not Seminar.objects.exists()


def test_demo_seed_into_a_database_with_people_is_refused(db: None, settings: Any) -> None:
    settings.DEBUG = True
    ensure_user("somebody@example.org")
    with pytest.raises(CommandError) as error:
        call_command("demo_seed")
    assert str(error.value) == "There are seminars or people already; demo data goes into an empty database only."
    assert printed("demo_seed", "--if-empty") == ""
    assert (User.objects.count(), Seminar.objects.count()) == (1, 0)


def test_demo_seed_banner_without_demo_data_names_no_password(db: None, settings: Any) -> None:
    settings.DEBUG = True
    assert printed("demo_seed", "--banner") == "\n  Seminars are served at http://testserver/\n  Ctrl-C stops.\n"


# --- as processes -------------------------------------------------------------------------------------------


def test_url_map_as_a_process_needs_no_database_and_no_terminal(tmp_path: Path) -> None:
    done = manage(tmp_path, "url_map", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert {"name": "readyz", "path": "/readyz", "methods": ["GET", "HEAD"], "permission": "seminar.health"} in rows


def test_command_as_a_process_with_debug_off_and_settings_missing_says_which(tmp_path: Path) -> None:
    done = manage(tmp_path, "url_map", DEBUG="0", SECRET_KEY="", ALLOWED_HOSTS="", BASE_URL="")
    assert done.returncode != 0
    assert done.stderr == (
        "Setting SECRET_KEY is missing: it must be given when DEBUG is off (see .env.example).\n"
        "Setting ALLOWED_HOSTS is missing: it must be given when DEBUG is off (see .env.example).\n"
        "Setting BASE_URL is missing: it must be given when DEBUG is off (see .env.example).\n"
    )
