"""Upload slots, and every version that was ever received."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar
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
    declarations = models.JSONField(_("declarations"), default=list, blank=True)
    checks = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["milestone__position", "position", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["milestone", "key"], name="one_slot_per_key")]

    def __str__(self) -> str:
        return self.title


class Submission(models.Model):
    """A person's place in a slot; the version that was chosen is in force, or else the newest."""

    slot = models.ForeignKey(UploadSlot, on_delete=models.PROTECT, related_name="submissions")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="submissions")
    chosen = models.ForeignKey("Version", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slot", "participant"], name="one_submission_per_person_and_slot")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.slot}"


class Version(models.Model):
    """One received file with its receipt; rows are written once and never changed.

    `received_at` is when the file began to arrive, which is what counts; `finished_at` when all of it was there. `deadline` is
    what was shown, `closed_at` the last instant that counted, with the hidden grace.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    receipt = models.UUIDField(default=uuid.uuid4, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    extension = models.CharField(max_length=10)
    original_name = models.CharField(max_length=150)
    canonical_name = models.CharField(max_length=150)
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    on_time = models.BooleanField()
    declared = models.JSONField(default=dict, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["submission", "number"], name="one_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.canonical_name} · {self.number}"

    @property
    def acknowledgement(self) -> dict[str, str | bool | int]:
        """The receipt as programs read it."""
        return {
            "receipt": str(self.receipt),
            "sha256": self.sha256,
            "received_at": self.received_at.isoformat(),
            "on_time": self.on_time,
            "version": self.number,
        }

    @property
    def stored_name(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256}"


class Publication(models.Model):
    """A version that the public may read, with its author's consent; without the row nobody may."""

    version = models.OneToOneField(Version, on_delete=models.PROTECT, related_name="publication")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["published_at", "pk"]

    def __str__(self) -> str:
        return str(self.version)


class TemplateFile(models.Model):
    """A file that the organizers gave out to start from; what it holds is nobody's copy."""

    slot = models.ForeignKey(UploadSlot, on_delete=models.CASCADE, related_name="templates")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=150)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["uploaded_at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["slot", "sha256"], name="one_template_per_content")]

    def __str__(self) -> str:
        return self.name

    @property
    def stored_name(self) -> str:
        return f"{self.sha256[:2]}/{self.sha256}"


class CaseState(models.TextChoices):
    OPEN = "open", _("open")
    CLEARED = "cleared", _("no finding")
    UPHELD = "upheld", _("finding")


# state → states that may follow; `services` is the only writer.
CASE_TRANSITIONS: dict[str, tuple[str, ...]] = {
    CaseState.OPEN: (CaseState.CLEARED, CaseState.UPHELD),
    CaseState.CLEARED: (CaseState.OPEN,),
    CaseState.UPHELD: (CaseState.OPEN,),
}


class SimilarityCase(models.Model):
    """Two works that share more than they should: evidence, what was said to it, and what was decided. For organizers only."""

    first = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="cases")
    second = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="cases_as_second")
    seminar = models.ForeignKey(Seminar, on_delete=models.PROTECT, related_name="similarity_cases")
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    evidence = models.JSONField(default=dict)
    statement = models.TextField(_("what the students say"), blank=True)
    decision = models.TextField(_("decision and its reasons"), blank=True)
    effect = models.CharField(_("effect"), max_length=250, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["opened_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="one_case_per_pair"),
            models.CheckConstraint(condition=~models.Q(first=models.F("second")), name="a_case_has_two_works"),
        ]

    def __str__(self) -> str:
        return f"{self.first} · {self.second}"
