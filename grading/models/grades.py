"""The grades of a scheme's parts, and what was released to whom."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from courses.models import Participant
from grading.domain.rubric import MOST_POINTS
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


class Mark(models.Model):
    """A level on one published criterion, words about it, or both."""

    level = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.criterion}: {self.level}"  # type: ignore[attr-defined]


class CriterionMark(Mark):
    """What was judged of one criterion for one person."""

    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="marks")
    grade = models.ForeignKey(PartGrade, on_delete=models.CASCADE, related_name="marks")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["criterion", "grade"], name="one_mark_per_criterion"),
            models.CheckConstraint(
                condition=models.Q(level__isnull=True) | models.Q(level__lte=MOST_POINTS),
                name="level_is_on_the_rubric",
            ),
        ]


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
