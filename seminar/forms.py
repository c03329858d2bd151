from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from courses.domain.placeholders import unknown
from courses.models import Mailing, Participant, Role, Seminar
from milestones.models import Milestone
from seminar.services.audiences import CHOSEN, placeholders, sentences
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


class AudienceForm(forms.Form):
    """The sentence of menus, or people ticked elsewhere; `key` makes a form that arrives twice one draft."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    audience = forms.ChoiceField(label=_("Message"))
    participant = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["audience"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  (for the type checker)
        field.choices = sentences(seminar)
        people = self.fields["participant"]
        assert isinstance(people, forms.TypedMultipleChoiceField)  # noqa: S101  (for the type checker)
        rows = Participant.objects.filter(seminar=seminar, role=Role.STUDENT)
        people.choices = [(pk, pk) for pk in rows.values_list("pk", flat=True)]


class MailingForm(forms.Form):
    """A letter with placeholders, whom the page listed, and who of them is ticked."""

    subject = forms.CharField(label=_("Subject"), max_length=200)
    text = forms.CharField(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 14}))
    revision = forms.IntegerField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput, required=False)
    to = forms.TypedMultipleChoiceField(coerce=int, required=False)
    send_at = forms.DateTimeField(
        label=_("Send later, at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, mailing: Mailing, listed: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mailing = mailing
        field = self.fields["to"]
        assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101  (for the type checker)
        # Whoever has left the list since may still be ticked on the page; the service says so.
        field.choices = [(pk, pk) for pk in {*listed, *self.ids("shown")}]

    def ids(self, name: str) -> set[int]:
        """Participant ids as they were sent; what is none is left out."""
        sent = self.data.getlist(name) if isinstance(self.data, QueryDict) else []
        return {int(pk) for each in sent for pk in each.split(",") if pk.isdecimal() and len(pk) < 19}

    def clean_shown(self) -> set[int]:
        return self.ids("shown")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        known = placeholders(self.mailing.audience)
        for name in ("subject", "text"):
            for word in unknown(data.get(name, ""), known):
                sentence = _("{%(word)s} is no placeholder here; there are %(known)s. For braces, write {{%(word)s}}.")
                self.add_error(name, sentence % {"word": word, "known": ", ".join(f"{{{each}}}" for each in known)})
        return data

    def fields_of_draft(self) -> dict[str, Any]:
        """What is saved of the form: the words, and the ticks."""
        data = self.cleaned_data
        ticked, shown = set(data["to"]), data["shown"]
        words = {"subject": " ".join(data["subject"].split()), "text": data["text"].replace("\r\n", "\n")}
        if self.mailing.audience == CHOSEN:
            return {**words, "chosen": sorted(ticked)}
        return {**words, "unticked": sorted((set(self.mailing.unticked) - ticked) | (shown - ticked))}
