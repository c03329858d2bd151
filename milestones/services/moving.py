"""Deadlines that move for everybody, or follow each person's own talk."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record, write_to
from milestones.domain.reminders import write_schedule
from milestones.models import Anchor, Milestone, Origin, OwnDeadline
from milestones.queries import deadlines, own_wall_time, wall_time


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
    students = list(courses_queries.students(stored.seminar).select_related("seminar"))
    before = deadlines([stored], [student.pk for student in students])
    stored.due_date, stored.due_time, stored.moved_at = due_date, due_time, now
    stored.save(update_fields=["due_date", "due_time", "moved_at"])
    after = deadlines([stored], [student.pk for student in students])
    entry = record(stored.seminar, f"deadline:{stored.key}", now=now, actor=actor, old=old, new=new, reason=reason)
    for participant in students:
        write_to(
            participant,
            f"deadline:{entry.pk}:{participant.pk}",
            "milestones/email/deadline_moved",
            now=now,
            about=f"milestone:{stored.pk}",
            milestone=stored,
            before=before[stored.pk, participant.pk],
            due=after[stored.pk, participant.pk],
            reason=reason,
        )


@transaction.atomic
def set_reminders(milestone: Milestone, hours: Sequence[int], *, shown: str, actor: User, now: datetime) -> None:
    """Change when people with open work are reminded; a stale form is refused with both values."""
    stored = Milestone.objects.select_for_update().select_related("seminar").get(pk=milestone.pk)
    old, new = write_schedule(stored.reminder_hours), write_schedule(hours)
    if old == new:
        return
    if shown != old:
        raise Conflict(
            "schedule_changed",
            _(
                "Somebody else has changed the reminders to “%(theirs)s” meanwhile; yours were “%(yours)s”. Nothing was saved."
            )
            % {"theirs": old, "yours": new},
        )
    stored.reminder_hours = list(hours)
    stored.save(update_fields=["reminder_hours"])
    record(stored.seminar, f"reminders:{stored.key}", now=now, actor=actor, old=old, new=new)


@transaction.atomic
def set_talk_deadline(milestone: Milestone, participant: Participant, talk_on: date | None, *, now: datetime) -> None:
    """Derive a person's deadline from the day of their talk; None takes it back."""
    old = own_wall_time(milestone, participant, Origin.TALK)
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
