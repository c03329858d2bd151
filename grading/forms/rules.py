"""The rule of the grade: tried out, and changed."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grading.domain.grades import Value
from grading.forms.entering import VERDICTS, free_grade
from grading.models import FailRule, GradingScheme, Missing, Part, PartSource, Rounding, TieBreak
from grading.services import RuleEdit
from grading.services.wording import decimal

PASS_FAIL = 2  # steps of a scale that only knows passed and failed


class WhatIfForm(forms.Form):
    """Grades that nobody has, to see what the rule makes of them."""

    over = forms.BooleanField(label=_("The time for missing parts is over"), required=False)

    def __init__(self, *args: Any, scheme: GradingScheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if scheme.missing == Missing.WAIT:
            del self.fields["over"]
        for part in scheme.parts.all():
            if part.source != PartSource.GRADE:
                field: forms.Field = forms.ChoiceField(choices=VERDICTS, required=False)
            elif scheme.scale:
                field = forms.ChoiceField(
                    choices=[("", _("no grade yet")), *((step, decimal(step)) for step in scheme.scale)], required=False
                )
                field.error_messages["invalid_choice"] = _("There is no grade %(value)s in this seminar.")
            else:
                field = free_grade(scheme)
            field.label = part.title
            self.fields[part.key] = field
        self.order_fields([*(part.key for part in scheme.parts.all()), "over"])

    def values(self) -> dict[str, Value]:
        """The parts as the rule takes them."""
        words: dict[str, Value] = {"yes": True, "no": False, "": None}
        given = {key: value for key, value in self.cleaned_data.items() if key != "over"}
        return {
            key: words[value] if value in words else None if value is None else Decimal(str(value))
            for key, value in given.items()
        }


class RuleForm(forms.Form):
    """How the parts make a grade; weights in percent."""

    shown = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    fail_any_part = forms.ChoiceField(label=_("Failed parts"), choices=FailRule.choices)
    rounding = forms.ChoiceField(label=_("Rounding of the weighted mean"), choices=Rounding.choices)
    tie_break = forms.ChoiceField(label=_("When it is undecided"), choices=TieBreak.choices)
    undecided_margin = forms.DecimalField(
        label=_("How far from the middle of two steps is undecided"),
        help_text=_("0: only the exact middle"),
        min_value=0,
        max_digits=6,
        decimal_places=3,
    )
    missing = forms.ChoiceField(label=_("What a missing part means"), choices=Missing.choices)
    missing_date = forms.DateField(
        label=_("until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    missing_time = forms.TimeField(
        label=_("at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    reason = forms.CharField(
        label=_("Why the rule changes"),
        help_text=_("Students read it beside the rule."),
        max_length=250,
        required=False,
    )

    def __init__(self, *args: Any, scheme: GradingScheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme = scheme
        for part in scheme.parts.all():
            if part.source == PartSource.GRADE:
                self.fields[f"weight_{part.key}"] = forms.DecimalField(
                    label=_("Weight of %(part)s in percent") % {"part": part.title},
                    min_value=0,
                    max_value=100,
                    max_digits=5,
                    decimal_places=2,
                )
            self.fields[f"must_{part.key}"] = forms.BooleanField(
                label=_("%(part)s must be passed") % {"part": part.title}, required=False
            )

    def rows(self) -> list[tuple[Part, forms.BoundField | None, forms.BoundField]]:
        """Each part with its weight, where it can have one, and whether it must be passed."""
        return [
            (
                part,
                self[f"weight_{part.key}"] if f"weight_{part.key}" in self.fields else None,
                self[f"must_{part.key}"],
            )
            for part in self.scheme.parts.all()
        ]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        needs = data.get("missing") == Missing.FAIL
        if needs and not (data.get("missing_date") and data.get("missing_time")):
            self.add_error("missing_date", _("Please say until when a missing part is waited for."))
        steps = sorted({Decimal(step) for step in self.scheme.scale})
        half = min((high - low for low, high in pairwise(steps)), default=Decimal(0)) / 2
        if steps and data.get("undecided_margin", 0) >= half:
            self.add_error("undecided_margin", _("The undecided margin must be smaller than half the smallest step."))
        names = [name for name in self.fields if name.startswith("weight_")]
        total = sum((data[name] for name in names if name in data), Decimal(0))
        wanted = {0, 100} if len(self.scheme.scale) == PASS_FAIL else {100}
        if all(name in data for name in names) and total not in wanted:
            shown = {"total": f"{total.normalize():f}"}
            self.add_error(None, _("The weights sum to %(total)s %%, not to 100 %%.") % shown)
        return data

    def edit(self) -> RuleEdit:
        data = self.cleaned_data
        names = ("rounding", "fail_any_part", "tie_break", "undecided_margin", "missing")
        waits = data["missing"] == Missing.WAIT
        return RuleEdit(
            **{name: data[name] for name in names},
            missing_until=None if waits else datetime.combine(data["missing_date"], data["missing_time"]),
            parts={
                part.key: (data[weight.name] / 100 if weight else part.weight, data[must.name])
                for part, weight, must in self.rows()
            },
        )
