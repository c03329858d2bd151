"""The gate that every piece of work passes, and the reminder of it."""

import math
from datetime import datetime, timedelta

from courses.models import Participant
from courses.services import write_to
from milestones.domain.deadlines import is_on_time
from milestones.domain.progress import Due
from milestones.models import LatePolicy, Milestone
from notifications.models import Letter


def accepts(milestone: Milestone, due: Due, arrived_at: datetime) -> tuple[bool, bool]:
    """(accepted, on time) for work that began to arrive at `arrived_at`: the gate of every door."""
    if due.closes is None or is_on_time(arrived_at, due.closes):
        return True, True
    if milestone.late_policy == LatePolicy.UNTIL:
        return is_on_time(arrived_at, due.closes + timedelta(hours=milestone.late_hours)), False
    return milestone.late_policy == LatePolicy.MARK, False


def remind(milestone: Milestone, participant: Participant, due: Due, hours: int, *, link: str, now: datetime) -> bool:
    """Write the reminder that is due, unless person, task and deadline have theirs already; tell whether it is new."""
    if due.shown is None:
        return False
    hours_left = math.ceil((due.shown - now) / timedelta(hours=1))
    key = f"reminder:{milestone.pk}:{participant.pk}:{hours}:{due.shown:%Y%m%dT%H%M}"
    if Letter.objects.filter(key=key).exists():
        return False
    write_to(
        participant,
        key,
        "milestones/email/reminder",
        now=now,
        about=f"milestone:{milestone.pk}",
        expires_at=due.shown,
        milestone=milestone,
        due=due,
        link=link,
        hours_left=hours_left,
        days_left=hours_left // 24 if hours_left >= 48 else 0,
    )
    return True
