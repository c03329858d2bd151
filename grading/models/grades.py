"""The grades of a scheme's parts, and what was released to whom."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from courses.models import Participant
from grading.models.scheme import Criterion, Part


class PartGrade(models.Model):
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="grades")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="part_grades")
    value = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(null=True, blank=True)
    comment = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    graded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    graded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "participant"], name="one_grade_per_part_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.part}"


class CriterionMark(models.Model):
    """A note on one published criterion for one person."""

    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="marks")
    grade = models.ForeignKey(PartGrade, on_delete=models.CASCADE, related_name="marks")
    level = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["criterion", "grade"], name="one_mark_per_criterion"),
            models.CheckConstraint(condition=models.Q(level__lte=4), name="level_is_on_the_rubric"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level}"


class ReleasedGrade(models.Model):
    """What a student was shown, exactly as it was; a later release adds a row."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="released_grades")
    grade = models.DecimalField(max_digits=6, decimal_places=2)
    passed = models.BooleanField()
    steps = models.JSONField()
    parts = models.JSONField()
    released_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-released_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.participant}: {self.grade}"
