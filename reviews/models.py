"""Who reviews whose work, and what they wrote."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant
from milestones.models import Milestone
from submissions.models import UploadSlot


class ReviewRound(models.Model):
    milestone = models.OneToOneField(Milestone, on_delete=models.CASCADE, related_name="review_round")
    slot = models.ForeignKey(UploadSlot, on_delete=models.PROTECT, related_name="review_rounds")
    per_reviewer = models.PositiveSmallIntegerField(_("reviews each student writes"), default=3)
    per_submission = models.PositiveSmallIntegerField(_("reviews each work receives"), default=3)
    anonymous = models.BooleanField(_("reviewers stay anonymous"), default=False)
    pages_min = models.PositiveSmallIntegerField(default=1)
    pages_max = models.PositiveSmallIntegerField(default=2)
    seed = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.milestone)


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
    """One assigned review: planned, then written, then delivered."""

    round = models.ForeignKey(ReviewRound, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="reviews_written")
    author = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="reviews_received")
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.PLANNED)
    revision = models.PositiveIntegerField(default=0)
    assigned_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "reviewer", "author"], name="one_review_per_pair"),
            models.CheckConstraint(condition=~models.Q(reviewer=models.F("author")), name="nobody_reviews_themselves"),
            models.CheckConstraint(
                condition=~models.Q(state=ReviewState.DELIVERED) | models.Q(delivered_at__isnull=False),
                name="delivered_reviews_have_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} → {self.author}"


class ReviewAnswer(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="answers")
    prompt = models.ForeignKey(ReviewPrompt, on_delete=models.PROTECT, related_name="answers")
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["prompt__position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["review", "prompt"], name="one_answer_per_prompt")]

    def __str__(self) -> str:
        return f"{self.prompt}: {self.text[:40]}"
