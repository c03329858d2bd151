"""Free topics that students claim, and swaps that two of them agree on, as the seminar's policy allows."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.domain.refusals import Refusal
from courses import services as courses_services
from milestones.models import Milestone
from milestones.queries import deadline_of
from notifications.models import Letter
from tests.factories.topics import (
    give,
    give_out,
    held,
    lines,
    open_market,
    pair,
    prefer,
    rule_of,
    second_day,
    states,
    told,
)
from tests.factories.world import World
from topics.models import Exchange, Seat, SessionTopic, Topic
from topics.services import answer_swap, ask_swap, claim_topic, decide_exchange, save_topic, settle, take_back_exchange

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}


@pytest.fixture
def market(world: World, now: datetime) -> World:
    """Anna has 1, Boris 2, Carla 3; Dana has nothing; 4 and 5 are free, and nobody waits for a place."""
    open_market(world)
    give_out(world, now, anna=[1], boris=[2], carla=[3])
    told()
    return world


def claim(world: World, name: str, number: int, now: datetime) -> Exchange:
    return claim_topic(world.row(name), world.topic(number), now=now)


def ask(world: World, name: str, partner: str, now: datetime, kind: str = "topics", message: str = "") -> Exchange:
    return ask_swap(world.row(name), world.row(partner), kind=kind, message=message, now=now)


def decide(world: World, exchange: Exchange, now: datetime, *, approves: bool = True, reason: str = "") -> Exchange:
    return decide_exchange(exchange, approves=approves, reason=reason, actor=world.people["olga"], now=now)


def refusal(call: Callable[..., object], *args: Any, **options: Any) -> tuple[str, int]:
    with pytest.raises(Refusal) as refused:
        call(*args, **options)
    return refused.value.code, refused.value.status


START = {"Anna": 1, "Boris": 2, "Carla": 3}


# --- claims -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["off", "approval", "free"])
def test_claim_topic_without_one_is_done_at_once_under_every_policy(market: World, now: datetime, policy: str) -> None:
    rule_of(market, exchanges=policy)
    first, second = (claim(market, "dana", 4, now) for _ in range(2))
    assert (first.pk, second.pk, states()) == (first.pk, first.pk, [("claim", "done")])
    assert held() == {**START, "Dana": 4}
    assert "Reason: You chose it yourself." in Letter.objects.get(to_email="dana@example.org").text
    assert told() == [("dana", "topic_assigned")]
    assert lines("topic")[-1] == ("", "4 Consistency Models", f"exchange:{first.pk}")


def test_claim_topic_waits_for_the_organizers_under_approval(market: World, now: datetime) -> None:
    first, second = (claim(market, "anna", 4, now) for _ in range(2))
    assert (first, states(), held()) == (second, [("claim", "agreed")], START)
    assert told() == [("olga", "exchange_agreed"), ("otto", "exchange_agreed")]
    for _ in range(2):
        decide(market, first, now)
    assert (states(), held()) == ([("claim", "done")], {**START, "Anna": 4})
    assert told() == [("anna", "topic_assigned")]


def test_claim_topic_is_done_at_once_where_students_are_free(market: World, now: datetime) -> None:
    rule_of(market, exchanges="free")
    first, second = (claim(market, "anna", 4, now) for _ in range(2))
    assert (first, states(), held()) == (second, [("claim", "done")], {**START, "Anna": 4})
    assert told() == [("anna", "topic_assigned")]


def test_claim_topic_to_change_is_refused_where_only_organizers_change(market: World, now: datetime) -> None:
    rule_of(market, exchanges="off")
    assert refusal(claim, market, "anna", 4, now) == ("no_exchanges", 400)
    assert (held(), states(), told()) == (START, [], [])


def test_claim_topic_to_change_waits_while_people_wait_for_a_place(market: World, now: datetime) -> None:
    """But who has none may take a free one."""
    courses_services.change_state(market.row("wait"), "waiting", actor=market.people["olga"], now=now)
    assert refusal(claim, market, "anna", 4, now) == ("reserved", 400)
    claim(market, "dana", 5, now)
    assert held() == {**START, "Dana": 5}


@pytest.mark.parametrize("name", ["anna", "dana"])
def test_claim_topic_that_is_taken_is_a_conflict(market: World, now: datetime, name: str) -> None:
    assert refusal(claim, market, name, 2, now) == ("topic_taken", 409)
    assert (held(), states(), told()) == (START, [], [])


def test_claim_topic_of_ones_own_is_a_conflict(market: World, now: datetime) -> None:
    assert refusal(claim, market, "anna", 1, now) == ("own_topic", 409)


@pytest.mark.parametrize("name", ["anna", "dana"])
def test_claim_topic_that_is_excluded_is_refused_with_the_reason(market: World, now: datetime, name: str) -> None:
    pair(market, name, 4, "excluded", now, reason="Her thesis.")
    assert refusal(claim, market, name, 4, now) == ("topic_excluded", 400)
    assert held() == START


def test_claim_topic_excluded_after_it_was_asked_is_not_approved(market: World, now: datetime) -> None:
    request = claim(market, "anna", 4, now)
    pair(market, "anna", 4, "excluded", now)
    assert refusal(decide, market, request, now) == ("topic_excluded", 400)
    assert (held(), states()) == (START, [("claim", "agreed")])


def test_claim_topic_while_another_request_is_open_is_a_conflict(market: World, now: datetime) -> None:
    claim(market, "anna", 4, now)
    assert refusal(claim, market, "anna", 5, now) == ("one_at_a_time", 409)
    assert refusal(ask, market, "anna", "boris", now) == ("one_at_a_time", 409)
    assert states() == [("claim", "agreed")]


@pytest.mark.parametrize("name", ["gone", "apply"])
def test_claim_topic_of_somebody_not_admitted_is_refused(market: World, now: datetime, name: str) -> None:
    assert refusal(claim, market, name, 4, now) == ("not_admitted", 400)


def test_claim_topic_before_anything_is_given_out_is_refused(world: World, now: datetime) -> None:
    assert refusal(claim, world, "anna", 4, now) == ("not_given_out", 400)
    assert held() == {}


def test_claim_topic_lapses_when_somebody_else_gets_it(market: World, now: datetime) -> None:
    request = claim(market, "anna", 4, now)
    told()
    give(market, "dana", 4, now)
    assert states() == [("claim", "lapsed")]
    assert told() == [("dana", "topic_assigned"), ("anna", "exchange_closed")]
    assert refusal(decide, market, request, now) == ("exchange_closed", 409)
    assert held() == {**START, "Dana": 4}


def test_claim_topic_lapses_when_its_free_seat_is_taken_away(market: World, now: datetime) -> None:
    Seat.objects.create(topic=market.topic(4), number=2)
    give(market, "dana", 4, now)
    claim(market, "anna", 4, now)
    save_topic(market.topic(4), seats=1, prerequisites={}, actor=market.people["olga"], now=now)
    assert states() == [("claim", "lapsed")]


def test_claim_topic_with_a_second_free_seat_does_not_lapse(market: World, now: datetime) -> None:
    Seat.objects.create(topic=market.topic(4), number=2)
    request = claim(market, "anna", 4, now)
    give(market, "dana", 4, now)
    decide(market, request, now)
    assert held() == {**START, "Dana": 4, "Anna": 4}


# --- swaps --------------------------------------------------------------------------------------------------------


def test_swap_of_topics_is_asked_agreed_and_approved(market: World, now: datetime) -> None:
    first, second = (ask(market, "anna", "boris", now, message="Please!") for _ in range(2))
    assert (first, states(), held()) == (second, [("topics", "asked")], START)
    letter = Letter.objects.get().text
    assert "Anna Großmann would like to swap topics with you. You would get:\n\n1 · Structured Denoising" in letter
    assert "\n> Please!\n" in letter
    assert told() == [("boris", "exchange_asked")]
    for _ in range(2):
        answer_swap(first, agrees=True, now=now)
    assert (states(), held(), told()) == (
        [("topics", "agreed")],
        START,
        [("olga", "exchange_agreed"), ("otto", "exchange_agreed")],
    )
    for _ in range(2):
        decide(market, first, now)
    assert (states(), held()) == ([("topics", "done")], {**START, "Anna": 2, "Boris": 1})
    assert told() == [("anna", "topic_assigned"), ("boris", "topic_assigned")]


def test_swap_where_students_are_free_is_done_when_both_agree(market: World, now: datetime) -> None:
    rule_of(market, exchanges="free")
    request = ask(market, "anna", "boris", now)
    assert held() == START
    for _ in range(2):
        answer_swap(request, agrees=True, now=now)
    assert (states(), held()) == ([("topics", "done")], {**START, "Anna": 2, "Boris": 1})
    note = f"exchange:{request.pk}"
    assert lines("topic")[-2:] == [
        ("1 Structured Denoising", "2 Graph Generation", note),
        ("2 Graph Generation", "1 Structured Denoising", note),
    ]


def test_swap_is_refused_where_only_organizers_change(market: World, now: datetime) -> None:
    rule_of(market, exchanges="off")
    assert refusal(ask, market, "anna", "boris", now) == ("no_exchanges", 400)


@pytest.mark.parametrize(("name", "partner"), [("anna", "dana"), ("dana", "anna"), ("anna", "anna")])
def test_swap_needs_two_people_with_a_topic_each(market: World, now: datetime, name: str, partner: str) -> None:
    assert refusal(ask, market, name, partner, now) == ("nothing_to_swap", 400)
    assert (states(), told()) == ([], [])


@pytest.mark.parametrize(("name", "number"), [("anna", 2), ("boris", 1)])
def test_swap_into_an_excluded_pair_is_refused(market: World, now: datetime, name: str, number: int) -> None:
    pair(market, name, number, "excluded", now)
    assert refusal(ask, market, "anna", "boris", now) == ("topic_excluded", 400)


def test_swap_that_the_partner_declines_changes_nothing_and_is_told_once(market: World, now: datetime) -> None:
    request = ask(market, "anna", "boris", now)
    told()
    for _ in range(2):
        answer_swap(request, agrees=False, reason="I like mine.", now=now)
    assert "declined.\nReason: I like mine." in Letter.objects.get().text
    assert (states(), held(), told()) == ([("topics", "declined")], START, [("anna", "exchange_closed")])
    assert refusal(answer_swap, request, agrees=True, now=now) == ("exchange_closed", 409)


def test_swap_that_the_organizers_decline_is_told_to_both(market: World, now: datetime) -> None:
    request = answer_swap(ask(market, "anna", "boris", now), agrees=True, now=now)
    told()
    for _ in range(2):
        decide(market, request, now, approves=False, reason="Too late.")
    assert all("Reason: Too late." in text for text in Letter.objects.values_list("text", flat=True))
    assert told() == [("anna", "exchange_closed"), ("boris", "exchange_closed")]
    assert (states(), held()) == ([("topics", "declined")], START)


def test_swap_is_not_approved_before_the_partner_has_agreed(market: World, now: datetime) -> None:
    request = ask(market, "anna", "boris", now)
    assert refusal(decide, market, request, now) == ("not_agreed", 409)
    assert (states(), held()) == ([("topics", "asked")], START)


def test_swap_that_is_taken_back_is_told_once_and_frees_the_proposer(market: World, now: datetime) -> None:
    request = ask(market, "anna", "boris", now)
    told()
    for _ in range(2):
        take_back_exchange(request, now=now)
    assert (states(), told()) == ([("topics", "taken_back")], [("boris", "exchange_closed")])
    assert refusal(answer_swap, request, agrees=True, now=now) == ("exchange_closed", 409)
    assert ask(market, "anna", "carla", now).state == "asked"


def test_swap_lapses_when_one_of_them_gets_another_topic(market: World, now: datetime) -> None:
    ask(market, "anna", "boris", now)
    told()
    give(market, "boris", 5, now)
    assert (states(), told()) == ([("topics", "lapsed")], [("boris", "topic_assigned"), ("anna", "exchange_closed")])


def test_swap_that_both_had_agreed_on_lapses_and_both_are_told(market: World, now: datetime) -> None:
    answer_swap(ask(market, "anna", "boris", now), agrees=True, now=now)
    told()
    give(market, "anna", 5, now)
    assert told() == [("anna", "topic_assigned"), ("anna", "exchange_closed"), ("boris", "exchange_closed")]


@pytest.mark.parametrize(("leaver", "letters"), [("anna", []), ("boris", [("anna", "exchange_closed")])])
def test_swap_lapses_when_one_of_them_leaves(
    market: World, now: datetime, leaver: str, letters: list[tuple[str, str]]
) -> None:
    ask(market, "anna", "boris", now)
    courses_services.change_state(market.row(leaver), "withdrawn", actor=market.people["olga"], now=now)
    told()
    for _ in range(2):
        settle(market.seminar, now=now)
    assert (states(), told()) == ([("topics", "lapsed")], letters)


def test_swap_lapses_when_another_swap_is_done_first(market: World, now: datetime) -> None:
    rule_of(market, exchanges="free")
    ask(market, "boris", "anna", now)
    answer_swap(ask(market, "anna", "carla", now), agrees=True, now=now)
    assert states() == [("topics", "lapsed"), ("topics", "done")]
    assert held() == {"Anna": 3, "Boris": 2, "Carla": 1}


# --- swaps of dates -----------------------------------------------------------------------------------------------


def days() -> dict[int, date]:
    rows = SessionTopic.objects.filter(session__kind="talks", session__seminar__slug="small")
    return dict(rows.values_list("topic__number", "session__date"))


def test_swap_of_talks_moves_the_dates_and_leaves_the_topics(market: World, now: datetime) -> None:
    rule_of(market, exchanges="free")
    day = second_day(market, 2)
    early = date(2023, 12, 15)
    request = ask(market, "anna", "boris", now, "talks")
    for _ in range(2):
        answer_swap(request, agrees=True, now=now)
    assert days() == {1: day.date, 2: early, 3: early, 4: early}
    assert (held(), states()) == (START, [("talks", "done")])
    assert told() == [("boris", "exchange_asked"), ("anna", "talk_moved"), ("boris", "talk_moved")]
    first, second = "Fri 2023-12-15 14:15–16:00 1.06", "Fri 2024-01-12 14:15–16:00 1.06"
    note = f"exchange:{Exchange.objects.get().pk}"
    assert lines("talk") == [(first, second, note), (second, first, note)]


def test_swap_of_talks_moves_the_deadlines_that_hang_on_them(market: World, now: datetime) -> None:
    report = Milestone.objects.create(
        seminar=market.seminar, key="r", title="Report", kind="upload", anchor="own_talk", due_time=time(23, 59)
    )
    rule_of(market, exchanges="free")
    second_day(market, 2)
    settle(market.seminar, now=now)
    answer_swap(ask(market, "anna", "boris", now, "talks"), agrees=True, now=now)
    walls = {name: deadline_of(report, market.row(name)).wall for name in ("anna", "boris", "carla")}
    early, late = datetime(2023, 12, 15, 23, 59), datetime(2024, 1, 12, 23, 59)
    assert walls == {"anna": late, "boris": early, "carla": early}


def test_swap_of_talks_within_a_session_changes_the_order(market: World, now: datetime) -> None:
    rule_of(market, exchanges="free")
    answer_swap(ask(market, "anna", "carla", now, "talks"), agrees=True, now=now)
    rows = SessionTopic.objects.filter(session__kind="talks", session__seminar=market.seminar)
    assert list(rows.order_by("position").values_list("topic__number", flat=True)) == [3, 2, 1, 4]


def test_swap_of_talks_lapses_when_one_of_the_dates_is_swapped_away(market: World, now: datetime) -> None:
    """Carla asked for Boris' late day; Anna has got it meanwhile."""
    rule_of(market, exchanges="free")
    second_day(market, 2)
    request = ask(market, "carla", "boris", now, "talks")
    answer_swap(ask(market, "anna", "boris", now, "talks"), agrees=True, now=now)
    request.refresh_from_db()
    assert (request.state, states()) == ("lapsed", [("talks", "lapsed"), ("talks", "done")])
    assert ("carla", "exchange_closed") in told()


def test_swap_of_talks_without_a_date_is_refused(market: World, now: datetime) -> None:
    give(market, "dana", 5, now)
    assert refusal(ask, market, "anna", "dana", now, "talks") == ("no_talk", 409)


def test_swap_of_talks_on_a_topic_of_two_students_is_refused(market: World, now: datetime) -> None:
    """The third student's date would change, and nobody has asked them."""
    Seat.objects.create(topic=market.topic(2), number=2)
    second_day(market, 2)
    give(market, "dana", 2, now)
    assert refusal(ask, market, "anna", "boris", now, "talks") == ("talk_shared", 409)


def test_swap_of_talks_where_one_speaks_on_both_days_is_refused(market: World, now: datetime) -> None:
    day = second_day(market, 2)
    SessionTopic.objects.create(session=day, topic=market.topic(1))
    assert refusal(ask, market, "anna", "boris", now, "talks") == ("talk_shared", 409)


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clients(market: World, signed_in: SignedIn, now: datetime) -> Iterator[dict[str, Client]]:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield {name: signed_in(market.people[name]) for name in ("anna", "boris", "carla", "dana", "olga")}


Clients = dict[str, Client]


def post(client: Client, market: World, exchange: Exchange, do: str, **more: str) -> tuple[int, str]:
    """Status and code of the refusal."""
    response = client.post(market.url(f"exchange/{exchange.pk}/"), {"do": do, **more}, headers=JSON)
    return response.status_code, response.json()["code"] if response.status_code >= 400 else ""


def test_exchange_list_offers_free_topics_and_partners(clients: Clients, market: World) -> None:
    page = clients["anna"].get(market.url("exchange/"))
    assert [topic.number for topic, _day in page.context["free"]] == [4, 5]
    assert [other.user.given_names for other, _topic, _day in page.context["partners"]] == ["Carla", "Boris"]
    assert "Take it for mine" in page.text
    assert "Ask to swap topics" in page.text


def test_exchange_list_hides_what_is_excluded(clients: Clients, market: World, now: datetime) -> None:
    pair(market, "anna", 4, "excluded", now)
    page = clients["anna"].get(market.url("exchange/"))
    assert [topic.number for topic, _day in page.context["free"]] == [5]


def test_exchange_list_says_why_nothing_can_be_taken(clients: Clients, market: World, now: datetime) -> None:
    courses_services.change_state(market.row("wait"), "waiting", actor=market.people["olga"], now=now)
    page = clients["anna"].get(market.url("exchange/")).text
    assert "People wait for a place; free topics go to them first." in page
    assert "Take it for mine" not in page


def test_exchange_list_claims_and_asks(clients: Clients, market: World) -> None:
    url = market.url("exchange/")
    sent = {"kind": "claim", "topic": market.topic(4).pk}
    assert [clients["dana"].post(url, sent).status_code for _ in range(2)] == [302, 302]
    swap = {"kind": "topics", "partner": market.row("boris").pk, "message": "Please!"}
    assert [clients["anna"].post(url, swap).status_code for _ in range(2)] == [302, 302]
    assert (held(), states()) == ({**START, "Dana": 4}, [("claim", "done"), ("topics", "asked")])
    page = clients["boris"].get(url).text
    assert "Anna Großmann asks you" in page
    assert "<blockquote>Please!</blockquote>" in page


@pytest.mark.parametrize("who", ["apply", "gone", "olga", "anna"])
def test_exchange_list_asks_only_fellow_students(clients: Clients, market: World, who: str) -> None:
    sent = {"kind": "topics", "partner": market.row(who).pk}
    response = clients["anna"].post(market.url("exchange/"), sent, headers=JSON)
    assert (response.status_code, response.json()["code"], states()) == (400, "unreadable", [])


def test_exchange_list_claims_no_topic_of_another_seminar(clients: Clients, market: World) -> None:
    theirs = Topic.objects.get(seminar=market.other, number=4)
    sent = {"kind": "claim", "topic": theirs.pk}
    assert clients["dana"].post(market.url("exchange/"), sent).status_code == 400
    assert held() == START


def test_exchange_list_is_404_before_anything_is_given_out(world: World, signed_in: SignedIn, now: datetime) -> None:
    prefer(world, "anna", [1], now)
    with time_machine.travel(now, tick=False):
        client = signed_in(world.people["anna"])
        answers = [client.get(world.url("exchange/")), client.post(world.url("exchange/"), {"kind": "claim"})]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_exchange_update_is_each_ones_own_word(clients: Clients, market: World, now: datetime) -> None:
    """The partner answers, the proposer takes back, an organizer decides, and nobody else knows of it."""
    request = ask(market, "anna", "boris", now)
    assert post(clients["anna"], market, request, "agree") == (400, "unreadable")
    assert post(clients["anna"], market, request, "approve") == (400, "unreadable")
    assert post(clients["boris"], market, request, "take_back") == (400, "unreadable")
    assert post(clients["boris"], market, request, "approve") == (400, "unreadable")
    assert post(clients["carla"], market, request, "agree") == (404, "not_found")
    assert post(clients["olga"], market, request, "agree") == (400, "unreadable")
    assert post(clients["olga"], market, request, "approve") == (409, "not_agreed")
    assert (states(), held()) == ([("topics", "asked")], START)


def test_exchange_update_twice_is_one_effect(clients: Clients, market: World, now: datetime) -> None:
    request = ask(market, "anna", "boris", now)
    told()
    presses = [("boris", "agree")] * 2 + [("olga", "approve")] * 2
    answers = [post(clients[who], market, request, do) for who, do in presses]
    assert answers == [(302, "")] * 4
    assert (states(), held()) == ([("topics", "done")], {**START, "Anna": 2, "Boris": 1})
    assert len([kind for _who, kind in told() if kind == "topic_assigned"]) == 2


@pytest.mark.parametrize(("who", "do"), [("boris", "decline"), ("anna", "take_back"), ("olga", "decline")])
def test_exchange_update_closes_a_request(clients: Clients, market: World, now: datetime, who: str, do: str) -> None:
    request = ask(market, "anna", "boris", now)
    assert [post(clients[who], market, request, do, reason="no") for _ in range(2)] == [(302, "")] * 2
    assert held() == START
    assert "Anna Großmann asks you" not in clients["boris"].get(market.url("exchange/")).text


def test_exchange_update_of_another_seminar_is_404(
    clients: Clients, market: World, now: datetime, signed_in: SignedIn
) -> None:
    request = ask(market, "anna", "boris", now)
    theirs = signed_in(market.people["other_organizer"])
    assert theirs.post(f"/seminars/other/exchange/{request.pk}/", {"do": "decline"}).status_code == 404
    assert states() == [("topics", "asked")]


def test_allocation_detail_shows_organizers_what_waits_for_them(clients: Clients, market: World, now: datetime) -> None:
    claim(market, "anna", 4, now)
    page = " ".join(clients["olga"].get(market.url("allocation/")).text.split())
    assert "Anna Großmann: take a free topic <small>(1 → 4)</small>" in page
    assert 'aria-label="Approve: Anna Großmann"' in page
