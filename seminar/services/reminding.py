"""Reminders: only to people with open work, each once, several in one letter, and made again from the facts until a copy may be out."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.services import draft_to
from milestones.domain.progress import State
from milestones.domain.reminders import Quiet, reminder_due
from milestones.models import Milestone, MilestoneKind
from milestones.queries import milestones_near
from notifications.models import Letter, LetterChoice, Reminder
from notifications.queries import choices_of
from notifications.services import Draft, Fresh, post_letter, render
from seminar import queries
from submissions.queries import missing_slots

KIND = "reminder"
TEMPLATE = "milestones/email/reminder"
PATIENCE = 20  # seconds
BATCH = 500  # students
FIELDS = ("task", "kind", "deadline")
Due = tuple[queries.Cell, int]  # open work, and how many hours before its deadline the reminder stands for


def write_reminders(now: datetime) -> int:
    """Write the reminders that are due; return how many letters are new.

    After a while it leaves the rest to the next sweep, so that what is written is sent meanwhile.
    """
    near, count, tired = (
        milestones_near(now.date()).order_by("seminar", "position", "pk"),
        0,
        time.monotonic() + PATIENCE,
    )
    for _pk, group in groupby(near, key=lambda m: m.seminar_id):
        milestones = list(group)
        for students in _in_batches(milestones[0].seminar):
            for student, due in _due(milestones, students, now).items():
                count += _write(student, due, now)
                if time.monotonic() > tired:
                    return count
    return count


def _in_batches(seminar: Seminar) -> Iterator[list[Participant]]:
    """Its students, few enough at a time that a large seminar takes no more memory than a small one."""
    rows, last = courses_queries.students(seminar).select_related("seminar").order_by("pk"), 0
    while students := list(rows.filter(pk__gt=last)[:BATCH]):
        yield students
        if len(students) < BATCH:
            return
        last = students[-1].pk


def _due(
    milestones: Sequence[Milestone], students: Sequence[Participant], now: datetime
) -> dict[Participant, list[Due]]:
    """The reminders of some students of one seminar that are due and not written yet, by person."""
    users = [student.user_id for student in students]
    known = set(_rows(milestones).filter(user__in=users).values_list("user", *FIELDS))
    choices = choices_of(KIND, users)
    due: dict[Participant, list[Due]] = {}
    for cell in queries.cells(milestones, students, now).values():
        hours = _hours_due(cell, choices.get(cell.participant.user_id, ""), now)
        if hours is not None and (cell.participant.user_id, *_name(cell, hours)) not in known:
            due.setdefault(cell.participant, []).append((cell, hours))
    return due


def _rows(milestones: Iterable[Milestone]) -> QuerySet[Reminder]:
    return Reminder.objects.filter(task__in=[f"milestone:{milestone.pk}" for milestone in milestones])


def _name(cell: queries.Cell, hours: int) -> tuple[str, str, datetime | None]:
    """What makes a reminder the one it is, for its person: task, kind, and the deadline it was written for."""
    return f"milestone:{cell.milestone.pk}", f"{hours}h", cell.due.shown


def _hours_due(cell: queries.Cell, choice: str, now: datetime) -> int | None:
    """The reminder of a piece of work that is due, by its milestone's schedule and its person's wishes."""
    hours, wall = cell.milestone.reminder_hours, cell.due.wall
    if not cell.is_open or wall is None or not hours:
        return None
    wanted = [min(hours)] if choice == LetterChoice.LAST else hours
    user = cell.participant.user
    quiet = Quiet(user.quiet_from, user.quiet_to, user.time_zone or cell.due.zone)
    return reminder_due(wall, cell.due.zone, now, wanted, quiet=quiet, after=cell.due.told)


@transaction.atomic
def _write(student: Participant, due: list[Due], now: datetime) -> int:
    """Write one letter for all that is due to somebody and not written yet: of two sweeps at once, one does."""
    User.objects.select_for_update(no_key=True).get(pk=student.user_id)
    known = set(_rows(cell.milestone for cell, _hours in due).filter(user=student.user_id).values_list(*FIELDS))
    new = [(cell, hours) for cell, hours in due if _name(cell, hours) not in known]
    if not new:
        return 0
    (first, hours), cells = new[0], [cell for cell, _hours in new]
    key = f"{KIND}:{first.milestone.pk}:{student.pk}:{hours}:{first.due.shown:%Y%m%dT%H%M}"
    letter = post_letter(_draft(student, cells, key, now), now=now)
    rows = [dict(zip(FIELDS, _name(cell, hours), strict=True)) for cell, hours in new]
    Reminder.objects.bulk_create(Reminder(user=student.user, letter=letter, **row) for row in rows)
    return 1


def _draft(student: Participant, cells: Sequence[queries.Cell], key: str, now: datetime) -> Draft:
    """The letter about some open work: the deadline that comes first is the one in its subject."""
    cells = sorted(cells, key=lambda cell: (cell.due.shown, cell.milestone.pk))
    deadlines = [cell.due.shown for cell in cells if cell.due.shown is not None]
    hours_left = math.ceil((deadlines[0] - now) / timedelta(hours=1))
    links = queries.links([cell.milestone for cell in cells])
    link = links[cells[0].milestone.pk] if len(cells) == 1 else reverse("me_detail", args=[student.seminar.slug])
    return draft_to(
        student,
        key,
        TEMPLATE,
        about=f"milestone:{cells[0].milestone.pk}",
        expires_at=deadlines[-1],
        items=[(cell, missing(cell)) for cell in cells],
        first=cells[0],
        others=len(cells) - 1,
        link=settings.BASE_URL + link,
        hours_left=hours_left,
        days_left=hours_left // 24 if hours_left >= 48 else 0,
    )


def missing(cell: queries.Cell) -> list[str]:
    """The files that a person still has to hand in; other work is told by its numbers."""
    if cell.milestone.kind != MilestoneKind.UPLOAD:
        return []
    return [slot.title for slot in missing_slots(cell.milestone, cell.participant)]


def fresh_reminder(letter: Letter, at: datetime) -> Fresh:
    """What a reminder says by the facts of this moment; it concerns nobody once all its work is done, moved or too late."""
    rows = {row.task: row.deadline for row in letter.reminders.all()}
    people = Participant.objects.filter(user=letter.user, seminar__slug=letter.scope).select_related("user", "seminar")
    student = people.first()
    if student is None or not student.is_active:
        return Fresh(reason=gettext_noop("The person does not take part any more."))
    milestones = list(Milestone.objects.filter(pk__in=[int(task[10:]) for task in rows]).select_related("seminar"))
    table = list(queries.cells(milestones, [student], at).values())
    same = [cell for cell in table if cell.due.shown == rows[f"milestone:{cell.milestone.pk}"]]
    still = [cell for cell in same if cell.is_open and cell.due.shown is not None and at <= cell.due.shown]
    if still:
        return Fresh(**render(_draft(student, still, letter.key, at)))
    if not same:
        return Fresh(reason=gettext_noop("The deadline has moved."))
    late = any(cell.state == State.LATE or cell.is_open for cell in same)
    passed = gettext_noop("Its deadline had passed before it could be sent.")
    return Fresh(reason=passed if late else gettext_noop("The work was done before it could be sent."))
