"""Released grades as a plain table, for whatever program an organizer uses."""

from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from courses.models import Participant, ParticipantState, Role
from courses.services import Cell, person_cells, person_header, table_csv, table_xlsx
from grading import queries
from grading.models import GradingScheme
from grading.services.wording import decimal, number_text


def grade_table(scheme: GradingScheme) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows of who is or was graded: what has not been released is empty, and no zero."""
    parts = list(scheme.parts.all())
    people = Participant.objects.filter(seminar=scheme.seminar_id, role=Role.STUDENT)
    graded = people.filter(Q(state=ParticipantState.ADMITTED) | Q(released_grades__isnull=False)).distinct()
    students = list(graded.select_related("user").order_by("user__family_name", "user__given_names", "pk"))
    released = queries.released(students)
    header = [*person_header(), *(part.title for part in parts), _("grade"), _("passed"), _("released at")]
    rows: list[list[Cell]] = []
    for student in students:
        row = released.get(student.pk)
        cells: list[Cell] = [*person_cells(student.user)]
        values = {part["key"]: part["value"] for part in row.parts} if row else {}
        cells += [_cell(values.get(part.key)) for part in parts]
        cells += [_cell(row.grade if row else None), _cell(row.passed if row else None)]
        at = row.released_at.astimezone(scheme.seminar.zone) if row else None
        rows.append([*cells, f"{at:%Y-%m-%d %H:%M %Z}" if at else ""])
    return header, rows


def _cell(value: Any) -> Cell:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return Decimal(str(value)).normalize()


def grades_csv(scheme: GradingScheme) -> bytes:
    """The table as CSV, with the decimal sign of its reader's language."""
    header, rows = grade_table(scheme)
    written = [[decimal(number_text(cell)) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]
    return table_csv(header, written)


def grades_xlsx(scheme: GradingScheme) -> bytes:
    """The table as a workbook, in which grades are numbers."""
    header, rows = grade_table(scheme)
    return table_xlsx(_("Grades"), header, rows)
