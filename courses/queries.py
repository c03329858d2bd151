"""Reads that decide who may know of what."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from accounts.models import User
from courses.domain.ics import LONG_AGO
from courses.models import (
    PLACED,
    Attendance,
    AttendanceStatus,
    HistoryEntry,
    Participant,
    ParticipantState,
    Role,
    Seminar,
    Session,
)

# Session ids → session id → participant ids, for sessions that do not expect everybody. What narrows them are topics, whose app
# stands above and enters its query here.
NARROWING: list[Callable[[Iterable[int]], dict[int, set[int]]]] = []
Changed = tuple[int, datetime]  # how often, and when last
Changes = dict[tuple[int, int | None, str], Changed]  # seminar id, participant id, subject of the history →
OF_ALL = ("session:", "talks:", "deadline:")
OF_ONE = ("extension:", "talk_deadline:")
OF_PLACE = ("participant", "topic", "talk", "moderator")  # what changes anything that somebody has in a calendar


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


def absences(seminar: Seminar) -> dict[int, int]:
    """Participant id → sessions missed without excuse."""
    rows = Attendance.objects.filter(session__seminar=seminar, status=AttendanceStatus.ABSENT)
    return dict(rows.values_list("participant").annotate(n=Count("pk")))


def expected(session_ids: Iterable[int]) -> dict[int, set[int]]:
    """Session id → ids of those who are expected, for the sessions to which not everybody comes."""
    ids, found = list(session_ids), dict[int, set[int]]()
    for narrow in NARROWING:
        found |= narrow(ids)
    return found


def changes(seminar_ids: Iterable[int], participant_ids: Iterable[int] = ()) -> Changes:
    """What the history says of all, and of the given people, about entries of their calendars; one query."""
    of_all = Q(participant=None, seminar__in=list(seminar_ids))
    of_all &= Q(*[("subject__startswith", name) for name in OF_ALL], _connector=Q.OR)
    of_one = Q(*[("subject__startswith", name) for name in OF_ONE], _connector=Q.OR)
    of_one |= Q(subject__in=[*OF_PLACE, "meeting"])
    lines = HistoryEntry.objects.filter(of_all | Q(participant__in=list(participant_ids)) & of_one).order_by()
    counted = lines.values_list("seminar", "participant", "subject").annotate(Count("pk"), Max("at"))
    return {(seminar, person, subject): (count, at) for seminar, person, subject, count, at in counted}


def changed(found: Changes, seminar_id: int, *subjects: str, participant_id: int | None = None) -> Changed:
    """These subjects added up: those of all, and those of one person with what concerns their place."""
    keys: list[tuple[int, int | None, str]] = [(seminar_id, None, subject) for subject in subjects]
    if participant_id is not None:
        keys += [(seminar_id, participant_id, subject) for subject in (*subjects, *OF_PLACE)]
    there = [found[key] for key in keys if key in found]
    return sum(count for count, _at in there), max((at for _count, at in there), default=LONG_AGO)
