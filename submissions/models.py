"""Upload slots, and every version that was ever received."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant
from milestones.models import Milestone


class UploadSlot(models.Model):
    milestone = models.ForeignKey(Milestone, on_delete=models.CASCADE, related_name="upload_slots")
    key = models.SlugField(max_length=40)
    title = models.CharField(_("title"), max_length=120)
    extensions = models.JSONField(_("file types"))
    max_megabytes = models.PositiveSmallIntegerField(_("at most (MB)"), default=25)
    naming_template = models.CharField(max_length=120)
    required = models.BooleanField(default=True)
    hint = models.TextField(_("hint"), blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["milestone__position", "position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["milestone", "key"], name="one_slot_per_key")]

    def __str__(self) -> str:
        return self.title


class Submission(models.Model):
    """A person's place in a slot; its latest version is the one in force."""

    slot = models.ForeignKey(UploadSlot, on_delete=models.PROTECT, related_name="submissions")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="submissions")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slot", "participant"], name="one_submission_per_person_and_slot")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.slot}"


class Version(models.Model):
    """One received file with its receipt; rows are written once and never changed."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    receipt = models.UUIDField(default=uuid.uuid4, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    extension = models.CharField(max_length=10)
    original_name = models.CharField(max_length=150)
    canonical_name = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True)
    on_time = models.BooleanField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.canonical_name} · {self.number}"

    @property
    def stored_name(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256}"
