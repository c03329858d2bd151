"""Typed grades to clean values."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grading.models import GradingScheme, Outcome, Part, PartSource
from grading.services.grades import Entry

VERDICTS = [("", _("not judged yet")), ("yes", _("passed")), ("no", _("failed"))]
LEVELS = [("", "–"), *((str(level), str(level)) for level in range(5))]


class PartGradeForm(forms.Form):
    """One part of one student: the grade or verdict, a comment, and a level for each published criterion."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    comment = forms.CharField(
        label=_("Comment for the student"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3})
    )

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
            self.fields["value"] = forms.DecimalField(label=_("Grade"), max_digits=6, decimal_places=2, required=False)
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
