"""Reads that decide who may know of what."""

from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from courses.models import Attendance, AttendanceStatus, Participant, ParticipantState, Role, Seminar


def visible_seminars(user: Any) -> QuerySet[Seminar]:
    """Published seminars, and those in which the person has a row."""
    visible = Q(published=True)
    if user.is_authenticated:
        visible |= Q(participants__user=user)
    return Seminar.objects.filter(visible).distinct()


def membership_of(user: User, seminar: Seminar) -> Participant | None:
    """The person's row in the seminar, in whatever role and state."""
    return Participant.objects.filter(seminar=seminar, user=user).select_related("user").first()


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
    """Annotate `admitted` and `free`, derived from the rows of students; the newest seminar first."""
    admitted = Count(
        "participants",
        filter=Q(participants__role=Role.STUDENT, participants__state=ParticipantState.ADMITTED),
        distinct=True,
    )
    return seminars.annotate(admitted=admitted, free=F("capacity") - admitted).order_by("-pk")


def free_places(seminar: Seminar) -> int:
    """Places that nobody holds; never below zero."""
    return max(0, seminar.capacity - students(seminar).count())


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


def absences(seminar: Seminar) -> dict[int, int]:
    """Participant id → sessions missed without excuse."""
    rows = Attendance.objects.filter(session__seminar=seminar, status=AttendanceStatus.ABSENT)
    return dict(rows.values_list("participant").annotate(n=Count("pk")))
