"""The seminar's grading scheme: its parts, their weights and their rubrics."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Seminar
from grading.domain.rubric import MOST_POINTS
from submissions.models import UploadSlot


class FailRule(models.TextChoices):
    BEFORE = "before_rounding", _("each part must be passed, judged before rounding")
    AFTER = "after_rounding", _("each part must be passed, judged after rounding")
    NEVER = "never", _("only the weighted mean must be passed")


class Rounding(models.TextChoices):
    NEAREST = "nearest_step", _("to the nearest step of the scale")
    CUT = "cut_one_decimal", _("to one decimal, the rest cut off")
    NONE = "none", _("not rounded")


class TieBreak(models.TextChoices):
    PARTICIPATION = "participation", _("participation in discussions decides")
    BETTER = "better", _("the better grade")
    WORSE = "worse", _("the worse grade")


class Missing(models.TextChoices):
    WAIT = "wait", _("there is no grade before it is there")
    FAIL = "fail", _("after a date, a part that must be passed counts as not passed")


class GradingScheme(models.Model):
    seminar = models.OneToOneField(Seminar, on_delete=models.CASCADE, related_name="grading_scheme")
    scale = models.JSONField()
    pass_mark = models.DecimalField(max_digits=6, decimal_places=2)
    fail_grade = models.DecimalField(max_digits=6, decimal_places=2)
    lower_is_better = models.BooleanField(default=True)
    best_grade = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    fail_any_part = models.CharField(max_length=20, choices=FailRule.choices, default=FailRule.BEFORE)
    rounding = models.CharField(max_length=20, choices=Rounding.choices, default=Rounding.NEAREST)
    tie_break = models.CharField(max_length=20, choices=TieBreak.choices, default=TieBreak.PARTICIPATION)
    undecided_margin = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    missing = models.CharField(max_length=4, choices=Missing.choices, default=Missing.WAIT)
    missing_date = models.DateField(null=True, blank=True)
    missing_time = models.TimeField(null=True, blank=True)
    appeal_days = models.PositiveSmallIntegerField(default=14)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(missing=Missing.WAIT, missing_date__isnull=True, missing_time__isnull=True)
                | models.Q(missing=Missing.FAIL, missing_date__isnull=False, missing_time__isnull=False),
                name="missing_parts_fail_after_a_date",
            ),
            models.CheckConstraint(condition=models.Q(undecided_margin__gte=0), name="margin_is_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.seminar)

    @property
    def missing_until(self) -> datetime | None:
        """The local time after which a missing part that must be passed counts as not passed."""
        if self.missing_date is None or self.missing_time is None:
            return None
        return datetime.combine(self.missing_date, self.missing_time)


class PartSource(models.TextChoices):
    GRADE = "grade", _("graded")
    PASS = "pass", _("passed or not")
    ATTENDANCE = "attendance", _("taken from the attendance list")
    REVIEWS = "reviews", _("all reviews that one has to write are delivered")
    UPLOAD = "upload", _("a file is handed in")


# What organizers enter; everything else follows from facts.
BY_HAND = (PartSource.GRADE, PartSource.PASS)


class TalkKind(models.TextChoices):
    """What a part's talk is; the values are kinds of sessions."""

    TALKS = "talks", _("Presentation")
    NOTEBOOKS = "notebooks", _("Notebook presentation")


class Part(models.Model):
    scheme = models.ForeignKey(GradingScheme, on_delete=models.CASCADE, related_name="parts")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    weight = models.DecimalField(max_digits=5, decimal_places=4)
    must_pass = models.BooleanField(default=True)
    source = models.CharField(max_length=12, choices=PartSource.choices, default=PartSource.GRADE)
    upload = models.SlugField(max_length=40, blank=True)
    updated = models.BooleanField(default=False)
    breaks_ties = models.BooleanField(default=False)
    examiners = models.PositiveSmallIntegerField(default=1)
    slot = models.ForeignKey(UploadSlot, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    talk = models.CharField(max_length=10, choices=TalkKind.choices, blank=True)
    minutes_min = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes_max = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "key"], name="one_part_per_key"),
            models.CheckConstraint(condition=models.Q(weight__gte=0, weight__lte=1), name="weight_is_a_share"),
            models.CheckConstraint(
                condition=(models.Q(source=PartSource.UPLOAD) & ~models.Q(upload=""))
                | (~models.Q(source=PartSource.UPLOAD) & models.Q(updated=False)),
                name="uploads_are_named_where_they_count",
            ),
            models.CheckConstraint(condition=models.Q(examiners__in=[1, 2]), name="one_or_two_examiners"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_derived(self) -> bool:
        """Not entered by hand."""
        return self.source not in BY_HAND


class Criterion(models.Model):
    """A line of the published rubric: from 0 to `points`, which `levels` may put into words, the worst first."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="criteria")
    text = models.CharField(max_length=300)
    help = models.CharField(max_length=300, blank=True)
    levels = models.JSONField(default=list, blank=True)
    points = models.PositiveSmallIntegerField(default=4)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(points__gte=1, points__lte=MOST_POINTS), name="criteria_have_points"
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def word(self, level: int | None) -> str:
        """The level in words, where the rubric has words for it."""
        return str(self.levels[level]) if level is not None and level < len(self.levels) else ""
