from typing import Any

from django import forms

from reviews.models import Review

MAX_CHARACTERS = 20_000


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
