"""Entering grades of parts and releasing them: exact, never over somebody else's, remembered, hidden until released."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.domain.refusals import Conflict, Refusal
from courses.models import HistoryEntry, ParticipantState
from grading import queries
from grading.models import Criterion, CriterionMark, GradingScheme, Part, PartGrade, ReleasedGrade
from grading.services import release_grades, save_part_grade
from grading.services.grades import Entry
from grading.services.wording import SENTENCES, step_text
from notifications.models import Letter
from tests.factories.world import World

BY_HAND = {"presentation": "1.3", "notebook": "1.7", "reviews": "1.0", "revision": True}
"""0.4 × 1.3 + 0.5 × 1.7 + 0.1 × 1.0 = 0.52 + 0.85 + 0.10 = 1.47, which is nearer to 1.3 than to 1.7."""


def the_scheme(world: World) -> GradingScheme:
    scheme = queries.scheme_of(world.seminar)
    assert scheme is not None
    return scheme


def part_of(world: World, key: str) -> Part:
    return Part.objects.get(scheme__seminar=world.seminar, key=key)


def entry_of(value: str | bool | None, comment: str = "", levels: dict[int, int] | None = None) -> Entry:
    if isinstance(value, bool):
        return Entry(value=None, passed=value, comment=comment, levels=levels or {})
    return Entry(value=Decimal(value) if value else None, passed=None, comment=comment, levels=levels or {})


def enter(
    world: World, name: str, key: str, entry: Entry, now: datetime, revision: int = 0, actor: str = "olga"
) -> PartGrade | None:
    """With a reason, which a grade needs that was released."""
    save = {"revision": revision, "actor": world.row(actor).user, "now": now, "reason": "Looked at again."}
    return save_part_grade(part_of(world, key), world.row(name), entry, **save)


def grade(world: World, name: str, now: datetime, **values: str | bool | None) -> None:
    """Everything a student needs for a grade; `values` replace those worked out by hand above."""
    for key, value in {**BY_HAND, **values}.items():
        row = PartGrade.objects.filter(part__key=key, participant=world.row(name)).first()
        enter(world, name, key, entry_of(value), now, revision=row.revision if row else 0)


def release(world: World, now: datetime) -> int:
    return release_grades(the_scheme(world), actor=world.row("olga").user, now=now)


def lines(world: World) -> list[tuple[str, str, str]]:
    """What the history says of grades, oldest first."""
    entries = HistoryEntry.objects.filter(subject__contains="grade", seminar=world.seminar).order_by("pk")
    return [(entry.subject, entry.old, entry.new) for entry in entries]


# --- entering -----------------------------------------------------------------------------------------------


def test_save_part_grade_writes_the_row_and_the_history(world: World, now: datetime) -> None:
    row = enter(world, "anna", "presentation", entry_of("1.3", "Clear."), now)
    assert row is not None
    row.refresh_from_db()
    assert (row.value, row.passed, row.comment, row.revision) == (Decimal("1.3"), None, "Clear.", 1)
    assert (row.graded_by, row.graded_at) == (world.people["olga"], now)
    entry = HistoryEntry.objects.get(subject="grade:presentation")
    assert (entry.at, entry.actor, entry.participant) == (now, world.people["olga"], world.row("anna"))
    assert (entry.old, entry.new) == ("", "1.3")


def test_save_part_grade_again_remembers_old_and_new(world: World, now: datetime) -> None:
    enter(world, "anna", "notebook", entry_of("1.7"), now)
    enter(world, "anna", "notebook", entry_of("2.0"), now, revision=1)
    enter(world, "anna", "revision", entry_of(value=False), now)
    subjects = [(subject, Decimal(old or 0), new) for subject, old, new in lines(world)[:2]]
    assert subjects == [("grade:notebook", 0, "1.7"), ("grade:notebook", Decimal("1.7"), "2.0")]
    assert lines(world)[2] == ("grade:revision", "", "failed")


def test_save_part_grade_of_the_same_value_twice_is_one_effect(world: World, now: datetime) -> None:
    for _ in range(2):
        enter(world, "anna", "presentation", entry_of("1.3", "Clear."), now)
    assert PartGrade.objects.get().revision == 1
    assert lines(world) == [("grade:presentation", "", "1.3")]


def test_save_part_grade_of_nothing_writes_nothing(world: World, now: datetime) -> None:
    assert enter(world, "anna", "presentation", entry_of(None), now) is None
    assert not PartGrade.objects.exists()


def test_save_part_grade_of_a_new_comment_needs_no_history_of_the_grade(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), now)
    row = enter(world, "anna", "presentation", entry_of("1.3", "Clear."), now, revision=1)
    assert row is not None
    assert (row.revision, row.comment) == (2, "Clear.")
    assert lines(world) == [("grade:presentation", "", "1.3")]


def test_save_part_grade_that_is_stale_names_both_values(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), now, actor="otto")
    with pytest.raises(Conflict) as refused:
        enter(world, "anna", "presentation", entry_of("2.7"), now, revision=0)
    assert (refused.value.code, refused.value.status) == ("grade_changed", 409)
    for fact in ("Otto Organizer", "1.3", "2.7", "“Presentation”", "Nothing was overwritten."):
        assert fact in refused.value.message
    assert PartGrade.objects.get().value == Decimal("1.3")


def test_save_part_grade_with_a_stale_comment_names_both_comments(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3", "Theirs."), now, actor="otto")
    with pytest.raises(Conflict) as refused:
        enter(world, "anna", "presentation", entry_of("1.3", "Mine."), now, revision=0)
    assert "Theirs." in refused.value.message
    assert "Mine." in refused.value.message


def test_save_part_grade_that_is_stale_but_says_the_same_is_no_conflict(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), now, actor="otto")
    row = enter(world, "anna", "presentation", entry_of("1.30"), now, revision=0)
    assert row is not None
    assert (row.revision, row.graded_by) == (1, world.people["otto"])


def test_save_part_grade_of_a_derived_part_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        enter(world, "anna", "attendance", entry_of(value=True), now)
    assert (refused.value.code, refused.value.status) == ("derived_part", 400)
    assert not PartGrade.objects.exists()


def test_save_part_grade_keeps_levels_of_the_rubric(world: World, now: datetime) -> None:
    first, second = part_of(world, "presentation").criteria.all()
    enter(world, "anna", "presentation", entry_of("1.3", levels={first.pk: 4, second.pk: 2}), now)
    enter(world, "anna", "presentation", entry_of("1.3", levels={first.pk: 3}), now, revision=1)
    assert list(CriterionMark.objects.values_list("criterion", "level")) == [(first.pk, 3)]


def test_save_part_grade_can_be_taken_back(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), now)
    row = enter(world, "anna", "presentation", entry_of(None), now, revision=1)
    assert row is not None
    assert row.value is None
    assert lines(world)[-1][2] == "none"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (Part, {"weight": Decimal("1.1")}),
        (Part, {"weight": Decimal("-0.1")}),
        (CriterionMark, {"level": 21}),
        (Criterion, {"points": 0}),
        (Criterion, {"points": 21}),
        (Part, {"examiners": 3}),
    ],
)
def test_grading_rows_that_break_a_rule_are_refused_by_the_database(
    world: World, now: datetime, change: type, fields: dict[str, object]
) -> None:
    criterion = part_of(world, "presentation").criteria.all()[0]
    enter(world, "anna", "presentation", entry_of("1.3", levels={criterion.pk: 4}), now)
    with pytest.raises(IntegrityError), transaction.atomic():
        change.objects.update(**fields)


def test_part_grade_of_one_part_and_person_twice_is_refused_by_the_database(world: World, now: datetime) -> None:
    row = enter(world, "anna", "presentation", entry_of("1.3"), now)
    assert row is not None
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# --- releasing ----------------------------------------------------------------------------------------------


def test_release_grades_shows_only_what_is_decided_and_tells_once(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    enter(world, "boris", "presentation", entry_of("2.0"), now)
    grade(world, "carla", now, notebook="5.0")
    assert release(world, now) == 2
    released = {row.participant: (row.grade, row.passed) for row in ReleasedGrade.objects.all()}
    assert released == {
        world.row("anna"): (Decimal("1.3"), True),
        world.row("carla"): (Decimal("5.0"), False),
    }
    letters = Letter.objects.filter(kind="grade_released")
    assert sorted(letter.to_email for letter in letters) == ["anna@example.org", "carla@example.org"]
    mine = letters.get(to_email="anna@example.org")
    assert mine.subject == "[Small2023] Your grade is released"
    assert f"http://testserver/seminars/small/grading/{world.row('anna').pk}/\n" in mine.text
    assert "1.3" not in mine.text


def test_release_grades_again_does_nothing(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    assert (release(world, now), release(world, now + timedelta(hours=1))) == (1, 0)
    assert ReleasedGrade.objects.count() == 1
    assert Letter.objects.filter(kind="grade_released").count() == 1
    assert [line for line in lines(world) if line[0] == "released_grade"] == [("released_grade", "", "1.3")]


def test_release_grades_keeps_exactly_what_was_shown(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    release(world, now)
    row = ReleasedGrade.objects.get()
    assert (row.released_at, row.released_by) == (now, world.people["olga"])
    assert [step_text(step) for step in row.steps] == [
        "Presentation: 1.3 ≤ 4.0, passed",
        "Notebook: 1.7 ≤ 4.0, passed",
        "Reviews: 1.0 ≤ 4.0, passed",
        "Revision: passed",
        "Attendance: passed",
        "Weighted mean: 0.40 × 1.3 + 0.50 × 1.7 + 0.10 × 1.0 = 1.47",
        "Rounded: 1.47 → 1.3 (nearest step of the scale)",
    ]
    values = [(part["key"], part["weight"], part["value"]) for part in row.parts]
    assert [(key, Decimal(weight)) for key, weight, _ in values] == [
        ("presentation", Decimal("0.4")),
        ("notebook", Decimal("0.5")),
        ("reviews", Decimal("0.1")),
        ("revision", 0),
        ("attendance", 0),
    ]
    assert [Decimal(value) for *_, value in values[:3]] == [Decimal("1.3"), Decimal("1.7"), Decimal(1)]
    assert [value for *_, value in values[3:]] == [True, True]


def test_release_grades_shows_a_changed_grade_only_after_another_release(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    release(world, now)
    anna = world.row("anna")
    grade(world, "anna", now, notebook="4.0")
    assert queries.released([anna])[anna.pk].grade == Decimal("1.3")
    assert release(world, now + timedelta(days=1)) == 1
    assert queries.released([anna])[anna.pk].grade == Decimal("2.7")  # 0.52 + 2.00 + 0.10 = 2.62
    assert [row.grade for row in ReleasedGrade.objects.all()] == [Decimal("2.7"), Decimal("1.3")]
    assert Letter.objects.filter(kind="grade_released").count() == 2


def test_release_grades_of_a_changed_comment_is_released_again(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    release(world, now)
    enter(world, "anna", "reviews", entry_of("1.0", "Helpful."), now, revision=1)
    assert release(world, now + timedelta(days=1)) == 1


def test_release_grades_leaves_out_who_has_left(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    anna = world.row("anna")
    anna.state = ParticipantState.WITHDRAWN
    anna.save()
    assert release(world, now) == 0


def test_step_text_has_a_sentence_for_every_kind() -> None:
    from grading.domain.grades import STEP_KINDS

    assert set(SENTENCES) == set(STEP_KINDS)
