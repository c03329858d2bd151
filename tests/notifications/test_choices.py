"""People choose how many letters of a kind they get; letters about deadlines never stop, and looking changes nothing."""

from collections.abc import Callable
from datetime import datetime, time

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from accounts.services import ensure_user
from notifications.models import ChosenLetters
from notifications.services import choose_letters, drain, post_text, thinner_address

SignedIn = Callable[..., Client]
SENT = {"time_zone": "Asia/Tokyo", "quiet_from": "21:00", "quiet_to": "08:30"}
KINDS = {"reminder": "last", "meeting_reminder": "none", "announcement": "all"}


@pytest.fixture
def ada(db: None) -> User:
    return ensure_user("ada@example.org", given_names="Ada", family_name="Lovelace")


def chosen(user: User) -> dict[str, str]:
    return dict(ChosenLetters.objects.filter(user=user).values_list("kind", "choice"))


def path_of(user: User, kind: str) -> str:
    return thinner_address(user, kind).removeprefix("http://testserver")


def test_choice_edit_keeps_zone_quiet_hours_and_choices(ada: User, signed_in: SignedIn) -> None:
    client = signed_in(ada)
    assert client.post("/letters/", {**SENT, **KINDS}).status_code == 302
    ada.refresh_from_db()
    assert (ada.time_zone, ada.quiet_from, ada.quiet_to) == ("Asia/Tokyo", time(21), time(8, 30))
    assert chosen(ada) == KINDS
    page = client.get("/letters/").text
    assert '<option value="last" selected>' in page
    assert '<option value="Asia/Tokyo" selected>' in page


@pytest.mark.parametrize(
    "bad", [{"reminder": "none"}, {"reminder": ""}, {"time_zone": "Mars/Base"}, {"quiet_from": "25:00"}]
)
def test_choice_edit_refuses_what_is_no_choice(ada: User, signed_in: SignedIn, bad: dict[str, str]) -> None:
    assert signed_in(ada).post("/letters/", {**SENT, **KINDS, **bad}).status_code == 400
    assert chosen(ada) == {}


def test_letters_about_deadlines_are_never_off_not_even_in_the_database(ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ChosenLetters.objects.create(user=ada, kind="reminder", choice="none")
    with pytest.raises(ValueError, match="no choice"):
        choose_letters(ada, {"reminder": "none"})


@pytest.mark.parametrize(("kind", "choice"), [("reminder", "last"), ("announcement", "none")])
def test_choice_update_takes_one_press_of_a_mail_program(ada: User, kind: str, choice: str) -> None:
    client, path = Client(enforce_csrf_checks=True), path_of(ada, kind)
    assert client.get(path).status_code == 200
    assert chosen(ada) == {}  # looking at it changed nothing
    for _time in range(2):
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert chosen(ada) == {kind: choice}


@pytest.mark.parametrize("change", ["x", "", "WzEsInJlbWluZGVyIl0:forged"])
def test_choice_update_at_an_address_that_nobody_was_given_is_404(ada: User, change: str) -> None:
    forged = path_of(ada, "reminder").rstrip("/") + change + "/" if change == "x" else f"/letters/{change or 'z'}/"
    for answer in (Client().get(forged), Client().post(forged)):
        assert answer.status_code == 404
    assert chosen(ada) == {}


@pytest.mark.parametrize(("kind", "has"), [("announcement", True), ("grade_released", False)])
def test_letters_that_can_be_thinned_say_so_in_their_head(ada: User, now: datetime, kind: str, has: bool) -> None:
    post_text(key="1", now=now, to_email=ada.email, subject="s", text="t", kind=kind, user=ada)
    drain(now)
    headers = mail.outbox[0].message()
    expected = f"<{thinner_address(ada, kind)}>" if has else None
    assert headers["List-Unsubscribe"] == expected
    assert headers["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if has else None)
