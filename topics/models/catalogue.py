"""The catalogue: topics, their seats, where they speak, and what students propose."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar, Session, Strength


class Topic(models.Model):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="topics")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=250)
    authors = models.CharField(_("authors"), max_length=250, blank=True)
    url = models.URLField(_("paper"), max_length=300, blank=True)
    abstract = models.TextField(_("abstract"), blank=True)
    scope_note = models.CharField(_("scope"), max_length=250, blank=True)
    notice = models.CharField(_("notice"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["seminar", "number"], name="one_topic_per_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class TopicPrerequisite(models.Model):
    """What one should know for a topic beyond what the seminar asks for."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="prerequisites")
    strength = models.CharField(max_length=12, choices=Strength.choices)
    text = models.CharField(max_length=250)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class Seat(models.Model):
    """A topic has as many seats as rows here: more holders than seats cannot be written."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["topic__number", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["topic", "number"], name="one_seat_per_number")]

    def __str__(self) -> str:
        return f"{self.topic} · {self.number}"


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


class ProposalState(models.TextChoices):
    PROPOSED = "proposed", _("proposed")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "taken_back", _("taken back")


# state → states that may follow; `topics.services` is the only writer.
PROPOSAL_TRANSITIONS: dict[str, tuple[str, ...]] = {
    ProposalState.PROPOSED: (ProposalState.ACCEPTED, ProposalState.DECLINED, ProposalState.WITHDRAWN),
    ProposalState.ACCEPTED: (),
    ProposalState.DECLINED: (),
    ProposalState.WITHDRAWN: (),
}


class TopicProposal(models.Model):
    """A topic that a student would like to have; it enters the catalogue when an organizer accepts it."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="topic_proposals")
    title = models.CharField(_("title"), max_length=250)
    authors = models.CharField(_("authors"), max_length=250, blank=True)
    url = models.URLField(_("paper"), max_length=300, blank=True)
    abstract = models.TextField(_("what it is about, and why"), max_length=4000)
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    topic = models.OneToOneField(Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="proposal")

    class Meta:
        ordering: ClassVar = ["proposed_at", "pk"]

    def __str__(self) -> str:
        return self.title
