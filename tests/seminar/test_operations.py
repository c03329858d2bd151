"""The operator's page, and how people hear that letters do not get through."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from notifications.models import Letter, LetterState
from notifications.services import beat
from seminar.services import sweep
from seminar.services.watch import warn
from tests.accounts.test_views import code_in, link_in
from tests.courses.crowd import queries_of
from tests.factories.world import World
from tests.grading.test_views import text_of

SignIn = Callable[[User | None], Client]
PAGE, RETRY = "/operations/", "/operations/retry/"


@pytest.fixture(autouse=True)
def _present(world: World, now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)
    User.objects.update(language="en")


@pytest.fixture
def operator(world: World, signed_in: SignIn) -> Client:
    outsider = world.people["outsider"]
    User.objects.filter(email="outsider@example.org").update(is_staff=True)
    return signed_in(outsider)


def add_letters(now: datetime, count: int, *, scope: str = "small", **fields: Any) -> list[Letter]:
    first = Letter.objects.count()
    values = {"kind": "reminder", "created_at": now, "next_try_at": now, "text": "Text " * 300, **fields}
    return Letter.objects.bulk_create(
        Letter(
            key=f"letter:{n}",
            message_id=f"<{n}@x>",
            to_email=f"a{n}@example.org",
            subject=f"S{n}",
            scope=scope,
            **values,
        )
        for n in range(first, first + count)
    )


def refused(now: datetime, count: int = 1, **fields: Any) -> list[Letter]:
    values = {"state": LetterState.FAILED, "reason": "550 no such user", "attempts": 1, **fields}
    return add_letters(now, count, **values)


# --- the page ---------------------------------------------------------------------------------------------------


def test_page_is_there_for_operators_alone(world: World, signed_in: SignIn, operator: Client) -> None:
    assert operator.get(PAGE).status_code == 200
    for name in ("anonymous", "anna", "olga"):
        assert signed_in(world.people[name]).get(PAGE).status_code == 404
    User.objects.filter(email="outsider@example.org").update(is_staff=False)
    assert operator.get(PAGE).status_code == 404


def test_page_without_letters_and_jobs(operator: Client) -> None:
    text = text_of(operator.get(PAGE))
    assert "background jobs none has finished yet" in text
    assert "No letter has been written yet." in text
    assert "Refused for good None." in text


def test_page_names_queue_oldest_failures_and_ticks(operator: Client, now: datetime) -> None:
    beat("sweep", now=now - timedelta(minutes=7))
    add_letters(now - timedelta(hours=2), 3, attempts=4, next_try_at=now + timedelta(hours=1))
    add_letters(now - timedelta(hours=3), 2, state=LetterState.SENT, sent_at=now - timedelta(minutes=10))
    add_letters(now - timedelta(hours=3), 1, state=LetterState.SENT, sent_at=now - timedelta(hours=3))
    refused(now)
    text = text_of(operator.get(PAGE))
    assert "last sweep Fri 27 Oct 2023, 16:53:00 CEST · 7 minutes ago" in text
    assert "letters broken a letter has waited for more than five minutes" in text
    assert "late by more than five minutes 3 · the oldest was written Fri 27 Oct 2023, 15:00 CEST (2 hours ago)" in text
    assert "sent within an hour 2 sent within a day 3" in text
    assert "reminder waiting 3 Fri 27 Oct 2023, 15:00 CEST 4" in text
    assert "reminder sent 3 – –" in text
    assert "a6@example.org S6 reminder · small Fri 27 Oct 2023, 17:00 CEST 550 no such user 1" in text


def test_page_after_the_clock_was_set_back(operator: Client, now: datetime) -> None:
    beat("sweep", now=now + timedelta(hours=1))
    assert "lies in the future: the clock was set back" in text_of(operator.get(PAGE))


def test_page_renews_itself_until_it_is_stopped(operator: Client) -> None:
    assert b'http-equiv="refresh"' in operator.get(PAGE).content
    assert b'http-equiv="refresh"' not in operator.get(f"{PAGE}?still").content


def test_page_in_german(operator: Client, now: datetime) -> None:
    refused(now, 2)
    User.objects.filter(email="outsider@example.org").update(language="de")
    text = text_of(operator.get(PAGE))
    assert "Betrieb" in text
    assert "Endgültig abgewiesen" in text
    assert "Alle noch einmal senden 2 E-Mails" in text


def test_page_takes_the_same_queries_for_few_and_for_many(operator: Client, now: datetime) -> None:
    refused(now)
    few = queries_of(operator, PAGE)
    refused(now, 300)
    add_letters(now, 700)
    response = operator.get(PAGE)
    assert (queries_of(operator, PAGE), "301 letters, the newest 100 below" in text_of(response)) == (few, True)


# --- send again -------------------------------------------------------------------------------------------------


def states() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("state", flat=True))


def test_one_letter_is_sent_again(operator: Client, now: datetime) -> None:
    first, _second = refused(now, 2)
    for _ in range(2):
        assert operator.post(RETRY, {"letter": first.pk}).status_code == 302
    assert states() == ["waiting", "failed"]
    assert Letter.objects.get(pk=first.pk).message_id == first.message_id


def test_all_letters_are_sent_again_and_nothing_else(operator: Client, now: datetime) -> None:
    refused(now, 3)
    add_letters(now, 1, state=LetterState.DROPPED)
    response = operator.post(RETRY, {"all": "1"}, follow=True)
    assert "3 letters will be sent again." in text_of(response)
    assert states() == ["waiting"] * 3 + ["dropped"]
    assert "No letter is left to be sent again." in text_of(operator.post(RETRY, {"all": "1"}, follow=True))


def test_all_letters_are_sent_again_to_the_addresses_of_now(operator: Client, world: World, now: datetime) -> None:
    refused(now, 1, user=world.people["anna"])
    refused(now)  # nobody's: an address is all there is
    operator.post(RETRY, {"all": "1"})
    assert set(Letter.objects.values_list("to_email", flat=True)) == {"anna@example.org", "a1@example.org"}


@pytest.mark.parametrize("letter", ["", "x", "-1", "0", "9" * 40, "٣"])
def test_letter_that_does_not_exist_is_not_found(operator: Client, letter: str) -> None:
    assert operator.post(RETRY, {"letter": letter}).status_code == 404


def test_others_send_nothing_again(world: World, signed_in: SignIn, now: datetime) -> None:
    (letter,) = refused(now)
    for name in ("anonymous", "anna", "olga"):
        for sent in ({"letter": letter.pk}, {"all": "1"}):
            assert signed_in(world.people[name]).post(RETRY, sent).status_code == 404
    assert states() == ["failed"]


# --- who is told ------------------------------------------------------------------------------------------------


def notices() -> list[tuple[str, str]]:
    found = Letter.objects.filter(kind="letters_stuck").order_by("pk")
    return [(letter.to_email.partition("@")[0], letter.subject) for letter in found]


LATE = "[Small2023] Letters were delayed"
LOST = "[Small2023] Letters could not be delivered"


def test_nobody_is_told_of_nothing(now: datetime) -> None:
    add_letters(now, 5)
    add_letters(now - timedelta(hours=5), 5, state=LetterState.SENT, sent_at=now)
    assert (warn(now), notices()) == (0, [])


def test_organizers_of_the_seminar_are_told_once_of_an_outage(world: World, now: datetime) -> None:
    add_letters(now - timedelta(minutes=6), 2)
    for minutes in range(0, 360, 30):
        warn(now + timedelta(minutes=minutes))
    assert notices() == [("olga", LATE), ("otto", LATE)]
    text = Letter.objects.filter(kind="letters_stuck")[0].text
    assert "Seen on Fri 27 Oct 2023, 17:00 CEST:" in text
    assert "2 letters had been waiting, the first since Fri 27 Oct 2023, 16:54 CEST." in text
    assert f"{world.url('messages/')}\n" in text


def test_notice_that_waits_itself_is_no_reason_for_another(now: datetime) -> None:
    add_letters(now - timedelta(minutes=6), 1)
    warn(now)
    Letter.objects.exclude(kind="letters_stuck").update(state=LetterState.SENT)
    assert warn(now + timedelta(days=3)) == 0


def test_refused_letters_are_told_once_a_day_at_most(now: datetime) -> None:
    for hours in (0, 1, 2, 30, 31):
        refused(now + timedelta(hours=hours))
        warn(now + timedelta(hours=hours))
    assert notices() == [("olga", LOST), ("otto", LOST)] * 2
    warn(now + timedelta(hours=72))
    assert len(notices()) == 6  # what was refused at the 31st hour
    warn(now + timedelta(hours=100))
    assert len(notices()) == 6


def test_other_seminars_organizers_hear_nothing(now: datetime) -> None:
    refused(now)
    warn(now)
    assert all(address.endswith("@example.org") for address in Letter.objects.values_list("to_email", flat=True))


def test_operators_are_told_of_all_of_it(operator: Client, now: datetime) -> None:
    refused(now, scope="")
    refused(now)
    for _ in range(2):
        warn(now)
    letter = Letter.objects.get(kind="letters_stuck", to_email="outsider@example.org")
    assert letter.subject == "Letters could not be delivered"
    assert "2 letters were refused for good." in letter.text
    assert letter.text.rstrip().endswith("/operations/")


def test_sweep_warns_and_the_cockpit_says_so(world: World, signed_in: SignIn, now: datetime) -> None:
    add_letters(now - timedelta(hours=1), 2, attempts=3, next_try_at=now + timedelta(minutes=30))
    refused(now)
    sweep(now)
    assert {name for name, _subject in notices()} == {"olga", "otto"}
    text = text_of(signed_in(world.people["olga"]).get(world.url("manage/")))
    assert "2 letters have been waiting for more than five minutes; they are tried again by themselves" in text
    assert "1 letter could not be delivered" in text


# --- how one becomes an operator ----------------------------------------------------------------------------------


def test_createsuperuser_makes_an_operator_who_signs_in_by_code(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SUPERUSER_PASSWORD", raising=False)
    call_command("createsuperuser", interactive=False, email="ops@example.org", verbosity=0)
    user = User.objects.get(email="ops@example.org")
    assert (user.is_staff, user.has_usable_password()) == (True, False)

    def enter() -> int:
        confirm = client.post("/accounts/login/code/", {"email": user.email})["Location"]
        client.post(confirm, {"code": code_in(Letter.objects.filter(kind="login_code").latest("pk"))})
        return client.get(PAGE).status_code

    assert enter() == 404
    client.post(link_in(Letter.objects.get(kind="email_confirmation")))
    assert enter() == 200


# --- ten thousand letters -----------------------------------------------------------------------------------------


@pytest.mark.services
@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL's planner")
def test_plans_with_ten_thousand_letters(operator: Client, client: Client, now: datetime) -> None:
    for state, count in (("sent", 9000), ("waiting", 900), ("failed", 100)):
        sent_at = now - timedelta(days=9) if state == "sent" else None
        add_letters(now, count, state=state, sent_at=sent_at, next_try_at=now + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notifications_letter")
    with CaptureQueriesContext(connection) as asked:
        operator.get(PAGE)
        client.get("/readyz")
        warn(now)
    reads = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    letters = [
        sql for sql in reads if "notifications_letter" in sql and " WHERE " in sql
    ]  # all are counted by an index
    assert len(letters) >= 6
    with connection.cursor() as cursor:
        for sql in letters:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            plan = json.dumps(cursor.fetchone()[0])
            assert "Seq Scan" not in plan, sql
