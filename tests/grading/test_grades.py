"""Final grades: examples computed by hand, schemes of several countries, and properties of every scheme."""

from dataclasses import FrozenInstanceError, replace
from decimal import Context, Decimal, localcontext
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.domain.grades import (
    FAIL_ANY_PART,
    GERMAN_SCALE,
    ROUNDING,
    STEP_KINDS,
    TIE_BREAK,
    Part,
    Result,
    Scheme,
    SchemeError,
    Value,
    check_scheme,
    describe,
    final_grade,
)

D = Decimal
Case = tuple[Scheme, dict[str, Value], Decimal | None]
REPORT, CODE, TALK = (
    Part("report", "Report", D("0.40")),
    Part("code", "Code", D("0.50")),
    Part("talk", "Talk", D("0.10")),
)
HURDLE = Part("discussion", "Discussion", D(0))
GERMAN = Scheme((REPORT, CODE, TALK))
HALVES = Scheme((Part("a", "A", D("0.5")), Part("b", "B", D("0.5"))))
SWISS = Scheme(
    (REPORT, CODE, TALK),
    scale=tuple(D(half) / 2 for half in range(2, 13)),
    lower_is_better=False,
    fail_grade=D(1),
)
POINTS = Scheme(
    (REPORT, CODE, TALK),
    scale=tuple(map(D, range(101))),
    pass_mark=D(50),
    lower_is_better=False,
    fail_grade=D(0),
)
BARE_POINTS = Scheme(POINTS.parts, scale=(), pass_mark=D(50), lower_is_better=False, fail_grade=D(0), best_grade=D(100))
PASS_FAIL = Scheme(
    (HURDLE, Part("report", "Report", D(0))),
    scale=(D(1), D(0)),
    pass_mark=D(1),
    lower_is_better=False,
    fail_grade=D(0),
)


def given_grades(*grades: str) -> dict[str, Value]:
    return {part.key: D(grade) for part, grade in zip(GERMAN.parts, grades, strict=True)}


def halves(a: str, b: str) -> dict[str, Value]:
    return {"a": D(a), "b": D(b)}


def lines(result: Result) -> list[str]:
    return [describe(step) for step in result.steps]


@pytest.mark.parametrize(
    ("grades", "mean", "grade"),
    [
        (("1.7", "2.0", "1.3"), "1.81", "1.7"),  # 0.68 + 1.00 + 0.13
        (("1.0", "1.0", "1.0"), "1.0", "1.0"),
        (("2.3", "1.0", "3.0"), "1.72", "1.7"),  # 0.92 + 0.50 + 0.30
        (("4.0", "4.0", "4.0"), "4.0", "4.0"),
        (("4.0", "3.7", "4.0"), "3.85", "4.0"),  # 1.60 + 1.85 + 0.40, the middle of 3.7 and 4.0
        (("1.3", "2.7", "3.3"), "2.2", "2.3"),  # 0.52 + 1.35 + 0.33
        (("1.0", "1.3", "1.0"), "1.15", "1.3"),  # the middle of 1.0 and 1.3, no participation
        (("1.0", "1.29", "1.0"), "1.145", "1.0"),
    ],
)
def test_final_grade_german_by_hand(grades: tuple[str, ...], mean: str, grade: str) -> None:
    result = final_grade(given_grades(*grades), GERMAN)
    assert result.grade == D(grade)
    assert (result.passed, result.reason, result.missing, result.failed) == (True, "graded", (), ())
    assert next(step.value for step in result.steps if step.kind == "weighted") == mean


def test_final_grade_steps_read_as_on_paper() -> None:
    result = final_grade(given_grades("1.7", "2", "1.300"), GERMAN)
    assert lines(result) == [
        "Report: 1.7 ≤ 4.0, passed",
        "Code: 2.0 ≤ 4.0, passed",
        "Talk: 1.3 ≤ 4.0, passed",
        "0.40 × 1.7 + 0.50 × 2.0 + 0.10 × 1.3 = 1.81",
        "1.81 → 1.7 (nearest step of the scale)",
    ]
    assert [step.key for step in result.steps] == ["report", "code", "talk", "weighted", "rounding"]
    assert result.steps[0].params == {
        "title": "Report", "formula": "1.7 ≤ 4.0", "value": "1.7", "grade": "1.7", "pass_mark": "4.0"
    }  # fmt: skip
    assert len({hash(step) for step in result.steps}) == 5


def test_final_grade_missing_part_is_not_a_zero() -> None:
    result = final_grade({"report": D("1.0"), "code": None}, GERMAN)
    assert (result.grade, result.passed, result.reason) == (None, None, "missing")
    assert (result.missing, result.decided) == (("code", "talk"), False)
    assert lines(result)[1:] == ["Code: no grade yet", "Talk: no grade yet"]


def test_final_grade_failed_part_decides_despite_a_missing_one() -> None:
    result = final_grade({"report": D("4.3"), "talk": D("1.0")}, GERMAN)
    assert (result.grade, result.passed, result.reason) == (D("5.0"), False, "part_failed")
    assert (result.missing, result.failed, result.decided) == (("code",), ("report",), True)
    assert lines(result)[0] == "Report: 4.3 > 4.0, failed"
    assert lines(result)[-1] == "5.0, because not passed: Report"


@pytest.mark.parametrize(
    ("rule", "grade", "first"),
    [
        ("before_rounding", "5.0", "Report: 4.02 > 4.0, failed"),
        ("after_rounding", "1.7", "Report: 4.02 → 4.0 ≤ 4.0, passed"),
        ("never", "1.7", "Report: 4.02"),
    ],
)
def test_final_grade_part_just_beyond_the_pass_mark(rule: str, grade: str, first: str) -> None:
    parts = (Part("report", "Report", D("0.2")), Part("code", "Code", D("0.8")))
    scheme = replace(GERMAN, fail_any_part=rule, parts=parts)
    result = final_grade({"report": D("4.02"), "code": D("1.1")}, scheme)  # 0.804 + 0.88 = 1.684
    assert result.grade == D(grade)
    assert lines(result)[0] == first


def test_final_grade_after_rounding_judges_the_mean_alike() -> None:
    scheme = replace(GERMAN, fail_any_part="after_rounding")
    assert final_grade(given_grades("4.02", "4.02", "4.02"), scheme).grade == D("4.0")
    assert final_grade(given_grades("4.6", "4.02", "4.02"), scheme).failed == ("report",)


@pytest.mark.parametrize(
    ("ties", "reason"), [("participation", "graded"), ("better", "graded"), ("worse", "part_failed")]
)
def test_final_grade_after_rounding_with_parts_in_the_middle(ties: str, reason: str) -> None:
    scheme = replace(HALVES, fail_any_part="after_rounding", tie_break=ties)
    result = final_grade(halves("4.5", "4.5"), scheme, D("5.0"))
    assert result.reason == reason
    assert result.grade == D("4.0" if reason == "graded" else "5.0")


def test_final_grade_mean_fails_only_if_parts_may() -> None:
    lenient = replace(GERMAN, fail_any_part="never")
    result = final_grade(given_grades("5.0", "3.3", "4.0"), lenient)  # 2.00 + 1.65 + 0.40 = 4.05
    assert (result.grade, result.passed, result.reason) == (D("5.0"), False, "mean_failed")
    assert lines(result)[-1] == "4.05 > 4.0, failed: 5.0"
    assert final_grade(given_grades("5.0", "2.0", "4.0"), lenient).grade == D("3.3")  # 3.40


def test_final_grade_part_that_need_not_be_passed_only_counts() -> None:
    scheme = replace(GERMAN, parts=(REPORT, CODE, Part("talk", "Talk", D("0.10"), must_pass=False)))
    result = final_grade(given_grades("1.0", "1.0", "5.0"), scheme)  # 1.40
    assert (result.grade, lines(result)[2]) == (D("1.3"), "Talk: 5.0")
    assert final_grade({"report": D(1), "code": D(1)}, scheme).missing == ("talk",)


@pytest.mark.parametrize(
    ("verdict", "grade", "reason", "line"),
    [
        (True, "1.7", "graded", "Discussion: passed"),
        (False, "5.0", "part_failed", "Discussion: failed"),
        (D("3.7"), "1.7", "graded", "Discussion: 3.7 ≤ 4.0, passed"),
        (D("4.3"), "5.0", "part_failed", "Discussion: 4.3 > 4.0, failed"),
        (None, None, "missing", "Discussion: no grade yet"),
    ],
)
@pytest.mark.parametrize("rule", FAIL_ANY_PART[::2])
def test_final_grade_hurdle_is_judged_on_its_own(
    verdict: Value, grade: str | None, reason: str, line: str, rule: str
) -> None:
    scheme = replace(GERMAN, parts=(*GERMAN.parts, HURDLE), fail_any_part=rule)
    result = final_grade({**given_grades("1.7", "2.0", "1.3"), "discussion": verdict}, scheme)
    assert (result.grade, result.reason) == (None if grade is None else D(grade), reason)
    assert lines(result)[3] == line


@pytest.mark.parametrize("verdict", [True, False, None, D("5.0")])
def test_final_grade_hurdle_that_need_not_be_passed_has_no_effect(verdict: Value) -> None:
    scheme = replace(GERMAN, parts=(*GERMAN.parts, Part("extra", "Extra", D(0), must_pass=False)))
    result = final_grade({**given_grades("1.7", "2.0", "1.3"), "extra": verdict}, scheme)
    assert (result.grade, result.missing, result.failed) == (D("1.7"), (), ())


@pytest.mark.parametrize(
    ("ties", "participation", "grade", "kind"),
    [
        ("participation", "1.4", "1.3", "tie_participation_better"),
        ("participation", "1.5", "1.7", "tie_participation_worse"),
        ("participation", "1.6", "1.7", "tie_participation_worse"),
        ("participation", None, "1.7", "tie_no_participation"),
        ("better", "5.0", "1.3", "tie_better"),
        ("worse", "1.0", "1.7", "tie_worse"),
    ],
)
def test_final_grade_exact_middle_is_settled_by_the_tie_break(
    ties: str, participation: str | None, grade: str, kind: str
) -> None:
    scheme = replace(HALVES, tie_break=ties)
    result = final_grade(halves("1.3", "1.7"), scheme, None if participation is None else D(participation))
    assert (result.grade, result.steps[-1].kind) == (D(grade), kind)
    assert lines(result)[-1].startswith(f"1.5 → {grade} (between 1.3 and 1.7; ")
    assert (participation or "") in lines(result)[-1] or "participation" not in ties


def test_final_grade_undecided_margin_widens_the_tie() -> None:
    scheme = replace(HALVES, undecided_margin=D("0.05"))
    for a, grade in (("1.19", "1.3"), ("1.2", "1.3"), ("1.3", "1.3"), ("1.4", "1.3"), ("1.41", "1.7")):
        assert final_grade(halves(a, "1.7"), scheme, D("1.4")).grade == D(grade)  # better than 1.5
    for a, grade in (("1.19", "1.3"), ("1.2", "1.7"), ("1.3", "1.7"), ("1.4", "1.7")):
        assert final_grade(halves(a, "1.7"), scheme, D("1.5")).grade == D(grade)


def test_final_grade_of_a_part_missed_is_neither_a_zero_nor_a_pass() -> None:
    scheme, grades = replace(GERMAN, missing="fail"), {"report": D("1.0"), "code": None}
    result = final_grade(grades, scheme)
    assert (result.grade, result.reason, result.failed, result.missing) == (5, "part_failed", ("code", "talk"), ())
    assert lines(result)[1:] == [
        "Code: missing when its time was over, so not passed",
        "Talk: missing when its time was over, so not passed",
        "5.0, because not passed: Code, Talk",
    ]
    lenient = final_grade(grades, replace(scheme, fail_any_part="never"))
    assert (lenient.grade, lenient.reason, lenient.missing) == (None, "missing", ("code", "talk"))


def test_final_grade_middle_is_exact_where_binary_floats_are_not() -> None:
    # In floats 0.4 × 1.3 + 0.5 × 1.0 + 0.1 × 1.3 is 1.1500000000000001 or so, and never quite the middle.
    grades = given_grades("1.3", "1.0", "1.3")
    assert final_grade(grades, GERMAN, D("1.0")).steps[-1].kind == "tie_participation_better"
    with localcontext(Context(prec=3)):
        long = given_grades("1.2999999999999999999999999999999999", "1.0", "1.3")
        assert final_grade(long, GERMAN, D("5.0")).grade == D("1.0")


@pytest.mark.parametrize(
    ("rounding", "grades", "grade", "kind"),
    [
        ("cut_one_decimal", ("1.59", "1.59", "1.59"), "1.5", "cut_one_decimal"),
        ("cut_one_decimal", ("1.7", "2.0", "1.3"), "1.8", "cut_one_decimal"),
        ("none", ("1.7", "2.0", "1.3"), "1.81", "not_rounded"),
    ],
)
def test_final_grade_other_roundings(rounding: str, grades: tuple[str, ...], grade: str, kind: str) -> None:
    result = final_grade(given_grades(*grades), replace(GERMAN, rounding=rounding))
    assert (result.grade, result.steps[-1].kind) == (D(grade), kind)


def test_final_grade_rounding_stays_between_best_step_and_pass_mark() -> None:
    cut = replace(SWISS, scale=(), pass_mark=D("4.25"), best_grade=D(6), rounding="cut_one_decimal")
    result = final_grade(given_grades("4.25", "4.25", "4.25"), cut)
    assert (result.grade, result.steps[-1].kind) == (D("4.25"), "held_on_scale")
    for rounding in ROUNDING:
        scheme = replace(GERMAN, best_grade=D("0.7"), rounding=rounding)
        assert final_grade(given_grades("0.7", "0.7", "0.7"), scheme).grade == D("1.0")


@pytest.mark.parametrize(
    ("scheme", "grades", "grade"),
    [
        (SWISS, ("5.5", "4.5", "6"), "5.0"),  # 2.20 + 2.25 + 0.60 = 5.05
        (SWISS, ("5.0", "4.5", "5.0"), "4.5"),  # 4.75, the middle of 4.5 and 5.0: the worse is the lower
        (SWISS, ("4", "4", "4"), "4.0"),
        (SWISS, ("3.9", "6", "6"), "1"),
        (POINTS, ("81", "70", "64"), "74"),  # 32.4 + 35 + 6.4 = 73.8
        (POINTS, ("50", "50", "49"), "0"),
        (BARE_POINTS, ("81", "70", "64"), "73.8"),
    ],
)
def test_final_grade_where_higher_is_better(scheme: Scheme, grades: tuple[str, ...], grade: str) -> None:
    assert final_grade(given_grades(*grades), scheme).grade == D(grade)


def test_final_grade_tie_where_higher_is_better_is_won_by_higher_participation() -> None:
    grades = given_grades("5.0", "4.5", "5.0")
    assert final_grade(grades, SWISS, D("4.8")).grade == D("5.0")
    assert final_grade(grades, SWISS, D("4.7")).grade == D("4.5")


def test_final_grade_pass_or_fail() -> None:
    result = final_grade({"discussion": True, "report": D(1)}, PASS_FAIL)
    assert (result.grade, result.passed, result.reason) == (D(1), True, "graded")
    assert lines(result)[-1] == "every part is passed: 1"
    assert final_grade({"discussion": True, "report": False}, PASS_FAIL).grade == 0
    assert final_grade({"discussion": True}, PASS_FAIL).missing == ("report",)
    weighted = replace(PASS_FAIL, parts=HALVES.parts, fail_any_part="never")
    assert final_grade({"a": True, "b": True}, weighted).grade == 1
    assert final_grade({"a": True, "b": False}, weighted).reason == "mean_failed"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"parts": ()}, "The scheme has no parts."),
        ({"parts": (REPORT, CODE)}, "The weights sum to 0.9, not to 1."),
        ({"parts": (HURDLE,)}, "The weights sum to 0, not to 1."),
        ({"parts": (REPORT, REPORT, Part("b", "B", D("0.2")))}, "Every part needs a key of its own."),
        ({"parts": (Part("", "A", D(1)),)}, "Every part needs a key of its own."),
        ({"parts": (Part("a", "A", D("1.1")), Part("b", "B", D("-0.1")))}, "A weight must not be negative."),
        ({"scale": (*GERMAN_SCALE, D("1"))}, "A step of the scale occurs twice."),
        ({"scale": GERMAN_SCALE[:-1]}, "The pass mark and the fail grade must be steps of the scale."),
        ({"pass_mark": D("3.9")}, "The pass mark and the fail grade must be steps of the scale."),
        ({"fail_grade": D("4.0")}, "The fail grade would pass."),
        ({"scale": ()}, "A scheme without steps needs a best grade."),
        ({"best_grade": D("4.3")}, "The best grade would not pass."),
        ({"undecided_margin": D("-0.1")}, "The undecided margin must not be negative."),
        ({"undecided_margin": D("0.15")}, "The undecided margin must be smaller than half the smallest"),
        ({"rounding": "up"}, "rounding must be one of nearest_step, cut_one_decimal, none."),
        ({"tie_break": ""}, "tie_break must be one of participation, better, worse."),
        ({"fail_any_part": "x"}, "fail_any_part must be one of before_rounding, after_rounding, never."),
        ({"pass_mark": D("NaN")}, "Every weight, step, mark and margin must be a finite decimal number."),
        ({"parts": (Part("a", "A", D("Infinity")),)}, "Every weight, step, mark and margin must be a finite"),
    ],
)
def test_check_scheme_faulty_is_told_and_refused(fields: dict[str, Any], problem: str) -> None:
    scheme = replace(GERMAN, **fields)
    assert len(check_scheme(scheme)) == 1
    assert check_scheme(scheme)[0].startswith(problem)
    with pytest.raises(SchemeError, match=r"^" + problem.replace(".", r"\.")):
        final_grade({}, scheme)


@pytest.mark.parametrize("scheme", [GERMAN, HALVES, SWISS, POINTS, BARE_POINTS, PASS_FAIL])
def test_check_scheme_good_has_no_problem(scheme: Scheme) -> None:
    assert check_scheme(scheme) == ()


def test_final_grade_lists_all_problems() -> None:
    grades: dict[str, Value] = {"report": D("0.9"), "code": True, "talk": D("NaN"), "extra": D(1)}
    with pytest.raises(SchemeError) as caught:
        final_grade(grades, GERMAN, D("5.1"))
    assert caught.value.problems == (
        "The scheme has no part 'extra'.",
        "The grade 0.9 of Report lies outside 1 to 5.",
        "A grade is needed for Code, not just passed or failed.",
        "The grade of Talk must be a finite decimal number.",
        "The grade 5.1 of participation lies outside 1 to 5.",
    )
    with pytest.raises(SchemeError) as caught:
        final_grade({"extra": None, "report": D("0.9")}, replace(GERMAN, parts=(REPORT,), tie_break="?"))
    assert len(caught.value.problems) == 3


def test_final_grade_float_is_refused() -> None:
    with pytest.raises(SchemeError, match="Report must be a finite decimal number"):
        final_grade({"report": 1.7}, GERMAN)  # type: ignore[dict-item]


def test_final_grade_participation_without_a_grade_is_refused() -> None:
    with pytest.raises(SchemeError, match="A grade is needed for participation"):
        final_grade({}, PASS_FAIL, True)  # type: ignore[arg-type]


def test_scheme_and_result_are_frozen() -> None:
    result = final_grade({}, GERMAN)
    for record, name in (
        (GERMAN, "pass_mark"),
        (REPORT, "weight"),
        (result, "grade"),
        (result.steps[0], "kind"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(record, name, None)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=0, max_size=3)))
    weights = [D(high - low) / 100 for low, high in zip((0, *cuts), (*cuts, 100), strict=True)]
    parts = tuple(Part(f"p{i}", f"P{i}", weight, draw(st.booleans())) for i, weight in enumerate(weights))
    return replace(
        draw(st.sampled_from([GERMAN, SWISS, POINTS, BARE_POINTS])),
        parts=parts,
        fail_any_part=draw(st.sampled_from(FAIL_ANY_PART)),
        rounding=draw(st.sampled_from(ROUNDING)),
        tie_break=draw(st.sampled_from(TIE_BREAK)),
        undecided_margin=draw(st.sampled_from([D(0), D("0.1")])),
    )


def span(scheme: Scheme) -> tuple[Decimal, Decimal]:
    ends = (*scheme.scale, scheme.fail_grade, scheme.best_grade or scheme.pass_mark)
    return min(ends), max(ends)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a scheme, a grade for each part (often in tenths, so that ties occur) and a participation."""
    scheme = draw(schemes())
    low, high = span(scheme)
    grade = st.decimals(low, high, places=1) | st.decimals(low, high, places=4)
    return scheme, {part.key: draw(grade) for part in scheme.parts}, draw(st.none() | grade)


def cost(grade: Decimal | None, scheme: Scheme) -> Decimal:
    assert grade is not None
    return grade if scheme.lower_is_better else -grade


@given(cases())
def test_final_grade_is_always_a_passing_or_the_fail_grade(case: Case) -> None:
    scheme, grades, participation = case
    result = final_grade(grades, scheme, participation)
    assert result.grade is not None
    if scheme.rounding == "nearest_step" and scheme.scale:
        assert result.grade in scheme.scale
    if result.passed:
        assert cost(result.grade, scheme) <= cost(scheme.pass_mark, scheme)
        assert span(scheme)[0] <= result.grade <= span(scheme)[1]
    else:
        assert result.grade == scheme.fail_grade
    assert result.reason == ("graded" if result.passed else "part_failed" if result.failed else "mean_failed")
    assert {step.kind for step in result.steps} <= set(STEP_KINDS)
    assert all(lines(result))


@given(cases(), st.data())
def test_final_grade_is_never_worse_for_better_parts(case: Case, data: st.DataObject) -> None:
    scheme, grades, participation = case
    low, high = span(scheme)
    better = dict(grades)
    for key, value in grades.items():
        assert isinstance(value, Decimal)
        ends = (low, value) if scheme.lower_is_better else (value, high)
        better[key] = data.draw(st.decimals(*ends, places=4))
    before, after = (final_grade(parts, scheme, participation).grade for parts in (grades, better))
    assert cost(after, scheme) <= cost(before, scheme)


@given(cases())
def test_final_grade_any_failing_part_fails_the_whole(case: Case) -> None:
    scheme, grades, participation = case
    scheme = replace(scheme, fail_any_part="before_rounding")
    result = final_grade(grades, scheme, participation)
    failing = []
    for part in scheme.parts:
        grade = grades[part.key]
        assert isinstance(grade, Decimal)
        if part.must_pass and cost(grade, scheme) > cost(scheme.pass_mark, scheme):
            failing.append(part.key)
    assert list(result.failed) == failing
    if failing:
        assert (result.passed, result.grade) == (False, scheme.fail_grade)
    elif all(part.must_pass for part in scheme.parts):
        assert result.passed


@given(cases(), st.randoms())
def test_final_grade_order_of_parts_does_not_matter(case: Case, random: Random) -> None:
    scheme, grades, participation = case
    parts = list(scheme.parts)
    random.shuffle(parts)
    shuffled = final_grade(grades, replace(scheme, parts=tuple(parts)), participation)
    assert shuffled.grade == final_grade(grades, scheme, participation).grade


@given(cases())
def test_final_grade_nearest_step_is_no_further_than_any_other(case: Case) -> None:
    scheme, grades, participation = case
    scheme = replace(scheme, rounding="nearest_step", undecided_margin=D(0))
    result = final_grade(grades, scheme, participation)
    steps = [step for step in scheme.scale if cost(step, scheme) <= cost(scheme.pass_mark, scheme)]
    if result.passed and steps:
        mean = sum(part.weight * D(str(grades[part.key])) for part in scheme.parts)
        assert result.grade is not None
        assert abs(result.grade - mean) == min(abs(step - mean) for step in steps)


@given(cases(), st.data())
def test_final_grade_without_some_parts_is_none_or_already_failed(case: Case, data: st.DataObject) -> None:
    scheme, grades, participation = case
    left_out = data.draw(st.sets(st.sampled_from([part.key for part in scheme.parts]), min_size=1))
    some = {key: None if key in left_out else value for key, value in grades.items()}
    result, full = final_grade(some, scheme, participation), final_grade(grades, scheme, participation)
    needed = tuple(p.key for p in scheme.parts if p.key in left_out and (p.weight or p.must_pass))
    assert result.missing == needed
    assert set(result.failed) <= set(full.failed)
    if result.failed:
        assert result.grade == full.grade == scheme.fail_grade
    elif needed:
        assert result.grade is None
    else:
        assert result.grade == full.grade
