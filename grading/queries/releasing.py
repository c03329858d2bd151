"""What was released to whom, and who may read it."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from accounts.models import User
from courses.models import Participant, ParticipantState, Role, Seminar
from grading.models import (
    Appeal,
    AppealState,
    GradingScheme,
    Part,
    ReleasedGrade,
    ReleasedPart,
)
from grading.queries.computing import Computed
from milestones.domain.deadlines import effective_deadline

END_OF_DAY = time(23, 59)


def released(participants: Iterable[Participant]) -> dict[int, ReleasedGrade]:
    """Participant id → what was released last."""
    people = {participant.pk: participant for participant in participants}
    rows = ReleasedGrade.objects.filter(participant__in=people).order_by("released_at", "pk")
    found = {row.participant_id: row for row in rows}
    for pk, row in found.items():
        row.participant = people[pk]
    return found


def released_parts(participants: Iterable[Participant]) -> dict[int, dict[int, ReleasedPart]]:
    """Participant id → part id → what was released of it last, by itself."""
    found: dict[int, dict[int, ReleasedPart]] = {}
    rows = ReleasedPart.objects.filter(participant__in=list(participants)).select_related("part")
    for row in rows.order_by("part__position", "released_at", "pk"):
        found.setdefault(row.participant_id, {})[row.part_id] = row
    return found


def shown_parts(participant: Participant) -> set[int]:
    """The ids of the parts whose grade the student has seen."""
    if ReleasedGrade.objects.filter(participant=participant).exists():
        return set(Part.objects.filter(scheme__seminar=participant.seminar_id).values_list("pk", flat=True))
    return set(ReleasedPart.objects.filter(participant=participant).values_list("part", flat=True))


def is_changed(computed: Computed, whole: ReleasedGrade | None, single: Iterable[ReleasedPart]) -> bool:
    """Whether a grade, or a comment, is not as the student was shown it."""
    if whole is None:
        return any(
            (row.result, row.comment) != (computed.values.get(row.part.key), _comment(computed, row.part_id))
            for row in single
        )
    shown = {part["key"]: part["value"] for part in whole.parts}
    as_shown = all(
        value == (Decimal(shown[key]) if isinstance(shown[key], str) else shown[key])
        for key, value in computed.values.items()
        if key in shown
    )
    return whole.grade != computed.result.grade or not as_shown


def _comment(computed: Computed, part_id: int) -> str:
    return computed.rows[part_id].comment if part_id in computed.rows else ""


def visible_students(user: User, seminar: Seminar) -> QuerySet[Participant]:
    """Oneself, in whatever state; an organizer's: every student who is or was admitted."""
    organizes = Q(
        seminar__participants__user=user,
        seminar__participants__role=Role.ORGANIZER,
        seminar__participants__state=ParticipantState.ADMITTED,
    )
    rows = Participant.objects.filter(seminar=seminar, role=Role.STUDENT).filter(Q(user=user) | organizes)
    return rows.select_related("user", "seminar").distinct()


def appeal_until(released: ReleasedGrade) -> datetime | None:
    """The last instant at which a student may ask to have this grade looked at again; None where nobody may."""
    seminar = released.participant.seminar
    days = GradingScheme.objects.filter(seminar=seminar).values_list("appeal_days", flat=True).first()
    if not days:
        return None
    last = released.released_at.astimezone(seminar.zone).date() + timedelta(days=days)
    return effective_deadline(datetime.combine(last, END_OF_DAY), seminar.time_zone)


def was_decided(released: ReleasedGrade) -> bool:
    """Whether the organizers have looked at this grade again."""
    return released.appeals.filter(state__in=[AppealState.KEPT, AppealState.CHANGED]).exists()


def appeals_of(student: Participant) -> QuerySet[Appeal]:
    """The threads about somebody's grades, the oldest first."""
    return Appeal.objects.filter(participant=student).select_related("released").prefetch_related("messages__author")


def open_appeals(seminar: Seminar) -> QuerySet[Appeal]:
    """What waits for the organizers' decision."""
    appeals = Appeal.objects.filter(participant__seminar=seminar, state=AppealState.OPEN)
    return appeals.select_related("participant__user")
