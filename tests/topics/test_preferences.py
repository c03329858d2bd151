"""What a student prefers: saved whole or refused, noted, confirmed by letter, and made press by press on the page."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from milestones.services import grant_extension
from notifications.models import Letter
from tests.factories.topics import LAST, lines, pair, prefer, rule_of, told
from tests.factories.world import World
from topics.models import PreferenceList, PreferenceRule, Topic
from topics.queries import preferences_of, ranking_of
from topics.services import clear_preferences, send_receipt

TICK = timedelta(microseconds=1)
SignedIn = Callable[..., Client]


def saved(world: World, name: str = "anna") -> list[tuple[int, int]]:
    """(number, rank), best first."""
    return [(row.topic.number, row.rank) for row in preferences_of(world.row(name))]


@pytest.mark.parametrize("numbers", [[3, 1, 2], [5, 4], [2]])
def test_save_preferences_in_the_last_instant(world: World, numbers: list[int]) -> None:
    mine = prefer(world, "anna", numbers)
    assert saved(world) == [(number, rank) for rank, number in enumerate(numbers, 1)]
    assert mine.received_at == LAST


def test_save_preferences_after_the_deadline_keeps_the_earlier_list(world: World) -> None:
    prefer(world, "anna", [3])
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [1], LAST + TICK)
    assert (refused.value.code, refused.value.status) == ("deadline_passed", 403)
    assert saved(world) == [(3, 1)]
    assert PreferenceList.objects.get().received_at == LAST


def test_save_preferences_with_an_extension_counts_until_its_own_end(world: World, now: datetime) -> None:
    olga, milestone = world.people["olga"], world.milestone("m1")
    extra = {"due_date": date(2023, 11, 1), "due_time": time(12), "reason": "ill", "actor": olga, "now": now}
    grant_extension(milestone, world.row("anna"), **extra)
    prefer(world, "anna", [1], LAST + timedelta(days=1))
    with pytest.raises(Refusal):
        prefer(world, "boris", [1], LAST + timedelta(days=1))
    assert (saved(world, "anna"), saved(world, "boris")) == ([(1, 1)], [])


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([1, 2, 3, 4], "too_many_preferences"),
        ([1, 1], "topic_chosen_twice"),
        ([1, 99], "unknown_topic"),
        ([0], "unknown_topic"),
        ([], "no_preference"),
    ],
)
def test_save_preferences_that_are_wrong_keeps_the_earlier_list(world: World, numbers: list[int], code: str) -> None:
    prefer(world, "anna", [3, 2])
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", numbers)
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert refused.value.message.endswith("Your earlier list, if there is one, stays as it was.")
    assert saved(world) == [(3, 1), (2, 2)]


def test_save_preferences_of_a_topic_of_another_seminar_is_unknown(world: World) -> None:
    Topic.objects.create(seminar=world.other, number=7, title="Theirs")
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [7])
    assert refused.value.code == "unknown_topic"
    assert not PreferenceList.objects.exists()


def test_save_preferences_twice_is_one_effect(world: World, now: datetime) -> None:
    first = prefer(world, "anna", [3, 1], now)
    rows = [row.pk for row in preferences_of(world.row("anna"))]
    second = prefer(world, "anna", [3, 1], now + timedelta(hours=1))
    assert (second.pk, second.received_at) == (first.pk, now)
    assert [row.pk for row in preferences_of(world.row("anna"))] == rows


def test_save_preferences_again_replaces_the_list(world: World, now: datetime) -> None:
    prefer(world, "anna", [3, 1, 2], now)
    prefer(world, "anna", [1, 3], now + timedelta(hours=1))
    assert saved(world) == [(1, 1), (3, 2)]
    assert PreferenceList.objects.get().received_at == now + timedelta(hours=1)


def test_save_preferences_without_ranks_ignores_their_order(world: World, now: datetime) -> None:
    PreferenceRule.objects.update(ranked=False)
    first = prefer(world, "anna", [3, 1], now)
    second = prefer(world, "anna", [1, 3], now + timedelta(hours=1))
    assert saved(world) == [(1, 1), (3, 1)]
    assert second.received_at == first.received_at == now


# --- ties, no preference, and topics that are not open ------------------------------------------------------------


def test_save_preferences_with_shared_ranks_where_they_are_allowed(world: World) -> None:
    rule_of(world, ties=True)
    prefer(world, "anna", [[5, 4], 1])
    assert saved(world) == [(4, 1), (5, 1), (1, 2)]
    assert lines("preferences") == [("", "4 = 5 > 1", "")]


def test_save_preferences_with_shared_ranks_where_they_are_not_allowed_keeps_the_earlier_list(world: World) -> None:
    prefer(world, "anna", [3])
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [[5, 4], 1])
    assert (refused.value.code, saved(world)) == ("ranks_shared", [(3, 1)])


def test_save_preferences_counts_shared_ranks_as_topics(world: World) -> None:
    rule_of(world, ties=True)
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [[1, 2, 3, 4]])
    assert refused.value.code == "too_many_preferences"


def test_save_preferences_that_name_no_topic_but_say_so(world: World) -> None:
    for _ in range(2):
        prefer(world, "anna", [], any_topic=True)
    assert (saved(world), PreferenceList.objects.count()) == ([], 1)
    assert lines("preferences") == [("", "any", "")]


def test_save_preferences_of_an_excluded_topic_is_refused_with_the_reason(world: World, now: datetime) -> None:
    pair(world, "anna", 4, "excluded", now, reason="She wrote it.")
    with pytest.raises(Refusal) as refused:
        prefer(world, "anna", [1, 4])
    assert (refused.value.code, saved(world)) == ("topic_excluded", [])
    assert "Topic 4 is not open to you: “She wrote it.”" in refused.value.message
    prefer(world, "boris", [4])


def test_save_preferences_of_a_pinned_topic_is_fine(world: World, now: datetime) -> None:
    pair(world, "anna", 4, "pinned", now)
    prefer(world, "anna", [4])
    assert saved(world) == [(4, 1)]


# --- history, stale pages, taking back, the receipt ---------------------------------------------------------------


def test_save_preferences_notes_each_list_once(world: World, now: datetime) -> None:
    for numbers in ([3, 1], [3, 1], [1]):
        prefer(world, "anna", numbers, now)
    prefer(world, "anna", [], now, any_topic=True)
    prefer(world, "anna", [2], now)
    assert lines("preferences") == [("", "3 > 1", ""), ("3 > 1", "1", ""), ("1", "any", ""), ("any", "2", "")]


@pytest.mark.parametrize("shown", ["", "1", "1 > 3"])
def test_save_preferences_from_a_stale_page_names_both_and_changes_nothing(world: World, shown: str) -> None:
    prefer(world, "anna", [3, 1])
    with pytest.raises(Conflict) as refused:
        prefer(world, "anna", [5], shown=shown)
    assert (refused.value.code, refused.value.status) == ("preferences_changed", 409)
    assert "it is now 3 > 1. This one, 5, was not saved." in refused.value.message
    assert (saved(world), len(lines("preferences"))) == ([(3, 1), (1, 2)], 1)


def test_save_preferences_from_a_stale_page_that_says_the_same_is_fine(world: World) -> None:
    prefer(world, "anna", [3, 1])
    prefer(world, "anna", [3, 1], shown="")
    assert saved(world) == [(3, 1), (1, 2)]


def clear(world: World, at: datetime = LAST, shown: str | None = None) -> None:
    clear_preferences(world.row("anna"), rule_of(world), arrived_at=at, shown=shown)


def test_clear_preferences_twice_takes_the_list_back_once(world: World) -> None:
    prefer(world, "anna", [3, 1])
    for _ in range(2):
        clear(world)
    assert not PreferenceList.objects.exists()
    assert lines("preferences") == [("", "3 > 1", ""), ("3 > 1", "", "")]


def test_clear_preferences_after_the_deadline_or_from_a_stale_page_keeps_them(world: World) -> None:
    prefer(world, "anna", [3, 1])
    with pytest.raises(Refusal) as late:
        clear(world, LAST + TICK)
    with pytest.raises(Conflict) as stale:
        clear(world, shown="3")
    assert (late.value.status, stale.value.status, saved(world)) == (403, 409, [(3, 1), (1, 2)])


def test_send_receipt_writes_each_list_once(world: World, now: datetime) -> None:
    prefer(world, "anna", [3, 1], now)
    for _ in range(2):
        send_receipt(world.row("anna"), now=now)
    text = Letter.objects.get().text
    assert "as received Fri 27 Oct 2023, 17:00 CEST:" in text
    assert "1. 3 · Geometric Latent Diffusion Models for 3D Molecule Generation\n2. 1 · Structured Denoising" in text
    prefer(world, "anna", [5], now + timedelta(hours=1))
    send_receipt(world.row("anna"), now=now + timedelta(hours=2))
    assert told() == [("anna", "preferences_received")] * 2


def test_send_receipt_of_no_preference_says_so(world: World, now: datetime) -> None:
    prefer(world, "anna", [], now, any_topic=True)
    send_receipt(world.row("anna"), now=now)
    assert "You have no preference: any topic will do." in Letter.objects.get().text


def test_send_receipt_without_a_list_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        send_receipt(world.row("anna"), now=now)
    assert (refused.value.code, told()) == ("no_preference", [])


# --- press by press -----------------------------------------------------------------------------------------------


@pytest.fixture
def anna(world: World, signed_in: SignedIn, now: datetime) -> Iterator[Client]:
    with time_machine.travel(now, tick=False):
        yield signed_in(world.people["anna"])


def press(client: Client, world: World, do: str, topics: list[int], tied: tuple[int, ...] = (), **more: Any) -> Any:
    """Press one of the page's buttons while it shows these topics."""
    return client.post(world.url("preferences/"), {"do": do, "topic": topics, "tie": tied, **more})


@pytest.mark.parametrize(
    ("do", "after"),
    [
        ("add:5", [3, 1, 5]),
        ("add:1", [3, 1]),
        ("up:1", [1, 3]),
        ("up:3", [3, 1]),
        ("down:3", [1, 3]),
        ("place:1:1", [1, 3]),
        ("place:4:2", [3, 4, 1]),
        ("remove:3", [1]),
        ("fly:3", [3, 1]),
        ("up:three", [3, 1]),
        ("up:-1", [3, 1]),
    ],
)
def test_preference_edit_saves_after_each_press(anna: Client, world: World, do: str, after: list[int]) -> None:
    prefer(world, "anna", [3, 1])
    response = press(anna, world, do, [3, 1], shown="3 > 1")
    assert (response.status_code, response.url) == (302, world.url("preferences/") + "#ballot")
    assert ranking_of(world.row("anna")) == [[number] for number in after]


def test_preference_edit_twice_the_same_press_is_one_effect(anna: Client, world: World) -> None:
    for shown in ("", ""):
        assert press(anna, world, "add:5", [], shown=shown).status_code == 302
    assert (ranking_of(world.row("anna")), lines("preferences")) == ([[5]], [("", "5", "")])


def test_preference_edit_ties_and_unties_where_ranks_may_be_shared(anna: Client, world: World) -> None:
    rule_of(world, ties=True)
    press(anna, world, "tie:1", [3, 1])
    assert ranking_of(world.row("anna")) == [[1, 3]]
    press(anna, world, "add:5", [1, 3], (3,))
    assert ranking_of(world.row("anna")) == [[1, 3], [5]]
    press(anna, world, "untie:3", [1, 3, 5], (3,))
    assert ranking_of(world.row("anna")) == [[1], [3], [5]]


def test_preference_edit_refuses_a_tie_where_ranks_may_not_be_shared(anna: Client, world: World) -> None:
    prefer(world, "anna", [3, 1])
    response = press(anna, world, "tie:1", [3, 1])
    assert (response.status_code, ranking_of(world.row("anna"))) == (400, [[3], [1]])
    assert "In this seminar, no two topics share a rank." in response.text


def test_preference_edit_without_ranks_keeps_a_set(anna: Client, world: World) -> None:
    rule_of(world, ranked=False)
    for do, topics in (("add:3", []), ("add:1", [3]), ("add:5", [1, 3]), ("remove:3", [1, 3, 5])):
        assert press(anna, world, do, topics).status_code == 302
    assert ranking_of(world.row("anna")) == [[1, 5]]
    assert "1 = 5" in anna.get(world.url("preferences/")).text


def test_preference_edit_removing_the_last_topic_takes_the_list_back(anna: Client, world: World) -> None:
    prefer(world, "anna", [3])
    assert press(anna, world, "remove:3", [3], shown="3").status_code == 302
    assert not PreferenceList.objects.exists()
    assert "You have not sent any preferences yet." in anna.get(world.url("preferences/")).text


def test_preference_edit_of_no_preference_says_what_counts(anna: Client, world: World) -> None:
    press(anna, world, "any", [])
    page = anna.get(world.url("preferences/")).text
    assert "What counts: <strong>any topic</strong>" in page


def test_preference_edit_mails_a_receipt_once(anna: Client, world: World) -> None:
    prefer(world, "anna", [3])
    for _ in range(2):
        assert press(anna, world, "receipt", [3]).status_code == 302
    assert told() == [("anna", "preferences_received")]
    assert "Your list is on its way to you by mail." in anna.get(world.url("preferences/")).text


def test_preference_edit_mails_no_receipt_for_nothing(anna: Client, world: World) -> None:
    response = press(anna, world, "receipt", [])
    assert (response.status_code, told()) == (400, [])
    assert "There is nothing to confirm yet" in response.text


def test_preference_edit_from_a_stale_page_shows_both_lists(anna: Client, world: World) -> None:
    prefer(world, "anna", [3, 1])
    response = press(anna, world, "add:5", [4], shown="4")
    assert (response.status_code, ranking_of(world.row("anna"))) == (409, [[3], [1]])
    assert "it is now 3 &gt; 1. This one, 4 &gt; 5, was not saved." in response.text
    assert 'name="shown" value="3 &gt; 1"' in response.text


def test_preference_edit_shows_an_excluded_topic_with_its_reason_and_no_button(
    anna: Client, world: World, now: datetime
) -> None:
    pair(world, "anna", 4, "excluded", now, reason="She wrote it.")
    page = anna.get(world.url("preferences/")).text
    assert "Not open to you: She wrote it." in page
    assert ('value="add:3"' in page, 'value="add:4"' in page) == (True, False)


@pytest.mark.parametrize(("visible", "found"), [(True, 1), (False, 0)])
def test_preference_edit_shows_demand_only_where_the_seminar_says_so(
    anna: Client, world: World, visible: bool, found: int
) -> None:
    rule_of(world, demand_visible=visible)
    prefer(world, "boris", [4])
    assert anna.get(world.url("preferences/")).text.count("chosen by 1 student, 1 × first") == found


def test_preference_edit_shows_the_commitment_and_ones_code(anna: Client, world: World, now: datetime) -> None:
    rule = rule_of(world, seed=1234567890)
    page = anna.get(world.url("preferences/"))
    assert page.context["commitment"] in page.text
    assert page.context["code"] in page.text
    assert rule.nonce not in page.text
    assert "1234567890" not in page.text
