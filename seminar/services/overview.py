"""The organizer's overview as a table to take along."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from courses.models import Participant, Seminar
from courses.services import person_cells, person_header
from milestones.domain.progress import State
from milestones.queries import milestones_of
from milestones.services.wording import STATE_WORDS
from seminar.queries import Cell, cells
from topics.queries import talk_days, topics_of_participants

DONE = {State.DONE, State.DONE_LATE}


def overview_table(
    seminar: Seminar, students: Sequence[Participant], now: datetime
) -> tuple[list[str], list[list[str]]]:
    """Header and rows: who these students are, their topics, and of each milestone the state, their own deadline and what came in when."""
    milestones = list(milestones_of(seminar))
    table = cells(milestones, students, now)
    topics, days = topics_of_participants(student.pk for student in students), talk_days(seminar)
    header = [*person_header(), _("topic"), _("title"), _("talk")]
    for milestone in milestones:
        words = {"title": milestone.title}
        header += [milestone.title, _("%(title)s: deadline") % words, _("%(title)s: done at") % words]
    rows = []
    for student in students:
        row, topic = person_cells(student.user), topics.get(student.pk)
        row += [str(topic.number), topic.title, str(days.get(topic.pk, ""))] if topic else ["", "", ""]
        for milestone in milestones:
            row += _three(table[milestone.pk, student.pk], seminar)
        rows.append(row)
    return header, rows


def _three(cell: Cell, seminar: Seminar) -> list[str]:
    work = cell.work
    part = f" {work.done}/{work.needed}" if work.needed > 1 else ""
    at = work.at if cell.state in DONE else None
    return [f"{STATE_WORDS[cell.state]}{part}", _sortable(cell.due.shown, seminar), _sortable(at, seminar)]


def _sortable(instant: datetime | None, seminar: Seminar) -> str:
    return f"{instant.astimezone(seminar.zone):%Y-%m-%d %H:%M %Z}" if instant else ""
