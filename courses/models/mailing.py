"""A letter that an organizer writes to those whom a sentence of menus names."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.seminar import Seminar


class MailingState(models.TextChoices):
    DRAFT = "draft", _("draft")
    SCHEDULED = "scheduled", _("will be sent later")
    SENT = "sent", pgettext_lazy("mailing", "sent")


# state → states that may follow; `courses.services` is the only writer.
MAILING_TRANSITIONS: dict[str, tuple[str, ...]] = {
    MailingState.DRAFT: (MailingState.SCHEDULED, MailingState.SENT),
    MailingState.SCHEDULED: (MailingState.DRAFT, MailingState.SENT),
    MailingState.SENT: (),
}


class Mailing(models.Model):
    """Whom it goes to is a question (`audience`, and the `milestone` it is about) that is asked again when it is sent.

    `unticked` are participants who are left out though they belong to it; `chosen` are those of the audience of chosen people.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="mailings")
    state = models.CharField(max_length=10, choices=MailingState.choices, default=MailingState.DRAFT)
    audience = models.CharField(max_length=20)
    milestone = models.SlugField(max_length=40, blank=True)
    chosen = models.JSONField(default=list, blank=True)
    unticked = models.JSONField(default=list, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), max_length=20_000, blank=True)
    revision = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    send_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state=MailingState.DRAFT, send_at__isnull=True, sent_at__isnull=True)
                | models.Q(state=MailingState.SCHEDULED, send_at__isnull=False, sent_at__isnull=True)
                | models.Q(state=MailingState.SENT, sent_at__isnull=False),
                name="a_mailing_has_the_times_of_its_state",
            )
        ]

    def __str__(self) -> str:
        return self.subject
