"""News on a seminar's page, with every wording that it had."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.history import AppendOnly
from courses.models.seminar import Seminar


class Announcement(models.Model):
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="announcements")
    title = models.CharField(_("title"), max_length=160)
    text = models.TextField(_("text"), max_length=20_000)
    public = models.BooleanField(_("Everybody may read it; otherwise only those who take part"), default=False)
    revision = models.PositiveIntegerField(default=1)
    published_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-published_at", "-pk"]

    def __str__(self) -> str:
        return self.title


class Wording(models.Model):
    """What an announcement said from `at` on; the newest is what it says. An empty text takes it back."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="wordings")
    revision = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar = ["-revision"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["announcement", "revision"], name="one_wording_per_revision")
        ]

    def __str__(self) -> str:
        return self.title
