from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses.models import Seminar
from topics.models import Objective, Topic


class ObjectiveForm(forms.Form):
    objective = forms.ChoiceField(label=_("Objective"), choices=Objective.choices)


class AssignmentForm(forms.Form):
    topic = forms.ModelChoiceField(label=_("Topic"), queryset=Topic.objects.none(), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=250, required=False)
    shown = forms.CharField(max_length=5, required=False, empty_value="")

    def clean_shown(self) -> str | None:
        """What the page showed; a form that does not say so is not checked."""
        return str(self.cleaned_data["shown"]) if "shown" in self.data else None

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["topic"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  (for the type checker)
        field.queryset = Topic.objects.filter(seminar=seminar)


def chosen_numbers(values: list[str]) -> list[int]:
    """Topic numbers from a browser, empty choices left out; anything that is not a number becomes 0, which no topic has."""
    return [int(value) if value.isascii() and value.isdigit() else 0 for value in values if value.strip()]
