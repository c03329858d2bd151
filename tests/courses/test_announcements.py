"""News on the seminar's page: for whom, by mail or not, changed and taken back with every wording kept."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from courses.models import Announcement, HistoryEntry, Mailing, Wording
from notifications.models import Letter
from seminar.services.export.archive import topic_tables
from tests.courses.crowd import queries_of
from tests.factories.world import World

SignIn = Callable[..., Client]
KEY = "6b1f7a52-8c1d-4a55-9a52-2f0b7f3b8a01"
ROOM = {"title": "New room", "text": "We meet in **MAR 4.033**, see [the map](https://maps.example/mar).", "key": KEY}


@pytest.fixture(autouse=True)
def _english(world: World, now: datetime) -> Any:
    User.objects.update(language="en")
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.people["olga"])


def publish(olga: Client, world: World, **changes: Any) -> Announcement:
    answer = olga.post(world.url("announcements/"), {**ROOM, **changes})
    assert answer.url == world.url("announcements/")
    return Announcement.objects.get()


def edit(olga: Client, world: World, pk: int, revision: int, **changes: Any) -> Any:
    return olga.post(world.url(f"announcements/{pk}/"), {**ROOM, "revision": revision, **changes})


def readers(world: World, signed_in: SignIn) -> list[str]:
    names = ("anonymous", "outsider", "apply", "anna", "gone", "olga")
    return [name for name in names if "New room" in signed_in(world.people[name]).get(world.url()).text]


@pytest.mark.parametrize(
    ("public", "expected"),
    [({}, ["anna", "olga"]), ({"public": "on"}, ["anonymous", "outsider", "apply", "anna", "gone", "olga"])],
)
def test_announcement_is_read_by_those_it_is_for(
    olga: Client, world: World, signed_in: SignIn, public: dict[str, str], expected: list[str]
) -> None:
    publish(olga, world, **public)
    assert readers(world, signed_in) == expected
    assert "<strong>MAR 4.033</strong>" in olga.get(world.url()).text


def test_announcement_list_twice_publishes_and_writes_once(olga: Client, world: World) -> None:
    for _ in range(2):
        publish(olga, world, by_mail="on")
    assert sorted(Letter.objects.values_list("to_email", flat=True)) == [
        f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")
    ]
    letter = Letter.objects.get(to_email="anna@example.org")
    assert letter.subject == "[Small2023] New room"
    assert "We meet in MAR 4.033, see the map (https://maps.example/mar)." in letter.text
    assert '<a href="https://maps.example/mar">https://maps.example/mar</a>' in letter.html


def test_announcement_without_mail_writes_to_nobody(olga: Client, world: World) -> None:
    publish(olga, world)
    assert Letter.objects.count() == 0


def test_announcement_edit_keeps_every_wording_and_follows_the_first_letter(olga: Client, world: World) -> None:
    news = publish(olga, world, by_mail="on")
    assert edit(olga, world, news.pk, 1, title="Old room", by_mail="on").status_code == 302
    assert edit(olga, world, news.pk, 1, title="Old room", by_mail="on").status_code == 302  # the same form again
    first, second = Letter.objects.filter(to_email="anna@example.org").order_by("pk")
    assert (second.thread, second.subject) == (first.message_id, "[Small2023] Old room")
    assert "an announcement has changed. It now reads:" in second.text
    assert list(Wording.objects.values_list("revision", "title")) == [(2, "Old room"), (1, "New room")]
    lines = HistoryEntry.objects.filter(subject="announcement").order_by("pk")
    assert list(lines.values_list("old", "new")) == [("", "New room"), ("New room", "Old room")]


def test_announcement_edit_of_a_stale_page_names_both_and_can_be_sent_again(olga: Client, world: World) -> None:
    news = publish(olga, world)
    edit(olga, world, news.pk, 1, title="Theirs")
    answer = edit(olga, world, news.pk, 1, title="Mine")
    assert answer.status_code == 409
    assert ("“Theirs: We meet" in answer.text, "“Mine: We meet" in answer.text) == (True, True)
    (revision,) = re.findall(r'name="revision" value="(\d+)"', answer.text)
    assert edit(olga, world, news.pk, int(revision), title="Mine").status_code == 302
    assert Announcement.objects.get().title == "Mine"


def test_announcement_that_is_withdrawn_is_off_the_page_and_can_come_back(
    olga: Client, world: World, signed_in: SignIn
) -> None:
    news = publish(olga, world)
    for _ in range(2):
        assert olga.post(world.url(f"announcements/{news.pk}/"), {"withdraw": "yes"}).status_code == 302
    assert readers(world, signed_in) == []
    page = olga.get(world.url(f"announcements/{news.pk}/")).text
    assert ("We meet in" in page, list(Wording.objects.values_list("text", flat=True)).count("")) == (True, 1)
    assert edit(olga, world, news.pk, 2).status_code == 302
    assert readers(world, signed_in) == ["anna", "olga"]


def test_announcement_wordings_cannot_be_rewritten(olga: Client, world: World) -> None:
    publish(olga, world)
    with pytest.raises(TypeError):
        Wording.objects.update(text="never said")


@pytest.mark.parametrize("changes", [{"title": ""}, {"text": " "}, {"title": "x" * 161}, {"key": "no"}])
def test_announcement_list_with_bad_input_keeps_the_words(olga: Client, world: World, changes: dict[str, str]) -> None:
    answer = olga.post(world.url("announcements/"), {**ROOM, **changes})
    assert (answer.status_code, Announcement.objects.count()) == (400, 0)


@pytest.mark.parametrize(("name", "status"), [("anna", 403), ("apply", 403), ("other_organizer", 403)])
def test_announcement_list_is_for_organizers(
    olga: Client, world: World, signed_in: SignIn, name: str, status: int
) -> None:
    news = publish(olga, world)
    for path in ("announcements/", f"announcements/{news.pk}/"):
        assert signed_in(world.people[name]).get(world.url(path)).status_code == status


def test_announcement_of_another_seminar_is_not_found(olga: Client, world: World) -> None:
    news = publish(olga, world)
    Announcement.objects.update(seminar=world.other)
    assert edit(olga, world, news.pk, 1, title="Mine").status_code == 404


def test_announcement_cannot_run_on_the_page(olga: Client, world: World) -> None:
    publish(olga, world, title="<script>x</script>", text="<script>y</script> [x](javascript:alert(1))", public="on")
    page = olga.get(world.url()).text
    assert ("<script>x" in page, "<script>y" in page, 'href="javascript' in page) == (False, False, False)


def test_announcement_list_takes_the_same_queries_for_one_and_for_many(olga: Client, world: World) -> None:
    publish(olga, world)
    few = {path: queries_of(olga, world.url(path)) for path in ("", "announcements/")}
    for number in range(20):
        Announcement.objects.create(
            seminar=world.seminar, title=f"News {number}", text="x", published_at=world.row("anna").entered_at
        )
    assert {path: queries_of(olga, world.url(path)) for path in few} == few


def test_archive_has_every_wording_and_what_was_written_to_several(olga: Client, world: World, now: datetime) -> None:
    news = publish(olga, world)
    edit(olga, world, news.pk, 1, title="Old room")
    Mailing.objects.create(
        seminar=world.seminar,
        state="sent",
        audience="no_topic",
        subject="Hello",
        text="=1+1",
        created_by=world.row("olga").user,
        created_at=now,
        sent_at=now,
    )
    texts = dict(topic_tables(world.seminar))
    assert texts["mailings.csv"].splitlines()[1:] == [f"no_topic,,Hello,'=1+1,{now.isoformat()},olga@example.org"]
    assert [line.split(",")[:3] for line in texts["announcements.csv"].splitlines()[1:]] == [
        [str(news.pk), "1", "New room"],
        [str(news.pk), "2", "Old room"],
    ]
