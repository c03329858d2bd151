"""Who takes part in a seminar, in which role and state."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from courses.models.seminar import Seminar


class Role(models.TextChoices):
    ORGANIZER = "organizer", _("organizer")
    STUDENT = "student", _("student")


class ParticipantState(models.TextChoices):
    APPLIED = "applied", _("applied")
    WAITING = "waiting", _("on the waiting list")
    OFFERED = "offered", _("has an offer")
    ADMITTED = "admitted", _("admitted")
    WITHDRAWN = "withdrawn", _("withdrawn")


# The states of a student who holds one of the places: a place on offer is nobody else's.
PLACED = (ParticipantState.ADMITTED, ParticipantState.OFFERED)

# state → states that may follow; `courses.services` is the only writer.
PARTICIPANT_TRANSITIONS: dict[str, tuple[str, ...]] = {
    ParticipantState.APPLIED: (ParticipantState.ADMITTED, ParticipantState.WAITING, ParticipantState.WITHDRAWN),
    ParticipantState.WAITING: (ParticipantState.OFFERED, ParticipantState.ADMITTED, ParticipantState.WITHDRAWN),
    # Not back to waiting: the next sweep would offer the place to the same person again.
    ParticipantState.OFFERED: (ParticipantState.ADMITTED, ParticipantState.WITHDRAWN),
    ParticipantState.ADMITTED: (ParticipantState.WITHDRAWN,),
    ParticipantState.WITHDRAWN: (ParticipantState.APPLIED, ParticipantState.WAITING, ParticipantState.ADMITTED),
}


class Participant(models.Model):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.STUDENT)
    state = models.CharField(
        _("state"), max_length=10, choices=ParticipantState.choices, default=ParticipantState.APPLIED
    )
    is_contact = models.BooleanField(_("public contact"), default=False)
    name_public = models.BooleanField(_("name on the public page"), default=False)
    available_confirmed_at = models.DateTimeField(null=True, blank=True)
    offered_until = models.DateTimeField(_("offer open until"), null=True, blank=True)
    registration_needed = models.BooleanField(_("must register with the examination office"), null=True, blank=True)
    registration_reminded_at = models.DateTimeField(null=True, blank=True)
    registered_on = models.DateField(_("registered with the examination office"), null=True, blank=True)
    entered_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["entered_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seminar", "user"], name="one_participation_per_person"),
            models.UniqueConstraint(fields=["seminar"], condition=models.Q(is_contact=True), name="one_contact"),
            models.CheckConstraint(
                condition=models.Q(state=ParticipantState.OFFERED, offered_until__isnull=False)
                | (~models.Q(state=ParticipantState.OFFERED) & models.Q(offered_until__isnull=True)),
                name="an_offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=models.Q(is_contact=False) | models.Q(role=Role.ORGANIZER), name="contact_is_organizer"
            ),
        ]

    def __str__(self) -> str:
        return self.user.name

    @property
    def is_active(self) -> bool:
        return self.state == ParticipantState.ADMITTED
