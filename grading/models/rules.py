"""The rule of the grade as it was published, kept for ever."""

from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models

from courses.models.history import AppendOnly
from grading.models.scheme import GradingScheme


class RuleVersion(models.Model):
    """The whole rule as data, from a moment on; a change adds a row."""

    scheme = models.ForeignKey(GradingScheme, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    data = models.JSONField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=250, blank=True)
    announced = models.BooleanField(default=False)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scheme", "number"], name="rule_versions_are_numbered")
        ]

    def __str__(self) -> str:
        return f"{self.scheme}: {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("History is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError("History is append-only.")
