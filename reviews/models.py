"""Who reviews whose work, and what they wrote."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import Participant
from milestones.models import Milestone
from submissions.models import UploadSlot


class ReviewRound(models.Model):
    milestone = models.OneToOneField(Milestone, on_delete=models.CASCADE, related_name="review_round")
    slot = models.ForeignKey(UploadSlot, on_delete=models.PROTECT, related_name="review_rounds")
    per_reviewer = models.PositiveSmallIntegerField(_("reviews each student writes"), default=3)
    per_submission = models.PositiveSmallIntegerField(_("reviews each work receives"), default=3)
    anonymous = models.BooleanField(_("reviewers stay anonymous"), default=False)
    near = models.BooleanField(_("reviewers rather get topics that they had chosen"), default=False)
    delivery_date = models.DateField(_("handed over together on"), null=True, blank=True)
    delivery_time = models.TimeField(_("at"), null=True, blank=True)
    pages_min = models.PositiveSmallIntegerField(default=1)
    pages_max = models.PositiveSmallIntegerField(default=2)
    seed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(delivery_date__isnull=True, delivery_time__isnull=True)
                | models.Q(delivery_date__isnull=False, delivery_time__isnull=False),
                name="a_delivery_has_date_and_time",
            ),
        ]

    def __str__(self) -> str:
        return str(self.milestone)

    @property
    def delivery_wall(self) -> datetime | None:
        """The local time at which the authors get all reviews together, where the round names one."""
        if self.delivery_date is None or self.delivery_time is None:
            return None
        return datetime.combine(self.delivery_date, self.delivery_time)


class ReviewPrompt(models.Model):
    round = models.ForeignKey(ReviewRound, on_delete=models.CASCADE, related_name="prompts")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    help = models.CharField(max_length=300, blank=True)
    required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["round", "key"], name="one_prompt_per_key")]

    def __str__(self) -> str:
        return self.title


class PairRuleKind(models.TextChoices):
    EXCLUDED = "excluded", _("never")
    FIXED = "fixed", _("always")


class PairRule(models.Model):
    """A reviewer and an author who must not, or must, meet in the plan, with the reason."""

    round = models.ForeignKey(ReviewRound, on_delete=models.CASCADE, related_name="pair_rules")
    reviewer = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("rule"), max_length=10, choices=PairRuleKind.choices)
    reason = models.CharField(_("reason"), max_length=250)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "reviewer", "author"], name="one_rule_per_review_pair"),
            models.CheckConstraint(condition=~models.Q(reviewer=models.F("author")), name="a_pair_rule_is_about_two"),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} → {self.author}: {self.kind}"


class ReviewState(models.TextChoices):
    PLANNED = "planned", _("planned")
    STARTED = "started", _("started")
    DELIVERED = "delivered", _("delivered")


# state → states that may follow; `reviews.services` is the only writer.
REVIEW_TRANSITIONS: dict[str, tuple[str, ...]] = {
    ReviewState.PLANNED: (ReviewState.STARTED, ReviewState.DELIVERED),
    ReviewState.STARTED: (ReviewState.DELIVERED,),
    ReviewState.DELIVERED: (),
}


class Review(models.Model):
    """One assigned review: planned, then written, then delivered, and then handed over to the author, at once or later."""

    round = models.ForeignKey(ReviewRound, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="reviews_written")
    author = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="reviews_received")
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.PLANNED)
    revision = models.PositiveIntegerField(default=0)
    assigned_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    helpful = models.BooleanField(_("helpful"), null=True, blank=True)
    helpful_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "reviewer", "author"], name="one_review_per_pair"),
            models.CheckConstraint(condition=~models.Q(reviewer=models.F("author")), name="nobody_reviews_themselves"),
            models.CheckConstraint(
                condition=~models.Q(state=ReviewState.DELIVERED) | models.Q(delivered_at__isnull=False),
                name="delivered_reviews_have_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(handed_over_at__isnull=True) | models.Q(state=ReviewState.DELIVERED),
                name="only_delivered_reviews_are_handed_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} → {self.author}"


class PointState(models.TextChoices):
    OPEN = "open", pgettext_lazy("review point", "open")
    DONE = "done", _("done")
    PARTLY = "partly", _("partly done")
    DECLINED = "declined", _("declined")


# state → states that may follow; `reviews.services` is the only writer.
POINT_TRANSITIONS: dict[str, tuple[str, ...]] = {
    PointState.OPEN: (PointState.DONE, PointState.PARTLY, PointState.DECLINED),
    PointState.DONE: (PointState.PARTLY, PointState.DECLINED),
    PointState.PARTLY: (PointState.DONE, PointState.DECLINED),
    PointState.DECLINED: (PointState.DONE, PointState.PARTLY),
}


class PointWeight(models.TextChoices):
    MINOR = "minor", _("minor")
    NORMAL = "normal", _("normal")
    MAJOR = "major", _("major")


class ReviewPoint(models.Model):
    """A numbered point of a delivered review, and what its author did because of it.

    places: cells or pages of the work under review; cells: those of the author's new version, where the change is seen.
    """

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="points")
    prompt = models.ForeignKey(ReviewPrompt, on_delete=models.PROTECT, related_name="points")
    number = models.PositiveSmallIntegerField()
    weight = models.CharField(max_length=10, choices=PointWeight.choices, default=PointWeight.NORMAL)
    places = models.JSONField(default=list, blank=True)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=PointState.choices, default=PointState.OPEN)
    reason = models.TextField(blank=True)
    cells = models.JSONField(default=list, blank=True)
    revision = models.PositiveIntegerField(default=0)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["review", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "number"], name="one_point_per_number"),
            models.CheckConstraint(
                condition=models.Q(state=PointState.OPEN) | models.Q(answered_at__isnull=False),
                name="answered_points_have_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text[:40]}"


class ReviewAnswer(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    prompt = models.ForeignKey(ReviewPrompt, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["prompt__position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["review", "prompt"], name="one_answer_per_prompt")]

    def __str__(self) -> str:
        return f"{self.prompt}: {self.text[:40]}"
