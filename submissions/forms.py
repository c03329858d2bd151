from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses import queries as courses_queries
from courses.models import Participant, Seminar
from submissions import queries
from submissions.models import CaseState, SimilarityCase, UploadSlot


class OnBehalfForm(forms.Form):
    """Whose work an organizer hands in; the file itself is judged by the slot."""

    participant = forms.ModelChoiceField(label=_("Student"), queryset=Participant.objects.none())

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["participant"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = courses_queries.students(seminar).select_related("seminar")


class TemplateForm(forms.Form):
    """Which upload a template notebook belongs to."""

    slot = forms.ModelChoiceField(label=_("Upload"), queryset=UploadSlot.objects.none(), empty_label=None)

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["slot"]
        if isinstance(field, forms.ModelChoiceField):
            slots = queries.slots_of(seminar)
            field.queryset = slots.filter(pk__in=[slot.pk for slot in slots if ".ipynb" in slot.extensions])


class CaseForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What was said and decided; `seen` is the state of the record that the writer had before them."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    verdict = forms.ChoiceField(label=_("State"), choices=CaseState.choices)

    class Meta:
        model = SimilarityCase
        fields = ("statement", "decision", "effect")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["verdict"].initial = self.instance.state
        self.fields["statement"].widget.attrs["rows"] = self.fields["decision"].widget.attrs["rows"] = 5
        self.order_fields(["statement", "decision", "effect", "verdict"])
