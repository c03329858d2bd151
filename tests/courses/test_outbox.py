"""The outbox: pages for ten thousand letters, a log for each person, and failures on top with what to do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from notifications.models import Letter
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World

SignIn = Callable[..., Client]


@pytest.fixture
def olga(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.people["olga"])


def letters(world: World, now: datetime, count: int, **fields: Any) -> list[Letter]:
    """Letters to anna, one a minute, the last of them now."""
    user = world.row("anna").user
    values = {"kind": "test", "scope": "small", "user": user, "to_email": user.email, "text": "x " * 500, **fields}
    known = Letter.objects.count()
    return Letter.objects.bulk_create(
        Letter(
            key=f"many:{known + number}",
            message_id=f"<{known + number}@localhost>",
            subject=f"[Small2023] Letter {number}",
            created_at=now - timedelta(minutes=count - number - 1),
            next_try_at=now,
            **values,
        )
        for number in range(count)
    )


def subjects(answer: Any) -> list[str]:
    return [letter.subject.rpartition(" ")[2] for letter in answer.context["page"]]


def test_message_list_has_pages_and_the_same_queries_for_ten_thousand(
    olga: Client, world: World, now: datetime
) -> None:
    letters(world, now, 2)
    url = world.url("messages/")
    few = queries_of(olga, url)
    letters(world, now, 10_000)
    assert queries_of(olga, url) == few
    first, last = olga.get(url), olga.get(f"{url}?page=999")
    assert (subjects(first)[0], len(subjects(first)), len(first.content) < 120_000) == ("9999", 50, True)
    assert (first.context["page"].paginator.num_pages, len(subjects(last))) == (201, 2)
    assert "page=2" in first.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("words=Letter+7", ["7"]),
        ("words=großmann+anna", ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]),
        ("words=nobody", []),
        ("state=failed", ["3"]),
        ("state=nonsense", ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]),
        ("person=0", []),
        ("person=99999999999999999999999", []),
        ("page=x", ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]),
        ("words=%25", []),
    ],
)
def test_message_list_filters(olga: Client, world: World, now: datetime, query: str, found: list[str]) -> None:
    letters(world, now, 10)
    Letter.objects.filter(subject__endswith=" 3").update(state="failed", reason="550 no such user")
    assert subjects(olga.get(world.url(f"messages/?{query}"))) == found


def test_message_list_of_one_person_is_their_log(olga: Client, world: World, now: datetime) -> None:
    letters(world, now, 3)
    boris = world.row("boris").user
    letters(world, now, 1, user=boris, to_email=boris.email)
    answer = olga.get(world.url(f"messages/?person={boris.pk}"))
    assert [letter.to_email for letter in answer.context["page"]] == ["boris@example.org"]


def test_message_list_puts_failures_on_top_and_links_the_rest(olga: Client, world: World, now: datetime) -> None:
    letters(world, now, 25, state="failed", reason="550 5.1.1 no such user")
    letters(world, now, 60)
    answer = olga.get(world.url("messages/"))
    page = answer.text
    assert (len(answer.context["failures"]), "?state=failed" in page) == (20, True)
    assert page.index("25 letters could not be delivered") < page.index('id="letters"')
    assert "could not be delivered" not in olga.get(world.url("messages/?page=2")).text


def test_message_retry_goes_to_the_address_that_the_person_has_now(olga: Client, world: World, now: datetime) -> None:
    (letter,) = letters(world, now, 1, state="failed", reason="550 no such user")
    User.objects.filter(pk=letter.user_id).update(email="anna.new@example.org")
    assert "the address is anna.new@example.org now" in olga.get(world.url("messages/")).text
    olga.post(world.url(f"messages/{letter.pk}/retry/"))
    letter.refresh_from_db()
    assert (letter.state, letter.to_email) == ("waiting", "anna.new@example.org")


def test_participant_list_says_whose_letters_come_back(olga: Client, world: World, now: datetime) -> None:
    url = world.url("participants/")
    assert "550 no such user" not in olga.get(url).text
    few = queries_of(olga, url)
    letters(world, now, 3, state="failed", reason="550 no such user")
    for row in add_students(world.seminar, 9):
        letters(world, now, 1, user=row.user, state="failed", reason="552 mailbox full")
    page = olga.get(url).text
    assert (page.count("550 no such user"), page.count("552 mailbox full")) == (1, 9)
    assert f"messages/?person={world.row('anna').user_id}" in page
    assert queries_of(olga, url) == few
