"""The steps of a grade, and the grade itself, in the reader's language."""

import re
from decimal import Decimal
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grading.domain.grades import Value
from grading.domain.schemes import plain

# kind of step → sentence; its parameters are those of `grading.domain.grades.Step`
SENTENCES = {
    "part_passed": _("%(title)s: %(formula)s, passed"),
    "part_failed": _("%(title)s: %(formula)s, failed"),
    "part_noted": _("%(title)s: %(value)s"),
    "part_missing": _("%(title)s: no grade yet"),
    "part_missed": _("%(title)s: missing when its time was over, so not passed"),
    "hurdle_passed": _("%(title)s: passed"),
    "hurdle_failed": _("%(title)s: failed"),
    "weighted": _("Weighted mean: %(formula)s = %(value)s"),
    "mean_failed": _("The mean fails: %(formula)s, so the grade is %(value)s"),
    "result_failed": _("%(value)s, because not passed: %(titles)s"),
    "hurdles_only": _("Every part is passed: %(value)s"),
    "not_rounded": _("%(formula)s (not rounded)"),
    "nearest_step": _("Rounded: %(formula)s (nearest step of the scale)"),
    "cut_one_decimal": _("Rounded: %(formula)s (cut after one decimal)"),
    "held_on_scale": _("%(formula)s (a passing mean stays between the best grade and the pass mark)"),
    "tie_participation_better": _(
        "Undecided: %(formula)s (between %(better)s and %(worse)s; participation %(participation)s speaks for the better)"
    ),
    "tie_participation_worse": _(
        "Undecided: %(formula)s (between %(better)s and %(worse)s; participation %(participation)s speaks for the worse)"
    ),
    "tie_no_participation": _(
        "Undecided: %(formula)s (between %(better)s and %(worse)s; no participation is recorded, so the worse step)"
    ),
    "tie_better": _("Undecided: %(formula)s (between %(better)s and %(worse)s; the better step)"),
    "tie_worse": _("Undecided: %(formula)s (between %(better)s and %(worse)s; the worse step)"),
}


def result_word(value: Value) -> str:
    """A grade or a verdict in one word, for the history."""
    if isinstance(value, Decimal):
        text = plain(value)
        return text if "." in text else f"{text}.0"
    return str({True: _("passed"), False: _("failed"), None: _("none")}[value])


def step_text(step: Any) -> str:
    """One line of the computation; takes a `Step` or what a release kept of it. What people have written stays as it is."""
    kind, params = (step["kind"], step["params"]) if isinstance(step, dict) else (step.kind, step.params)
    return str(SENTENCES[kind] % {name: text if name in WORDED else decimal(text) for name, text in params.items()})


PREDICATES = {
    "very_good": _("very good"),
    "good": pgettext_lazy("grade", "good"),
    "satisfactory": _("satisfactory"),
    "sufficient": _("sufficient"),
    "insufficient": _("insufficient"),
}
DIGITS = (
    *(_("zero"), pgettext_lazy("digit", "one"), _("two"), _("three"), _("four")),
    *(_("five"), _("six"), _("seven"), _("eight"), _("nine")),
)
POINT = re.compile(r"(?<=\d)\.(?=\d)")
WORDED = {"title", "titles"}  # parameters of a step that people have written


def number_text(grade: Decimal) -> str:
    """A grade with one decimal, or with as many as it needs."""
    number = grade.normalize()
    return f"{number:.1f}" if number == number.quantize(Decimal("0.1")) else f"{number:f}"


def decimal(text: object) -> str:
    """Numbers in a text with the decimal sign of the reader's language."""
    return POINT.sub(str(get_format("DECIMAL_SEPARATOR")), str(text))


def in_words(grade: Decimal) -> str:
    """A grade read aloud, digit by digit, so that nobody can write another number over it."""
    whole, _point, decimals = number_text(grade).partition(".")
    read = [" ".join(str(DIGITS[int(digit)]) for digit in part) for part in (whole, decimals)]
    return str(_("%(whole)s point %(decimals)s")) % {"whole": read[0], "decimals": read[1]}


def predicate_word(code: str) -> str:
    """What a German university calls a grade; empty where it has no such word."""
    return str(PREDICATES.get(code, ""))
