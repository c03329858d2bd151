"""Every final grade that the real seminar can give, against twenty lines of whole numbers that share nothing with the rule."""

from collections import Counter
from decimal import Decimal
from itertools import product

import pytest

from grading.domain.grades import GERMAN_SCALE, ROUNDING, Part, Scheme, Value, describe, final_grade

D = Decimal
PARTS = (
    Part("presentation", "Presentation", D("0.40")),
    Part("notebook", "Notebook", D("0.50")),
    Part("reviews", "Reviews", D("0.10")),
)
KEYS = [part.key for part in PARTS]
STEPS = [100, 130, 170, 200, 230, 270, 300, 330, 370, 400, 500]  # in hundredths of a grade


def expected(presentation: int, notebook: int, reviews: int, participation: int | None, rounding: str) -> int:
    """The final grade in hundredths, from grades in hundredths."""
    if max(presentation, notebook, reviews) > 400:
        return 500
    mean = (40 * presentation + 50 * notebook + 10 * reviews) // 100  # exact, as every grade ends in a zero
    if rounding == "none":
        return mean
    if rounding == "cut_one_decimal":
        return mean // 10 * 10
    nearest = min(abs(step - mean) for step in STEPS)
    better, *others = [step for step in STEPS if abs(step - mean) == nearest]
    if not others:
        return better
    worse = others[0]
    return better if participation is not None and 2 * participation < better + worse else worse


def grade_of(case: tuple[int, ...], participation: int | None, rounding: str) -> tuple[int, str]:
    grades: dict[str, Value] = {key: D(grade) / 100 for key, grade in zip(KEYS, case, strict=True)}
    result = final_grade(
        grades, Scheme(PARTS, rounding=rounding), None if participation is None else D(participation) / 100
    )
    assert result.grade is not None
    assert result.passed == (result.grade <= 4)
    return int(result.grade * 100), result.steps[-1].kind


@pytest.mark.parametrize("rounding", ROUNDING)
def test_every_grade_of_the_real_seminar(rounding: str) -> None:
    seen: Counter[str] = Counter()
    for case in product(STEPS, repeat=3):
        for participation in (*STEPS, None):
            found, kind = grade_of(case, participation, rounding)
            assert found == expected(*case, participation, rounding), (case, participation)
            seen[kind] += 1
    assert seen.total() == 11**3 * 12
    assert (seen["tie_participation_better"] > 0) == (rounding == "nearest_step")


def paper(*grades: str, participation: str | None = None) -> tuple[str, list[str]]:
    values: dict[str, Value] = {key: D(grade) for key, grade in zip(KEYS, grades, strict=False)}
    result = final_grade(values, Scheme(PARTS), D(participation) if participation else None)
    return str(result.grade), [describe(step) for step in result.steps]


def test_mean_is_rounded_to_the_nearest_step() -> None:
    grade, lines = paper("1.3", "1.7", "1.0")
    assert grade == "1.3"
    assert lines[-2:] == ["0.40 × 1.3 + 0.50 × 1.7 + 0.10 × 1.0 = 1.47", "1.47 → 1.3 (nearest step of the scale)"]


def test_failed_part_fails_the_whole_although_the_mean_passes() -> None:
    grade, lines = paper("4.0", "5.0", "1.0")
    assert (grade, lines[-1]) == ("5.0", "5.0, because not passed: Notebook")
    assert D("0.4") * 4 + D("0.5") * 5 + D("0.1") == D("4.2")  # and with 1.0 for the presentation it would be 3.0
    assert paper("1.0", "5.0", "1.0")[0] == "5.0"


def test_participation_decides_what_is_undecided() -> None:
    halfway = ("1.0", "1.3", "1.0")  # 1.15, halfway between 1.0 and 1.3
    assert paper(*halfway, participation="1.0")[0] == "1.0"
    assert paper(*halfway, participation="1.3")[0] == "1.3"
    assert paper(*halfway)[0] == "1.3"
    assert "between 1.0 and 1.3" in paper(*halfway, participation="1.0")[1][-1]


def test_four_passes_and_nothing_lies_between_four_and_five() -> None:
    assert paper("4.0", "4.0", "4.0")[0] == "4.0"
    assert D("4.1") not in GERMAN_SCALE
    assert {expected(*case, None, "nearest_step") for case in product(STEPS, repeat=3)} == set(STEPS)


def test_missing_part_is_neither_a_zero_nor_a_pass() -> None:
    grade, lines = paper("1.0", "1.0")
    assert (grade, lines[-1]) == ("None", "Reviews: no grade yet")
    assert paper("5.0", "1.0")[0] == "5.0"
