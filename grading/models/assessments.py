"""What each of two examiners thinks, unknown to the other until both have handed theirs in."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from courses.models import Participant
from grading.domain.rubric import MOST_POINTS
from grading.models.grades import Mark
from grading.models.scheme import Criterion, Part


class Assessment(models.Model):
    """One examiner's own assessment of a part; `place` is set once it is handed in, and there are two of them."""

    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="assessments")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="assessments")
    examiner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    comment = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    place = models.PositiveSmallIntegerField(null=True, blank=True)
    handed_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["place", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "participant", "examiner"], name="one_assessment_per_examiner"),
            models.UniqueConstraint(fields=["part", "participant", "place"], name="one_assessment_per_place"),
            models.CheckConstraint(
                condition=models.Q(place__isnull=True, handed_in_at__isnull=True)
                | models.Q(place__isnull=False, place__in=[1, 2], handed_in_at__isnull=False),
                name="two_assessments_are_handed_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.part}"


class AssessmentMark(Mark):
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="assessment_marks")
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="marks")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["criterion", "assessment"], name="one_assessment_mark_per_criterion"),
            models.CheckConstraint(
                condition=models.Q(level__isnull=True) | models.Q(level__lte=MOST_POINTS),
                name="assessed_level_is_on_the_rubric",
            ),
        ]
