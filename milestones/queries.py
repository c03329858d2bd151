"""The one way from a milestone and a person to that person's deadline."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from courses.models import Participant, Seminar
from milestones.domain.deadlines import effective_deadline
from milestones.domain.progress import Due
from milestones.models import Anchor, ExtensionRequest, LatePolicy, Milestone, Origin, OwnDeadline, RequestState

Key = tuple[int, int]  # milestone id, participant id


def milestones_of(seminar: Seminar) -> QuerySet[Milestone]:
    """The seminar's milestones in the order of the term."""
    return Milestone.objects.filter(seminar=seminar).select_related("seminar", "session")


def open_requests(seminar: Seminar) -> QuerySet[ExtensionRequest]:
    """Wishes for more time that wait for the organizers, oldest first."""
    rows = ExtensionRequest.objects.filter(milestone__seminar=seminar, state=RequestState.ASKED)
    return rows.select_related("milestone__seminar", "participant__user", "participant__seminar")


def deadlines(milestones: Iterable[Milestone], participant_ids: Iterable[int]) -> dict[Key, Due]:
    """Every given person's deadline for every given milestone, with one query."""
    milestones, ids = list(milestones), list(participant_ids)
    own: dict[Key, dict[str, datetime]] = {}
    told: dict[Key, datetime] = {}
    for row in OwnDeadline.objects.filter(milestone__in=milestones, participant_id__in=ids):
        key = row.milestone_id, row.participant_id
        own.setdefault(key, {})[row.origin] = datetime.combine(row.due_date, row.due_time)
        if row.origin == Origin.EXTENSION:
            told[key] = row.granted_at
    return {(m.pk, pk): due_from(m, own.get((m.pk, pk), {}), told.get((m.pk, pk))) for m in milestones for pk in ids}


def deadline_of(milestone: Milestone, participant: Participant) -> Due:
    """One person's deadline for one milestone."""
    return deadlines([milestone], [participant.pk])[milestone.pk, participant.pk]


def general_deadline(milestone: Milestone) -> Due:
    """The deadline of somebody who has none of their own."""
    return due_from(milestone, {})


def due_from(milestone: Milestone, own: dict[str, datetime], told: datetime | None = None) -> Due:
    """Combine the milestone's own wall time with what is particular to a person, who was told of an extension at `told`."""
    zone = milestone.seminar.time_zone
    base = own.get(Origin.TALK) if milestone.anchor == Anchor.OWN_TALK else wall_time(milestone)
    extension = own.get(Origin.EXTENSION)
    wall = max((time for time in (base, extension) if time is not None), default=None)
    if wall is None:
        return Due(zone=zone)
    grace = timedelta(minutes=milestone.grace_minutes)
    shown = effective_deadline(base or wall, zone, extension=extension)
    extended = extension is not None and extension == wall and wall != base
    until = milestone.late_policy == LatePolicy.UNTIL
    return Due(
        zone=zone,
        # As the clocks show that instant: a wall time that they skip is not one.
        wall=shown.astimezone(milestone.seminar.zone).replace(second=0, microsecond=0, tzinfo=None),
        shown=shown,
        closes=effective_deadline(base or wall, zone, extension=extension, grace=grace),
        extended=extended,
        cut_off=shown + timedelta(hours=milestone.late_hours) if until else None,
        told=max((at for at in (milestone.moved_at, told if extended else None) if at is not None), default=None),
    )


def wall_time(milestone: Milestone) -> datetime | None:
    """The milestone's date and time as its zone's clocks show them."""
    return datetime.combine(milestone.due_date, milestone.due_time) if milestone.due_date else None


def milestones_near(day: date) -> QuerySet[Milestone]:
    """Milestones that may have reminders due around a day, theirs or somebody's own."""
    window = (day - timedelta(days=2), day + timedelta(days=15))
    near = Q(due_date__range=window) | Q(own_deadlines__due_date__range=window)
    return Milestone.objects.filter(near).select_related("seminar").distinct()


def own_wall_time(milestone: Milestone, participant: Participant, origin: str) -> datetime | None:
    """What stands in a person's own row of this origin, as wall time."""
    row = OwnDeadline.objects.filter(milestone=milestone, participant=participant, origin=origin).first()
    return datetime.combine(row.due_date, row.due_time) if row else None
