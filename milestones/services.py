"""Writes: deadlines of milestones and of single persons, and the reminder letter."""

import math
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record, write_to
from milestones.domain.deadlines import is_on_time
from milestones.domain.progress import Due
from milestones.models import Anchor, LatePolicy, Milestone, Origin, OwnDeadline
from milestones.queries import wall_time
from notifications.models import Letter


def accepts(milestone: Milestone, due: Due, arrived_at: datetime) -> tuple[bool, bool]:
    """(accepted, on time) for work that began to arrive at `arrived_at`: the gate of every door."""
    on_time = due.closes is None or is_on_time(arrived_at, due.closes)
    return on_time or milestone.late_policy == LatePolicy.MARK, on_time


@transaction.atomic
def move_milestone(
    milestone: Milestone, *, due_date: date, due_time: time, expected: str, reason: str, actor: User, now: datetime
) -> None:
    """Move a deadline for everybody, tell those it concerns, and note it; a stale form is refused with both values."""
    stored = Milestone.objects.select_for_update().select_related("seminar").get(pk=milestone.pk)
    if stored.anchor == Anchor.OWN_TALK:
        raise Refusal("no_common_date", _("This deadline follows each person's own talk; nothing was changed."))
    old, new = str(wall_time(stored) or ""), str(datetime.combine(due_date, due_time))
    if old == new:
        return
    if expected != old:
        raise Conflict(
            "deadline_changed",
            _(
                "Somebody else has moved this deadline to %(theirs)s meanwhile; yours would have been %(yours)s. Nothing was changed."
            )
            % {"theirs": old, "yours": new},
        )
    stored.due_date, stored.due_time = due_date, due_time
    stored.save(update_fields=["due_date", "due_time"])
    entry = record(stored.seminar, f"deadline:{stored.key}", now=now, actor=actor, old=old, new=new, reason=reason)
    for participant in courses_queries.students(stored.seminar).select_related("seminar"):
        write_to(
            participant,
            f"deadline:{entry.pk}:{participant.pk}",
            "milestones/email/deadline_moved",
            now=now,
            milestone=stored,
            old=old,
            new=datetime.combine(due_date, due_time),
            reason=reason,
        )


@transaction.atomic
def grant_extension(
    milestone: Milestone,
    participant: Participant,
    *,
    due_date: date,
    due_time: time,
    reason: str,
    actor: User,
    now: datetime,
) -> None:
    """Give one person more time, tell them, and note who gave it and why."""
    old = _own(milestone, participant, Origin.EXTENSION)
    new = datetime.combine(due_date, due_time)
    if old == new:
        return
    OwnDeadline.objects.update_or_create(
        milestone=milestone,
        participant=participant,
        origin=Origin.EXTENSION,
        defaults={
            "due_date": due_date,
            "due_time": due_time,
            "reason": reason,
            "granted_by": actor,
            "granted_at": now,
        },
    )
    entry = record(
        milestone.seminar,
        f"extension:{milestone.key}",
        now=now,
        actor=actor,
        participant=participant,
        old=old or "",
        new=new,
        reason=reason,
    )
    key = f"extension:{entry.pk}"
    write_to(participant, key, "milestones/email/extension", now=now, milestone=milestone, new=new, reason=reason)


@transaction.atomic
def set_talk_deadline(milestone: Milestone, participant: Participant, talk_on: date | None, *, now: datetime) -> None:
    """Derive a person's deadline from the day of their talk; None takes it back."""
    old = _own(milestone, participant, Origin.TALK)
    new = datetime.combine(talk_on + timedelta(days=milestone.offset_days), milestone.due_time) if talk_on else None
    if old == new:
        return
    rows = OwnDeadline.objects.filter(milestone=milestone, participant=participant, origin=Origin.TALK)
    rows.delete()
    if new is not None:
        OwnDeadline.objects.create(
            milestone=milestone,
            participant=participant,
            origin=Origin.TALK,
            due_date=new.date(),
            due_time=new.time(),
            granted_at=now,
        )
    record(
        milestone.seminar,
        f"talk_deadline:{milestone.key}",
        now=now,
        participant=participant,
        old=old or "",
        new=new or "",
    )


def _own(milestone: Milestone, participant: Participant, origin: str) -> datetime | None:
    row = OwnDeadline.objects.filter(milestone=milestone, participant=participant, origin=origin).first()
    return datetime.combine(row.due_date, row.due_time) if row else None


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
        expires_at=due.shown,
        milestone=milestone,
        due=due,
        link=link,
        hours_left=hours_left,
        days_left=hours_left // 24 if hours_left >= 48 else 0,
    )
    return True
