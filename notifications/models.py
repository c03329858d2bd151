"""The outbox: a letter is a row first; its key is the promise that it is written once."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LetterState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", pgettext_lazy("letter", "failed")
    DROPPED = "dropped", _("dropped")


# state → states that may follow; `services` is the only writer.
LETTER_TRANSITIONS: dict[str, tuple[str, ...]] = {
    LetterState.WAITING: (LetterState.SENDING, LetterState.DROPPED),
    LetterState.SENDING: (LetterState.SENT, LetterState.WAITING, LetterState.FAILED),
    LetterState.SENT: (),
    LetterState.FAILED: (LetterState.WAITING,),
    LetterState.DROPPED: (),
}


class Letter(models.Model):
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=40)
    scope = models.CharField(max_length=60, blank=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="letters"
    )
    to_email = models.EmailField()
    reply_to = models.EmailField(blank=True)
    message_id = models.CharField(max_length=120)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    thread = models.CharField(max_length=120, blank=True)  # the Message-ID of the letter that this one follows
    attachment = models.CharField(max_length=80, blank=True)  # what `attachments.MAKERS` makes it from
    calendar = models.TextField(blank=True)  # the entries that go with it, as they were when it was written
    state = models.CharField(max_length=10, choices=LetterState.choices, default=LetterState.WAITING)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_try_at"]),
            models.Index(fields=["state", "kind"]),
            models.Index(fields=["sent_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_email}"


class Heartbeat(models.Model):
    """When each background job last finished; `/readyz` reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
