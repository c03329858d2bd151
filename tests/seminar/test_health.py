"""Whether the site lives, and whether everything below it works."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from notifications.models import Heartbeat, Letter, LetterState
from notifications.services import post_text
from seminar.services import sweep

GOOD = {
    "ready": True,
    "database": "ok",
    "storage": "ok",
    "disk": "ok",
    "broker": "ok",
    "letters": "ok",
    "sweep": "ok",
} | {"standby": "ok"}


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any, db: None) -> None:
    time_machine.move_to(now, tick=False)


def ready(client: Client) -> tuple[int, dict[str, object]]:
    response = client.get("/readyz")
    return response.status_code, response.json()


def letter_due(at: datetime) -> Any:
    return post_text(key="a", now=at, to_email="a@example.org", subject="A", text="A", kind="a")


def test_healthz_is_alive_and_asks_nothing(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"alive\n")
    assert client.post("/healthz").status_code == 405


def test_readyz_before_the_first_sweep_says_what_is_missing(client: Client) -> None:
    sentence = "the last sweep is more than five minutes old"
    assert ready(client) == (503, {**GOOD, "ready": False, "sweep": sentence})


def test_readyz_after_a_sweep_is_ready(client: Client, now: datetime) -> None:
    sweep(now)
    assert ready(client) == (200, GOOD)
    response = client.get("/readyz")
    assert "no-store" in response["Cache-Control"]
    assert client.post("/readyz").status_code == 405


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (5, 200), (6, 503)])
def test_readyz_allows_five_minutes_of_silence(client: Client, now: datetime, minutes: int, status: int) -> None:
    sweep(now - timedelta(minutes=minutes))
    assert ready(client)[0] == status


@pytest.mark.parametrize(("minutes", "status"), [(4, 200), (6, 503)])
def test_readyz_names_a_letter_that_waits_too_long(client: Client, now: datetime, minutes: int, status: int) -> None:
    sweep(now)
    letter = letter_due(now - timedelta(minutes=minutes))
    answer = "ok" if status == 200 else "a letter has waited for more than five minutes"
    assert ready(client) == (status, {**GOOD, "ready": status == 200, "letters": answer})
    letter.state = LetterState.SENT
    letter.save()
    assert ready(client) == (200, GOOD)


def test_readyz_names_a_letter_whose_attempts_fail(client: Client, now: datetime) -> None:
    """Each attempt moves the next one into the future; that must not make the letter look new."""
    sweep(now)
    letter = letter_due(now - timedelta(hours=6))
    Letter.objects.filter(pk=letter.pk).update(attempts=8, next_try_at=now + timedelta(hours=1))
    assert ready(client)[1]["letters"] == "a letter has waited for more than five minutes"
    claimed = {"state": LetterState.SENDING, "lease_until": now + timedelta(minutes=5)}
    Letter.objects.filter(pk=letter.pk).update(**claimed)
    assert ready(client)[0] == 503


def test_readyz_waits_for_no_letter_that_is_not_due(client: Client, now: datetime) -> None:
    sweep(now)
    letter = letter_due(now - timedelta(hours=6))
    Letter.objects.filter(pk=letter.pk).update(next_try_at=now + timedelta(hours=1))
    assert ready(client) == (200, GOOD)


def test_readyz_does_not_trust_a_sweep_that_lies_in_the_future(
    client: Client, now: datetime, time_machine: Any
) -> None:
    """The clock was set back an hour, and nothing has swept since: green would be a lie for an hour."""
    sweep(now)
    time_machine.move_to(now - timedelta(hours=1), tick=False)
    sentence = "the last sweep lies in the future: the clock was set back, and none has run since"
    assert ready(client) == (503, {**GOOD, "ready": False, "sweep": sentence})
    sweep(now - timedelta(hours=1))
    assert ready(client) == (200, GOOD)


@pytest.mark.parametrize(("free", "answer"), [(256 * 1024**2, "ok"), (256 * 1024**2 - 1, "nearly full")])
def test_readyz_names_a_disk_that_is_nearly_full(
    client: Client, now: datetime, monkeypatch: pytest.MonkeyPatch, free: int, answer: str
) -> None:
    sweep(now)
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    assert ready(client)[1]["disk"] == answer


def test_readyz_names_a_storage_that_is_none(client: Client, now: datetime, settings: Any, tmp_path: Path) -> None:
    sweep(now)
    (tmp_path / "file").write_text("no folder")
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path / "file" / "files")}}
    settings.STORAGES = {**settings.STORAGES, "default": files}
    assert ready(client) == (503, {**GOOD, "ready": False, "storage": "not writable"})


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_readyz_names_a_database_that_does_not_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def broken(*_args: Any, **_options: Any) -> None:
        raise error("gone")

    silent = {"database": "no answer", "letters": "unknown", "sweep": "unknown", "standby": "unknown"}
    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", broken)
        answer = ready(client)
    assert answer == (503, {**GOOD, "ready": False, **silent})


def test_readyz_says_nothing_of_people(client: Client, now: datetime) -> None:
    letter_due(now - timedelta(hours=6))
    assert b"example.org" not in client.get("/readyz").content


def test_readyz_takes_no_other_heartbeat_for_the_sweeps(client: Client, now: datetime) -> None:
    Heartbeat.objects.create(name="backup", at=now)
    assert ready(client)[1]["sweep"] != "ok"


def test_readyz_names_a_broker_that_does_not_answer(client: Client, now: datetime, settings: Any) -> None:
    sweep(now)
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # nobody listens there
    assert ready(client) == (503, {**GOOD, "ready": False, "broker": "no answer"})


@pytest.mark.services
def test_readyz_asks_the_broker_that_is_there(client: Client, now: datetime, settings: Any) -> None:
    assert settings.REDIS_URL
    sweep(now)
    assert ready(client) == (200, GOOD)
