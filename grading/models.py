"""The seminar's grading scheme, the grades of its parts, and what was released to whom."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Participant, Seminar


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


class GradingScheme(models.Model):
    seminar = models.OneToOneField(Seminar, on_delete=models.CASCADE, related_name="grading_scheme")
    scale = models.JSONField()
    pass_mark = models.DecimalField(max_digits=6, decimal_places=2)
    fail_grade = models.DecimalField(max_digits=6, decimal_places=2)
    lower_is_better = models.BooleanField(default=True)
    fail_any_part = models.CharField(max_length=20, choices=FailRule.choices, default=FailRule.BEFORE)
    rounding = models.CharField(max_length=20, choices=Rounding.choices, default=Rounding.NEAREST)
    tie_break = models.CharField(max_length=20, choices=TieBreak.choices, default=TieBreak.PARTICIPATION)
    appeal_days = models.PositiveSmallIntegerField(default=14)

    def __str__(self) -> str:
        return str(self.seminar)


class PartSource(models.TextChoices):
    GRADE = "grade", _("graded")
    PASS = "pass", _("passed or not")
    ATTENDANCE = "attendance", _("taken from the attendance list")


class Part(models.Model):
    scheme = models.ForeignKey(GradingScheme, on_delete=models.CASCADE, related_name="parts")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    weight = models.DecimalField(max_digits=5, decimal_places=4)
    must_pass = models.BooleanField(default=True)
    source = models.CharField(max_length=12, choices=PartSource.choices, default=PartSource.GRADE)
    breaks_ties = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "key"], name="one_part_per_key"),
            models.CheckConstraint(condition=models.Q(weight__gte=0, weight__lte=1), name="weight_is_a_share"),
        ]

    def __str__(self) -> str:
        return self.title


class Criterion(models.Model):
    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="criteria")
    text = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


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
