"""The catalogue as organizers write it: seats that people hold stay, and a file is shown before it is imported."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from tests.factories.topics import give, held, lines
from tests.factories.world import World
from topics.models import Seat, Topic
from topics.services import catalogue_of, digest_of, import_topics, next_number, save_topic, topic_fates

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}


def save(world: World, topic: Topic, now: datetime, seats: int = 1, **prerequisites: list[str]) -> Topic:
    return save_topic(topic, seats=seats, prerequisites=prerequisites, actor=world.people["olga"], now=now)


def written(world: World, number: int) -> tuple[str, int, list[tuple[str, str]]]:
    """Title, seats, prerequisites."""
    topic = world.topic(number)
    return topic.title, topic.seats.count(), list(topic.prerequisites.values_list("strength", "text"))


# --- one topic ----------------------------------------------------------------------------------------------------


def test_save_topic_that_is_new_has_seats_prerequisites_and_a_line_in_the_history(world: World, now: datetime) -> None:
    topic = Topic(seminar=world.seminar, number=next_number(world.seminar), title="Flows")
    save(world, topic, now, 2, helpful=["Python"], required=["Algebra", "Analysis"])
    prerequisites = [("required", "Algebra"), ("required", "Analysis"), ("helpful", "Python")]
    assert written(world, 6) == ("Flows", 2, prerequisites)
    assert lines("catalogue") == [("", "6 Flows", "seats: 2")]


def test_save_topic_twice_is_one_effect(world: World, now: datetime) -> None:
    for _ in range(2):
        topic = world.topic(1)
        topic.title = "Better"
        save(world, topic, now, 2, required=["Algebra"])
    assert lines("catalogue") == [("1 Structured Denoising", "1 Better", "seats: 2")]


@pytest.mark.parametrize("seats", [1, 3, 2])
def test_save_topic_keeps_seats_that_people_hold(world: World, now: datetime, seats: int) -> None:
    Seat.objects.bulk_create(Seat(topic=world.topic(1), number=number) for number in (2, 3))
    give(world, "anna", 1, now)
    give(world, "boris", 1, now)
    if seats < 2:
        with pytest.raises(Refusal) as refused:
            save(world, world.topic(1), now, seats)
        assert (refused.value.code, world.topic(1).seats.count()) == ("seats_held", 3)
        assert "it cannot have fewer seats. Nothing was changed." in refused.value.message
    else:
        save(world, world.topic(1), now, seats)
        assert world.topic(1).seats.count() == seats
    assert held() == {"Anna": 1, "Boris": 1}


def test_save_topic_may_take_away_the_seat_of_somebody_who_has_left(world: World, now: datetime) -> None:
    Seat.objects.create(topic=world.topic(1), number=2)
    give(world, "anna", 1, now)
    give(world, "boris", 1, now)
    world.seminar.participants.filter(pk=world.row("anna").pk).update(state="withdrawn")
    save(world, world.topic(1), now, 1)
    assert held() == {"Boris": 1}


def test_save_topic_with_more_seats_numbers_them_on(world: World, now: datetime) -> None:
    save(world, world.topic(1), now, 3)
    assert list(world.topic(1).seats.values_list("number", flat=True)) == [1, 2, 3]


# --- a file -------------------------------------------------------------------------------------------------------

CSV = 'number;title;seats;required\n1;Structured Denoising;2;"Algebra; Analysis"\n;Flows;1;\n'


def upload(text: str = CSV) -> SimpleUploadedFile:
    return SimpleUploadedFile("topics.csv", text.encode(), "text/csv")


def fates(world: World, text: str = CSV) -> list[tuple[int | None, str, tuple[str, ...]]]:
    read = catalogue_of(upload(text))
    found = topic_fates(world.seminar, read.entries, read.fields)
    return [(fate.number, fate.code, fate.changes) for fate in found]


def test_topic_fates_say_what_is_new_changes_or_stays(world: World) -> None:
    assert fates(world, CSV + "2;Graph Generation;1;\n") == [
        (1, "changes", ("seats", "required")),
        (6, "new", ()),
        (2, "same", ()),
    ]


def test_topic_fates_number_new_topics_after_all_that_are_named(world: World) -> None:
    text = "number;title\n;Flows\n9;Nine\n;More\n"
    assert [fate[:2] for fate in fates(world, text)] == [(10, "new"), (9, "new"), (11, "new")]


def test_topic_fates_leave_fields_alone_that_the_file_lacks(world: World) -> None:
    Topic.objects.filter(seminar=world.seminar, number=1).update(abstract="Long.", authors="A and B")
    assert fates(world, "number;title\n1;Structured Denoising\n") == [(1, "same", ())]
    assert fates(world, "number;title;abstract\n1;Structured Denoising;\n") == [(1, "changes", ("abstract",))]


def test_topic_fates_name_what_must_be_repaired(world: World) -> None:
    read = catalogue_of(upload("number;title\n1;\nx;Flows\n"))
    found = topic_fates(world.seminar, read.entries, read.fields)
    assert [(fate.code, len(fate.problems)) for fate in found] == [("broken", 1), ("broken", 1)]


def bring_in(world: World, now: datetime, text: str = CSV, shown: str | None = None) -> int:
    read = catalogue_of(upload(text))
    digest = digest_of(topic_fates(world.seminar, read.entries, read.fields)) if shown is None else shown
    options: dict[str, Any] = {"shown": digest, "actor": world.people["olga"], "now": now}
    return import_topics(world.seminar, read.entries, read.fields, **options)


def test_import_topics_writes_what_was_shown(world: World, now: datetime) -> None:
    Topic.objects.filter(seminar=world.seminar, number=1).update(abstract="Long.")
    assert bring_in(world, now) == 2
    assert written(world, 1) == ("Structured Denoising", 2, [("required", "Algebra"), ("required", "Analysis")])
    assert written(world, 6) == ("Flows", 1, [])
    assert (world.topic(1).abstract, Topic.objects.filter(seminar=world.seminar).count()) == ("Long.", 6)
    assert [new for _old, new, _reason in lines("catalogue")] == ["1 Structured Denoising", "6 Flows"]


def test_import_topics_all_or_nothing(world: World, now: datetime) -> None:
    with pytest.raises(Conflict) as refused:
        bring_in(world, now, "number;title\n1;Renamed\n2;\n")
    assert (refused.value.code, world.topic(1).title) == ("catalogue_broken", "Structured Denoising")


def test_import_topics_with_too_few_seats_changes_nothing(world: World, now: datetime) -> None:
    Seat.objects.create(topic=world.topic(2), number=2)
    give(world, "anna", 2, now)
    give(world, "boris", 2, now)
    with pytest.raises(Refusal) as refused:
        bring_in(world, now, "number;title;seats\n1;Renamed;1\n2;Graph Generation;1\n")
    assert (refused.value.code, world.topic(1).title) == ("seats_held", "Structured Denoising")


def test_import_topics_after_somebody_else_has_edited_is_refused(world: World, now: datetime) -> None:
    read = catalogue_of(upload("number;title\n1;Mine\n"))
    shown = digest_of(topic_fates(world.seminar, read.entries, read.fields))
    Topic.objects.filter(seminar=world.seminar, number=1).update(title="Theirs")
    with pytest.raises(Conflict) as refused:
        bring_in(world, now, "number;title\n1;Mine\n", shown)
    assert (refused.value.code, world.topic(1).title) == ("catalogue_changed", "Theirs")


@pytest.mark.parametrize(
    ("text", "code"), [("", "no_file"), ("colour\nblue\n", "missing_column"), ("title;titel\na;b\n", "column_twice")]
)
def test_catalogue_of_what_is_none_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        catalogue_of(upload(text))
    assert refused.value.code == code


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def olga(world: World, signed_in: SignedIn, now: datetime) -> Iterator[Client]:
    with time_machine.travel(now, tick=False):
        yield signed_in(world.people["olga"])


FORM = {"number": "6", "title": "Flows", "seats": "2", "required": "Algebra\nAnalysis"}


def test_topic_create_twice_makes_one_topic(olga: Client, world: World) -> None:
    url = world.url("topics/new/")
    assert olga.get(url).context["form"]["number"].value() == 6
    assert [olga.post(url, FORM).status_code for _ in range(2)] == [302, 400]
    assert written(world, 6) == ("Flows", 2, [("required", "Algebra"), ("required", "Analysis")])
    assert len(lines("catalogue")) == 1


def test_topic_edit_shows_and_saves_everything(olga: Client, world: World, now: datetime) -> None:
    save(world, world.topic(1), now, 3, helpful=["Python", "Git"])
    form = olga.get(world.url("topics/1/edit/")).context["form"]
    assert (form["seats"].value(), form["helpful"].value()) == (3, "Python\nGit")
    assert olga.post(world.url("topics/1/edit/"), {**FORM, "number": "1"}).url == world.url("topics/")
    assert written(world, 1) == ("Flows", 2, [("required", "Algebra"), ("required", "Analysis")])


def test_topic_edit_from_a_stale_page_keeps_what_was_typed_and_saves_nothing(olga: Client, world: World) -> None:
    url = world.url("topics/1/edit/")
    shown = olga.get(url).context["form"]["shown"].value()
    first = {**FORM, "number": "1", "shown": shown}
    assert [olga.post(url, first).status_code for _ in range(2)] == [302, 302]
    stale = olga.post(url, {**first, "title": "Mine"})
    assert (stale.status_code, 'value="Mine"' in stale.text, written(world, 1)[0]) == (409, True, "Flows")
    assert "it is now “1 Structured Denoising”" not in stale.text
    assert "it is now “1 Flows”" in stale.text


@pytest.mark.parametrize("changed", [{"number": "2"}, {"title": ""}, {"seats": "0"}, {"seats": "51"}, {"url": "ftp:x"}])
def test_topic_edit_with_a_mistake_changes_nothing(olga: Client, world: World, changed: dict[str, str]) -> None:
    response = olga.post(world.url("topics/1/edit/"), {**FORM, "number": "1", **changed})
    assert (response.status_code, written(world, 1)[0]) == (400, "Structured Denoising")


def test_topic_edit_of_a_topic_that_is_not_here_is_404(olga: Client, world: World) -> None:
    Topic.objects.create(seminar=world.other, number=77, title="Theirs")
    assert [olga.get(world.url(f"topics/{number}/edit/")).status_code for number in (77, 99)] == [404, 404]


def payload(page: HttpResponse) -> str:
    found = re.search(r'name="payload" value="([^"]+)"', page.content.decode())
    return found[1] if found else ""


def test_topic_import_shows_first_and_writes_once(olga: Client, world: World) -> None:
    url = world.url("topics/import/")
    page = olga.post(url, {"file": upload()})
    assert "2 topics would be new or changed. Nothing is written yet." in page.text
    assert Topic.objects.filter(seminar=world.seminar).count() == 5
    assert [olga.post(url, {"payload": payload(page)}).url for _ in range(2)] == [world.url("topics/")] * 2
    assert Topic.objects.filter(seminar=world.seminar).count() == 6
    assert len(lines("catalogue")) == 2


def test_topic_import_of_a_broken_file_offers_no_button(olga: Client, world: World) -> None:
    page = olga.post(world.url("topics/import/"), {"file": upload("number;title\n1;\n2;Good\n")})
    assert "Nothing can be imported yet." in page.text
    assert payload(page) == ""


@pytest.mark.parametrize("sent", [{}, {"file": ""}])
def test_topic_import_without_a_file_is_refused(olga: Client, world: World, sent: dict[str, str]) -> None:
    response = olga.post(world.url("topics/import/"), sent)
    assert (response.status_code, "Please choose a file" in response.text) == (400, True)


def test_topic_import_of_what_was_changed_on_the_way_is_refused(olga: Client, world: World) -> None:
    url = world.url("topics/import/")
    sent = payload(olga.post(url, {"file": upload()}))
    answers = [olga.post(url, {"payload": text}, headers=JSON) for text in ("", "x", sent[:-1], sent.swapcase())]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(409, "preview_outdated")}
    assert Topic.objects.filter(seminar=world.seminar).count() == 5


def test_topic_import_shown_for_another_seminar_is_refused(olga: Client, world: World, signed_in: SignedIn) -> None:
    sent = payload(olga.post(world.url("topics/import/"), {"file": upload()}))
    theirs = signed_in(world.people["other_organizer"])
    response = theirs.post("/seminars/other/topics/import/", {"payload": sent}, headers=JSON)
    assert (response.status_code, Topic.objects.filter(seminar=world.other).count()) == (409, 5)
