"""Milestones with their deadlines, and each person's own deadline where it differs."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar, Session


class MilestoneKind(models.TextChoices):
    PREFERENCES = "preferences", _("topic preferences")
    UPLOAD = "upload", _("upload")
    REVIEWS = "reviews", _("reviews")


class Anchor(models.TextChoices):
    DATE = "date", _("on a date")
    OWN_TALK = "own_talk", _("counted from one's own talk")


class LatePolicy(models.TextChoices):
    REFUSE = "refuse", _("late work is refused")
    MARK = "mark", _("late work is accepted and marked")
    UNTIL = "until", _("late work is accepted until a cut-off, and marked")


def default_reminder_hours() -> list[int]:
    return [72, 24, 3]


class Milestone(models.Model):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="milestones")
    key = models.SlugField(max_length=40)
    label = models.CharField(_("label"), max_length=60)
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=MilestoneKind.choices)
    anchor = models.CharField(max_length=10, choices=Anchor.choices, default=Anchor.DATE)
    due_date = models.DateField(_("due on"), null=True, blank=True)
    due_time = models.TimeField(_("at"))
    offset_days = models.SmallIntegerField(_("days after one's own talk"), default=0)
    session = models.ForeignKey(Session, null=True, blank=True, on_delete=models.SET_NULL, related_name="milestones")
    grace_minutes = models.PositiveSmallIntegerField(_("hidden grace in minutes"), default=0)
    late_policy = models.CharField(_("late work"), max_length=8, choices=LatePolicy.choices, default=LatePolicy.REFUSE)
    late_hours = models.PositiveSmallIntegerField(_("hours until the cut-off"), default=0)
    moved_at = models.DateTimeField(null=True, blank=True)
    reminder_hours = models.JSONField(default=default_reminder_hours)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seminar", "key"], name="one_milestone_per_key"),
            models.CheckConstraint(
                condition=models.Q(anchor=Anchor.OWN_TALK) | models.Q(due_date__isnull=False),
                name="milestone_has_a_date_or_an_anchor",
            ),
            models.CheckConstraint(
                condition=~models.Q(late_policy=LatePolicy.UNTIL) | models.Q(late_hours__gt=0),
                name="a_cut_off_has_its_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.title}" if self.label else self.title


class Origin(models.TextChoices):
    TALK = "talk", _("own talk")
    EXTENSION = "extension", _("extension")


class OwnDeadline(models.Model):
    """A person's own wall time for one milestone: from their talk, or as an extension."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="own_deadlines")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="own_deadlines")
    origin = models.CharField(max_length=10, choices=Origin.choices)
    due_date = models.DateField(_("new date"))
    due_time = models.TimeField(_("time"))
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["milestone", "participant", "origin"], name="one_own_deadline_per_origin")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.milestone}"


class RequestState(models.TextChoices):
    ASKED = "asked", _("waits for the organizers")
    GRANTED = "granted", _("granted")
    DECLINED = "declined", _("declined")
    TAKEN_BACK = "taken_back", _("taken back")


# state → states that may follow; `services` is the only writer.
REQUEST_TRANSITIONS: dict[str, tuple[str, ...]] = {
    RequestState.ASKED: (RequestState.GRANTED, RequestState.DECLINED, RequestState.TAKEN_BACK),
    RequestState.GRANTED: (),
    RequestState.DECLINED: (),
    RequestState.TAKEN_BACK: (),
}


class ExtensionRequest(models.Model):
    """A student asks for more time; the organizers decide."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="extension_requests")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="extension_requests")
    state = models.CharField(max_length=10, choices=RequestState.choices, default=RequestState.ASKED)
    due_date = models.DateField(_("until"))
    due_time = models.TimeField(_("time"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["milestone", "participant"],
                condition=models.Q(state=RequestState.ASKED),
                name="one_open_request_per_deadline",
            )
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.milestone}"
