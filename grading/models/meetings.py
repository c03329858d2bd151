"""Meetings with one student each."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar


class Outcome(models.TextChoices):
    HELD = "held", _("took place")
    MISSED = "missed", _("the student did not come")


class Meeting(models.Model):
    """A time that organizers offer for a meeting with one student, such as the one about their code."""

    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="meetings")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(_("place, or address of the call"), max_length=200, blank=True)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    participant = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.PROTECT, related_name="meetings"
    )
    booked_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=6, choices=Outcome.choices, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        ordering: ClassVar = ["begins_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["participant"], condition=models.Q(outcome=""), name="one_meeting_to_come_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(participant__isnull=True, booked_at__isnull=True, outcome="")
                | models.Q(participant__isnull=False, booked_at__isnull=False),
                name="booked_meetings_have_a_time",
            ),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("begins_at")), name="meetings_last"),
        ]

    def __str__(self) -> str:
        return f"{self.seminar}: {self.begins_at:%Y-%m-%d %H:%M}"

    @property
    def is_early(self) -> bool:
        """Booked more than a day before it begins."""
        return self.booked_at is not None and self.begins_at - self.booked_at > timedelta(days=1)
