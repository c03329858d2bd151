"""The gate that every piece of work passes."""

from datetime import datetime, timedelta

from milestones.domain.deadlines import is_on_time
from milestones.domain.progress import Due
from milestones.models import LatePolicy, Milestone


def accepts(milestone: Milestone, due: Due, arrived_at: datetime) -> tuple[bool, bool]:
    """(accepted, on time) for work that began to arrive at `arrived_at`: the gate of every door."""
    if due.closes is None or is_on_time(arrived_at, due.closes):
        return True, True
    if milestone.late_policy == LatePolicy.UNTIL:
        return is_on_time(arrived_at, due.closes + timedelta(hours=milestone.late_hours)), False
    return milestone.late_policy == LatePolicy.MARK, False
