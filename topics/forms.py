from typing import Any, ClassVar

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from courses import queries as courses_queries
from courses.models import Participant, Seminar, Strength
from topics.domain.ballot import ACTIONS
from topics.models import ExchangeKind, PairKind, Topic, TopicProposal

WEB_ADDRESS = URLValidator(schemes=["http", "https"])


class CompareForm(forms.Form):
    """How many ranks a change from the present allocation counts as."""

    change_cost = forms.IntegerField(label=_("A change counts as … ranks"), min_value=0, max_value=20, required=False)

    def clean_change_cost(self) -> int:
        return int(self.cleaned_data["change_cost"] or 0)


class PublishForm(forms.Form):
    reason = forms.CharField(label=_("Why it is revised"), max_length=250, required=False)

    def __init__(self, *args: Any, revises: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = revises
        self.fields["reason"].error_messages["required"] = _("Please say why: everybody whose topic changes reads it.")


class AssignmentForm(forms.Form):
    """A change by hand: the topic (empty takes it back), and who makes room for it, against which topic."""

    topic = forms.ModelChoiceField(label=_("Topic"), queryset=Topic.objects.none(), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=250, required=False)
    displaced = forms.ModelChoiceField(queryset=Participant.objects.none(), required=False)
    swap = forms.BooleanField(required=False)
    shown = forms.CharField(max_length=5, required=False, empty_value="")

    def clean_shown(self) -> str | None:
        """What the page showed; a form that does not say so is not checked."""
        return str(self.cleaned_data["shown"]) if "shown" in self.data else None

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self.fields["topic"], Topic.objects.filter(seminar=seminar))
        limit(self.fields["displaced"], courses_queries.students(seminar).select_related("seminar"))


class PairForm(forms.Form):
    student = forms.ModelChoiceField(label=_("Student"), queryset=Participant.objects.none())
    kind = forms.ChoiceField(label=_("Rule"), choices=PairKind.choices)
    topic = forms.ModelChoiceField(label=_("Topic"), queryset=Topic.objects.none())
    reason = forms.CharField(label=_("Reason (the student reads it)"), max_length=250)

    def __init__(self, *args: Any, students: Any, topics: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self.fields["student"], students)
        limit(self.fields["topic"], topics)


class ExchangeForm(forms.Form):
    """A claim names a topic, a swap a partner."""

    kind = forms.ChoiceField(choices=ExchangeKind.choices)
    topic = forms.ModelChoiceField(queryset=Topic.objects.none(), required=False)
    partner = forms.ModelChoiceField(queryset=Participant.objects.none(), required=False)
    message = forms.CharField(max_length=250, required=False)

    def __init__(self, *args: Any, topics: Any, partners: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit(self.fields["topic"], topics)
        limit(self.fields["partner"], partners)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        needed = "topic" if data.get("kind") == ExchangeKind.CLAIM else "partner"
        if not self.errors and data.get(needed) is None:
            self.add_error(needed, _("Please choose one."))
        return data


class TopicForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    url = forms.URLField(
        label=_("Paper"), max_length=300, assume_scheme="https", required=False, validators=[WEB_ADDRESS]
    )
    seats = forms.IntegerField(label=_("Seats"), min_value=1, max_value=50, initial=1)
    required = forms.CharField(
        label=_("Required, one per line"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    recommended = forms.CharField(
        label=_("Strongly recommended, one per line"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    helpful = forms.CharField(
        label=_("Helpful, one per line"), widget=forms.Textarea(attrs={"rows": 2}), required=False
    )

    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Topic
        fields = ("number", "title", "authors", "url", "abstract", "scope_note", "notice")
        widgets: ClassVar[dict[str, Any]] = {"abstract": forms.Textarea(attrs={"rows": 5})}

    def clean_number(self) -> int:
        number = int(self.cleaned_data["number"])
        same = Topic.objects.filter(seminar=self.instance.seminar, number=number).exclude(pk=self.instance.pk)
        if same.exists():
            raise forms.ValidationError(_("There is a topic with this number already."))
        if number < 1:
            raise forms.ValidationError(_("Topics are numbered from 1."))
        return number

    def prerequisites(self) -> dict[str, list[str]]:
        """Strength → texts."""
        return {
            strength: [line.strip()[:250] for line in self.cleaned_data[strength].splitlines() if line.strip()]
            for strength in Strength.values
        }


class ProposalForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    url = forms.URLField(
        label=_("Paper"), max_length=300, assume_scheme="https", required=False, validators=[WEB_ADDRESS]
    )

    class Meta:
        model = TopicProposal
        fields = ("title", "authors", "url", "abstract")
        widgets: ClassVar[dict[str, Any]] = {"abstract": forms.Textarea(attrs={"rows": 5})}


def limit(field: forms.Field, queryset: Any) -> None:
    """Let a choice be made among these rows only."""
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = queryset


def chosen_numbers(values: list[str]) -> list[int]:
    """Topic numbers from a browser, empty choices left out; anything that is not a number becomes 0, which no topic has."""
    return [as_number(value) for value in values if value.strip()]


def as_number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 0


def chosen_action(value: str) -> tuple[str, int, int] | None:
    """What a button of the ranking says, such as "up:3" or "place:3:1"; None for anything else."""
    action, _colon, rest = value.partition(":")
    number, _colon, place = rest.partition(":")
    return (action, as_number(number), as_number(place)) if action in ACTIONS and as_number(number) else None
