"""Threads about a grade, and meetings."""

from django import forms
from django.utils.translation import gettext_lazy as _

from grading.models import Outcome


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
