"""What stood in calendars and is no more."""

from typing import ClassVar

from django.db import models

from courses.models.participant import Participant
from courses.models.seminar import Seminar


class DroppedEntry(models.Model):
    """An entry without a row of its own any more: calendars show it as cancelled for a while.

    `name` is what the history calls it ("session:talks"); `participant` is whom alone it concerned, where not everybody.
    """

    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="dropped_entries")
    participant = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.CASCADE, related_name="dropped_entries"
    )
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=200, blank=True)
    dropped_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seminar", "name"],
                condition=models.Q(participant__isnull=True),
                name="one_dropped_entry_per_name",
            ),
            models.UniqueConstraint(fields=["participant", "name"], name="one_dropped_entry_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.title}"
