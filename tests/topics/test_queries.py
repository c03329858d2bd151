"""Reads on the catalogue, on preferences and on who holds which topic."""

from datetime import date, datetime

import pytest

from courses.models import Participant, Session
from milestones.domain.progress import Work
from tests.factories.topics import give, pair, prefer, rule_of
from tests.factories.world import World
from topics import queries
from topics.models import Seat, SessionTopic


def test_catalogue_knows_holders_and_free_seats(world: World, now: datetime) -> None:
    Seat.objects.create(topic=world.topic(2), number=2)
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)
    rows = [(topic.number, topic.holders, topic.free) for topic in queries.catalogue(world.seminar)]
    anna, boris = world.row("anna"), world.row("boris")
    assert rows == [(1, [anna], 0), (2, [boris], 1), (3, [], 1), (4, [], 1), (5, [], 1)]


def test_catalogue_counts_the_seat_of_somebody_who_has_left_as_free(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    Participant.objects.filter(pk=world.row("anna").pk).update(state="withdrawn")
    first = queries.catalogue(world.seminar)[0]
    assert (first.holders, first.free) == ([], 1)
    assert list(queries.held_seats(world.seminar)) == []


def test_topic_of_a_participant(world: World, now: datetime) -> None:
    give(world, "anna", 3, now)
    assert [queries.topic_of(world.row(name)) for name in ("anna", "boris")] == [world.topic(3), None]


def test_rankings_have_a_row_for_everybody_admitted(world: World, now: datetime) -> None:
    prefer(world, "anna", [3, 1], now)
    prefer(world, "dana", [2], now)
    Participant.objects.filter(pk=world.row("dana").pk).update(state="withdrawn")
    assert queries.rankings(world.seminar) == {
        world.row("anna").pk: [[3], [1]],
        world.row("boris").pk: [],
        world.row("carla").pk: [],
    }
    assert [row.topic.number for row in queries.preferences_of(world.row("anna"))] == [3, 1]


def test_rankings_keep_shared_ranks_together(world: World, now: datetime) -> None:
    rule_of(world, ties=True)
    prefer(world, "anna", [2, [5, 4]], now)
    assert queries.rankings(world.seminar)[world.row("anna").pk] == [[2], [4, 5]]
    assert queries.ranking_of(world.row("anna")) == [[2], [4, 5]]


def test_demand_counts_admitted_students_and_their_first_choices(world: World, now: datetime) -> None:
    for name, numbers in (("anna", [3, 1]), ("boris", [3]), ("dana", [1, 3])):
        prefer(world, name, numbers, now)
    Participant.objects.filter(pk=world.row("boris").pk).update(state="withdrawn")
    assert queries.demand(world.seminar) == {world.topic(1).pk: (2, 1), world.topic(3).pk: (2, 1)}


def test_exclusion_of_a_pair_is_not_a_pin(world: World, now: datetime) -> None:
    pair(world, "anna", 1, "pinned", now)
    excluded = pair(world, "anna", 2, "excluded", now)
    found = [queries.exclusion(world.row("anna"), world.topic(number)) for number in (1, 2, 3)]
    assert found == [None, excluded, None]


@pytest.mark.parametrize(
    ("state", "hours", "is_open"),
    [("waiting", 48, False), ("waiting", 0, True), ("offered", 0, False), ("withdrawn", 48, True)],
)
def test_market_is_open_while_nobody_is_about_to_get_a_place(
    world: World, now: datetime, state: str, hours: int, is_open: bool
) -> None:
    world.seminar.offer_hours = hours
    until = now if state == "offered" else None
    Participant.objects.filter(pk=world.row("wait").pk).update(state=state, offered_until=until)
    assert queries.market_open(world.seminar, now) is is_open


def test_preference_work_is_done_sent_or_not_needed(world: World, now: datetime) -> None:
    prefer(world, "anna", [3], now)
    give(world, "boris", 1, now)
    milestone = world.milestone("m1")
    ids = [world.row(name).pk for name in ("anna", "boris", "carla")]
    assert queries.preference_work([milestone], ids) == {
        (milestone.pk, ids[0]): Work(done=1, needed=1, at=now),
        (milestone.pk, ids[1]): Work(done=0, needed=0),
        (milestone.pk, ids[2]): Work(done=0, needed=1),
    }


def test_talk_days_are_those_of_the_first_talk(world: World) -> None:
    later = Session.objects.create(seminar=world.seminar, key="late", kind="talks", date=date(2024, 1, 12))
    for number in (4, 5):
        SessionTopic.objects.create(session=later, topic=world.topic(number))
    days = {number: queries.talk_days(world.seminar).get(world.topic(number).pk) for number in (1, 4, 5)}
    assert days == {1: date(2023, 12, 15), 4: date(2023, 12, 15), 5: date(2024, 1, 12)}


def test_talks_of_a_topic_are_all_its_sessions_by_date(world: World) -> None:
    assert [row.session.key for row in queries.talks_of(world.topic(1))] == ["questions", "talks"]


def test_session_topics_are_in_speaking_order(world: World) -> None:
    talks = world.seminar.sessions.get(key="talks")
    SessionTopic.objects.filter(session=talks, topic=world.topic(1)).update(position=9)
    assert [row.topic.number for row in queries.session_topics(world.seminar)[talks.pk]] == [2, 3, 4, 1]
