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
    LetterState.SENDING: (LetterState.SENT, LetterState.WAITING, LetterState.FAILED, LetterState.DROPPED),
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
    frozen = models.BooleanField(default=False)  # a copy may be out there, so the next one must be the same
    thread = models.CharField(max_length=120, blank=True)  # the Message-ID of the letter that this one follows
    about = models.CharField(max_length=80, blank=True)  # letters to one person about the same thing make one thread
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
            models.Index(fields=["user", "about"]),
            models.Index(fields=["scope", "created_at"]),
            models.Index(fields=["state", "kind"]),
            models.Index(fields=["sent_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to_email}"


class LetterFile(models.Model):
    """The file that goes with a letter, kept from the first attempt until it is sent, so that no copy has another; or that it has none."""

    letter = models.OneToOneField(Letter, on_delete=models.CASCADE, related_name="file")
    name = models.CharField(max_length=200, blank=True)
    content = models.BinaryField()
    content_type = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Reminder(models.Model):
    """A piece of work of one person before one deadline, reminded of once: the row is the promise, whatever runs twice."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    task = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    deadline = models.DateTimeField()
    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="reminders")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "task", "kind", "deadline"], name="one_reminder_per_person_task_kind_and_deadline"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.task} {self.kind}"


class LetterChoice(models.TextChoices):
    ALL = "all", _("all")
    LAST = "last", _("only the last one before a deadline")
    NONE = "none", _("none; the page shows the same")


# kind of letter → what a person may choose; the first is the default. What is not named here always comes.
CHOICES: dict[str, tuple[str, ...]] = {
    "reminder": (LetterChoice.ALL, LetterChoice.LAST),
    "meeting_reminder": (LetterChoice.ALL, LetterChoice.NONE),
    "announcement": (LetterChoice.ALL, LetterChoice.NONE),
}


class ChosenLetters(models.Model):
    """How many letters of a kind a person wants; without a row all of them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="chosen_letters")
    kind = models.CharField(max_length=40)
    choice = models.CharField(max_length=4, choices=LetterChoice.choices, default=LetterChoice.ALL)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "kind"], name="one_choice_per_person_and_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind="reminder", choice=LetterChoice.NONE), name="deadline_letters_are_never_off"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind} {self.choice}"


class Heartbeat(models.Model):
    """When each background job last finished; `/readyz` reads it."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"
