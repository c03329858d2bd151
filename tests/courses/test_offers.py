"""A place that falls free is offered along the waiting list: in order, for a while, to one person at a time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.domain.refusals import Conflict
from accounts.models import User
from accounts.services import ensure_user
from courses import queries
from courses.models import Participant, Seminar
from courses.services import accept_offer, change_state, decline_offer, enter_seminar, offer_free_places, pass_on_offers
from notifications.models import Letter
from seminar.services import sweep
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World

SignedIn = Callable[[User | None], Client]
JSON = {"accept": "application/json"}
TICK = timedelta(microseconds=1)


@pytest.fixture
def line(world: World, now: datetime) -> World:
    """One place is free and nobody's; wait, second and third are in line."""
    world.row("apply").delete()
    for hours, name in enumerate(("second", "third"), 1):
        world.people[name] = ensure_user(f"{name}@example.org", family_name=name.capitalize())
        join(world, name, now + timedelta(hours=hours))
    return world


@pytest.fixture
def offered(line: World, now: datetime) -> World:
    assert offer_free_places(line.seminar, now=now) == 1
    return line


@pytest.fixture
def until(now: datetime) -> datetime:
    """The last instant of an offer that was made now."""
    return now + timedelta(hours=48)


def join(world: World, name: str, at: datetime) -> Participant:
    user = world.people[name]
    assert user
    return enter_seminar(world.seminar, user, available=True, name_public=False, now=at)


def states(world: World, *names: str) -> list[str]:
    return [world.row(name).state for name in names or ("wait", "second", "third")]


def lines(world: World, name: str) -> list[tuple[str, str, str]]:
    """(old, new, reason) of everything that happened to a person's row, oldest first."""
    return list(world.row(name).history.order_by("pk").values_list("old", "new", "reason"))


def letters(name: str) -> list[str]:
    return list(Letter.objects.filter(to_email=f"{name}@example.org").order_by("pk").values_list("kind", flat=True))


# --- whom -----------------------------------------------------------------------------------------------------


def test_offer_free_places_goes_along_the_line(line: World, now: datetime) -> None:
    Seminar.objects.filter(pk=line.seminar.pk).update(capacity=6)
    assert offer_free_places(line.seminar, now=now) == 2
    assert states(line) == ["offered", "offered", "waiting"]
    assert lines(line, "wait") == [("waiting", "offered", "")]


def test_offer_free_places_twice_offers_each_place_once(offered: World, now: datetime) -> None:
    assert offer_free_places(offered.seminar, now=now) == 0
    assert states(offered) == ["offered", "waiting", "waiting"]
    assert (letters("wait"), letters("second")) == (["place_offered"], [])


def test_offer_free_places_leaves_a_place_for_each_undecided_application(world: World, now: datetime) -> None:
    assert offer_free_places(world.seminar, now=now) == 0
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=6)
    assert offer_free_places(world.seminar, now=now) == 1
    assert states(world, "apply", "wait") == ["applied", "offered"]


def test_offer_free_places_of_a_seminar_without_offers_makes_none(line: World, now: datetime) -> None:
    Seminar.objects.filter(pk=line.seminar.pk).update(offer_hours=0)
    assert (offer_free_places(line.seminar, now=now), pass_on_offers(now)) == (0, 0)
    assert states(line) == ["waiting"] * 3


@pytest.mark.parametrize(
    ("at", "offers"),
    [(datetime(2023, 12, 15, 22, 59, tzinfo=UTC), 1), (datetime(2023, 12, 15, 23, 0, tzinfo=UTC), 0)],
)
def test_offer_free_places_ends_with_the_day_of_the_last_session(line: World, at: datetime, offers: int) -> None:
    assert offer_free_places(line.seminar, now=at) == offers
    assert pass_on_offers(at) == 0


def test_offer_free_places_of_a_seminar_without_dates_is_not_over(line: World, now: datetime) -> None:
    line.seminar.sessions.all().delete()
    assert offer_free_places(line.seminar, now=now + timedelta(days=400)) == 1


def test_offer_is_nobody_elses_place(offered: World, now: datetime) -> None:
    ensure_user("late@example.org")
    offered.people["late"] = User.objects.get(email="late@example.org")
    with pytest.raises(Conflict) as refused:
        change_state(offered.row("second"), "admitted", actor=offered.people["olga"], now=now)
    assert (refused.value.code, join(offered, "late", now).state) == ("no_free_place", "waiting")


@pytest.mark.parametrize(("hours", "kept"), [(24, 24), (0, 48)])
def test_offer_by_hand_is_open_as_long_as_the_seminar_says(line: World, now: datetime, hours: int, kept: int) -> None:
    Seminar.objects.filter(pk=line.seminar.pk).update(offer_hours=hours)
    row = change_state(line.row("second"), "offered", actor=line.people["olga"], now=now)
    assert row.offered_until == now + timedelta(hours=kept)


def test_offer_letter_says_until_when_and_where(offered: World, until: datetime) -> None:
    letter = Letter.objects.get(kind="place_offered")
    assert (letter.to_email, letter.subject) == ("wait@example.org", "[Small2023] A place is free for you")
    assert "It is kept for you until:\n\nSun 29 Oct 2023, 16:00 CET\n" in letter.text
    assert "http://testserver/seminars/small/entry/offer/" in letter.text
    assert letter.expires_at == until  # one that waits for the mail server is not sent after its end


# --- the answer -----------------------------------------------------------------------------------------------


def test_accept_offer_takes_the_place(offered: World, now: datetime) -> None:
    row = accept_offer(offered.row("wait"), now=now)
    assert (row.state, row.offered_until) == ("admitted", None)
    assert lines(offered, "wait") == [("waiting", "offered", ""), ("offered", "admitted", "")]
    assert letters("wait") == ["place_offered", "participant_state"]
    assert states(offered, "second") == ["waiting"]


def test_accept_offer_twice_is_one_effect(offered: World, now: datetime) -> None:
    stale = offered.row("wait")
    answers = [accept_offer(stale, now=now).state for _ in range(2)]
    assert (answers, len(lines(offered, "wait")), len(letters("wait"))) == (["admitted"] * 2, 2, 2)


def test_accept_offer_in_the_last_instant(offered: World, until: datetime) -> None:
    assert accept_offer(offered.row("wait"), now=until).state == "admitted"


def test_accept_offer_after_its_end_is_refused_and_the_place_goes_on(offered: World, until: datetime) -> None:
    with pytest.raises(Conflict) as refused:
        accept_offer(offered.row("wait"), now=until + TICK)
    assert (refused.value.code, refused.value.message) == (
        "offer_lapsed",
        "This offer has lapsed, and the place goes to the next in line. You may join the waiting list again.",
    )
    assert states(offered) == ["withdrawn", "offered", "waiting"]


def test_decline_offer_passes_the_place_on(offered: World, now: datetime) -> None:
    row = decline_offer(offered.row("wait"), now=now)
    assert (row.state, row.offered_until) == ("withdrawn", None)
    assert lines(offered, "wait")[1:] == [("offered", "withdrawn", "offer declined")]
    assert states(offered, "second", "third") == ["offered", "waiting"]
    assert (letters("wait"), letters("second")) == (["place_offered"], ["place_offered"])


def test_decline_offer_twice_is_one_effect(offered: World, now: datetime) -> None:
    stale = offered.row("wait")
    answers = [decline_offer(stale, now=now).state for _ in range(2)]
    assert (answers, states(offered)) == (["withdrawn"] * 2, ["withdrawn", "offered", "waiting"])


def test_decline_offer_after_it_was_accepted_is_refused(offered: World, now: datetime) -> None:
    stale = offered.row("wait")
    accept_offer(stale, now=now)
    with pytest.raises(Conflict) as refused:
        decline_offer(stale, now=now)
    assert (refused.value.code, states(offered, "wait")) == ("no_offer", ["admitted"])


@pytest.mark.parametrize(
    ("name", "state"), [("apply", "applied"), ("wait", "on the waiting list"), ("gone", "withdrawn")]
)
def test_accept_offer_that_was_never_made_is_refused(world: World, now: datetime, name: str, state: str) -> None:
    with pytest.raises(Conflict) as refused:
        accept_offer(world.row(name), now=now)
    sentence = f"There is no open offer for you any more: you are now “{state}”. Nothing was changed."
    assert (refused.value.code, refused.value.message, lines(world, name)) == ("no_offer", sentence, [])


# --- no answer ------------------------------------------------------------------------------------------------


def test_sweep_keeps_an_offer_until_its_last_instant(offered: World, until: datetime) -> None:
    assert sweep(until)["offers_made"] == 0
    assert states(offered) == ["offered", "waiting", "waiting"]


def test_sweep_passes_on_what_nobody_accepted(offered: World, until: datetime) -> None:
    at = until + TICK
    assert [sweep(at)["offers_made"] for _ in range(2)] == [1, 0]
    assert states(offered) == ["withdrawn", "offered", "waiting"]
    assert lines(offered, "wait")[1:] == [("offered", "withdrawn", "offer lapsed")]
    assert offered.row("second").offered_until == at + timedelta(hours=48)


def test_sweep_passes_a_place_on_until_the_line_is_empty(offered: World, until: datetime) -> None:
    for round_ in range(1, 4):
        sweep(until + round_ * timedelta(hours=49))
    assert states(offered) == ["withdrawn"] * 3
    assert queries.free_places(offered.seminar) == 1
    assert letters("third") == ["place_offered", "participant_state"]


def test_sweep_offers_a_place_that_has_fallen_free(line: World, now: datetime) -> None:
    assert [sweep(now)["offers_made"] for _ in range(2)] == [1, 0]
    assert states(line) == ["offered", "waiting", "waiting"]
    assert Letter.objects.filter(kind="place_offered").count() == 1


def test_sweep_lets_offers_lapse_after_the_last_session_and_makes_no_new_one(offered: World, now: datetime) -> None:
    sweep(now + timedelta(days=100))
    assert states(offered) == ["withdrawn", "waiting", "waiting"]


def test_lapsed_offer_is_told_with_the_way_back(offered: World, until: datetime) -> None:
    pass_on_offers(until + TICK)
    letter = Letter.objects.get(kind="participant_state")
    assert letter.to_email == "wait@example.org"
    assert "the place we kept for you was not accepted in time and goes to the next in line." in " ".join(
        letter.text.split()
    )
    assert "http://testserver/seminars/small/entry/\n" in letter.text


def test_lapsed_offer_leads_back_to_the_end_of_the_line(offered: World, until: datetime) -> None:
    pass_on_offers(until + TICK)
    assert join(offered, "wait", until + timedelta(hours=1)).state == "waiting"
    assert [row.user for row in queries.in_line(offered.seminar)] == [offered.people["third"], offered.people["wait"]]


def test_organizer_puts_somebody_who_had_left_at_the_end_of_the_line(line: World, now: datetime) -> None:
    change_state(line.row("gone"), "waiting", actor=line.people["olga"], now=now + timedelta(days=1))
    assert [queries.waiting_position(line.row(name)) for name in ("wait", "second", "third", "gone")] == [1, 2, 3, 4]


def test_offer_cannot_be_turned_into_waiting_again(offered: World, now: datetime) -> None:
    with pytest.raises(Conflict, match="is now “has an offer”"):
        change_state(offered.row("wait"), "waiting", actor=offered.people["olga"], now=now)
    assert offered.row("wait").state == "offered"


# --- pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def client_of(signed_in: SignedIn, now: datetime) -> Iterator[SignedIn]:
    with time_machine.travel(now, tick=False):
        yield signed_in


def test_offer_edit_shows_the_offer_and_changes_nothing(offered: World, client_of: SignedIn) -> None:
    page = client_of(offered.people["wait"]).get(offered.url("entry/offer/"))
    assert "It is kept for you until <strong>Sun 29 Oct 2023, 16:00 CET</strong>" in page.text
    assert 'name="decline"' in page.text
    assert states(offered) == ["offered", "waiting", "waiting"]


def test_offer_edit_accepts_and_twice_is_the_same(offered: World, client_of: SignedIn) -> None:
    client = client_of(offered.people["wait"])
    answers = [client.post(offered.url("entry/offer/"), {"accept": "1"}).url for _ in range(2)]
    assert (answers, states(offered)) == ([offered.url("me/")] * 2, ["admitted", "waiting", "waiting"])


def test_offer_edit_declines_and_twice_is_the_same(offered: World, client_of: SignedIn) -> None:
    client = client_of(offered.people["wait"])
    answers = [client.post(offered.url("entry/offer/"), {"decline": "1"}).url for _ in range(2)]
    assert (answers, states(offered)) == ([offered.url()] * 2, ["withdrawn", "offered", "waiting"])


def test_offer_edit_after_its_end_says_so_and_the_place_has_gone_on(
    offered: World, signed_in: SignedIn, until: datetime
) -> None:
    with time_machine.travel(until + TICK, tick=False):
        response = signed_in(offered.people["wait"]).post(offered.url("entry/offer/"), {"accept": "1"}, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (409, "offer_lapsed")
    assert states(offered) == ["withdrawn", "offered", "waiting"]


@pytest.mark.parametrize("name", ["second", "anna", "gone"])
def test_offer_edit_without_an_offer_leads_to_ones_own_page(offered: World, client_of: SignedIn, name: str) -> None:
    response = client_of(offered.people[name]).get(offered.url("entry/offer/"))
    assert (response.status_code, response.url) == (302, offered.url("me/"))


def test_offer_edit_of_another_seminar_is_closed(offered: World, client_of: SignedIn) -> None:
    for name in ("other_student", "outsider", "olga"):
        client = client_of(offered.people[name])
        assert client.get(offered.url("entry/offer/")).status_code == 403
        assert client.post(offered.url("entry/offer/"), {"decline": "1"}).status_code == 403
    assert states(offered) == ["offered", "waiting", "waiting"]


def test_participant_list_takes_the_same_queries_for_a_few_and_for_many_in_every_state(
    offered: World, client_of: SignedIn
) -> None:
    client, url = client_of(offered.people["olga"]), offered.url("participants/")
    few = queries_of(client, url)
    rows = add_students(offered.seminar, 50, state="offered")
    for number, state in enumerate(("applied", "waiting", "admitted", "withdrawn")):
        some = Participant.objects.filter(pk__in=[row.pk for row in rows[number * 10 : number * 10 + 10]])
        some.update(state=state, offered_until=None)
    assert queries_of(client, url) == few
