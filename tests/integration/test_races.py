"""Twenty people want the same thing at the same instant: one has it, everybody else gets a sentence, and nothing breaks."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.domain.refusals import Conflict
from accounts.services import ensure_users
from courses import queries
from courses.domain.check_in import code_at
from courses.models import Attendance, HistoryEntry, Participant, Seminar
from courses.queries import sessions_of
from courses.services import (
    accept_offer,
    change_state,
    check_in,
    decline_offer,
    enter_seminar,
    pass_on_offers,
    save_attendance,
    start_check_in,
)
from grading.models import Assessment, Part, PartGrade, PartSource
from grading.queries import scheme_of
from grading.services import hand_in_assessment, save_assessment, save_part_grade, take_back_assessment
from grading.services.grades import Entry
from notifications.models import Letter
from reviews.models import Review
from reviews.services import draw_plan, publish_plan, save_review
from seminar.services import withdraw
from seminar.services.invariants import broken_invariants
from tests.courses.crowd import add_students
from tests.factories.topics import give_out
from tests.factories.world import World
from tests.reviews.test_services import PLANNED, WRITING, hand_in, publish, texts_of, the_round
from topics.models import Assignment, Exchange
from topics.queries import topic_of
from topics.services import claim_topic

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
MANY = 20


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Begin all at the same instant, each with its own connection; return what each answered, a conflict as itself."""
    answers: list[object] = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], object]) -> None:
        connection.ensure_connection()
        barrier.wait(timeout=30)
        try:
            answers[place] = work()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    failures = [
        repr(answer) for answer in answers if isinstance(answer, Exception) and not isinstance(answer, Conflict)
    ]
    assert failures == []
    return answers


def counted(answers: list[object]) -> Counter[tuple[str, str]]:
    """Answers as the code and sentence of a conflict, or the state that somebody is in."""
    return Counter(
        (answer.code, answer.message) if isinstance(answer, Conflict) else ("done", str(getattr(answer, "state", "")))
        for answer in answers
    )


# --- the last place -------------------------------------------------------------------------------------------


def test_last_place_goes_to_one_of_many_applicants(world: World, now: datetime) -> None:
    rows, olga = add_students(world.seminar, MANY, state="applied"), world.people["olga"]
    answers = at_once([lambda row=row: change_state(row, "admitted", actor=olga, now=now) for row in rows])
    refused = (
        "no_free_place",
        "All 5 places are taken; nobody was admitted. Raise the number of places or wait until one is free.",
    )
    assert counted(answers) == {("done", "admitted"): 1, refused: MANY - 1}
    assert (queries.taken_places(world.seminar), broken_invariants()) == (5, [])
    assert (Letter.objects.count(), HistoryEntry.objects.count()) == (1, 1)


def test_last_place_goes_to_one_of_many_who_enter(world: World, now: datetime) -> None:
    world.row("wait").delete()
    Seminar.objects.filter(pk=world.seminar.pk).update(admission="direct")
    users = ensure_users({"email": f"quick{number}@example.org"} for number in range(MANY)).values()
    choices = {"available": True, "name_public": False, "now": now}
    answers = at_once([lambda user=user: enter_seminar(world.seminar, user, **choices) for user in users])
    assert counted(answers) == {("done", "admitted"): 1, ("done", "waiting"): MANY - 1}
    assert (queries.taken_places(world.seminar), broken_invariants()) == (5, [])
    line = list(queries.in_line(world.seminar))
    assert [queries.waiting_position(row) for row in line] == list(range(1, MANY))


# --- the last topic -------------------------------------------------------------------------------------------


@pytest.fixture
def one_topic_left(world: World, now: datetime) -> World:
    """The allocation is published: the four students have topics 1, 2, 3 and 5."""
    give_out(world, now, anna=[1], boris=[2], carla=[3], dana=[5])
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=100)
    return world


def test_last_topic_goes_to_one_of_many_who_claim_it(one_topic_left: World, now: datetime) -> None:
    topic = one_topic_left.topic(4)
    rows = add_students(one_topic_left.seminar, MANY)
    answers = at_once([lambda row=row: claim_topic(row, topic, now=now) for row in rows])
    refused = ("topic_taken", "Topic 4 Consistency Models has no free seat any more; nothing was changed.")
    assert counted(answers) == {("done", "done"): 1, refused: MANY - 1}
    (winner,) = (row for row in rows if topic_of(row) == topic)
    assert list(Exchange.objects.values_list("proposer", "state")) == [(winner.pk, "done")]
    assert (Assignment.objects.count(), broken_invariants()) == (5, [])


# --- the roster -----------------------------------------------------------------------------------------------


def test_one_person_noted_by_many_is_noted_once_and_nobody_is_overwritten(world: World, now: datetime) -> None:
    session, olga, anna = sessions_of(world.seminar).get(key="talks"), world.row("olga").user, world.row("anna").pk
    taps = [("present", "absent", "excused")[place % 3] for place in range(MANY)]
    answers = at_once(
        [lambda s=s: save_attendance(session, {anna: s}, shown={}, actor=olga, now=now) for s in taps]  # type: ignore[misc]
    )
    noted = Attendance.objects.get().status
    lost = [answer for answer, tap in zip(answers, taps, strict=True) if tap != noted]
    assert all(isinstance(answer, Conflict) and f"noted “{noted}”" in answer.message for answer in lost)
    assert [answer for answer, tap in zip(answers, taps, strict=True) if tap == noted] == [None] * taps.count(noted)
    assert HistoryEntry.objects.filter(subject="attendance:talks").count() == 1


def test_many_check_in_while_an_organizer_saves(world: World, now: datetime) -> None:
    session, olga = sessions_of(world.seminar).get(key="talks"), world.row("olga").user
    people = (
        queries.students(world.seminar)
        .select_related("seminar")
        .filter(pk__in=[row.pk for row in add_students(world.seminar, MANY)])
    )
    code = code_at(start_check_in(session, minutes=10, actor=olga, now=now).secret, now)
    works = [lambda row=row: check_in(row, code, now=now) for row in [*people, *people]]  # type: ignore[misc]
    save = {world.row("anna").pk: "absent"}
    at_once([*works, lambda: save_attendance(session, save, others="present", shown={}, actor=olga, now=now)])
    found = list(Attendance.objects.values_list("status", flat=True))
    assert (found.count("present"), found.count("absent")) == (MANY + 3, 1)
    assert HistoryEntry.objects.filter(subject="attendance:talks").count() == MANY + 4


# --- an offer -------------------------------------------------------------------------------------------------


@pytest.fixture
def offered(world: World, now: datetime) -> World:
    """The last place is offered to the first of three who wait; nobody else has applied."""
    world.row("apply").delete()
    add_students(world.seminar, 2, state="waiting")
    change_state(world.row("wait"), "offered", actor=None, now=now)
    return world


NO_OFFER = "There is no open offer for you any more: you are now “%s”. Nothing was changed."


@pytest.mark.parametrize("leading", ["accept", "decline", "lapse"])
def test_one_offer_has_one_outcome(offered: World, now: datetime, leading: str) -> None:
    row, until = offered.row("wait"), now + timedelta(hours=48)
    accepts = [lambda: accept_offer(row, now=until)] * 7
    declines = [lambda: decline_offer(row, now=until)] * 7
    lapses = [lambda: pass_on_offers(until + timedelta(microseconds=1))] * 6
    order = {"accept": accepts + declines + lapses, "decline": declines + lapses + accepts}
    answers = at_once(order.get(leading, lapses + accepts + declines))
    lines = row.history.order_by("pk").values_list("old", "new", "reason")
    (outcome,) = lines[1:]  # the first is the offer
    taken, line = offered.row("wait").state == "admitted", list(queries.in_line(offered.seminar))
    assert broken_invariants() == []
    assert queries.taken_places(offered.seminar) == 5
    assert outcome in {
        ("offered", "admitted", ""),
        ("offered", "withdrawn", "offer declined"),
        ("offered", "withdrawn", "offer lapsed"),
    }
    assert len(line) == (2 if taken else 1)  # what one person leaves is offered to the next, once
    kinds = counted([answer for answer in answers if not isinstance(answer, int)])
    if taken:
        assert kinds == {("done", "admitted"): 7, ("no_offer", NO_OFFER % "admitted"): 7}
    else:
        assert kinds == {("done", "withdrawn"): 7, ("no_offer", NO_OFFER % "withdrawn"): 7}
    assert Participant.objects.filter(seminar=offered.seminar, state="offered").count() == (0 if taken else 1)


# --- somebody leaves ------------------------------------------------------------------------------------------


def test_withdrawal_while_the_plan_of_reviews_is_published(world: World) -> None:
    """Each waits for the other's rows in the same order, so that neither is thrown out."""
    hand_in(world)
    round_, olga, anna = the_round(world), world.row("olga").user, world.row("anna")
    digest = draw_plan(round_).digest
    publishes = [lambda: publish_plan(round_, digest=digest, actor=olga, now=PLANNED)] * 3
    leaves = [lambda: withdraw(anna, actor=olga, now=PLANNED)] * 3
    answers = at_once([*publishes, *leaves])
    assert {code for code, _words in counted(answers)} <= {"done", "plan_changed"}
    assert (world.row("anna").state, world.row("anna").history.filter(subject="participant").count()) == (
        "withdrawn",
        1,
    )
    assert not Review.objects.filter(reviewer=anna).exists()
    assert broken_invariants() == []


def test_withdrawal_of_an_author_while_the_reviewers_save(world: World) -> None:
    """What somebody was told to be saved stays; whoever comes a moment later finds no such review any more."""
    hand_in(world)
    publish(world)
    reviews, olga, anna = (
        list(Review.objects.filter(author=world.row("anna"))),
        world.row("olga").user,
        world.row("anna"),
    )

    def save(review: Review) -> int | None:
        try:
            return save_review(review, texts_of(review), revision=0, arrived_at=WRITING).pk
        except Conflict:
            return None

    saves = [lambda review=review: save(review) for review in reviews]
    answers = at_once([*saves, lambda: withdraw(anna, actor=olga, now=WRITING)])
    saved = [answer for answer in answers[:-1] if answer is not None]
    assert list(Review.objects.filter(pk__in=saved, state="started").values_list("pk", flat=True)) == sorted(saved)
    assert (world.row("anna").state, broken_invariants()) == ("withdrawn", [])


# --- one grade ------------------------------------------------------------------------------------------------


COLLISIONS = 200


def test_colliding_saves_of_one_grade_lose_nothing(world: World, now: datetime) -> None:
    """Two hundred saves from twenty pages at a time, all of which show the state before: one of each twenty is kept."""
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    part = next(part for part in scheme.parts.all() if part.source == PartSource.GRADE)
    anna, users = world.row("anna"), [world.row(name).user for name in ("olga", "otto")]
    kept: list[str] = []
    for turn in range(COLLISIONS // MANY):
        entries = [
            Entry(Decimal(scheme.scale[(turn + place) % 10]), None, f"{turn}.{place}", {}) for place in range(MANY)
        ]
        works = [
            lambda place=place, entry=entry, turn=turn: save_part_grade(
                part, anna, entry, revision=turn, actor=users[place % 2], now=now
            )
            for place, entry in enumerate(entries)
        ]
        answers = at_once(works)
        refused = {place: answer for place, answer in enumerate(answers) if isinstance(answer, Conflict)}
        (winner,) = set(range(MANY)) - refused.keys()
        for place, conflict in refused.items():
            assert conflict.status == 409
            for each in (entries[winner], entries[place]):
                assert each.in_full() in conflict.message
        kept.append(str(entries[winner]))
    stored = PartGrade.objects.get(part=part, participant=anna)
    assert (stored.value, stored.revision) == (Decimal(kept[-1]), COLLISIONS // MANY)
    history = HistoryEntry.objects.filter(subject=f"grade:{part.key}").order_by("pk").values_list("old", "new")
    changes = [(old, new) for old, new in zip(["", *kept], kept, strict=False) if old != new]
    assert list(history) == changes


# --- two examiners --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [("1.3", "1.3"), ("1.3", "2.0")])
def test_two_examiners_hand_in_at_the_same_instant(world: World, now: datetime, values: tuple[str, str]) -> None:
    """Each presses many times: both are in once, and whoever came second has opened both."""
    part, anna = Part.objects.get(scheme__seminar=world.seminar, key="presentation"), world.row("anna")
    part.examiners = 2
    part.save()
    users = [world.row(name).user for name in ("olga", "otto")]
    for user, value in zip(users, values, strict=True):
        save_assessment(part, anna, Entry(Decimal(value), None, "", {}), revision=0, actor=user)
    works = [lambda user=user: hand_in_assessment(part, anna, actor=user, now=now) for user in users * (MANY // 2)]
    answers = at_once(works)
    assert {answer.code for answer in answers if isinstance(answer, Conflict)} <= {"assessments_in"}
    assert list(Assessment.objects.order_by("place").values_list("place", flat=True)) == [1, 2]
    agree = values[0] == values[1]
    assert [row.value for row in PartGrade.objects.all()] == ([Decimal("1.3")] if agree else [])
    subjects = HistoryEntry.objects.order_by("pk").values_list("subject", flat=True)
    assert list(subjects) == ["assessment:presentation"] * 2 + ["grade:presentation"] * agree
    assert broken_invariants() == []


def test_one_takes_back_while_the_other_hands_in(world: World, now: datetime) -> None:
    part, anna = Part.objects.get(scheme__seminar=world.seminar, key="presentation"), world.row("anna")
    part.examiners = 2
    part.save()
    olga, otto = (world.row(name).user for name in ("olga", "otto"))
    for user in (olga, otto):
        save_assessment(part, anna, Entry(Decimal("1.3"), None, "", {}), revision=0, actor=user)
    hand_in_assessment(part, anna, actor=olga, now=now)
    backs = [lambda: take_back_assessment(part, anna, actor=olga)] * 5
    answers = at_once([*backs, lambda: hand_in_assessment(part, anna, actor=otto, now=now)])
    places = set(Assessment.objects.values_list("examiner__email", "place"))
    if PartGrade.objects.exists():  # the second was first, and nothing could be taken back any more
        assert all(isinstance(answer, Conflict) for answer in answers[:5])
        assert places == {("olga@example.org", 1), ("otto@example.org", 2)}
    else:
        assert places == {("olga@example.org", None), ("otto@example.org", 1)}
    assert broken_invariants() == []
