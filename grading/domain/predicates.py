"""The words that German universities put beside a grade."""

from collections.abc import Iterable
from decimal import Decimal

# Usual bounds, such as § 16 of many framework examination regulations: the worst grade that still has the word
BOUNDS = (
    ("very_good", Decimal("1.5")),
    ("good", Decimal("2.5")),
    ("satisfactory", Decimal("3.5")),
    ("sufficient", Decimal("4.0")),
)
PREDICATES = (*(code for code, _bound in BOUNDS), "insufficient")


def predicate(grade: Decimal, scale: Iterable[Decimal], pass_mark: Decimal) -> str:
    """The code of a grade's word, one of `PREDICATES`; empty on a scale that is not the German one from 1.0 to 5.0."""
    steps = set(scale)
    if not steps or (min(steps), max(steps), pass_mark) != (Decimal(1), Decimal(5), Decimal(4)):
        return ""
    return next((code for code, bound in BOUNDS if grade <= bound), "insufficient")
