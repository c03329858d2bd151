from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import AttendanceStatus, ParticipantState, Seminar, Session


class EntryForm(forms.Form):
    available = forms.BooleanField(required=False)
    name_public = forms.BooleanField(
        required=False, label=_("Show my name next to my topic on the public page. I can change this at any time.")
    )

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if seminar.availability_text:
            self.fields["available"].label = seminar.availability_text
            self.fields["available"].required = True
            self.fields["available"].error_messages["required"] = _(
                "Please confirm that you are available: the seminar meets in person at a fixed time."
            )
        else:
            del self.fields["available"]
        if not seminar.names_public:
            del self.fields["name_public"]


class ParticipantForm(forms.Form):
    """One action of the organizer on one student."""

    state = forms.ChoiceField(choices=ParticipantState.choices, required=False)
    registered_on = forms.DateField(required=False)
    reason = forms.CharField(max_length=250, required=False)


class AttendanceForm(forms.Form):
    """A status for each participant id that was sent; unknown ids are the caller's to ignore."""

    def __init__(self, *args: Any, participants: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("not noted")), *AttendanceStatus.choices]
        for pk in participants:
            self.fields[f"p{pk}"] = forms.ChoiceField(choices=choices, required=False)

    def statuses(self) -> dict[int, str]:
        return {int(name[1:]): value for name, value in self.cleaned_data.items() if name in self.data}


class SessionForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = Session
        fields = ("date", "starts_at", "ends_at", "room", "tentative", "note")
        widgets: ClassVar[dict[str, Any]] = {
            "date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "starts_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
