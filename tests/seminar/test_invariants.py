"""Rules between tables: each is broken once, past every service, and is named; a seminar that services have made breaks none."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from courses.models import Participant
from grading.models import CountedGrade, IssuedDocument, Part, ReleasedPart
from seminar.services.invariants import broken_invariants
from tests.factories.topics import give, give_out, open_market, pair, prefer, rule_of
from tests.factories.world import World
from tests.grading.test_services import grade, release
from topics.models import AllocationRun, Assignment, Exchange, Pair, Topic, TopicProposal
from topics.services import ask_swap, claim_topic


@pytest.fixture
def lively(world: World, now: datetime) -> World:
    """Anna has 1 and wants 4, Boris has 2 and asks Carla, who has 3, for a swap; Dana is excluded from 5."""
    open_market(world)
    give_out(world, now, anna=[1], boris=[2], carla=[3])
    claim_topic(world.row("anna"), world.topic(4), now=now)
    ask_swap(world.row("boris"), world.row("carla"), kind="topics", message="", now=now)
    pair(world, "dana", 5, "excluded", now)
    return world


def test_invariants_hold_of_what_services_have_made(lively: World) -> None:
    assert broken_invariants() == []


def test_invariants_name_a_seminar_with_more_offers_than_places(lively: World, now: datetime) -> None:
    Participant.objects.filter(pk=lively.row("wait").pk).update(state="offered", offered_until=now)
    lively.seminar.capacity = 5
    lively.seminar.save()
    assert broken_invariants() == []
    lively.seminar.capacity = 4
    lively.seminar.save()
    assert broken_invariants() == ["small: more students are admitted or have an offer than there are places."]


def swapped_seat(world: World) -> None:
    Assignment.objects.filter(participant=world.row("carla")).update(participant=world.row("dana"))


def taken_topic(world: World) -> None:
    Assignment.objects.create(
        seat=world.topic(4).seats.get(), participant=world.row("dana"), assigned_at=Exchange.objects.first().asked_at
    )


def left(world: World) -> None:
    Participant.objects.filter(pk=world.row("anna").pk).update(state="withdrawn")


@pytest.mark.parametrize(("breaks", "kind"), [(swapped_seat, "topics"), (taken_topic, "claim"), (left, "claim")])
def test_invariants_name_a_request_that_is_no_longer_possible(
    lively: World, breaks: Callable[[World], None], kind: str
) -> None:
    breaks(lively)
    request = Exchange.objects.get(kind=kind)
    assert broken_invariants() == [f"Request {request.pk}: it waits, but is no longer possible."]


def test_invariants_name_an_excluded_topic_that_was_given(lively: World, now: datetime) -> None:
    Pair.objects.update(decided_at=now - timedelta(days=1), topic=lively.topic(4))
    give(lively, "anna", None, now)  # and with it her request
    Pair.objects.update(participant=lively.row("anna"))
    Assignment.objects.create(seat=lively.topic(4).seats.get(), participant=lively.row("anna"), assigned_at=now)
    name = f"Pair {Pair.objects.get().pk}: the student was excluded, and got the topic nevertheless."
    assert broken_invariants() == [name]


def test_invariants_hold_of_a_topic_that_was_held_before_the_exclusion(lively: World, now: datetime) -> None:
    pair(lively, "carla", 3, "excluded", now + timedelta(hours=1))
    assert broken_invariants() == []


@pytest.mark.parametrize("change", ["stranger", "twice", "left out"])
def test_invariants_name_an_allocation_of_other_people(lively: World, change: str) -> None:
    run = AllocationRun.objects.get()
    code, other, *_rest = run.people
    stranger = Participant.objects.filter(seminar=lively.other).first()
    assert stranger is not None
    if change == "left out":
        run.assignment.pop(code)
    else:
        run.people[code] = stranger.pk if change == "stranger" else run.people[other]
    run.save()
    sentence = "its result is not about the people of its input." if change == "left out" else "it names people who"
    assert [sentence in each for each in broken_invariants()] == [True]


def test_invariants_name_what_joins_two_seminars(lively: World, now: datetime) -> None:
    theirs = Topic.objects.get(seminar=lively.other, number=5)
    stranger = Participant.objects.get(seminar=lively.other, user=lively.people["other_student"])
    rule_of(lively, proposals=True)
    Pair.objects.update(topic=theirs)
    TopicProposal.objects.create(participant=lively.row("dana"), title="T", topic=theirs, proposed_at=now)
    closed = {"kind": "topics", "state": "done", "asked_at": now, "proposer": lively.row("dana")}
    own = {"gives": lively.topic(1), "wants": lively.topic(2), "partner": lively.row("anna")}
    for foreign in ({"gives": theirs}, {"wants": theirs}, {"partner": stranger}):
        Exchange.objects.create(**{**closed, **own, **foreign})
    names = [" ".join(each.split()[:2]).rstrip("0123456789 ") for each in broken_invariants()]
    assert sorted(names) == ["pair", "proposal", "request for", "request of", "request to"]


def test_invariants_name_a_preference_for_a_topic_of_another_seminar(lively: World, now: datetime) -> None:
    prefer(lively, "dana", [4], now)
    theirs = Topic.objects.get(seminar=lively.other, number=5)
    lively.row("dana").preference_list.preferences.update(topic=theirs)
    assert [each.startswith("preference ") for each in broken_invariants()] == [True]


def test_invariants_name_a_condition_of_the_grade_without_its_upload(world: World) -> None:
    Part.objects.filter(scheme__seminar=world.seminar, key="revision").update(source="upload", upload="notebook")
    assert broken_invariants() == []
    Part.objects.filter(source="upload").update(upload="essay")
    assert broken_invariants() == [f"Part {Part.objects.get(source='upload').pk}: there is no upload “essay”."]


def test_invariants_name_a_released_part_of_another_seminar(world: World, now: datetime) -> None:
    stranger = Participant.objects.get(seminar=world.other, user=world.people["other_student"])
    part, olga = Part.objects.get(scheme__seminar=world.seminar, key="notebook"), world.row("olga").user
    row = ReleasedPart.objects.create(part=part, participant=stranger, value=1, released_at=now, released_by=olga)
    assert broken_invariants() == [f"released part {row.pk} joins two seminars."]


def test_invariants_name_a_document_that_was_changed_or_is_somebody_elses(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    grade(world, "boris", now)
    release(world, now)
    assert broken_invariants() == []
    document, other, *_rest = IssuedDocument.objects.filter(kind="record")
    document.facts["grade"] = "1.0"
    document.save()
    IssuedDocument.objects.filter(pk=other.pk).update(participant=document.participant)
    CountedGrade.objects.create(participant=world.row("carla"), released=document.released, counted_at=now)
    assert broken_invariants() == [
        f"Document {other.pk}: it is about somebody else's grade.",
        f"Document {document.pk}: it no longer says what it said when it was issued.",
        f"Counted grade {CountedGrade.objects.get().pk}: it is somebody else's.",
    ]
