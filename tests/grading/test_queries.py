"""From rows to the rule, and who sees whose grade."""

from datetime import datetime
from decimal import Decimal

import pytest

from courses.models import Participant, ParticipantState, Seminar
from courses.services import save_attendance
from grading import queries
from grading.models import GradingScheme
from grading.services.wording import step_text
from tests.courses.crowd import add_students
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, release, the_scheme


def computed_of(world: World, name: str) -> queries.Computed:
    (computed,) = queries.compute(the_scheme(world), [world.row(name)])
    return computed


def note(world: World, name: str, status: str, now: datetime, key: str = "kickoff") -> None:
    session = world.seminar.sessions.select_related("seminar").get(key=key)
    save_attendance(session, {world.row(name).pk: status}, actor=world.row("olga").user, now=now)


def test_compute_of_the_example_worked_out_by_hand(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    computed = computed_of(world, "anna")
    assert computed.values == {
        "presentation": Decimal("1.3"),
        "notebook": Decimal("1.7"),
        "reviews": Decimal("1.0"),
        "revision": True,
        "attendance": True,
    }
    result = computed.result
    assert (result.grade, result.passed, result.reason) == (Decimal("1.3"), True, "graded")
    assert [step.value for step in result.steps[-2:]] == ["1.47", "1.3"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (("1.0", "1.0", "1.0"), "1.0"),
        (("1.3", "1.7", "4.0"), "1.7"),  # 0.52 + 0.85 + 0.40 = 1.77
        (("4.0", "4.0", "4.0"), "4.0"),
        (("3.7", "4.0", "4.0"), "4.0"),  # 1.48 + 2.00 + 0.40 = 3.88
        (("1.0", "1.0", "5.0"), "5.0"),  # a failed part fails the whole
    ],
)
def test_compute_weighs_forty_fifty_and_ten(
    world: World, now: datetime, values: tuple[str, str, str], shown: str
) -> None:
    presentation, notebook, reviews = values
    grade(world, "anna", now, presentation=presentation, notebook=notebook, reviews=reviews)
    assert computed_of(world, "anna").result.grade == Decimal(shown)


def test_compute_with_a_part_missing_is_no_zero(world: World, now: datetime) -> None:
    grade(world, "anna", now, reviews=None)
    result = computed_of(world, "anna").result
    assert (result.grade, result.passed, result.reason, result.missing) == (None, None, "missing", ("reviews",))


def test_compute_with_attendance_failing_fails_the_whole(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    note(world, "anna", "absent", now)
    computed = computed_of(world, "anna")
    assert computed.values["attendance"] is False
    assert (computed.result.grade, computed.result.passed) == (Decimal("5.0"), False)
    assert computed.result.failed == ("attendance",)
    assert step_text(computed.result.steps[-1]) == "5.0, because not passed: Attendance"


@pytest.mark.parametrize("status", ["present", "excused"])
def test_compute_counts_only_absences_without_excuse(world: World, now: datetime, status: str) -> None:
    note(world, "anna", status, now)
    assert computed_of(world, "anna").values["attendance"] is True


@pytest.mark.parametrize(("allowed", "passed"), [(None, True), (0, False), (1, False), (2, True)])
def test_compute_allows_as_many_absences_as_the_seminar_says(
    world: World, now: datetime, allowed: int | None, *, passed: bool
) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(absences_allowed=allowed)
    for key in ("kickoff", "talks"):
        note(world, "anna", "absent", now, key)
    assert computed_of(world, "anna").values["attendance"] is passed


def test_compute_counts_no_absence_where_nobody_expected_one(world: World, now: datetime) -> None:
    note(world, "anna", "absent", now, "questions")  # on topics 1 and 2; she has none
    assert computed_of(world, "anna").values["attendance"] is True


def test_compute_takes_the_same_queries_for_one_and_for_thirty(
    world: World, now: datetime, django_assert_num_queries: object
) -> None:
    scheme = the_scheme(world)
    people = [world.row("anna"), *add_students(world.seminar, 29)]
    for some in (people[:1], people):
        with django_assert_num_queries(4):  # type: ignore[operator]
            assert len(queries.compute(scheme, some)) == len(some)


def test_scheme_of_a_seminar_reads_as_the_rule_does(world: World, now: datetime) -> None:
    rule = queries.rule_of(the_scheme(world), now)
    assert [(part.key, part.weight) for part in rule.parts] == [
        ("presentation", Decimal("0.4")),
        ("notebook", Decimal("0.5")),
        ("reviews", Decimal("0.1")),
        ("revision", 0),
        ("attendance", 0),
    ]
    assert (rule.scale[0], rule.scale[-1], rule.pass_mark, rule.fail_grade) == (1, 5, 4, 5)
    GradingScheme.objects.filter(seminar=world.seminar).delete()
    assert queries.scheme_of(world.seminar) is None
    assert queries.scheme_of(world.other) is not None


def test_released_is_the_last_release_of_each(world: World, now: datetime) -> None:
    people = [world.row("anna"), world.row("boris")]
    assert queries.released(people) == {}
    grade(world, "anna", now)
    release(world, now)
    enter(world, "anna", "notebook", entry_of("4.0"), now, revision=1)
    release(world, now)
    assert {pk: row.grade for pk, row in queries.released(people).items()} == {people[0].pk: Decimal("2.7")}


def seen_by(world: World, name: str, seminar: Seminar | None = None) -> set[Participant]:
    user = world.people[name]
    assert user is not None
    return set(queries.visible_students(user, seminar or world.seminar))


def test_visible_students_are_oneself_and_all_for_organizers(world: World) -> None:
    for name in ("anna", "apply", "wait", "gone"):
        assert seen_by(world, name) == {world.row(name)}
    students = set(Participant.objects.filter(seminar=world.seminar, role="student"))
    assert seen_by(world, "olga") == seen_by(world, "otto") == students
    for name in ("outsider", "other_organizer", "other_student"):
        assert seen_by(world, name) == set()
    assert seen_by(world, "olga", world.other) == set()


def test_visible_students_end_with_the_rights_of_an_organizer(world: World) -> None:
    Participant.objects.filter(pk=world.row("otto").pk).update(state=ParticipantState.WITHDRAWN)
    assert seen_by(world, "otto") == set()
