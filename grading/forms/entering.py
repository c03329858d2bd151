"""Typed grades to clean values."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grading.domain.rubric import seconds_of
from grading.models import Criterion, GradingScheme, Part, PartSource
from grading.services.grades import Entry
from grading.services.wording import decimal

VERDICTS = [("", _("not judged yet")), ("yes", _("passed")), ("no", _("failed"))]
ONE_KEY = 9  # up to here a level is one key and one tap
WORDS = {True: "yes", False: "no", None: ""}


def free_grade(scheme: GradingScheme) -> forms.DecimalField:
    """A grade where the scale has no steps: whatever lies within its ends."""
    ends = [mark for mark in (scheme.pass_mark, scheme.fail_grade, scheme.best_grade) if mark is not None]
    return forms.DecimalField(
        label=_("Grade"), required=False, min_value=min(ends), max_value=max(ends), max_digits=6, decimal_places=2
    )


class LevelsForm(forms.Form):
    """The levels of a part's criteria, as one taps them during a talk; everything else of the entry stays."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, part: Part, stored: Entry, **kwargs: Any) -> None:
        self.part, self.stored = part, stored
        super().__init__(*args, **{"prefix": part.key, **kwargs})
        for criterion in part.criteria.all():
            self.fields[f"c{criterion.pk}"] = level_field(criterion)
            self.initial[f"c{criterion.pk}"] = str(stored.levels.get(criterion.pk, ""))

    def criteria(self) -> Iterator[tuple[Criterion, forms.BoundField, forms.BoundField | None]]:
        """Each criterion with the field of its level, and that of its comment where the form has one."""
        for criterion in self.part.criteria.all():
            remark = f"r{criterion.pk}"
            yield criterion, self[f"c{criterion.pk}"], self[remark] if remark in self.fields else None

    def entry(self) -> Entry:
        levels = {int(n[1:]): int(v) for n, v in self.cleaned_data.items() if _of(n, "c") and v not in {None, ""}}
        return replace(self.stored, levels=levels)


class PartGradeForm(LevelsForm):
    """One part of one student: the grade or verdict, a comment, and a level and words for each published criterion."""

    comment = forms.CharField(
        label=_("Comment for the student"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )
    reason = forms.CharField(label=_("Why it changes (for the history)"), required=False, max_length=250)

    def __init__(self, *args: Any, scheme: GradingScheme, decides: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.part.source == PartSource.PASS:
            self.fields["verdict"] = forms.ChoiceField(label=_("Verdict"), choices=VERDICTS, required=False)
        elif scheme.scale:
            steps = [("", _("no grade yet")), *((step, decimal(step)) for step in scheme.scale)]
            self.fields["value"] = forms.ChoiceField(label=_("Grade"), choices=steps, required=False)
        else:
            self.fields["value"] = free_grade(scheme)
        for criterion in self.part.criteria.all():
            self.fields[f"r{criterion.pk}"] = forms.CharField(
                label=_("Comment on this criterion"),
                required=False,
                max_length=500,
                widget=forms.TextInput(attrs={"placeholder": _("Comment")}),
            )
            self.initial[f"r{criterion.pk}"] = self.stored.remarks.get(criterion.pk, "")
        if not decides:
            del self.fields["reason"]
        value = self.stored.value
        on_scale = next((step for step in scheme.scale if value is not None and Decimal(step) == value), value)
        self.initial.update(value=on_scale, verdict=WORDS[self.stored.passed], comment=self.stored.comment)
        self.order_fields(["value", "verdict"])

    def entry(self) -> Entry:
        data = self.cleaned_data
        value = data.get("value")
        return replace(
            super().entry(),
            value=Decimal(str(value)) if value not in {None, ""} else None,
            passed={"yes": True, "no": False}.get(data.get("verdict", "")),
            comment=data["comment"].strip(),
            remarks={int(n[1:]): v.strip() for n, v in data.items() if _of(n, "r") and v.strip()},
        )


def _of(name: str, kind: str) -> bool:
    return name[0] == kind and name[1:].isdigit()


def level_field(criterion: Criterion) -> forms.Field:
    """Taps for a level where there are few; a number where there are many."""
    if criterion.points > ONE_KEY:
        return forms.IntegerField(
            label=_("Points, at most %(most)d") % {"most": criterion.points},
            min_value=0,
            max_value=criterion.points,
            required=False,
        )
    levels = [(str(level), f"{level} {criterion.word(level)}".strip()) for level in range(criterion.points + 1)]
    return forms.ChoiceField(
        label=criterion.text, choices=[("", "–"), *levels], required=False, widget=forms.RadioSelect
    )


class TalkForm(forms.Form):
    """How long a talk took, and what one writes down during it."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    length = forms.CharField(
        label=_("Length"),
        required=False,
        max_length=6,
        help_text=_("Minutes, or minutes and seconds: 17 or 17:30."),
        widget=forms.TextInput(attrs={"size": 6, "autocomplete": "off"}),
    )
    notes = forms.CharField(
        label=_("Notes, for organizers only"), required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def clean_length(self) -> int | None:
        text = self.cleaned_data["length"]
        try:
            return seconds_of(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("Write minutes, or minutes and seconds, such as 17 or 17:30.")) from None
