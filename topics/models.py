"""The catalogue, what students prefer, who got what, and which topic speaks in which session."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar, Session
from milestones.models import Milestone


class Topic(models.Model):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="topics")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=250)
    authors = models.CharField(_("authors"), max_length=250, blank=True)
    url = models.URLField(_("paper"), max_length=300, blank=True)
    abstract = models.TextField(_("abstract"), blank=True)
    scope_note = models.CharField(_("scope"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["seminar", "number"], name="one_topic_per_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Seat(models.Model):
    """A topic has as many seats as rows here: more holders than seats cannot be written."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["topic__number", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["topic", "number"], name="one_seat_per_number")]

    def __str__(self) -> str:
        return f"{self.topic} · {self.number}"


class Assignment(models.Model):
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="assignment")
    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="assignment")
    assigned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.participant}: {self.seat}"


class SessionTopic(models.Model):
    """A topic's place in a session; it stays bound to the topic when its student leaves."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="session_topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="session_topics")
    position = models.PositiveSmallIntegerField(default=0)
    minutes_min = models.PositiveSmallIntegerField(null=True, blank=True)
    minutes_max = models.PositiveSmallIntegerField(null=True, blank=True)
    moderator = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.SET_NULL, related_name="moderated_topics"
    )

    class Meta:
        ordering: ClassVar = ["session__date", "position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "topic"], name="a_topic_speaks_once_per_session")
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.topic}"


class Objective(models.TextChoices):
    GENEROUS = "generous", _("generous: nobody far down their list")
    GREEDY = "greedy", _("greedy: as many first choices as possible")
    MINCOST = "mincost", _("least sum of ranks")


class PreferenceRule(models.Model):
    seminar = models.OneToOneField(Seminar, on_delete=models.CASCADE, related_name="preference_rule")
    milestone = models.OneToOneField(Milestone, on_delete=models.CASCADE, related_name="preference_rule")
    count = models.PositiveSmallIntegerField(_("how many"), default=3)
    ranked = models.BooleanField(_("ranked"), default=True)
    objective = models.CharField(max_length=10, choices=Objective.choices, default=Objective.GENEROUS)
    seed = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.seminar}: {self.count}"


class PreferenceList(models.Model):
    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="preference_list")
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.participant)


class Preference(models.Model):
    preference_list = models.ForeignKey(PreferenceList, on_delete=models.CASCADE, related_name="preferences")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="preferences")
    rank = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["rank", "topic__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["preference_list", "topic"], name="a_topic_is_ranked_once"),
            models.CheckConstraint(condition=models.Q(rank__gte=1), name="ranks_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}: {self.topic}"


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
    """One computed allocation with its input, so that anyone can derive it again."""

    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="allocation_runs")
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.DRAFT)
    objective = models.CharField(max_length=10, choices=Objective.choices)
    seed = models.PositiveIntegerField()
    preferences = models.JSONField()
    capacities = models.JSONField()
    assignment = models.JSONField()
    profile = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["seminar"], condition=models.Q(state=RunState.PUBLISHED), name="one_published_allocation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seminar}: {self.objective} {self.created_at:%Y-%m-%d}"
