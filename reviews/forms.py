from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from courses import queries as courses_queries
from courses.models import Participant, Seminar
from reviews.domain.offline import MAX_CHARACTERS
from reviews.domain.points import read_places
from reviews.models import PointState, Review
from topics.models import Topic


class ReviewForm(forms.Form):
    """One text for each prompt of the round, and the revision that the page showed."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, review: Review, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for prompt in review.round.prompts.all():
            self.fields[f"prompt{prompt.pk}"] = forms.CharField(
                label=prompt.title,
                help_text=prompt.help,
                required=False,
                max_length=MAX_CHARACTERS,
                widget=forms.Textarea(attrs={"rows": 8}),
            )

    def texts(self) -> dict[int, str]:
        return {int(name[6:]): text for name, text in self.cleaned_data.items() if name.startswith("prompt")}


class FilledForm(forms.Form):
    """A form that was filled in without a connection."""

    file = forms.FileField(label=_("The file that you have filled in"))


class PointForm(forms.Form):
    """What an author did because of a point."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=_("What I did"), choices=[choice for choice in PointState.choices if choice[0] != PointState.OPEN]
    )
    reason = forms.CharField(
        label=_("How, or why not"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed unless it is done. The reviewer and the organizers read it."),
    )
    cells = forms.CharField(
        label=_("Cells of my new version"), required=False, max_length=80, help_text=_("As in 3, 7-9.")
    )

    def clean_cells(self) -> list[int]:
        cells = read_places(self.cleaned_data["cells"])
        if cells is None:
            raise forms.ValidationError(_("Please write the numbers of cells, as in 3, 7-9."))
        return list(cells)


class RatingForm(forms.Form):
    """Whether a review helped its author."""

    helpful = forms.NullBooleanField(
        label=_("Did this review help you?"),
        widget=forms.Select(choices=[("", _("not said")), ("true", _("yes")), ("false", _("no"))]),
    )
    reason = forms.CharField(
        label=_("Why"), required=False, max_length=300, help_text=_("Only the organizers read this.")
    )


class PairForm(forms.Form):
    """A reviewer and an author, both admitted students of the seminar."""

    reviewer = forms.ModelChoiceField(label=_("Reviewer"), queryset=Participant.objects.none())
    author = forms.ModelChoiceField(label=_("Author"), queryset=Participant.objects.none())

    def __init__(self, *args: Any, seminar: Seminar, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = courses_queries.students(seminar).select_related("seminar")


class ExclusionForm(forms.Form):
    """A topic whose student one should not review, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=250)

    def __init__(self, *args: Any, topics: Iterable[Topic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = Topic.objects.filter(pk__in=[topic.pk for topic in topics]).order_by("number")
        self.fields["topic"] = forms.ModelChoiceField(label=_("Topic"), queryset=known)
        self.order_fields(["topic", "reason"])
