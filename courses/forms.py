from collections.abc import Collection
from typing import Any, ClassVar, cast

from django import forms
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses import queries
from courses.models import ParticipantState, Seminar, Session


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


class NotesForm(forms.Form):
    """A value for each participant id that was sent, and what the page had shown; unknown ids are the caller's to ignore."""

    shown = forms.JSONField(required=False)

    def __init__(self, *args: Any, participants: list[int], values: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for pk in participants:
            self.fields[f"p{pk}"] = forms.ChoiceField(choices=[(value, value) for value in values], required=False)

    def clean_shown(self) -> dict[int, str]:
        shown = self.cleaned_data["shown"] or {}
        if not isinstance(shown, dict) or not all(key.isdecimal() and isinstance(shown[key], str) for key in shown):
            raise forms.ValidationError(_("This page is not as it was made; please open it again."))
        return {int(key): value for key, value in shown.items()}

    def sent(self) -> dict[int, str]:
        return {int(name[1:]): self.cleaned_data[name] for name in self.fields if name != "shown" and name in self.data}


class ExpectedForm(forms.Form):
    """Participant ids: those who are expected now, and those whom the page had shown so."""

    expected = forms.CharField(required=False)
    shown = forms.CharField(required=False, validators=[RegexValidator(r"^[\d ]*$")])

    def clean_expected(self) -> set[int]:
        return {int(pk) for pk in cast(QueryDict, self.data).getlist("expected") if pk.isdecimal()}

    def clean_shown(self) -> set[int]:
        return {int(pk) for pk in self.cleaned_data["shown"].split()}


class CheckInForm(forms.Form):
    minutes = forms.TypedChoiceField(
        label=_("Open for"), choices=[(n, _("%d minutes") % n) for n in (10, 20, 30, 60)], coerce=int, initial=20
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("The code on the wall"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "code"}),
    )


class ExcuseForm(forms.Form):
    reason = forms.CharField(
        label=_("What the organizers should know"),
        help_text=_("One sentence is enough. Please write no diagnoses, and nothing else about your health."),
        max_length=250,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ExcuseDecisionForm(forms.Form):
    answer = forms.CharField(label=_("Answer (the student reads it)"), max_length=250, required=False)


class MakeUpForm(forms.Form):
    task = forms.CharField(label=_("Task"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    done = forms.BooleanField(label=_("Done: the absence does not count"), required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)


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
