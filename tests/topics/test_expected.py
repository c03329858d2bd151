"""Whom a session expects follows the topics, as long as the session is ahead, and never an organizer's own choice."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses import queries
from courses.models import Expectation, Session
from courses.services import change_state, choose_expected, save_attendance
from seminar.services.invariants import broken_invariants
from seminar.services.sweeping import sweep
from tests.courses.crowd import add_students
from tests.factories.world import SMALL, World, load_text
from topics.models import SessionTopic
from topics.services import assign_topic, sync_expected

NAMES = ("anna", "boris", "carla", "dana")


def expected(world: World, key: str = "questions") -> list[str]:
    session = queries.sessions_of(world.seminar).get(key=key)
    expects = queries.expectation_of(world.seminar)
    return [name for name in NAMES if expects(session, world.row(name).pk)]


def give(world: World, name: str, number: int | None, now: datetime) -> None:
    topic = world.topic(number) if number else None
    assign_topic(world.row(name), topic, reason="", actor=world.row("olga").user, now=now)


def choose(world: World, name: str, value: bool, now: datetime, key: str = "questions") -> None:
    session = queries.sessions_of(world.seminar).get(key=key)
    shown = {world.row(name).pk: name in expected(world, key)}
    choose_expected(session, {world.row(name).pk: value}, shown=shown, actor=world.row("olga").user, now=now)


def test_session_expects_those_with_its_topics_and_others_everybody(world: World, now: datetime) -> None:
    assert (expected(world), expected(world, "talks"), expected(world, "kickoff")) == ([], [*NAMES], [*NAMES])
    give(world, "anna", 1, now)
    give(world, "boris", 3, now)
    assert expected(world) == ["anna"]
    SessionTopic.objects.filter(session__key="questions", session__seminar=world.seminar).delete()
    sweep(now)
    assert expected(world) == [*NAMES]  # without topics it is for everybody
    assert not Expectation.objects.exists()
    assert broken_invariants() == []


def test_session_follows_a_topic_that_changes_hands_while_it_is_ahead(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "anna", 5, now)
    assert expected(world) == []
    give(world, "anna", 2, now)
    questions = world.seminar.sessions.get(key="questions").date
    later = now.replace(year=questions.year, month=questions.month, day=questions.day) + timedelta(days=1)
    give(world, "anna", 5, later)
    give(world, "boris", 1, later)
    assert expected(world) == ["anna"]  # it was hers that day, and Boris came to the topic after it
    Session.objects.filter(key="questions").update(date=later.date() + timedelta(days=7))
    sweep(later)
    assert expected(world) == ["boris"]


def test_session_of_a_file_that_is_loaded_after_it_expects_those_with_its_topics(db: None, now: datetime) -> None:
    text = SMALL.read_text().replace('given = "Anna"', 'given = "Anna"\ntopic = 2')
    seminar = load_text(text, now + timedelta(days=365))
    expects, session = queries.expectation_of(seminar), queries.sessions_of(seminar).get(key="questions")
    assert [row.user.given_names for row in queries.students(seminar) if expects(session, row.pk)] == ["Anna"]


def test_choice_by_hand_and_what_was_noted_stay(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)
    choose(world, "anna", False, now)
    choose(world, "dana", True, now)
    session = world.seminar.sessions.get(key="questions")
    save_attendance(session, {world.row("anna").pk: "absent"}, actor=world.row("olga").user, now=now)
    for number in (5, 2):
        give(world, "anna", number, now)
        sweep(now)
        assert expected(world) == ["dana"]
    assert world.row("anna").attendances.get().status == "absent"
    choose(world, "dana", False, now)
    choose(world, "anna", True, now)
    assert expected(world) == ["anna"]
    lines = list(world.row("dana").history.order_by("pk").values_list("subject", "old", "new"))
    assert lines == [
        ("expected:questions", "not expected", "expected"),
        ("expected:questions", "expected", "not expected"),
    ]


def test_session_before_one_was_admitted_expects_nobody_new(world: World, now: datetime) -> None:
    late = now + timedelta(days=1)  # the kick-off is over
    row = change_state(world.row("apply"), "admitted", actor=None, now=late)
    expects = queries.expectation_of(world.seminar)
    assert {s.key: expects(s, row.pk) for s in queries.sessions_of(world.seminar)} == {
        "kickoff": False,
        "questions": False,
        "talks": True,
    }


def test_absence_of_before_stays_with_somebody_who_leaves_and_comes_back(world: World, now: datetime) -> None:
    session, olga = world.seminar.sessions.get(key="kickoff"), world.row("olga").user
    save_attendance(session, {world.row("anna").pk: "absent"}, actor=olga, now=now)
    for state, day in (("withdrawn", 1), ("admitted", 9)):
        change_state(world.row("anna"), state, actor=olga, now=now + timedelta(days=day))
    assert queries.absences(world.seminar) == {world.row("anna").pk: 1}


def test_sync_expected_twice_writes_nothing_and_asks_as_much_for_many(world: World, now: datetime) -> None:
    give(world, "anna", 1, now)

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            sync_expected(world.seminar, now=now)
        return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]

    one = asked()
    assert [sql for sql in one if not sql.startswith("SELECT")] == []
    add_students(world.seminar, 30)
    Session.objects.bulk_create(
        Session(seminar=world.seminar, key=f"q{n}", kind="questions", date=date(2024, 1, 5), only_named=False)
        for n in range(20)
    )
    assert len(asked()) == len(one)


def test_expectation_that_says_nothing_is_refused_by_the_database(world: World) -> None:
    row = {"session": world.seminar.sessions.get(key="talks"), "participant": world.row("anna")}
    with pytest.raises(IntegrityError), transaction.atomic():
        Expectation.objects.create(**row)
    Expectation.objects.create(**row, by_hand=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Expectation.objects.create(**row, named=True)
