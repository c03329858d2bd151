"""Dated meetings of a seminar, and who was there."""

from datetime import time
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.participant import Participant
from courses.models.seminar import Seminar


class SessionKind(models.TextChoices):
    KICKOFF = "kickoff", _("Kick-off")
    QUESTIONS = "questions", _("Questions and answers")
    TALKS = "talks", _("Presentations")
    NOTEBOOKS = "notebooks", _("Notebook presentations")
    NONE = "none", _("No seminar")
    OTHER = "other", _("Session")


class Session(models.Model):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="sessions")
    key = models.SlugField(max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=SessionKind.choices)
    title = models.CharField(_("title"), max_length=160, blank=True)
    date = models.DateField(_("date"))
    starts_at = models.TimeField(_("begins"), null=True, blank=True)
    ends_at = models.TimeField(_("ends"), null=True, blank=True)
    room = models.CharField(_("room"), max_length=120, blank=True)
    tentative = models.BooleanField(_("may still move"), default=False)
    note = models.CharField(_("note"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["date", "starts_at", "pk"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["seminar", "key"], name="one_session_per_key")]

    def __str__(self) -> str:
        return self.title or self.get_kind_display()

    @property
    def takes_place(self) -> bool:
        return self.kind != SessionKind.NONE

    @property
    def begins(self) -> time:
        return self.starts_at or self.seminar.starts_at

    @property
    def ends(self) -> time:
        return self.ends_at or self.seminar.ends_at

    @property
    def place(self) -> str:
        return self.room or self.seminar.room


class AttendanceStatus(models.TextChoices):
    PRESENT = "present", _("present")
    EXCUSED = "excused", _("excused")
    ABSENT = "absent", _("absent")


class Attendance(models.Model):
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendances")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="attendances")
    status = models.CharField(max_length=8, choices=AttendanceStatus.choices)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "participant"], name="one_attendance_per_session")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.status}"
