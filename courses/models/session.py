"""Dated meetings of a seminar."""

from datetime import datetime, time
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

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
    # Only those named are expected; None while nobody has said for whom the session is: then it is for everybody.
    only_named = models.BooleanField(null=True, blank=True)

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
    def begins_at(self) -> datetime:
        return datetime.combine(self.date, self.begins, self.seminar.zone)

    @property
    def ends_by(self) -> datetime:
        return datetime.combine(self.date, self.ends, self.seminar.zone)

    @property
    def place(self) -> str:
        return self.room or self.seminar.room
