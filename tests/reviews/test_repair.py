"""Reviews after somebody has left: begun ones stay, planned ones are replaced by those who have one fewer to write."""

from collections import Counter
from datetime import datetime

import pytest

from courses.models import HistoryEntry, Participant
from courses.services import change_state
from notifications.models import Letter
from reviews.models import Review, ReviewRound
from reviews.services import Repair, repair_of, repair_plan
from tests.courses.crowd import add_students
from tests.factories.world import World
from tests.reviews.test_services import PLANNED, STUDENTS, hand_in, pairs, publish, the_round, write

Pair = tuple[str, str]  # reviewer, author


def plan(world: World, *names: Pair) -> None:
    """Put exactly these reviews into force."""
    round_ = the_round(world)
    for reviewer, author in names:
        fields = {"reviewer": world.row(reviewer), "author": world.row(author), "assigned_at": PLANNED}
        Review.objects.create(round=round_, **fields)


def repair(world: World, name: str = "anna") -> Repair:
    """What the page would show while the person is still there."""
    return repair_of(the_round(world), world.row(name))


def leave(world: World, name: str = "anna", at: datetime = PLANNED) -> Repair:
    """The person is withdrawn, and the plan repaired."""
    row = change_state(world.row(name), "withdrawn", actor=None, now=at)
    return repair_plan(the_round(world), row, actor=world.row("olga").user, now=at)


def short(row: Participant) -> str:
    return row.user.email.partition("@")[0]


def new(found: Repair) -> list[Pair]:
    return sorted((short(reviewer), short(author)) for reviewer, author in found.new)


def gaps(found: Repair) -> dict[str, int]:
    return {short(author): count for author, count in found.gaps}


def begin(world: World, reviewer: str, author: str, *, deliver: bool = False) -> None:
    write(Review.objects.get(reviewer=world.row(reviewer), author=world.row(author)), deliver=deliver)


# Everybody writes two and receives two.
RING: tuple[Pair, ...] = (
    ("anna", "boris"), ("anna", "carla"), ("boris", "carla"), ("boris", "dana"),
    ("carla", "dana"), ("carla", "anna"), ("dana", "anna"), ("dana", "boris"),
)  # fmt: skip


# --- what is found --------------------------------------------------------------------------------------------


def test_repair_of_gives_the_works_that_lose_a_reviewer_to_those_who_lose_a_work(world: World) -> None:
    plan(world, *RING)
    found = repair(world)
    assert (len(found.dropped), found.kept, new(found), gaps(found)) == (
        4,
        (),
        [("carla", "boris"), ("dana", "carla")],
        {},
    )


def test_repair_of_writes_nothing_and_is_the_same_twice(world: World) -> None:
    plan(world, *RING)
    before = pairs()
    assert new(repair(world)) == new(repair(world))
    assert (pairs(), HistoryEntry.objects.count(), Letter.objects.count()) == (before, 0, 0)


def test_repair_of_is_the_same_before_and_after_the_person_has_left(world: World) -> None:
    plan(world, *RING)
    before = repair(world)
    change_state(world.row("anna"), "withdrawn", actor=None, now=PLANNED)
    after = repair(world)
    assert (new(after), gaps(after), after.dropped) == (new(before), gaps(before), before.dropped)


@pytest.mark.parametrize("name", STUDENTS)
def test_repair_of_a_drawn_plan_is_fair_whoever_leaves(world: World, name: str) -> None:
    hand_in(world)
    publish(world)
    found = leave(world, name)
    written = Counter(reviewer for reviewer, _author in pairs())
    received = Counter(author for _reviewer, author in pairs())
    rest = {world.row(each).pk for each in STUDENTS if each != name}
    assert set(written) == set(received) == rest
    assert max(written.values()) == 2
    assert {pk: 2 - received[pk] for pk in rest if received[pk] < 2} == {row.pk: count for row, count in found.gaps}


def test_repair_of_keeps_what_was_begun_and_asks_its_writer_for_no_more(world: World) -> None:
    plan(world, *RING)
    begin(world, "carla", "anna")
    found = repair(world)
    assert [(short(row.reviewer), short(row.author)) for row in found.kept] == [("carla", "anna")]
    assert new(found) == [("dana", "carla")]
    assert gaps(found) == {"boris": 1}


def test_repair_of_counts_what_the_leaver_has_delivered(world: World) -> None:
    plan(world, *RING)
    begin(world, "anna", "boris", deliver=True)
    found = repair(world)
    assert (new(found), gaps(found)) == ([("dana", "carla")], {})


def test_repair_of_replaces_what_the_leaver_has_begun_and_will_not_deliver(world: World) -> None:
    plan(world, *RING)
    begin(world, "anna", "boris")
    found = repair(world)
    assert ([short(row.author) for row in found.kept], new(found)) == (
        ["boris"],
        [("carla", "boris"), ("dana", "carla")],
    )


def test_repair_of_names_the_works_for_which_nobody_has_time(world: World) -> None:
    plan(world, ("anna", "boris"), ("anna", "carla"), ("boris", "carla"), ("carla", "boris"))
    found = repair(world)
    assert (new(found), gaps(found)) == ([], {"boris": 1, "carla": 1})


def test_repair_of_gives_nobody_their_own_work_and_no_work_twice(world: World) -> None:
    """Boris has one fewer to write, and the only work that lacks a review is one that he reviews already, or his own."""
    plan(world, ("anna", "carla"), ("anna", "boris"), ("boris", "anna"), ("boris", "carla"))
    found = repair(world)
    assert (new(found), gaps(found)) == ([], {"boris": 2, "carla": 1})


def test_repair_of_asks_nobody_for_more_than_the_round_says(world: World) -> None:
    """Carla has one fewer to write, and still as many as everybody."""
    ReviewRound.objects.update(per_reviewer=1, per_submission=1)
    plan(world, ("anna", "boris"), ("carla", "anna"), ("carla", "dana"))
    found = repair(world)
    assert (new(found), gaps(found)) == ([], {"boris": 1})


def test_repair_of_asks_nobody_who_has_left_before(world: World) -> None:
    plan(world, *RING)
    change_state(world.row("dana"), "withdrawn", actor=None, now=PLANNED)
    assert "dana" not in {name for pair in new(repair(world)) for name in pair}


def test_repair_of_a_large_plan_is_perfect(world: World) -> None:
    ReviewRound.objects.update(per_reviewer=3, per_submission=3)
    rows = add_students(world.seminar, 12)
    Review.objects.bulk_create(
        Review(round=the_round(world), reviewer=row, author=rows[(place + step) % 12], assigned_at=PLANNED)
        for place, row in enumerate(rows)
        for step in (1, 2, 3)
    )
    found = repair_of(the_round(world), rows[0])
    standing = pairs() - {(row.reviewer_id, row.author_id) for row in found.dropped}
    after = standing | {(reviewer.pk, author.pk) for reviewer, author in found.new}
    rest = [row.pk for row in rows[1:]]
    assert Counter(reviewer for reviewer, _author in after) == dict.fromkeys(rest, 3)
    assert Counter(author for _reviewer, author in after) == dict.fromkeys(rest, 3)


# --- what is done ---------------------------------------------------------------------------------------------


def test_repair_plan_does_what_was_shown(world: World) -> None:
    plan(world, *RING)
    shown = repair(world)
    leave(world)
    found = {
        (short(row.reviewer), short(row.author))
        for row in Review.objects.select_related("reviewer__user", "author__user")
    }
    kept = {pair for pair in RING if "anna" not in pair}
    assert found == kept | set(new(shown))


def test_repair_plan_leaves_the_words_of_a_begun_review(world: World) -> None:
    plan(world, *RING)
    begin(world, "carla", "anna")
    leave(world)
    row = Review.objects.get(author=world.row("anna"))
    assert (row.state, row.answers.get(prompt__key="enhancements").text) == ("started", "Plot it.")


def test_repair_plan_tells_those_who_have_another_work_and_nobody_else(world: World) -> None:
    plan(world, *RING)
    leave(world)
    letters = Letter.objects.filter(kind="reviews_assigned")
    assert sorted(letters.values_list("to_email", flat=True)) == ["carla@example.org", "dana@example.org"]


def test_repair_plan_is_noted_once(world: World) -> None:
    plan(world, *RING)
    leave(world)
    repair_plan(the_round(world), world.row("anna"), actor=world.row("olga").user, now=PLANNED)
    entry = HistoryEntry.objects.get(subject="review_plan")
    assert (entry.participant, entry.actor, entry.new) == (
        world.row("anna"),
        world.people["olga"],
        "4 dropped, 2 new",
    )


def test_repair_plan_with_nothing_to_drop_changes_nothing(world: World) -> None:
    plan(world, *(pair for pair in RING if "anna" not in pair))
    before = pairs()
    assert leave(world).dropped == ()
    assert (pairs(), HistoryEntry.objects.filter(subject="review_plan").count()) == (before, 0)
