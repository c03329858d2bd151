"""Tables for whatever program an organizer uses; no cell of them is computed there."""

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.domain.tables import as_csv

Cell = str | Decimal
BOM = "\ufeff"  # without it Excel takes UTF-8 for something else
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # a workbook cannot hold them
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_format(wish: str) -> str:
    """`csv`, also where nothing was chosen, or `xlsx`; refuses anything else."""
    if wish not in {"", "csv", "xlsx"}:
        raise Refusal("unknown_format", _("Please choose csv or xlsx as the format."))
    return wish or "csv"


def person_header() -> list[str]:
    """What `person_cells` are."""
    return [_("family name"), _("given names"), _("matriculation number"), _("study programme"), _("e-mail address")]


def person_cells(user: User) -> list[str]:
    return [user.family_name or user.name, user.given_names, user.matriculation_number, user.programme, user.email]


def table_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """CSV in UTF-8; in German with the separator that a German Excel expects."""
    german = translation.get_language() == "de"
    return (BOM + as_csv(header, rows, separator=";" if german else ",")).encode()


def table_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet: numbers are numbers, all else is text, also where it looks like a formula."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415  (no types; only where one is made)

    workbook = Workbook()
    sheet = workbook.active
    sheet.title = title
    sheet.freeze_panes = "A2"
    for number, row in enumerate((header, *rows), 1):
        _write(sheet, number, row)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _write(sheet: Any, number: int, row: Sequence[Cell]) -> None:
    for place, value in enumerate(row, 1):
        if value == "":
            continue
        cell = sheet.cell(number, place)
        cell.value = CONTROLS.sub("", value) if isinstance(value, str) else value
        if isinstance(value, str):
            cell.data_type = "s"
        else:
            cell.number_format = "0.0#"


def table_response(content: bytes, name: str, wish: str) -> HttpResponse:
    """The table as an attachment that no cache keeps."""
    response = HttpResponse(content, content_type=CSV if wish == "csv" else XLSX)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
