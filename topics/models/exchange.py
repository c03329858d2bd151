"""Claims on free topics, and swaps that two students agree on."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant
from topics.models.catalogue import Topic


class ExchangeKind(models.TextChoices):
    CLAIM = "claim", _("take a free topic")
    TOPICS = "topics", _("swap topics")
    TALKS = "talks", _("swap the dates of the talks")


class ExchangeState(models.TextChoices):
    ASKED = "asked", _("waits for the other student")
    AGREED = "agreed", _("waits for the organizers")
    DONE = "done", _("done")
    DECLINED = "declined", _("declined")
    TAKEN_BACK = "taken_back", _("taken back")
    LAPSED = "lapsed", _("no longer possible")


OPEN_EXCHANGE = (ExchangeState.ASKED, ExchangeState.AGREED)
CLOSED = (ExchangeState.DECLINED, ExchangeState.TAKEN_BACK, ExchangeState.LAPSED)

# state → states that may follow; `topics.services` is the only writer.
EXCHANGE_TRANSITIONS: dict[str, tuple[str, ...]] = {
    ExchangeState.ASKED: (ExchangeState.AGREED, ExchangeState.DONE, *CLOSED),
    ExchangeState.AGREED: (ExchangeState.DONE, *CLOSED),
    ExchangeState.DONE: (),
    ExchangeState.DECLINED: (),
    ExchangeState.TAKEN_BACK: (),
    ExchangeState.LAPSED: (),
}


class Exchange(models.Model):
    """What `proposer` gives (nothing, where they hold no topic) and what they want; a claim has no partner."""

    kind = models.CharField(max_length=6, choices=ExchangeKind.choices)
    state = models.CharField(max_length=10, choices=ExchangeState.choices)
    proposer = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="exchanges")
    partner = models.ForeignKey(Participant, null=True, on_delete=models.CASCADE, related_name="exchanges_asked")
    gives = models.ForeignKey(Topic, null=True, on_delete=models.PROTECT, related_name="+")
    wants = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+")
    message = models.CharField(_("message"), max_length=250, blank=True)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["proposer"], condition=models.Q(state__in=OPEN_EXCHANGE), name="one_open_exchange_per_student"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=ExchangeKind.CLAIM, partner__isnull=True)
                | (~models.Q(kind=ExchangeKind.CLAIM) & models.Q(partner__isnull=False, gives__isnull=False)),
                name="a_swap_has_two_sides",
            ),
            models.CheckConstraint(
                condition=models.Q(partner__isnull=True) | ~models.Q(partner=models.F("proposer")),
                name="nobody_swaps_with_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposer}: {self.kind} {self.wants}"
