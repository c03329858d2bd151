from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from courses import queries
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


class RegistrationForm(forms.Form):
    """Whether registration with the examination office is needed (empty: not said), and the day of it."""

    needed = forms.TypedChoiceField(
        choices=[("", ""), ("yes", ""), ("no", "")],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    on = forms.DateField(required=False)


class PlacesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    capacity = forms.IntegerField(label=_("Places"), min_value=1, max_value=1000)
    offer_hours = forms.IntegerField(
        label=_("Hours to accept an offered place"),
        help_text=_("0: places are not offered by themselves"),
        min_value=0,
        max_value=336,
    )
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Seminar
        fields = ("capacity", "admission", "entry_opens_on", "entry_closes_on", "offer_hours", "registration_until")
        widgets: ClassVar[dict[str, Any]] = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("entry_opens_on", "entry_closes_on", "registration_until")
        }

    def clean_capacity(self) -> int:
        capacity = int(self.cleaned_data["capacity"])
        taken = queries.taken_places(self.instance)
        if capacity < taken:
            raise forms.ValidationError(
                _("%(taken)d places are taken or offered; there cannot be fewer."), params={"taken": taken}
            )
        return capacity

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        opens, closes = data.get("entry_opens_on"), data.get("entry_closes_on")
        if opens and closes and closes < opens:
            self.add_error("entry_closes_on", _("Entry would close before it opens."))
        return data


class ParticipantForm(forms.Form):
    """One action of the organizer on one student."""

    state = forms.ChoiceField(choices=ParticipantState.choices, required=False)
    reason = forms.CharField(max_length=250, required=False)


class AttendanceForm(forms.Form):
    """A status for each participant id that was sent; unknown ids are the caller's to ignore."""

    def __init__(self, *args: Any, participants: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pk in participants:
            # Who is not noted yet has nothing chosen, so that the form says nothing of them.
            noted = self.initial.get(f"p{pk}")
            choices = [*AttendanceStatus.choices, *([("", _("not noted"))] if noted else [])]
            self.fields[f"p{pk}"] = forms.ChoiceField(choices=choices, required=False, widget=forms.RadioSelect)

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


class AnnouncementForm(forms.Form):
    """News in Markdown; `key` makes a form that arrives twice one announcement, `revision` is what the page showed."""

    title = forms.CharField(label=_("Title"), max_length=160)
    text = forms.CharField(
        label=_("Text"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Markdown: empty lines between paragraphs, - for lists, [words](address) for links."),
    )
    public = forms.BooleanField(
        label=_("Everybody may read it; otherwise only those who take part"), required=False, initial=False
    )
    by_mail = forms.BooleanField(label=_("Also by mail to everybody who is admitted"), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, initial=0)
