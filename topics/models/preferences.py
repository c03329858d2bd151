"""How topics are chosen in a seminar, what each student chose, and which pairs are fixed or excluded."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar
from milestones.models import Milestone
from topics.models.catalogue import Topic


class Objective(models.TextChoices):
    GENEROUS = "generous", _("generous: nobody far down their list")
    GREEDY = "greedy", _("greedy: as many first choices as possible")
    MINCOST = "mincost", _("least sum of ranks")


class ExchangePolicy(models.TextChoices):
    OFF = "off", _("only the organizers change topics")
    APPROVAL = "approval", _("students agree, the organizers approve")
    FREE = "free", _("students agree among themselves")


def draw_seed() -> int:
    return secrets.randbelow(2**31)


def draw_nonce() -> str:
    return secrets.token_hex(16)


class PreferenceRule(models.Model):
    """Seed and nonce are drawn once: their hash is shown before the deadline, they themselves afterwards.

    The salt, which turns people into codes, is never shown: whoever had it could turn codes into people.
    """

    seminar = models.OneToOneField(Seminar, on_delete=models.CASCADE, related_name="preference_rule")
    milestone = models.OneToOneField(Milestone, on_delete=models.PROTECT, related_name="preference_rule")
    count = models.PositiveSmallIntegerField(_("how many"), default=3)
    ranked = models.BooleanField(_("ranked"), default=True)
    ties = models.BooleanField(_("topics may share a rank"), default=False)
    fill = models.BooleanField(_("rather a topic one has not chosen than none"), default=False)
    demand_visible = models.BooleanField(_("students see how often a topic is chosen"), default=False)
    proposals = models.BooleanField(_("students may propose topics"), default=False)
    exchanges = models.CharField(
        _("free topics and swaps"), max_length=8, choices=ExchangePolicy.choices, default=ExchangePolicy.APPROVAL
    )
    objective = models.CharField(max_length=10, choices=Objective.choices, default=Objective.GENEROUS)
    seed = models.PositiveIntegerField(default=draw_seed)
    nonce = models.CharField(max_length=32, default=draw_nonce)
    salt = models.CharField(max_length=32, default=draw_nonce)

    def __str__(self) -> str:
        return f"{self.seminar}: {self.count}"


class PreferenceList(models.Model):
    """What is in force for one student; without entries, the student has said that any topic will do."""

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


class PairKind(models.TextChoices):
    PINNED = "pinned", _("pinned")
    EXCLUDED = "excluded", _("excluded")


class Pair(models.Model):
    """A student and a topic that always, or never, go together; the reason is for the student, too."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="pairs")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="pairs")
    kind = models.CharField(max_length=8, choices=PairKind.choices)
    reason = models.CharField(_("reason"), max_length=250)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["participant__user__family_name", "topic__number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["participant", "topic"], name="one_rule_per_pair"),
            models.UniqueConstraint(
                fields=["participant"], condition=models.Q(kind=PairKind.PINNED), name="one_pin_per_student"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_pair_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.participant} {self.kind} {self.topic}"
