from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from milestones.models import Milestone
from seminar.services.leaving import Arrival
from topics.models import Topic


class ArrivalForm(forms.Form):
    """A free topic, and a new date for each deadline that has passed (empty: no extension)."""

    def __init__(self, *args: Any, arrival: Arrival, until: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.arrival = arrival
        # The page offers the free ones; one that was taken meanwhile, or given by the same form a moment ago, is the service's.
        topics = Topic.objects.filter(seminar=arrival.participant.seminar)
        self.fields["topic"] = forms.ModelChoiceField(label=_("Topic"), queryset=topics, required=False)
        for milestone in arrival.passed:
            self.fields[f"until_{milestone.pk}"] = forms.DateField(
                label=milestone.title,
                initial=until,
                required=False,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )

    def extensions(self) -> dict[Milestone, date]:
        """Milestone → the day until which the person has time."""
        days = {milestone: self.cleaned_data.get(f"until_{milestone.pk}") for milestone in self.arrival.passed}
        return {milestone: day for milestone, day in days.items() if day is not None}
