from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notifications.models import CHOICES, LetterChoice

LABELS: dict[str, Any] = {
    "reminder": _("Reminders of deadlines"),
    "meeting_reminder": _("Reminders of meetings"),
    "announcement": _("Announcements"),
}
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ChoicesForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """How many letters of each kind somebody wants, and when they are not to come."""

    time_zone = forms.ChoiceField(
        label=_("My time zone"),
        choices=lambda: [("", _("that of each seminar")), *((name, name) for name in sorted(available_timezones()))],
        required=False,
    )

    class Meta:
        model = User
        fields = ("time_zone", "quiet_from", "quiet_to")
        widgets: ClassVar[dict[str, Any]] = {"quiet_from": CLOCK, "quiet_to": CLOCK}
        help_texts: ClassVar[dict[str, Any]] = {
            "quiet_to": _("What would come in between comes afterwards, or before, where the deadline is near.")
        }

    def __init__(self, *args: Any, chosen: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, choices in CHOICES.items():
            self.fields[kind] = forms.ChoiceField(
                label=LABELS[kind],
                choices=[(choice, LetterChoice(choice).label) for choice in choices],
                initial=chosen.get(kind, choices[0]),
            )

    def choices(self) -> dict[str, str]:
        return {kind: self.cleaned_data[kind] for kind in CHOICES}
