"""Released grades as a plain table, for whatever program an organizer uses."""

import io
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from courses.domain.tables import as_csv
from courses.models import Participant, ParticipantState, Role
from grading import queries
from grading.models import GradingScheme
from grading.services.wording import decimal, number_text

BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # a workbook cannot hold them
Cell = str | Decimal


def grade_table(scheme: GradingScheme) -> tuple[list[str], list[list[Cell]]]:
    """Header and rows of who is or was graded: what has not been released is empty, and no zero."""
    parts = list(scheme.parts.all())
    people = Participant.objects.filter(seminar=scheme.seminar_id, role=Role.STUDENT)
    graded = people.filter(Q(state=ParticipantState.ADMITTED) | Q(released_grades__isnull=False)).distinct()
    students = list(graded.select_related("user").order_by("user__family_name", "user__given_names", "pk"))
    released = queries.released(students)
    header = [_("family name"), _("given names"), _("matriculation number"), _("study programme"), _("e-mail address")]
    header += [part.title for part in parts] + [_("grade"), _("passed"), _("released at")]
    rows: list[list[Cell]] = []
    for student in students:
        user, row = student.user, released.get(student.pk)
        cells: list[Cell] = [user.family_name or user.name, user.given_names, user.matriculation_number]
        cells += [user.programme, user.email]
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
    """The table as CSV; in German with the separator and the decimal sign that a German Excel expects."""
    header, rows = grade_table(scheme)
    separator = ";" if translation.get_language() == "de" else ","
    written = [[decimal(number_text(cell)) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]
    return (BOM + as_csv(header, written, separator=separator)).encode()


def grades_xlsx(scheme: GradingScheme) -> bytes:
    """The table as a workbook: grades are numbers, all else is text, also where it looks like a formula."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415  (no types; only where one is made)

    header, rows = grade_table(scheme)
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = _("Grades")
    sheet.freeze_panes = "A2"
    for number, row in enumerate((list[Cell](header), *rows), 1):
        _write(sheet, number, row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _write(sheet: Any, number: int, row: Iterable[Cell]) -> None:
    for place, value in enumerate(row, 1):
        if value == "":
            continue
        cell = sheet.cell(number, place)
        cell.value = CONTROLS.sub("", value) if isinstance(value, str) else value
        if isinstance(value, str):
            cell.data_type = "s"
        else:
            cell.number_format = "0.0#"
