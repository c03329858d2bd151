"""Grades in numbers: exact for organizers; for students only in groups that give nobody away, and never changed for one person."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.services import ensure_user
from courses.models import Participant, ParticipantState
from courses.services import change_state
from grading.domain.schemes import GERMAN_SCALE
from grading.domain.statistics import LEAST, Statistics, hides_each, summarize
from grading.models import CountedGrade
from grading.services import statistics_for_organizers, statistics_for_students
from tests.courses.crowd import queries_of
from tests.factories.world import World
from tests.grading.test_services import grade, release, the_scheme

pytestmark = pytest.mark.once
SignIn = Callable[..., Client]
GRADES = st.lists(st.sampled_from(GERMAN_SCALE), max_size=12)


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


# --- the numbers ----------------------------------------------------------------------------------------------


def test_summarize_counts_every_step_and_rounds_to_hundredths() -> None:
    scale = decimals("1.0", "2.0", "5.0")
    numbers = summarize(
        [(Decimal("2.0"), True), (Decimal("1.0"), True), (Decimal("5.0"), False)], scale, lower_is_better=True
    )
    counts = tuple((Decimal(step), 1) for step in ("1.0", "2.0", "5.0"))
    assert numbers == Statistics(counts, count=3, passed=2, mean=Decimal("2.67"), median=Decimal("2.00"))
    points = summarize([(Decimal(8), True)], [], lower_is_better=False)
    assert points == Statistics(((Decimal(8), 1),), count=1, passed=1, mean=Decimal("8.00"), median=Decimal("8.00"))
    assert summarize([], scale, lower_is_better=False).counts == tuple((step, 0) for step in reversed(scale))


def test_summarize_of_nothing_has_no_mean() -> None:
    assert summarize([], [], lower_is_better=True) == Statistics((), count=0, passed=0, mean=None, median=None)


@pytest.mark.parametrize(
    ("grades", "hidden"),
    [
        (["1.0", "1.3", "1.7", "2.0"], False),  # four
        (["1.0", "1.3", "1.7", "2.0", "2.3"], True),
        (["1.0"] * 5, False),  # all alike: everybody's grade is known
        (["1.0"] * 4 + ["2.0"], False),  # whoever has 2.0 knows all the others'
        (["1.0"] * 3 + ["2.0"] * 2, True),
        (["1.0"] * 3 + ["2.0", "3.0"], True),
    ],
)
def test_hides_each_takes_five_and_two_kinds_of_others(grades: list[str], hidden: bool) -> None:
    assert hides_each(decimals(*grades)) is hidden


@given(GRADES)
def test_whoever_knows_their_own_grade_cannot_tell_another(grades: list[Decimal]) -> None:
    if not hides_each(grades):
        return
    assert len(grades) >= LEAST
    for known in range(len(grades)):
        others = grades[:known] + grades[known + 1 :]
        assert len(set(others)) > 1


# --- what students see ----------------------------------------------------------------------------------------

VALUES = ("1.0", "1.3", "2.0", "2.3", "3.0", "3.3", "1.7", "4.0", "2.7", "3.7")


def join(world: World, name: str, now: datetime) -> None:
    user = ensure_user(f"{name}@example.org", given_names=name, family_name="Many")
    Participant.objects.create(seminar=world.seminar, user=user, state=ParticipantState.ADMITTED, entered_at=now)
    world.people[name] = user


def graded(world: World, count: int, now: datetime, start: int = 0) -> list[str]:
    """`count` more students with different grades, not released yet; their names."""
    names = []
    for number in range(start, start + count):
        join(world, f"many{number}", now)
        value = VALUES[number % len(VALUES)]
        grade(world, f"many{number}", now, presentation=value, notebook=value, reviews=value)
        names.append(f"many{number}")
    return names


def seen(world: World) -> tuple[int, dict[Decimal, int]] | None:
    numbers = statistics_for_students(the_scheme(world))
    return None if numbers is None else (numbers.count, {step: count for step, count in numbers.counts if count})


def test_four_released_grades_are_shown_to_no_student_and_five_are(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    names = graded(world, 4, now)
    release(world, now)
    url = world.url(f"grading/{world.row(names[0]).pk}/")
    page = signed_in(world.people[names[0]]).get(url).content.decode()
    assert (seen(world), "<figcaption>4 grades" in page, "at least five" in page) == (None, False, True)
    graded(world, 1, now, start=4)
    release(world, now)
    page = signed_in(world.people[names[0]]).get(url).content.decode()
    assert seen(world) == (5, {Decimal(value): 1 for value in VALUES[:5]})
    assert "<figcaption>5 grades, 5 passed." in page


def test_students_view_changes_only_by_groups_of_five(world: World, now: datetime) -> None:
    graded(world, 5, now)
    release(world, now)
    first = seen(world)
    graded(world, 4, now, start=5)
    for hours in range(3):
        release(world, now + timedelta(hours=hours))
        assert seen(world) == first
    graded(world, 1, now, start=9)
    release(world, now)
    second = seen(world)
    assert first is not None
    assert second is not None
    assert second == (10, {Decimal(value): 1 for value in VALUES})


def test_students_view_tells_nothing_of_a_grade_that_changes_or_a_person_who_leaves(
    world: World, now: datetime
) -> None:
    names = graded(world, 6, now)
    release(world, now)
    before = seen(world)
    grade(world, names[0], now, notebook="5.0")
    release(world, now)
    change_state(world.row(names[1]), "withdrawn", actor=None, now=now)
    assert seen(world) == before == (6, {Decimal(value): 1 for value in VALUES[:6]})
    numbers = statistics_for_organizers(the_scheme(world))
    assert (numbers.count, numbers.passed) == (6, 5)  # organizers see things as they are
    assert numbers.counts[-1] == (Decimal("5.0"), 1)


def test_late_group_of_five_with_one_grade_is_not_counted(world: World, now: datetime) -> None:
    graded(world, 5, now)
    release(world, now)
    before = seen(world)
    for number in range(5):
        join(world, f"alike{number}", now)
        grade(world, f"alike{number}", now)
    release(world, now)
    assert seen(world) == before


def test_another_seminar_counts_for_itself(world: World, now: datetime) -> None:
    graded(world, 5, now)
    release(world, now)
    assert CountedGrade.objects.filter(participant__seminar=world.other).count() == 0


def test_student_without_a_released_grade_sees_no_distribution(world: World, now: datetime, signed_in: SignIn) -> None:
    graded(world, 5, now)
    release(world, now)
    page = signed_in(world.people["anna"]).get(world.url(f"grading/{world.row('anna').pk}/")).content.decode()
    assert "<figcaption>5 grades" not in page


def test_grade_list_shows_organizers_the_distribution_with_a_table(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    empty = signed_in(world.people["olga"]).get(world.url("grading/")).content.decode()
    assert "The distribution will be here once grades are released." in empty
    names = graded(world, 2, now)
    release(world, now)
    change_state(world.row(names[0]), "withdrawn", actor=None, now=now)
    page = signed_in(world.people["olga"]).get(world.url("grading/")).content.decode()
    assert "<title>1.0: 1, 1.3: 1, 1.7: 0" in page
    assert "2 grades, 2 passed. Mean 1.15, median 1.15." in page
    assert '<th class="number" scope="row">1.3</th><td class="number">1</td>' in page


def test_grade_detail_asks_the_same_for_one_grade_and_for_many(world: World, now: datetime, signed_in: SignIn) -> None:
    names = graded(world, 5, now)
    release(world, now)
    client, url = signed_in(world.people[names[0]]), world.url(f"grading/{world.row(names[0]).pk}/")
    few = queries_of(client, url)
    graded(world, 5, now, start=5)
    release(world, now)
    assert queries_of(client, url) == few


def test_grades_released_before_there_were_statistics_are_counted_by_the_migration(world: World, now: datetime) -> None:
    graded(world, 5, now)
    release(world, now)
    before = seen(world)
    CountedGrade.objects.all().delete()
    import_module("grading.migrations.0009_count_released_grades").count(apps, None)
    assert seen(world) == before
