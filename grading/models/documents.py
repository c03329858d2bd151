"""Documents that were given out, and grades that were counted in what students are told of all."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import Participant, Seminar
from grading.domain.codes import in_groups
from grading.models.grades import ReleasedGrade


class DocumentKind(models.TextChoices):
    RECORD = "record", _("Grade record")
    CERTIFICATE = "certificate", _("Certificate")
    REPORT = "report", _("Report of the seminar")


class IssuedDocument(models.Model):
    """What a document says, kept as it was when it was issued; printing it is the same bytes for ever."""

    code = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=11, choices=DocumentKind.choices)
    seminar = models.ForeignKey(Seminar, on_delete=models.PROTECT, related_name="documents")
    participant = models.ForeignKey(
        Participant, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    released = models.ForeignKey(
        ReleasedGrade, null=True, blank=True, on_delete=models.PROTECT, related_name="documents"
    )
    facts = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind=DocumentKind.REPORT, participant__isnull=True, released__isnull=True)
                | (~Q(kind=DocumentKind.REPORT) & Q(participant__isnull=False, released__isnull=False)),
                name="a_document_has_its_person_or_is_a_report",
            ),
            models.CheckConstraint(condition=~Q(code="") & ~Q(fingerprint=""), name="a_document_can_be_verified"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {in_groups(self.code)}"

    @property
    def shown_code(self) -> str:
        return in_groups(self.code)


class CountedGrade(models.Model):
    """A released grade as it counts in what students are told of all grades: once a person, with at least four others."""

    participant = models.OneToOneField(Participant, on_delete=models.PROTECT, related_name="counted_grade")
    released = models.ForeignKey(ReleasedGrade, on_delete=models.PROTECT, related_name="+")
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.released)
