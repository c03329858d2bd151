"""How long a talk took, and what was written down during it."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from courses.models import Participant
from grading.models.scheme import Part


class TalkRecord(models.Model):
    """What one organizer kept of a talk. Only organizers read it, and where two examine, each their own at first."""

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="talk_records")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="talk_records")
    organizer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seconds = models.PositiveIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "participant", "organizer"], name="one_talk_record_per_organizer")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.part}"

    @property
    def length(self) -> str:
        """Minutes and seconds as one writes them, such as 17:05."""
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02}"
