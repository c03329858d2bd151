"""The rules of a grade as data, and what is wrong with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from itertools import pairwise
from typing import TypeGuard

GERMAN_SCALE = tuple(map(Decimal, ("1.0", "1.3", "1.7", "2.0", "2.3", "2.7", "3.0", "3.3", "3.7", "4.0", "5.0")))
FAIL_ANY_PART = ("before_rounding", "after_rounding", "never")
ROUNDING = ("nearest_step", "cut_one_decimal", "none")
TIE_BREAK = ("participation", "better", "worse")
MISSING = ("wait", "fail")
# Products and sums of grades and weights stay exact far below this precision, whatever the caller's context.
EXACT = Context(prec=400)
_CHOICES = {"fail_any_part": FAIL_ANY_PART, "rounding": ROUNDING, "tie_break": TIE_BREAK, "missing": MISSING}


class SchemeError(ValueError):
    """A scheme or its grades cannot be computed with; ``problems`` lists every reason, a sentence each."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True)
class Part:
    """A part of the grade; ``weight`` is its share of 1, and zero makes it a hurdle, only passed or failed.

    With ``must_pass=False`` a weighted part counts but cannot fail the whole, and a hurdle is only recorded.
    """

    key: str
    title: str
    weight: Decimal
    must_pass: bool = True


@dataclass(frozen=True)
class Scheme:
    """The rules of a grade; the defaults are the common German ones.

    ``scale`` holds the final grades that exist, in any order, the pass mark and the fail grade among them;
    empty means no steps, and no rounding to them. ``best_grade`` is the best a part may have: the best step
    unless given, needed when there are no steps. ``fail_any_part`` judges the weighted parts as given, or
    rounded by ``rounding``, or never; hurdles are always judged. A mean no further than ``undecided_margin``
    from the middle of two steps is decided by ``tie_break``; zero leaves only the exact middle. ``missing`` says
    what a part without a grade means: there is no grade yet, or, once its time is over, it counts as not passed
    where it must be passed. Whether that time is over is for the caller to say.
    """

    parts: tuple[Part, ...]
    scale: tuple[Decimal, ...] = GERMAN_SCALE
    pass_mark: Decimal = Decimal("4.0")
    lower_is_better: bool = True
    fail_grade: Decimal = Decimal("5.0")
    best_grade: Decimal | None = None
    fail_any_part: str = "before_rounding"
    rounding: str = "nearest_step"
    tie_break: str = "participation"
    undecided_margin: Decimal = Decimal(0)
    missing: str = "wait"


def check_scheme(scheme: Scheme) -> tuple[str, ...]:
    """Return every reason why a scheme cannot be computed with, a sentence each; empty if it can."""
    best = () if scheme.best_grade is None else (scheme.best_grade,)
    margin, weights = scheme.undecided_margin, [part.weight for part in scheme.parts]
    numbers = (*weights, *scheme.scale, *best, scheme.pass_mark, scheme.fail_grade, margin)
    if not all(map(is_number, numbers)):
        return ("Every weight, step, mark and margin must be a finite decimal number.",)
    with localcontext(EXACT):
        keys = [part.key for part in scheme.parts]
        total = sum(weights, Decimal(0))
        # All zero is a mere pass or fail; on a longer scale the weights were more likely forgotten.
        totals = (Decimal(1), Decimal(0)) if is_pass_fail(scheme) else (Decimal(1),)
        steps = set(scheme.scale)
        on_scale = not steps or steps >= {scheme.pass_mark, scheme.fail_grade}
        narrow = all(margin * 2 < high - low for low, high in pairwise(sorted(steps)))
        checks = (
            (keys, "The scheme has no parts."),
            (all(keys) and len(set(keys)) == len(keys), "Every part needs a key of its own."),
            (all(weight >= 0 for weight in weights), "A weight must not be negative."),
            (not keys or total in totals, f"The weights sum to {plain(total)}, not to 1."),
            (len(steps) == len(scheme.scale), "A step of the scale occurs twice."),
            (on_scale, "The pass mark and the fail grade must be steps of the scale."),
            (not meets(scheme.fail_grade, scheme), "The fail grade would pass."),
            (steps or best, "A scheme without steps needs a best grade."),
            (all(meets(grade, scheme) for grade in best), "The best grade would not pass."),
            (margin >= 0, "The undecided margin must not be negative."),
            (narrow, "The undecided margin must be smaller than half the smallest step."),
            *(
                (getattr(scheme, name) in allowed, f"{name} must be one of {', '.join(allowed)}.")
                for name, allowed in _CHOICES.items()
            ),
        )
    return tuple(problem for holds, problem in checks if not holds)


def best_grade_of(scheme: Scheme) -> Decimal:
    return scheme.pass_mark if scheme.best_grade is None else scheme.best_grade


def best_step(scheme: Scheme) -> Decimal:
    return (min if scheme.lower_is_better else max)(scheme.scale or (best_grade_of(scheme),))


def meets(grade: Decimal, scheme: Scheme) -> bool:
    return grade <= scheme.pass_mark if scheme.lower_is_better else grade >= scheme.pass_mark


def is_pass_fail(scheme: Scheme) -> bool:
    return len(scheme.scale) == 2


def is_number(value: object) -> TypeGuard[Decimal]:
    return isinstance(value, Decimal) and value.is_finite()


def plain(number: Decimal) -> str:
    return format(number.normalize(), "f")
