"""Deadlines that move for everybody, or follow each person's own talk."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import HistoryEntry, Participant, Seminar
from courses.services import drop_entry, record, write_to
from milestones.domain.deadlines import effective_deadline
from milestones.domain.progress import Due
from milestones.domain.reminders import write_schedule
from milestones.models import Anchor, Milestone, Origin, OwnDeadline
from milestones.queries import Key, deadlines, general_deadline, milestones_of, own_wall_time, wall_time
from notifications.models import Letter
from notifications.services import take_back, waiting_letters

MOVED = "deadline_moved:"  # then the milestone, first-last line of the history, and the student
AGAIN = gettext_noop("The deadline has moved again; a newer letter says when it is.")


@dataclass(frozen=True)
class Dues:
    """The deadlines of a seminar at one moment: the milestones by their keys, and what they mean for each student."""

    milestones: dict[str, Milestone]
    of_students: dict[Key, Due]


def dues_of(seminar: Seminar) -> Dues:
    """Read the deadlines as they stand."""
    milestones = list(milestones_of(seminar))
    students = courses_queries.students(seminar).values_list("pk", flat=True)
    return Dues({milestone.key: milestone for milestone in milestones}, deadlines(milestones, students))


@transaction.atomic
def note_dues(seminar: Seminar, before: Dues, *, now: datetime, actor: User | None = None) -> None:
    """Note every deadline that is not as it was, keep those that are gone for calendars, and tell each student of theirs, once."""
    after = dues_of(seminar)
    moved: dict[str, int] = {}
    for key in {**before.milestones, **after.milestones}:
        was, now_is = before.milestones.get(key), after.milestones.get(key)
        old, new = (str(wall_time(each) or "") if each else "" for each in (was, now_is))
        if old != new:
            moved[key] = record(seminar, f"deadline:{key}", now=now, actor=actor, old=old, new=new).pk
            Milestone.objects.filter(seminar=seminar, key=key).update(moved_at=now)
        if was is not None and now_is is None and (shown := general_deadline(was).shown) is not None:
            drop_entry(seminar, f"deadline:{key}", title=was.title, begins=_minute(shown), now=now)
    if not moved:
        return
    for student in courses_queries.students(seminar).select_related("seminar"):
        rows = [_change(key, student, before, after) for key in moved]
        changes = [row for row in rows if row["before"] != row["due"] and _is_ahead(row, now)]
        if changes:
            key, template = f"deadlines:{max(moved.values())}:{student.pk}", "milestones/email/deadlines_changed"
            write_to(student, key, template, now=now, about="deadlines", changes=changes)


def _change(key: str, student: Participant, before: Dues, after: Dues) -> dict[str, object]:
    was, now_is = before.milestones.get(key), after.milestones.get(key)
    return {
        "milestone": now_is or was,
        "before": before.of_students.get((was.pk, student.pk)) if was else None,
        "due": after.of_students.get((now_is.pk, student.pk)) if now_is else None,
    }


def _is_ahead(row: Mapping[str, object], now: datetime) -> bool:
    """One of the two deadlines is still to come, or hangs on a talk without a date."""
    dues = [due for due in (row["before"], row["due"]) if isinstance(due, Due)]
    return any(due.shown is None or due.shown >= now for due in dues)


def _minute(shown: datetime) -> datetime:
    return shown.replace(second=0, microsecond=0)


@transaction.atomic
def move_milestone(
    milestone: Milestone, *, due_date: date, due_time: time, expected: str, reason: str, actor: User, now: datetime
) -> None:
    """Move a deadline for everybody, tell those it concerns, and note it; a stale form is refused with both values.

    A letter that has not gone out yet is replaced, so that nobody hears of a date in between.
    """
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
    waiting, told = waiting_letters(stored.seminar.slug, f"{MOVED}{stored.pk}:"), {entry.pk: before}
    for participant in students:
        replaced = take_back(waiting.get(participant.user_id, []), reason=AGAIN)
        first = min([entry.pk, *map(_first, replaced)])
        if first not in told:
            told[first] = deadlines([_as_it_was(stored, first)], [student.pk for student in students])
        key = (stored.pk, participant.pk)
        if replaced and told[first][key] == after[key]:
            continue  # it is back where this person knows it
        write_to(
            participant,
            f"{MOVED}{stored.pk}:{first}-{entry.pk}:{participant.pk}",
            "milestones/email/deadline_moved",
            now=now,
            about=f"milestone:{stored.pk}",
            milestone=stored,
            before=told[first][key],
            due=after[key],
            reason=reason,
        )


def _first(letter: Letter) -> int:
    """The line of the history before which a person was told of everything, from their letter's key."""
    return int(letter.key.split(":")[2].partition("-")[0])


def _as_it_was(milestone: Milestone, line: int) -> Milestone:
    """The milestone with the date that it had before this line of the history."""
    old = HistoryEntry.objects.get(pk=line).old
    wall, was = datetime.fromisoformat(old) if old else None, copy(milestone)
    was.due_date, was.due_time = (wall.date(), wall.time()) if wall else (None, milestone.due_time)
    return was


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
    if new is None and old is not None:
        at = _minute(effective_deadline(old, milestone.seminar.time_zone))
        name, title = f"deadline:{milestone.key}", milestone.title
        drop_entry(milestone.seminar, name, title=title, begins=at, participant=participant, now=now)
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
