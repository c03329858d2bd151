"""What many grades tell together, and when they tell nothing about one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

LEAST = 5
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Statistics:
    """Grades in numbers. `counts` has every step of the scale, or every grade that occurs, the best first."""

    counts: tuple[tuple[Decimal, int], ...]
    count: int
    passed: int
    mean: Decimal | None
    median: Decimal | None


def summarize(grades: Iterable[tuple[Decimal, bool]], scale: Iterable[Decimal], *, lower_is_better: bool) -> Statistics:
    """Summarize grades, each with whether it passed; mean and median are rounded to hundredths, None without grades."""
    grades = list(grades)
    values = [grade for grade, _passed in grades]
    occurring = Counter(values)
    steps = sorted({*scale, *values}, reverse=not lower_is_better)
    return Statistics(
        counts=tuple((step, occurring[step]) for step in steps),
        count=len(values),
        passed=sum(passed for _grade, passed in grades),
        mean=_rounded(sum(values, Decimal(0)) / len(values)) if values else None,
        median=_rounded(median(values)) if values else None,
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)


def hides_each(grades: Sequence[Decimal]) -> bool:
    """Whether the distribution of these grades leaves each of them open, even for somebody who knows one, their own.

    That takes at least five grades, and two that differ among the others, whosever grade is the one that is known.
    """
    counts = Counter(grades)
    if len(grades) < LEAST:
        return False
    return all(len(counts) - (number == 1) >= 2 for number in counts.values())
