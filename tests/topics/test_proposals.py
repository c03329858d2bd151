"""Topics that students propose: their own business until an organizer accepts them into the catalogue."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from notifications.models import Letter
from tests.factories.topics import lines, rule_of, told
from tests.factories.world import World
from topics.models import Topic, TopicProposal
from topics.services import decide_proposal, propose_topic

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
SENT = {"title": "Flows", "abstract": "Because they flow.", "authors": "A and B", "url": "https://example.org/flows"}


@pytest.fixture
def proposing(world: World) -> World:
    rule_of(world, proposals=True)
    return world


def propose(world: World, name: str, now: datetime, title: str = "Flows") -> TopicProposal:
    return propose_topic(world.row(name), TopicProposal(**{**SENT, "title": title}), now=now)


def decide(
    world: World, proposal: TopicProposal, state: str, now: datetime, reason: str = "", by: str = "olga"
) -> TopicProposal:
    return decide_proposal(proposal, state, reason=reason, actor=world.people[by], now=now)


def found() -> list[tuple[str, str, str]]:
    """(given name, title, state)."""
    rows = TopicProposal.objects.order_by("pk")
    return list(rows.values_list("participant__user__given_names", "title", "state"))


def test_propose_topic_twice_is_one_effect(proposing: World, now: datetime) -> None:
    assert propose(proposing, "anna", now) == propose(proposing, "anna", now)
    assert found() == [("Anna", "Flows", "proposed")]
    propose(proposing, "boris", now)
    assert len(found()) == 2


def test_propose_topic_where_the_seminar_takes_none_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        propose(world, "anna", now)
    assert (refused.value.code, refused.value.status, found()) == ("no_proposals", 403, [])


def test_propose_topic_a_fourth_time_is_refused_until_one_is_taken_back(proposing: World, now: datetime) -> None:
    first, *_others = (propose(proposing, "anna", now, title) for title in ("One", "Two", "Three"))
    with pytest.raises(Refusal) as refused:
        propose(proposing, "anna", now, "Four")
    assert (refused.value.code, len(found())) == ("too_many_proposals", 3)
    decide(proposing, first, "taken_back", now, by="anna")
    assert propose(proposing, "anna", now, "Four").state == "proposed"


def test_decide_proposal_accepts_into_the_catalogue_once(proposing: World, now: datetime) -> None:
    proposal = propose(proposing, "anna", now)
    for _ in range(2):
        decide(proposing, proposal, "accepted", now)
    topic = proposing.topic(6)
    assert (topic.title, topic.authors, topic.url, topic.abstract) == tuple(
        SENT[name] for name in ("title", "authors", "url", "abstract")
    )
    assert (topic.seats.count(), Topic.objects.filter(seminar=proposing.seminar).count()) == (1, 6)
    assert (TopicProposal.objects.get().topic, lines("catalogue")) == (topic, [("", "6 Flows", "seats: 1")])
    assert "the topic you proposed is in the catalogue as number 6: Flows." in Letter.objects.get().text
    assert told() == [("anna", "proposal_decided")]


def test_decide_proposal_declines_once_with_the_reason(proposing: World, now: datetime) -> None:
    proposal = propose(proposing, "anna", now)
    for _ in range(2):
        decide(proposing, proposal, "declined", now, "Too large.")
    assert "declined the topic you proposed: Flows.\n\nReason: Too large." in Letter.objects.get().text
    assert (found(), told()) == ([("Anna", "Flows", "declined")], [("anna", "proposal_decided")])
    assert Topic.objects.filter(seminar=proposing.seminar).count() == 5


def test_decide_proposal_taken_back_writes_no_letter(proposing: World, now: datetime) -> None:
    proposal = propose(proposing, "anna", now)
    decide(proposing, proposal, "taken_back", now, by="anna")
    assert (found(), told()) == ([("Anna", "Flows", "taken_back")], [])


@pytest.mark.parametrize("first", ["accepted", "declined", "taken_back"])
@pytest.mark.parametrize("second", ["accepted", "declined", "taken_back"])
def test_decide_proposal_that_is_closed_is_a_conflict(proposing: World, now: datetime, first: str, second: str) -> None:
    proposal = propose(proposing, "anna", now)
    decide(proposing, proposal, first, now, "r")
    if first != second:
        with pytest.raises(Conflict) as refused:
            decide(proposing, proposal, second, now, "r")
        assert (refused.value.code, refused.value.status) == ("proposal_closed", 409)
    assert found() == [("Anna", "Flows", first)]


# --- the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clients(proposing: World, signed_in: SignedIn, now: datetime) -> Iterator[dict[str, Client]]:
    with time_machine.travel(now, tick=False):
        yield {name: signed_in(proposing.people[name]) for name in ("anna", "boris", "olga")}


def post(client: Client, world: World, proposal: TopicProposal, do: str, **more: str) -> tuple[int, str]:
    url = world.url(f"topics/proposals/{proposal.pk}/")
    response: Any = client.post(url, {"do": do, **more}, headers=JSON)
    return response.status_code, response.json()["code"] if response.status_code >= 400 else ""


def test_proposal_list_of_a_student_shows_only_their_own(
    clients: dict[str, Client], proposing: World, now: datetime
) -> None:
    propose(proposing, "boris", now, "Theirs")
    url = proposing.url("topics/proposals/")
    assert [clients["anna"].post(url, SENT).status_code for _ in range(2)] == [302, 302]
    page = clients["anna"].get(url).text
    assert ("Flows" in page, "Theirs" in page, "Łukasik" in page) == (True, False, False)
    both = clients["olga"].get(url).text
    assert ("Flows" in both, "Theirs" in both, "Boris Łukasik" in both) == (True, True, True)


@pytest.mark.parametrize("changed", [{"title": ""}, {"abstract": ""}, {"url": "javascript:alert(1)"}])
def test_proposal_list_with_a_mistake_saves_nothing(
    clients: dict[str, Client], proposing: World, changed: dict[str, str]
) -> None:
    response = clients["anna"].post(proposing.url("topics/proposals/"), {**SENT, **changed})
    assert (response.status_code, found()) == (400, [])


def test_proposal_list_takes_none_from_organizers(clients: dict[str, Client], proposing: World) -> None:
    response = clients["olga"].post(proposing.url("topics/proposals/"), SENT)
    assert (response.status_code, found()) == (403, [])


def test_proposal_list_is_404_where_the_seminar_takes_none_and_there_are_none(
    clients: dict[str, Client], proposing: World, now: datetime
) -> None:
    propose(proposing, "anna", now)
    rule_of(proposing, proposals=False)
    url = proposing.url("topics/proposals/")
    assert {name: client.get(url).status_code for name, client in clients.items()} == {
        "anna": 200,
        "boris": 404,
        "olga": 200,
    }
    assert clients["anna"].post(url, {**SENT, "title": "More"}).status_code == 403


def test_proposal_update_is_each_ones_own_word(clients: dict[str, Client], proposing: World, now: datetime) -> None:
    proposal = propose(proposing, "anna", now)
    answers = [
        post(clients["anna"], proposing, proposal, "accept"),
        post(clients["boris"], proposing, proposal, "take_back"),
        post(clients["olga"], proposing, proposal, "take_back"),
        post(clients["olga"], proposing, proposal, "decline"),
        post(clients["olga"], proposing, proposal, "decline", reason="  "),
    ]
    assert answers == [
        (400, "unreadable"),
        (404, "not_found"),
        (400, "unreadable"),
        (400, "reason_missing"),
        (400, "reason_missing"),
    ]
    assert found() == [("Anna", "Flows", "proposed")]


@pytest.mark.parametrize(
    ("who", "do", "state"),
    [("olga", "accept", "accepted"), ("olga", "decline", "declined"), ("anna", "take_back", "taken_back")],
)
def test_proposal_update_twice_is_one_effect(
    clients: dict[str, Client], proposing: World, now: datetime, who: str, do: str, state: str
) -> None:
    proposal = propose(proposing, "anna", now)
    assert [post(clients[who], proposing, proposal, do, reason="why") for _ in range(2)] == [(302, "")] * 2
    assert found() == [("Anna", "Flows", state)]


def test_proposal_update_of_another_seminar_is_404(proposing: World, now: datetime, signed_in: SignedIn) -> None:
    proposal = propose(proposing, "anna", now)
    theirs = signed_in(proposing.people["other_organizer"])
    response = theirs.post(f"/seminars/other/topics/proposals/{proposal.pk}/", {"do": "accept"})
    assert (response.status_code, found()) == (404, [("Anna", "Flows", "proposed")])
