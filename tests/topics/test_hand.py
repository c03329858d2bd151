"""Changes by hand: the effect is shown first, then one person, or two who trade places, get their topic and a reason."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from courses import services as courses_services
from courses.models import HistoryEntry, Participant, Seminar
from notifications.models import Letter
from seminar.services import withdraw
from tests.courses.crowd import add_students
from tests.factories.topics import give, give_out, held, lines, pair, told
from tests.factories.world import World
from topics.models import Assignment, Seat, Topic
from topics.queries import topic_of
from topics.services import assign_topic, note_returns

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}


def test_assign_topic_is_noted_with_its_reason_and_told(world: World, now: datetime) -> None:
    give(world, "anna", 4, now, "She wrote her thesis on it.")
    give(world, "anna", 5, now)
    give(world, "anna", None, now)
    assert held() == {}
    lines = HistoryEntry.objects.order_by("pk").values_list("participant", "actor", "old", "new", "reason")
    who = (world.row("anna").pk, world.people["olga"].pk)
    assert list(lines) == [
        (*who, "", "4 Consistency Models", "She wrote her thesis on it."),
        (*who, "4 Consistency Models", "5 Cold Diffusion", ""),
        (*who, "5 Cold Diffusion", "", ""),
    ]
    assert [letter.subject for letter in Letter.objects.order_by("pk")] == [
        "[Small2023] Your topic: 4",
        "[Small2023] Your topic: 5",
        "[Small2023] You have no topic at the moment",
    ]


def test_assign_topic_twice_is_one_effect(world: World, now: datetime) -> None:
    for _ in range(2):
        give(world, "anna", 4, now)
    assert (held(), Letter.objects.count(), HistoryEntry.objects.count()) == ({"Anna": 4}, 1, 1)


def test_assign_topic_that_is_taken_changes_nothing(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    with pytest.raises(Conflict) as refused:
        give(world, "boris", 1, now)
    assert (refused.value.code, refused.value.status) == ("topic_taken", 409)
    assert held() == {"Anna": 1, "Boris": 2}
    assert (Letter.objects.count(), HistoryEntry.objects.count()) == (2, 2)


def test_assign_topic_with_two_seats_has_room_for_two(world: World, now: datetime) -> None:
    Seat.objects.create(topic=world.topic(1), number=2)
    give(world, "anna", 1, now)
    give(world, "boris", 1, now)
    with pytest.raises(Conflict):
        give(world, "carla", 1, now)
    assert held() == {"Anna": 1, "Boris": 1}


def test_assign_topic_of_somebody_who_has_left_makes_room(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    courses_services.change_state(world.row("anna"), "withdrawn", actor=world.people["olga"], now=now)
    give(world, "boris", 1, now)
    assert held() == {"Boris": 1}


@pytest.mark.parametrize("name", ["apply", "wait", "gone"])
def test_assign_topic_to_somebody_not_admitted_is_refused(world: World, now: datetime, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        give(world, name, 1, now)
    assert (refused.value.code, held()) == ("not_admitted", {})


def test_assign_topic_from_a_stale_page_names_both_and_changes_nothing(world: World, now: datetime) -> None:
    anna, actor = world.row("anna"), world.row("olga").user
    assign_topic(anna, world.topic(1), reason="", actor=actor, now=now, shown="")
    with pytest.raises(Conflict) as refused:
        assign_topic(anna, world.topic(2), reason="", actor=actor, now=now, shown="")
    assert "given topic 1 Structured Denoising; you chose 2 Graph Generation" in refused.value.message
    assert topic_of(anna) == world.topic(1)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_assign_topic_to_many_at_once_gives_the_seat_to_one(world: World, now: datetime) -> None:
    Seminar.objects.update(capacity=20)
    rows, topic = add_students(world.seminar, 8), world.topic(1)
    answers: list[str] = []
    barrier = threading.Barrier(8)

    def assign(row: Participant) -> None:
        barrier.wait(timeout=20)
        try:
            assign_topic(row, topic, reason="", actor=world.people["olga"], now=now)
        except Conflict as conflict:
            answers.append(conflict.code)
        else:
            answers.append("done")
        finally:
            connection.close()

    threads = [threading.Thread(target=assign, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["done"] + ["topic_taken"] * 7
    assert (Assignment.objects.count(), Letter.objects.count(), HistoryEntry.objects.count()) == (1, 1, 1)


def test_note_returns_tells_once_whose_topic_was_still_theirs(world: World, now: datetime) -> None:
    """They came back by way of the list, which knows nothing of topics."""
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    for name in ("anna", "boris"):
        withdraw(world.row(name), actor=world.people["olga"], now=now)
    give(world, "carla", 2, now)
    told()
    Participant.objects.filter(pk__in=[world.row("anna").pk, world.row("boris").pk]).update(state="admitted")
    assert [note_returns(now) for _ in range(2)] == [1, 0]
    assert (told(), held()) == ([("anna", "topic_assigned")], {"Anna": 1, "Carla": 2})
    assert lines("topic")[-1] == ("", "1 Structured Denoising", "is back")


# --- who makes room -----------------------------------------------------------------------------------------------


def test_assign_topic_with_a_swap_gives_each_the_others_topic(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    told()
    give(world, "anna", 2, now, "They agreed.", displaced=world.row("boris"), swap=True)
    assert held() == {"Anna": 2, "Boris": 1}
    letters = dict(Letter.objects.values_list("to_email", "text"))
    assert set(letters) == {"anna@example.org", "boris@example.org"}
    assert all("Reason: They agreed." in text for text in letters.values())
    assert lines("topic")[2:] == [
        ("2 Graph Generation", "1 Structured Denoising", "They agreed."),
        ("1 Structured Denoising", "2 Graph Generation", "They agreed."),
    ]


def test_assign_topic_without_a_swap_leaves_the_other_without(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    give(world, "anna", 2, now, "She asked first.", displaced=world.row("boris"))
    assert held() == {"Anna": 2}
    letter = Letter.objects.filter(to_email="boris@example.org").first()
    assert letter is not None
    assert "the topic you had was taken back:\n\n2 · Graph Generation\n\nReason: She asked first." in letter.text


def test_assign_topic_with_a_swap_but_nothing_to_give_leaves_the_other_without(world: World, now: datetime) -> None:
    give(world, "boris", 2, now)
    give(world, "anna", 2, now, displaced=world.row("boris"), swap=True)
    assert held() == {"Anna": 2}


def test_assign_topic_from_somebody_who_no_longer_holds_it_changes_nothing(world: World, now: datetime) -> None:
    give(world, "boris", 3, now)
    with pytest.raises(Conflict) as refused:
        give(world, "anna", 2, now, displaced=world.row("boris"), swap=True)
    assert (refused.value.code, held(), len(told())) == ("topic_changed", {"Boris": 3}, 1)


@pytest.mark.parametrize(("name", "number"), [("anna", 2), ("boris", 1)])
def test_assign_topic_of_an_excluded_pair_changes_nothing(world: World, now: datetime, name: str, number: int) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    pair(world, name, number, "excluded", now, reason="It is their thesis.")
    with pytest.raises(Refusal) as refused:
        give(world, "anna", 2, now, displaced=world.row("boris"), swap=True)
    assert (refused.value.code, held()) == ("topic_excluded", {"Anna": 1, "Boris": 2})
    assert "It is their thesis." in refused.value.message


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def olga(world: World, signed_in: SignedIn, now: datetime) -> Iterator[Client]:
    with time_machine.travel(now, tick=False):
        yield signed_in(world.people["olga"])


def assign(client: Client, world: World, name: str, topic: object, reason: str = "") -> tuple[int, str]:
    """Status, and code of the refusal."""
    url = world.url(f"allocation/students/{world.row(name).pk}/")
    response = client.post(url, {"topic": topic, "reason": reason}, headers=JSON)
    return response.status_code, response.json()["code"] if response.status_code >= 400 else ""


def test_assignment_edit_gives_and_takes_back(olga: Client, world: World) -> None:
    for topic in (world.topic(4).pk, world.topic(4).pk, ""):
        assert assign(olga, world, "anna", topic, "asked for it") == (302, "")
    lines = HistoryEntry.objects.order_by("pk").values_list("old", "new", "reason")
    assert list(lines) == [
        ("", "4 Consistency Models", "asked for it"),
        ("4 Consistency Models", "", "asked for it"),
    ]
    assert (Assignment.objects.count(), Letter.objects.count()) == (0, 2)


def test_assignment_edit_of_a_topic_that_is_taken_is_a_conflict(olga: Client, world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    assert assign(olga, world, "boris", world.topic(1).pk) == (409, "topic_taken")
    assert Assignment.objects.get().participant == world.row("anna")
    assert Letter.objects.count() == 1


def test_assignment_edit_of_a_topic_that_does_not_exist_here_is_refused(olga: Client, world: World) -> None:
    theirs = Topic.objects.get(seminar=world.other, number=1).pk
    answers = [assign(olga, world, "anna", topic) for topic in (theirs, 0, "one")]
    assert answers == [(400, "unknown_topic")] * 3
    assert Assignment.objects.count() == 0


def test_assignment_edit_of_somebody_not_admitted_is_404(olga: Client, world: World) -> None:
    answers = [assign(olga, world, name, world.topic(1).pk) for name in ("apply", "gone", "olga")]
    assert answers == [(404, "not_found")] * 3


def test_assignment_edit_of_somebody_from_another_seminar_is_404(olga: Client, world: World) -> None:
    stranger = Participant.objects.get(seminar=world.other, user=world.people["other_student"])
    url = world.url(f"allocation/students/{stranger.pk}/")
    assert olga.post(url, {"topic": world.topic(1).pk}).status_code == 404
    assert Assignment.objects.count() == 0


def look(client: Client, world: World, name: str, **query: object) -> Any:
    return client.get(world.url(f"allocation/students/{world.row(name).pk}/"), query)


def effects(page: Any) -> list[tuple[str, object, object, int | None, int | None]]:
    found = page.context["effects"]
    return [(e.participant.user.given_names, e.old, e.new, e.old_rank, e.new_rank) for e in found]


def test_assignment_edit_shows_the_effect_and_changes_nothing(olga: Client, world: World, now: datetime) -> None:
    give_out(world, now, anna=[1, 2], boris=[2, 3])
    first, second = world.topic(1), world.topic(2)
    before = HistoryEntry.objects.count()
    page = look(olga, world, "anna", topic=second.pk)
    assert effects(page) == [("Anna", first, second, 1, 2), ("Boris", second, first, 1, None)]
    assert page.context["profiles"] == [(1, 2, 0), (2, 0, 1), (0, 2, 3)]
    assert (held(), HistoryEntry.objects.count()) == ({"Anna": 1, "Boris": 2}, before)


def test_assignment_edit_shows_who_would_be_left_without(olga: Client, world: World, now: datetime) -> None:
    give_out(world, now, anna=[1], boris=[2])
    boris, second = world.row("boris"), world.topic(2)
    page = look(olga, world, "anna", topic=second.pk, displaced=boris.pk)
    assert effects(page)[1] == ("Boris", second, None, 1, None)
    assert "<strong>no topic</strong>" in page.text


def test_assignment_edit_of_a_free_topic_asks_nobody_to_make_room(olga: Client, world: World, now: datetime) -> None:
    give_out(world, now, anna=[1])
    page = look(olga, world, "anna", topic=world.topic(3).pk)
    assert effects(page) == [("Anna", world.topic(1), world.topic(3), 1, None)]
    assert 'name="displaced"' not in page.text
    assert "talk Fri 15 Dec" in page.text


def test_assignment_edit_warns_of_an_excluded_pair_and_offers_no_button(
    olga: Client, world: World, now: datetime
) -> None:
    pair(world, "anna", 3, "excluded", now, reason="It is her thesis.")
    page = look(olga, world, "anna", topic=world.topic(3).pk).text
    assert "This pair is excluded: It is her thesis." in page
    assert "Save and tell them" not in page


def test_assignment_edit_saves_what_it_has_shown(olga: Client, world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    sent = {"topic": world.topic(2).pk, "displaced": world.row("boris").pk, "swap": "on", "shown": "1", "reason": "ok"}
    url = world.url(f"allocation/students/{world.row('anna').pk}/")
    assert [olga.post(url, sent).status_code for _ in range(2)] == [302, 302]
    assert (held(), len(told())) == ({"Anna": 2, "Boris": 1}, 4)


def test_assignment_edit_from_a_stale_page_is_a_conflict_that_names_both(
    olga: Client, world: World, now: datetime
) -> None:
    give(world, "anna", 1, now)
    url = world.url(f"allocation/students/{world.row('anna').pk}/")
    response = olga.post(url, {"topic": world.topic(2).pk, "shown": ""}, headers=JSON)
    assert (response.status_code, response.json()["code"], held()) == (409, "topic_changed", {"Anna": 1})
    assert "given topic 1 Structured Denoising; you chose 2 Graph Generation" in response.json()["message"]


def test_assignment_edit_when_who_makes_room_has_left_is_a_conflict(olga: Client, world: World, now: datetime) -> None:
    give(world, "boris", 2, now)
    boris = world.row("boris")
    courses_services.change_state(boris, "withdrawn", actor=world.people["olga"], now=now)
    url = world.url(f"allocation/students/{world.row('anna').pk}/")
    sent = {"topic": world.topic(2).pk, "displaced": boris.pk, "swap": "on"}
    response = olga.post(url, sent, headers=JSON)
    assert (response.status_code, response.json()["code"], held()) == (409, "topic_changed", {"Boris": 2})
