"""The final grade of a seminar from its parts, in exact decimal arithmetic and with every step recorded.

Weights, scale, pass mark, rounding and tie-break are data (``Scheme``, in ``schemes``); nothing here knows a country. Steps
and reasons are codes with parameters, which a caller translates; ``describe`` gives the English text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal, localcontext

from grading.domain.schemes import (
    EXACT,
    FAIL_ANY_PART,
    GERMAN_SCALE,
    MISSING,
    ROUNDING,
    TIE_BREAK,
    Part,
    Scheme,
    SchemeError,
    best_grade_of,
    best_step,
    check_scheme,
    is_number,
    is_pass_fail,
    meets,
    plain,
)

__all__ = [
    "FAIL_ANY_PART",
    "GERMAN_SCALE",
    "MISSING",
    "REASONS",
    "ROUNDING",
    "STEP_KINDS",
    "TIE_BREAK",
    "Part",
    "Result",
    "Scheme",
    "SchemeError",
    "Step",
    "check_scheme",
    "describe",
    "final_grade",
]
REASONS = ("graded", "missing", "part_failed", "mean_failed")

Value = Decimal | bool | None  # a grade; True is passed, False is failed; None is missing

_SIGNS = {(True, True): "≤", (True, False): ">", (False, True): "≥", (False, False): "<"}

_BETWEEN = "{formula} (between {better} and {worse}; "
_ENGLISH = {
    "part_passed": "{title}: {formula}, passed",
    "part_failed": "{title}: {formula}, failed",
    "part_noted": "{title}: {value}",
    "part_missing": "{title}: no grade yet",
    "part_missed": "{title}: missing when its time was over, so not passed",
    "hurdle_passed": "{title}: passed",
    "hurdle_failed": "{title}: failed",
    "weighted": "{formula} = {value}",
    "mean_failed": "{formula}, failed: {value}",
    "result_failed": "{value}, because not passed: {titles}",
    "hurdles_only": "every part is passed: {value}",
    "not_rounded": "{formula} (not rounded)",
    "nearest_step": "{formula} (nearest step of the scale)",
    "cut_one_decimal": "{formula} (cut after one decimal)",
    "held_on_scale": "{formula} (a passing mean stays between the best grade and the pass mark)",
    "tie_participation_better": _BETWEEN + "participation {participation} is better than the middle)",
    "tie_participation_worse": _BETWEEN + "participation {participation} is not better than the middle)",
    "tie_no_participation": _BETWEEN + "no participation recorded, so the worse step)",
    "tie_better": _BETWEEN + "the better step)",
    "tie_worse": _BETWEEN + "the worse step)",
}
STEP_KINDS = tuple(_ENGLISH)


@dataclass(frozen=True)
class Step:
    """One line of the computation: a stable ``kind`` and its ``params``, all strings, to translate.

    ``params`` holds title, formula and value; for parts also grade and pass_mark, for ``result_failed`` also
    titles, for ties also better, worse and, if recorded, participation. ``formula`` has no words.
    """

    key: str
    title: str
    formula: str
    value: str
    kind: str
    params: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Result:
    """A grade with its computation; ``grade`` and ``passed`` are None while there is none yet.

    ``reason`` is one of ``REASONS``; ``missing`` and ``failed`` hold keys of parts, in the scheme's order.
    """

    grade: Decimal | None
    passed: bool | None
    reason: str
    steps: tuple[Step, ...]
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Tell whether there is a grade; a failed part decides even while others are missing."""
        return self.grade is not None


def final_grade(parts: Mapping[str, Value], scheme: Scheme, participation: Decimal | None = None) -> Result:
    """Return the final grade of the given parts under a scheme, or why there is none yet, with every step.

    ``parts`` maps part keys to a grade within the scale's range (not necessarily a step), True or False for a
    hurdle or on a scale of two steps, or None. None and absent both mean missing, which is never a zero. A
    failed part that must be passed decides on the fail grade at once, whatever is missing; a missing one fails
    only where ``scheme.missing`` says that its time is over. With every such
    part passed, the weighted mean is rounded, never to worse than the pass mark; the mean can fail only
    where failed parts are let through. ``participation`` settles a tie: better than the middle of the two
    steps gives the better one; anything else, none recorded included, the worse. Raises SchemeError listing
    all problems.
    """
    with localcontext(EXACT):
        problems = check_scheme(scheme)
        problems += _grade_problems(parts, scheme, participation, in_range=not problems)
        if problems:
            raise SchemeError(problems)
        judged = [(part, *_judge(part, parts.get(part.key), scheme)) for part in scheme.parts]
        steps = tuple(step for _, _, step in judged)
        missing = tuple(part.key for part, verdict, _ in judged if verdict == "missing")
        failed = {part.key: part.title for part, verdict, _ in judged if verdict == "failed"}
        if failed:
            titles = ", ".join(failed.values())
            steps += (_step("result", _text(scheme.fail_grade, scheme), "result_failed", titles=titles),)
            return Result(scheme.fail_grade, False, "part_failed", steps, missing, tuple(failed))
        if missing:
            return Result(None, None, "missing", steps, missing)
        return _graded(parts, scheme, participation, steps)


def describe(step: Step) -> str:
    """Return one line of the computation in English, such as ``1.81 → 1.7 (nearest step of the scale)``."""
    return _ENGLISH[step.kind].format_map(step.params)


def _grade_problems(
    parts: Mapping[str, Value], scheme: Scheme, participation: Decimal | None, *, in_range: bool
) -> tuple[str, ...]:
    keys = {part.key for part in scheme.parts}
    found = [f"The scheme has no part {key!r}." for key in parts if key not in keys]
    for part in scheme.parts:
        verdict_will_do = part.weight == 0 or is_pass_fail(scheme)
        found.append(_value_problem(part.title, parts.get(part.key), scheme, verdict_will_do, in_range))
    found.append(_value_problem("participation", participation, scheme, False, in_range))
    return tuple(filter(None, found))


def _value_problem(title: str, value: Value, scheme: Scheme, verdict_will_do: bool, in_range: bool) -> str:
    if value is None or (isinstance(value, bool) and verdict_will_do):
        return ""
    if isinstance(value, bool):
        return f"A grade is needed for {title}, not just passed or failed."
    if not is_number(value):
        return f"The grade of {title} must be a finite decimal number."
    ends = (*scheme.scale, scheme.pass_mark, scheme.fail_grade, best_grade_of(scheme))
    # A faulty scheme may have no range to compare with; its own problems come first.
    if not in_range or min(ends) <= value <= max(ends):
        return ""
    return f"The grade {value} of {title} lies outside {plain(min(ends))} to {plain(max(ends))}."


def _judge(part: Part, value: Value, scheme: Scheme) -> tuple[str, Step]:
    """Return passed, failed, missing or noted (cannot fail the whole), and the line that says so."""
    judged = part.must_pass and (part.weight == 0 or scheme.fail_any_part != "never")
    if value is None:
        if judged and scheme.missing == "fail":
            return "failed", _step(part.key, "", "part_missed", part.title)
        verdict = "missing" if part.weight or part.must_pass else "noted"
        return verdict, _step(part.key, "", "part_missing", part.title)
    passed, formula = (value, "") if isinstance(value, bool) else _compare(value, scheme)
    verdict = "passed" if passed else "failed"
    shown = verdict if isinstance(value, bool) else _text(value, scheme)
    of_grade = f"part_{verdict}" if judged else "part_noted"
    kind = f"hurdle_{verdict}" if isinstance(value, bool) else of_grade
    marks = {"grade": shown, "pass_mark": _text(scheme.pass_mark, scheme)}
    return verdict if judged else "noted", _step(part.key, shown, kind, part.title, formula, **marks)


def _graded(
    parts: Mapping[str, Value], scheme: Scheme, participation: Decimal | None, steps: tuple[Step, ...]
) -> Result:
    weighted = [(p.weight, _number(parts.get(p.key), scheme)) for p in scheme.parts if p.weight]
    if not weighted:
        steps += (_step("result", _text(scheme.pass_mark, scheme), "hurdles_only"),)
        return Result(scheme.pass_mark, True, "graded", steps)
    mean = sum((weight * grade for weight, grade in weighted), Decimal(0))
    terms = (f"{_text(weight, scheme, 2)} × {_text(grade, scheme)}" for weight, grade in weighted)
    steps += (_step("weighted", _text(mean, scheme), "weighted", formula=" + ".join(terms)),)
    passed, formula = _compare(mean, scheme)
    if not passed:
        steps += (_step("result", _text(scheme.fail_grade, scheme), "mean_failed", formula=formula),)
        return Result(scheme.fail_grade, False, "mean_failed", steps)
    rounded, kind, extra = _rounded(mean, scheme, participation)
    # Rounding must neither fail a passing mean nor leave the scale.
    low, high = sorted((scheme.pass_mark, best_step(scheme)))
    grade = min(max(rounded, low), high)
    shown, kind = _text(grade, scheme), kind if grade == rounded else "held_on_scale"
    steps += (_step("rounding", shown, kind, formula=f"{_text(mean, scheme)} → {shown}", **extra),)
    return Result(grade, True, "graded", steps)


def _compare(value: Decimal, scheme: Scheme) -> tuple[bool, str]:
    """Judge a grade against the pass mark and write it down: ``4.02 → 4.0 ≤ 4.0``."""
    shown = _text(value, scheme)
    if scheme.fail_any_part == "after_rounding" and not meets(value, scheme):
        # Participation settles the final grade only, so here a tie is won unless the scheme says worse.
        ties = "worse" if scheme.tie_break == "worse" else "better"
        value, *_ = _rounded(value, replace(scheme, tie_break=ties, undecided_margin=Decimal(0)), None)
        shown = f"{shown} → {_text(value, scheme)}"
    passed = meets(value, scheme)
    return passed, f"{shown} {_SIGNS[scheme.lower_is_better, passed]} {_text(scheme.pass_mark, scheme)}"


def _rounded(mean: Decimal, scheme: Scheme, participation: Decimal | None) -> tuple[Decimal, str, dict[str, str]]:
    """Return the rounded grade, the kind of step that was and its extra parameters."""
    if scheme.rounding == "cut_one_decimal":
        return mean.quantize(Decimal("0.1"), ROUND_DOWN), "cut_one_decimal", {}
    if scheme.rounding == "none" or not scheme.scale:
        return mean, "not_rounded", {}
    sign = 1 if scheme.lower_is_better else -1
    cost, steps = sign * mean, [sign * step for step in scheme.scale]  # in both, lower is better
    # The same step twice for a mean on it or beyond either end.
    better = max((step for step in steps if step <= cost), default=min(steps))
    worse = min((step for step in steps if step >= cost), default=max(steps))
    middle = (better + worse) / 2
    if better == worse or abs(cost - middle) > scheme.undecided_margin:
        return sign * (better if cost < middle else worse), "nearest_step", {}
    kind = _tie(scheme.tie_break, None if participation is None else sign * participation, middle)
    named = {"better": sign * better, "worse": sign * worse, "participation": participation}
    extra = {name: _text(grade, scheme) for name, grade in named.items() if grade is not None}
    return sign * (better if kind.endswith("better") else worse), kind, extra


def _tie(tie_break: str, participation: Decimal | None, middle: Decimal) -> str:
    if tie_break != "participation":
        return f"tie_{tie_break}"
    if participation is None:
        return "tie_no_participation"
    # Against the middle, not the mean: within a margin a better mean could otherwise lose the tie.
    return f"tie_participation_{'better' if participation < middle else 'worse'}"


def _number(value: Value, scheme: Scheme) -> Decimal:
    if isinstance(value, Decimal):
        return value
    return scheme.pass_mark if value else scheme.fail_grade


def _text(number: Decimal, scheme: Scheme, places: int | None = None) -> str:
    """Write a number as on paper: no needless zeros, but as many decimals as the scale has, or ``places``."""
    marks = (*scheme.scale, scheme.pass_mark)
    least = max(len(plain(mark).partition(".")[2]) for mark in marks) if places is None else places
    whole, _, decimals = plain(number).partition(".")
    decimals = decimals.ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole


def _step(key: str, value: str, kind: str, title: str = "", formula: str = "", **extra: str) -> Step:
    params = {"title": title, "formula": formula, "value": value, **extra}
    return Step(key, title, formula, value, kind, params)
