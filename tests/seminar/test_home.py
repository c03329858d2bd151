"""The first page: the seminars one can see, and one's own with what comes next."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses.models import Participant, Seminar
from milestones.models import Milestone
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World, load_text
from tests.seminar.test_seminar_file import small
from topics.services import assign_topic

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


def cards(client: Client) -> list[str]:
    """Every card of the page as words, in order."""
    html = client.get("/").content.decode().partition("<main")[2].partition("</main>")[0]
    return [
        " ".join(re.sub(r"<[^>]*>", " ", f"<li{card.partition('</li>')[0]}").split()) for card in html.split("<li")[1:]
    ]


def seminars(count: int) -> list[Seminar]:
    fields = {"title": "One more", "tag": "M", "term": "T", "ects": 1, "capacity": 3, "weekday": 0}
    return Seminar.objects.bulk_create(
        Seminar(slug=f"more-{n}", starts_at="10:00", ends_at="12:00", **fields) for n in range(count)
    )


def test_home_of_the_unknown_lists_published_seminars_with_free_places(world: World, client: Client) -> None:
    Seminar.objects.filter(pk=world.other.pk).update(title="Another", capacity=4)
    assert cards(client) == [
        "Another For tests Winter 2023/24 · Fridays 14:15–16:00, 1.06 (in person) All 4 places are taken; there is a waiting list",
        "A Small Seminar For tests Winter 2023/24 · Fridays 14:15–16:00, 1.06 (in person) 1 of 5 places is open",
    ]


def test_home_hides_what_is_not_published(world: World, signed_in: SignIn) -> None:
    Seminar.objects.filter(pk=world.other.pk).update(title="Another", published=False)
    for name in ("anonymous", "outsider", "anna"):
        assert "Another" not in signed_in(world.people[name]).get("/").content.decode()
    assert cards(signed_in(world.people["other_student"]))[0].startswith("Another")


def test_home_without_seminars_says_what_to_do(db: None, client: Client) -> None:
    assert cards(client) == [
        "No seminar is published yet. An organizer loads one from a file; see docs/seminar-file.md."
    ]


def test_home_of_a_student_names_the_next_piece_of_work(world: World, signed_in: SignIn) -> None:
    Seminar.objects.filter(pk=world.other.pk).update(published=False)
    mine, others = (card.replace("\xa0", " ") for card in cards(signed_in(world.people["anna"])))
    assert mine == (
        "A Small Seminar Winter 2023/24 · admitted open Topic preferences Mon 30 Oct 2023, 23:59 CET "
        "· 3 days, 7 hours left"
    )
    assert others == "There are no others."
    html = signed_in(world.people["anna"]).get("/").content.decode()
    assert f'<a href="{world.url("preferences/")}">Topic preferences</a>' in html
    assert f'<a href="{world.url("me/")}">A Small Seminar</a>' in html


def test_home_of_a_student_with_nothing_left_says_so(world: World, signed_in: SignIn, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    Milestone.objects.exclude(key="m1").update(due_date="2023-10-01")
    assert cards(signed_in(world.people["anna"]))[0] == (
        "A Small Seminar Winter 2023/24 · admitted Nothing is waiting for you."
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("olga", "you organize it"),
        ("apply", "applied"),
        ("wait", "on the waiting list"),
        ("gone", "withdrawn"),
    ],
)
def test_home_names_the_part_one_has(world: World, signed_in: SignIn, name: str, words: str) -> None:
    assert cards(signed_in(world.people[name]))[0] == f"A Small Seminar Winter 2023/24 · {words}"
    target = "manage/" if name == "olga" else "me/"
    assert f'<a href="{world.url(target)}">' in signed_in(world.people[name]).get("/").content.decode()


def test_home_shows_two_seminars_with_each_ones_own_work(world: World, signed_in: SignIn, now: datetime) -> None:
    second = load_text(
        small(("A Small Seminar", "Another"), ("2023-10-30T23:59:00", "2023-10-28T12:00:00")), now, "two"
    )
    User.objects.update(language="en")
    mine = cards(signed_in(world.people["anna"]))
    assert [card.split(" Winter")[0] for card in mine[:2]] == ["Another", "A Small Seminar"]
    assert "Sat 28 Oct 2023, 12:00 CEST" in mine[0]
    assert "Mon 30 Oct 2023, 23:59 CET" in mine[1]
    html = signed_in(world.people["anna"]).get("/").content.decode()
    assert f'<a href="/seminars/{second.slug}/preferences/">' in html


def test_home_takes_the_same_queries_for_few_and_for_thirty_seminars(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    client = signed_in(world.people["anna"])
    few, stranger = queries_of(client, "/"), queries_of(Client(), "/")
    rows = seminars(30)
    user = world.people["anna"]
    Participant.objects.bulk_create(
        Participant(seminar=row, user=user, state="admitted", entered_at=now) for row in rows[:15]
    )
    Milestone.objects.bulk_create(
        Milestone(seminar=row, key="m", title="M", kind="upload", due_date=now.date(), due_time="23:00") for row in rows
    )
    add_students(rows[0], 5)
    assert queries_of(client, "/") == few
    assert queries_of(Client(), "/") == stranger
    assert len(cards(client)) == 32


def test_home_only_reads(db: None, client: Client) -> None:
    assert client.post("/").status_code == 405
