from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses import queries
from courses.models import Participant, Seminar
from milestones.domain.reminders import read_schedule


class DeadlineForm(forms.Form):
    """A new date and time for everybody; `expected` is what the page showed."""

    due_date = forms.DateField(label=_("Due on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    due_time = forms.TimeField(label=_("at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reason = forms.CharField(label=_("Reason (sent to everybody it concerns)"), max_length=250, required=False)
    expected = forms.CharField(widget=forms.HiddenInput, required=False)


class ExtensionForm(forms.Form):
    participant = forms.ModelMultipleChoiceField(
        label=_("Students"), queryset=Participant.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    due_date = forms.DateField(label=_("New date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    due_time = forms.TimeField(label=_("at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reason = forms.CharField(label=_("Reason"), max_length=250)

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["participant"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = queries.students(seminar)


class RequestForm(forms.Form):
    """What a student asks for."""

    due_date = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    due_time = forms.TimeField(label=_("at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    reason = forms.CharField(
        label=_("Why (no diagnoses, please)"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class DecisionForm(forms.Form):
    """The organizers' answer to a request."""

    due_date = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    due_time = forms.TimeField(label=_("at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    answer = forms.CharField(label=_("Answer (the student reads it)"), max_length=250, required=False)


class ReminderForm(forms.Form):
    """When those with open work are reminded; `shown` is what the page showed."""

    hours = forms.CharField(
        label=_("How long before the deadline"),
        help_text=_("d are days and h hours, such as: 3d, 1d, 3h. Empty: nobody is reminded."),
        max_length=80,
        required=False,
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_hours(self) -> list[int]:
        try:
            return list(read_schedule(self.cleaned_data["hours"]))
        except ValueError:
            raise forms.ValidationError(
                _("Please write at most six times between 1h and 14d, such as: 3d, 1d, 3h. Nothing was saved.")
            ) from None
