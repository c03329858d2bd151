"""A released grade that is looked at again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Participant
from grading.models.grades import ReleasedGrade


class AppealState(models.TextChoices):
    OPEN = "open", pgettext_lazy("appeal", "open")
    KEPT = "kept", _("the grade stays")
    CHANGED = "changed", _("the grade is changed")
    TAKEN_BACK = "taken_back", pgettext_lazy("appeal", "taken back")


# state → states that may follow; `grading.services` is the only writer.
APPEAL_TRANSITIONS: dict[str, tuple[str, ...]] = {
    AppealState.OPEN: (AppealState.KEPT, AppealState.CHANGED, AppealState.TAKEN_BACK),
    AppealState.KEPT: (),
    AppealState.CHANGED: (),
    AppealState.TAKEN_BACK: (),
}


class Appeal(models.Model):
    """A student asks to have a released grade looked at again."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="appeals")
    released = models.ForeignKey(ReleasedGrade, on_delete=models.PROTECT, related_name="appeals")
    state = models.CharField(max_length=10, choices=AppealState.choices, default=AppealState.OPEN)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant"], condition=models.Q(state=AppealState.OPEN), name="one_open_appeal_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(state=AppealState.OPEN) | models.Q(decided_at__isnull=False),
                name="decided_appeals_have_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.state}"


class AppealMessage(models.Model):
    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text[:40]
