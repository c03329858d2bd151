"""Reads that decide who may know of what."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from courses.models import PLACED, Announcement, Participant, ParticipantState, Role, Seminar, Session


def visible_seminars(user: Any) -> QuerySet[Seminar]:
    """Published seminars, and those in which the person has a row."""
    visible = Q(published=True)
    if user.is_authenticated:
        visible |= Q(participants__user=user)
    return Seminar.objects.filter(visible).distinct()


def membership_of(user: User, seminar: Seminar) -> Participant | None:
    """The person's row in the seminar, in whatever role and state."""
    return Participant.objects.filter(seminar=seminar, user=user).select_related("user").first()


def row_at(user: User, slug: str) -> Participant | None:
    """The person's row in the seminar of this address, with the seminar."""
    row = Participant.objects.filter(user=user, seminar__slug=slug).select_related("seminar").first()
    if row is not None:
        row.user = user
    return row


def students(seminar: Seminar) -> QuerySet[Participant]:
    """Admitted students in the order of their names."""
    return (
        Participant.objects.filter(seminar=seminar, role=Role.STUDENT, state=ParticipantState.ADMITTED)
        .select_related("user")
        .order_by("user__family_name", "user__given_names", "pk")
    )


def organizers(seminar: Seminar) -> QuerySet[Participant]:
    """Organizers, the public contact first."""
    return (
        Participant.objects.filter(seminar=seminar, role=Role.ORGANIZER, state=ParticipantState.ADMITTED)
        .select_related("user")
        .order_by("-is_contact", "pk")
    )


def contact(seminar: Seminar) -> User | None:
    """The organizer whom the public page names."""
    first = organizers(seminar).first()
    return first.user if first and first.is_contact else None


def with_places(seminars: QuerySet[Seminar]) -> QuerySet[Seminar]:
    """Annotate `taken` and `free`, derived from the rows of students; the newest seminar first."""
    taken = Count(
        "participants",
        filter=Q(participants__role=Role.STUDENT, participants__state__in=PLACED),
        distinct=True,
    )
    return seminars.annotate(taken=taken, free=F("capacity") - taken).order_by("-pk")


def taken_places(seminar: Seminar) -> int:
    """Places that somebody holds or has been offered."""
    return Participant.objects.filter(seminar=seminar, role=Role.STUDENT, state__in=PLACED).count()


def free_places(seminar: Seminar) -> int:
    """Places that nobody holds and nobody has been offered; never below zero."""
    return max(0, seminar.capacity - taken_places(seminar))


def places_to_offer(seminar: Seminar) -> int:
    """Free places beyond those that undecided applications may still take: they came before the places ran out."""
    undecided = Participant.objects.filter(seminar=seminar, state=ParticipantState.APPLIED).count()
    return seminar.capacity - taken_places(seminar) - undecided


def is_over(seminar: Seminar, now: datetime) -> bool:
    """Its last session lies behind; a seminar without dates is not over."""
    dates = Session.objects.filter(seminar=seminar).values_list("date", flat=True)
    return bool(dates) and max(dates) < now.astimezone(seminar.zone).date()


def has_begun(seminar: Seminar, now: datetime) -> bool:
    """Its first session lies behind or is today."""
    return Session.objects.filter(seminar=seminar, date__lte=now.astimezone(seminar.zone).date()).exists()


def unregistered(seminar: Seminar) -> QuerySet[Participant]:
    """Admitted students who have not said that they are registered with the examination office, or need not be."""
    return students(seminar).filter(registered_on__isnull=True).exclude(registration_needed=False)


def announcements(seminar: Seminar, member: Participant | None) -> QuerySet[Announcement]:
    """The news that somebody may read: those for everybody, and the others for those who take part."""
    standing = Announcement.objects.filter(seminar=seminar, withdrawn_at__isnull=True)
    return standing if member is not None and member.is_active else standing.filter(public=True)


def in_line(seminar: Seminar) -> QuerySet[Participant]:
    """The waiting list, the next one first."""
    waiting = Participant.objects.filter(seminar=seminar, state=ParticipantState.WAITING)
    return waiting.select_related("user", "seminar").order_by("entered_at", "pk")


def waiting_position(participant: Participant) -> int:
    """1 for the first on the waiting list."""
    return (
        1
        + Participant.objects.filter(
            Q(entered_at__lt=participant.entered_at) | Q(entered_at=participant.entered_at, pk__lt=participant.pk),
            seminar=participant.seminar_id,
            state=ParticipantState.WAITING,
        ).count()
    )
