"""The append-only record of what was changed: who, when, old, new, why."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

from courses.models.participant import Participant
from courses.models.seminar import Seminar


class AppendOnly(models.QuerySet):  # type: ignore[type-arg]  # not subscriptable at run time
    def update(self, **_fields: Any) -> NoReturn:
        raise TypeError("History is append-only.")

    def delete(self) -> NoReturn:
        raise TypeError("History is append-only.")


class HistoryEntry(models.Model):
    seminar = models.ForeignKey(Seminar, on_delete=models.PROTECT, related_name="history")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    participant = models.ForeignKey(Participant, null=True, on_delete=models.PROTECT, related_name="history")
    subject = models.CharField(max_length=60)
    old = models.CharField(max_length=250, blank=True)
    new = models.CharField(max_length=250, blank=True)
    reason = models.CharField(max_length=250, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.subject}: {self.old} → {self.new}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("History is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("History is append-only.")
