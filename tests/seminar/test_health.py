"""Whether the site lives, and whether everything below it works."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from notifications.models import Heartbeat, LetterState
from notifications.services import post_text
from seminar.services import sweep

GOOD = {"ready": True, "database": "ok", "storage": "ok", "broker": "ok", "letters": "ok", "sweep": "ok"}


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
