"""Meetings with one student each."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from grading.models import (
    Meeting,
    Outcome,
)


def meetings_for(row: Participant, now: datetime) -> QuerySet[Meeting]:
    """All times for organizers; for a student their own, and the free ones to come."""
    meetings = Meeting.objects.filter(seminar=row.seminar).select_related("seminar", "participant__user")
    if row.role == Role.ORGANIZER:
        return meetings
    return meetings.filter(Q(participant=row) | Q(participant=None, begins_at__gt=now))


def booked_meetings(participant_ids: Iterable[int], seminar_ids: Iterable[int] = ()) -> QuerySet[Meeting]:
    """The meetings that these people have booked, and all that are booked in these seminars."""
    whose = Q(participant__in=list(participant_ids)) | Q(seminar__in=list(seminar_ids), participant__isnull=False)
    return Meeting.objects.filter(whose).select_related("seminar", "participant__user")


def without_meeting(seminar: Seminar) -> QuerySet[Participant]:
    """Admitted students who have no meeting booked, and have had none."""
    met = Meeting.objects.filter(seminar=seminar, participant__isnull=False).exclude(outcome=Outcome.MISSED)
    return courses_queries.students(seminar).exclude(pk__in=met.values("participant"))
