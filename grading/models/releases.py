"""Single parts that were released before the whole grade."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models

from courses.models import Participant
from grading.models.scheme import Part


class ReleasedPart(models.Model):
    """What a student was shown of one part, exactly as it was; a later release adds a row."""

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="releases")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="released_parts")
    value = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    comment = models.TextField(blank=True)
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["released_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(value__isnull=True, passed__isnull=False)
                | models.Q(value__isnull=False, passed__isnull=True),
                name="released_parts_have_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.part}"

    @property
    def result(self) -> Decimal | bool | None:
        """The grade, or whether it is passed."""
        return self.value if self.passed is None else self.passed
