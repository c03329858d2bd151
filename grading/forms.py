"""Typed grades to clean values."""

from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grading.domain.grades import Value
from grading.models import FailRule, GradingScheme, Missing, Outcome, Part, PartSource, Rounding, TieBreak
from grading.services import RuleEdit
from grading.services.grades import Entry

VERDICTS = [("", _("not judged yet")), ("yes", _("passed")), ("no", _("failed"))]
PASS_FAIL = 2  # steps of a scale that only knows passed and failed
LEVELS = [("", "–"), *((str(level), str(level)) for level in range(5))]


def free_grade(scheme: GradingScheme) -> forms.DecimalField:
    """A grade where the scale has no steps: whatever lies within its ends."""
    ends = [mark for mark in (scheme.pass_mark, scheme.fail_grade, scheme.best_grade) if mark is not None]
    return forms.DecimalField(
        label=_("Grade"), required=False, min_value=min(ends), max_value=max(ends), max_digits=6, decimal_places=2
    )


class PartGradeForm(forms.Form):
    """One part of one student: the grade or verdict, a comment, and a level for each published criterion."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    comment = forms.CharField(
        label=_("Comment for the student"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

    reason = forms.CharField(label=_("Why it changes (for the history)"), required=False, max_length=250)

    def __init__(self, *args: Any, part: Part, scheme: GradingScheme, **kwargs: Any) -> None:
        kwargs["prefix"] = part.key
        super().__init__(*args, **kwargs)
        self.part = part
        if part.source == PartSource.PASS:
            self.fields["verdict"] = forms.ChoiceField(label=_("Verdict"), choices=VERDICTS, required=False)
        elif scheme.scale:
            steps = [("", _("no grade yet")), *((step, step) for step in scheme.scale)]
            self.fields["value"] = forms.ChoiceField(label=_("Grade"), choices=steps, required=False)
        else:
            self.fields["value"] = free_grade(scheme)
        for criterion in part.criteria.all():
            self.fields[f"c{criterion.pk}"] = forms.ChoiceField(label=criterion.text, choices=LEVELS, required=False)
        self.order_fields(["value", "verdict"])

    def criteria(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("c") and name[1:].isdigit()]

    def entry(self) -> Entry:
        data = self.cleaned_data
        value = data.get("value")
        levels = {int(n[1:]): int(v) for n, v in data.items() if n.startswith("c") and n[1:].isdigit() and v}
        return Entry(
            value=Decimal(str(value)) if value not in {None, ""} else None,
            passed={"yes": True, "no": False}.get(data.get("verdict", "")),
            comment=data["comment"].strip(),
            levels=levels,
        )


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
                    choices=[("", _("no grade yet")), *((step, step) for step in scheme.scale)], required=False
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


class AppealForm(forms.Form):
    """What one writes into a thread about a grade, and how it ends, where it does."""

    text = forms.CharField(
        label=_("What you write"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )
    decision = forms.CharField(required=False, max_length=10)


class OfferForm(forms.Form):
    """Times for meetings on one day."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    begins = forms.TimeField(label=_("from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("to"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    minutes = forms.IntegerField(label=_("Minutes for each"), min_value=5, max_value=240, initial=20)
    place = forms.CharField(label=_("Place, or address of the call"), max_length=200, required=False)


class MeetingForm(forms.Form):
    """What an organizer keeps of a meeting."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=[("", _("still to come")), *Outcome.choices], required=False
    )
    notes = forms.CharField(
        label=_("Notes, for organizers only"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 5})
    )
