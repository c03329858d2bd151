"""Who got what: computed runs with all that is needed to derive them again, and the topics people hold."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar
from topics.domain.explain import rank_of
from topics.models.catalogue import Seat
from topics.models.preferences import Objective


class Assignment(models.Model):
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="assignment")
    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="assignment")
    assigned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.participant}: {self.seat}"


class RunState(models.TextChoices):
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")


# state → states that may follow; `topics.services` is the only writer.
RUN_TRANSITIONS: dict[str, tuple[str, ...]] = {
    RunState.DRAFT: (RunState.PUBLISHED,),
    RunState.PUBLISHED: (RunState.SUPERSEDED,),
    RunState.SUPERSEDED: (),
}


class AllocationRun(models.Model):
    """One computed allocation with its input, so that anyone can derive it again.

    Students appear under the code that each of them was shown before the deadline; `people` (code → participant id) stays here.
    """

    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="allocation_runs")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.DRAFT)
    objective = models.CharField(max_length=10, choices=Objective.choices)
    seed = models.PositiveIntegerField()
    nonce = models.CharField(max_length=32, blank=True)
    # The rank at which everybody's unchosen topics stand, where rather those are given than none; 0 where they are not.
    fill_rank = models.PositiveSmallIntegerField(default=0)
    people = models.JSONField(default=dict)
    preferences = models.JSONField()
    capacities = models.JSONField()
    pinned = models.JSONField(default=dict)
    forbidden = models.JSONField(default=list)
    previous = models.JSONField(default=dict)
    change_cost = models.PositiveSmallIntegerField(default=0)
    assignment = models.JSONField()
    profile = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seminar"], condition=models.Q(state=RunState.PUBLISHED), name="one_published_allocation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seminar}: {self.objective} {self.created_at:%Y-%m-%d}"

    def topic_by_person(self) -> dict[int, int | None]:
        """Participant id → topic number or None."""
        return {self.people[code]: number for code, number in self.assignment.items()}

    def rank(self, code: str, topic: int | None) -> int | None:
        """1 for a first choice; None for a topic that the student did not choose, or none."""
        rank = rank_of(self.preferences.get(code, []), topic)
        return rank if rank != self.fill_rank else None
