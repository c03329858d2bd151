"""How many places there are, how one gets them, and when one may enter: the organizers' page and what follows from it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from courses import services
from courses.models import HistoryEntry, Participant, Seminar
from notifications.models import Letter
from tests.courses.crowd import add_students
from tests.factories.world import World

SignedIn = Callable[..., Client]
ENTRY = {"available": "on"}
FORM = {
    "capacity": "5",
    "admission": "decide",
    "entry_opens_on": "",
    "entry_closes_on": "",
    "offer_hours": "48",
    "registration_until": "",
}


@pytest.fixture(autouse=True)
def _clock(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["olga"])


def save(client: Client, world: World, **fields: str) -> Any:
    return client.post(world.url("places/"), {**FORM, **fields})


def stored(world: World) -> Seminar:
    return Seminar.objects.get(pk=world.seminar.pk)


def lines() -> list[tuple[str, str, str]]:
    return list(HistoryEntry.objects.order_by("pk").values_list("subject", "old", "new"))


def enter(world: World, name: str, now: datetime) -> Participant:
    user = world.people[name]
    assert user
    return services.enter_seminar(world.seminar, user, available=True, name_public=False, now=now)


# --- the page -------------------------------------------------------------------------------------------------


def test_places_edit_shows_what_is_stored(olga: Client, world: World) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(entry_closes_on=date(2023, 11, 3))
    page = olga.get(world.url("places/")).text
    assert 'name="capacity" value="5"' in page
    assert 'name="entry_closes_on" value="2023-11-03"' in page


def test_places_edit_saves_and_notes_each_change_once(olga: Client, world: World) -> None:
    change = {"admission": "direct", "entry_opens_on": "2023-10-20", "registration_until": "2023-11-10"}
    answers = [save(olga, world, **change).url for _ in range(2)]
    assert answers == [world.url("participants/")] * 2
    assert lines() == [
        ("admission", "decide", "direct"),
        ("entry_opens_on", "", "2023-10-20"),
        ("registration_until", "", "2023-11-10"),
    ]
    assert HistoryEntry.objects.filter(actor=world.people["olga"]).count() == 3
    seminar = stored(world)
    assert (seminar.admission, seminar.entry_opens_on) == ("direct", date(2023, 10, 20))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"capacity": "3"}, "4 places are taken or offered; there cannot be fewer."),
        ({"capacity": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"capacity": "1001"}, "Ensure this value is less than or equal to 1000."),
        (
            {"entry_opens_on": "2023-11-03", "entry_closes_on": "2023-11-02"},
            "Entry would close before it opens.",
        ),
        ({"admission": "lottery"}, "Select a valid choice."),
        ({"offer_hours": "-1"}, "Ensure this value is greater than or equal to 0."),
        ({"offer_hours": "337"}, "Ensure this value is less than or equal to 336."),
        ({"registration_until": "soon"}, "Enter a valid date."),
    ],
)
def test_places_edit_with_a_mistake_says_so_and_changes_nothing(
    olga: Client, world: World, change: dict[str, str], sentence: str
) -> None:
    response = save(olga, world, **change)
    assert (response.status_code, sentence in response.text) == (400, True)
    assert (stored(world).capacity, lines()) == (5, [])


def test_places_edit_from_a_stale_page_names_both_and_changes_nothing(olga: Client, world: World) -> None:
    shown = services.places_line(stored(world))
    assert save(olga, world, capacity="6", shown=shown).status_code == 302
    answer = save(olga, world, offer_hours="24", shown=shown)
    assert (answer.status_code, stored(world).capacity, stored(world).offer_hours) == (409, 6, 48)
    assert "It is now: 6 · decide · – · – · 48 · –. You chose: 5 · decide · – · – · 24 · –." in answer.text


def test_places_edit_twice_from_one_page_is_one_effect(olga: Client, world: World) -> None:
    shown = services.places_line(stored(world))
    assert [save(olga, world, capacity="6", shown=shown).status_code for _ in range(2)] == [302, 302]
    assert lines() == [("capacity", "5", "6"), ("participant", "waiting", "offered")]  # the place goes to who waits


def test_places_edit_counts_a_place_on_offer_as_taken(olga: Client, world: World) -> None:
    add_students(world.seminar, 1, state="offered")
    assert save(olga, world, capacity="4").status_code == 400
    assert save(olga, world, capacity="5").status_code == 302


def test_places_edit_opens_and_closes_on_the_same_day(olga: Client, world: World) -> None:
    assert save(olga, world, entry_opens_on="2023-11-03", entry_closes_on="2023-11-03").status_code == 302


def test_places_edit_with_more_places_offers_them_along_the_line(olga: Client, world: World) -> None:
    answers = [save(olga, world, capacity="6").status_code for _ in range(2)]
    assert (answers, world.row("wait").state, world.row("apply").state) == ([302, 302], "offered", "applied")
    assert list(Letter.objects.values_list("to_email", "kind")) == [("wait@example.org", "place_offered")]


def test_save_places_after_a_place_was_taken_meanwhile_is_refused(world: World, now: datetime) -> None:
    """The form was checked before somebody was admitted."""
    world.seminar.capacity = 4
    services.change_state(world.row("apply"), "admitted", actor=world.people["olga"], now=now)
    with pytest.raises(Conflict) as refused:
        services.save_places(world.seminar, ["capacity"], actor=world.row("olga").user, now=now)
    assert (refused.value.code, stored(world).capacity) == ("places_taken", 5)


def test_places_edit_is_for_the_seminars_organizers(world: World, signed_in: SignedIn) -> None:
    clients = [signed_in(world.people[name]) for name in ("anna", "gone", "other_organizer", "outsider")]
    answers = {client.get(world.url("places/")).status_code for client in clients}
    answers |= {save(client, world, capacity="50").status_code for client in clients}
    assert (answers, stored(world).capacity) == ({403}, 5)


# --- who enters first -----------------------------------------------------------------------------------------


@pytest.fixture
def direct(world: World) -> World:
    """Who enters first has the place, and nobody waits."""
    world.row("wait").delete()
    Seminar.objects.filter(pk=world.seminar.pk).update(admission="direct")
    return world


def test_direct_admission_gives_the_last_place_at_once(direct: World, now: datetime) -> None:
    assert [enter(direct, name, now).state for name in ("outsider", "other_student")] == ["admitted", "waiting"]
    assert lines() == [("participant", "", "admitted"), ("participant", "", "waiting")]
    assert list(Letter.objects.values_list("to_email", "kind")) == [("outsider@example.org", "participant_state")]


def test_direct_admission_twice_is_one_effect(direct: World, now: datetime) -> None:
    first, second = enter(direct, "outsider", now), enter(direct, "outsider", now)
    assert (first, second.state, len(lines()), Letter.objects.count()) == (second, "admitted", 1, 1)


def test_direct_admission_passes_nobody_who_waits(world: World, now: datetime) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(admission="direct")
    assert enter(world, "outsider", now).state == "waiting"


def test_direct_admission_of_somebody_who_comes_back_writes_one_letter(direct: World, now: datetime) -> None:
    assert enter(direct, "gone", now).state == "admitted"
    assert [letter.to_email for letter in Letter.objects.all()] == ["gone@example.org"]


@pytest.mark.parametrize(
    ("change", "button"),
    [
        ({"admission": "decide"}, "Apply for a place"),
        ({"admission": "direct"}, "Take a place"),
        ({"capacity": 4}, "Join the waiting list"),
    ],
)
def test_entry_create_says_what_pressing_the_button_means(
    world: World, signed_in: SignedIn, change: dict[str, Any], button: str
) -> None:
    world.row("wait").delete()
    Seminar.objects.filter(pk=world.seminar.pk).update(**change)
    client = signed_in(world.people["outsider"])
    assert f"<button>{button}</button>" in client.get(world.url("entry/")).text
    expected = {"Apply for a place": "applied", "Take a place": "admitted"}.get(button, "waiting")
    client.post(world.url("entry/"), ENTRY)
    assert world.row("outsider").state == expected


def test_entry_create_says_how_many_wait(world: World, signed_in: SignedIn) -> None:
    page = signed_in(world.people["outsider"]).get(world.url("entry/")).text
    assert "1 person waits before you." in page


# --- when one may enter ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2023, 10, 27, 21, 59, 59, tzinfo=UTC), "entry_not_open"),
        (datetime(2023, 10, 27, 22, 0, tzinfo=UTC), ""),  # midnight in Berlin
        (datetime(2023, 10, 29, 22, 59, 59, tzinfo=UTC), ""),  # the clocks have changed
        (datetime(2023, 10, 29, 23, 0, tzinfo=UTC), "entry_closed"),
    ],
)
def test_outside_window_follows_the_days_of_the_seminar(world: World, at: datetime, code: str) -> None:
    world.seminar.entry_opens_on, world.seminar.entry_closes_on = date(2023, 10, 28), date(2023, 10, 29)
    refusal = services.outside_window(world.seminar, at)
    assert (refusal.code if refusal else "") == code


def test_enter_seminar_before_it_opens_is_refused_with_the_day(world: World, now: datetime) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(entry_opens_on=date(2023, 11, 3))
    with pytest.raises(Refusal) as refused:
        enter(world, "outsider", now)
    sentence = "Entry opens on Fri 3 Nov 2023. Please come back then; nothing was saved."
    assert (refused.value.code, refused.value.status, refused.value.message) == ("entry_not_open", 403, sentence)
    assert not Participant.objects.filter(user=world.people["outsider"]).exists()


def test_enter_seminar_outside_the_window_still_answers_who_is_in(world: World, now: datetime) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(entry_opens_on=date(2023, 11, 3))
    assert enter(world, "anna", now).state == "admitted"


def test_entry_create_outside_the_window_shows_the_sentence_instead_of_the_form(
    world: World, signed_in: SignedIn
) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(entry_opens_on=date(2023, 11, 3))
    page = signed_in(world.people["outsider"]).get(world.url("entry/")).text
    assert "Entry opens on Fri 3 Nov 2023." in page
    assert 'name="available"' not in page
