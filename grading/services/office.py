"""The examination office's own sheet: what goes into it, both sides' mismatches first, and the same file with only the grades added."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.services import record
from grading import queries
from grading.domain import office_sheet
from submissions.services.children import said_by

LARGEST_BYTES = 1024**2  # such a sheet has a row for each student, and comes back with the form

SENTENCES: Mapping[str, Promise] = {
    "unreadable": gettext_lazy("This file cannot be read as an Excel workbook."),
    "old_workbook": gettext_lazy(
        "This is an old Excel file (.xls), or one with a password. Open it and save it as .xlsx."
    ),
    "not_a_workbook": gettext_lazy("This is no Excel workbook (.xlsx), or a damaged one."),
    "too_big": gettext_lazy("This file is too big for a sheet of the examination office (1 MB)."),
    "no_mark": gettext_lazy(
        "No cell of the first column says startHISsheet. Is this the file as the office gave it out?"
    ),
    "two_marks": gettext_lazy("More than one cell of the first column says startHISsheet."),
    "no_end": gettext_lazy("No cell of the first column says endHISsheet below startHISsheet."),
    "no_header": gettext_lazy("There is no row of headings below startHISsheet."),
    "no_columns": gettext_lazy("The headings name neither mtknr and bewertung nor Matrikelnummer and Leistung."),
    "two_columns": gettext_lazy("A heading stands there twice."),
    "no_rows": gettext_lazy("There are no students between the headings and endHISsheet."),
    "no_such_row": gettext_lazy("A row of the table cannot be written to."),
    "no_file": gettext_lazy("Please choose the file that the examination office gave you."),
}


@dataclass(frozen=True)
class Line:
    """A row of the sheet: whose it is, what is written into it, and what stands in the way, as a code of `WORDS`."""

    row: int
    matriculation: str
    name: str
    was: str
    student: Participant | None = None
    value: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Office:
    """A sheet beside the seminar. absent: students with a released grade whom the sheet does not name."""

    lines: tuple[Line, ...]
    absent: tuple[tuple[Participant, Decimal], ...]

    @property
    def values(self) -> dict[int, str]:
        return {line.row: line.value for line in self.lines if line.value}

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self.values).encode()).hexdigest()[:16]


def content_of(upload: UploadedFile[bytes] | None, sent_back: str = "") -> bytes:
    """The file as it was uploaded, or as the page of the first look sends it back."""
    if sent_back:
        try:
            return base64.b64decode(sent_back, validate=True)
        except binascii.Error:
            raise refusal("not_a_workbook") from None
    if upload is None or not upload.size:
        raise refusal("no_file")
    if upload.size > LARGEST_BYTES:
        raise refusal("too_big")
    content: bytes = upload.read()
    return content


def refusal(code: str) -> Refusal:
    return Refusal(code, f"{SENTENCES[code]} {_('Nothing was changed.')}", status=413 if code == "too_big" else 400)


def compare(seminar: Seminar, content: bytes) -> Office:
    """What would be written into the sheet, and whom only one side knows."""
    asked = _asked(content)
    rows = asked["rows"]
    legacy = asked["dialect"] == "legacy"
    students = list(courses_queries.students(seminar).select_related("seminar"))
    released = queries.released(students)
    by_number: dict[str, list[Participant]] = {}
    for student in students:
        by_number.setdefault(_number(student.user.matriculation_number), []).append(student)
    times = Counter(_number(row["matriculation"]) for row in rows)
    lines = []
    for row in rows:
        number = _number(row["matriculation"])
        found = by_number.get(number, []) if number else []
        grade = released[found[0].pk].grade if len(found) == 1 and found[0].pk in released else None
        problem = _problem(row, found, grade, times[number])
        blocked = problem not in {"", "other_name"}
        lines.append(
            Line(
                row=row["row"],
                matriculation=row["matriculation"],
                name=f"{row['given']} {row['family']}".strip(),
                was=row["value"],
                student=found[0] if len(found) == 1 else None,
                value="" if blocked or grade is None else _written(grade, legacy=legacy),
                problem=problem,
            )
        )
    named = {line.student.pk for line in lines if line.student}
    absent = [(s, released[s.pk].grade) for s in students if s.pk in released and s.pk not in named]
    return Office(tuple(lines), tuple(absent))


def _problem(row: dict[str, Any], found: list[Participant], grade: Decimal | None, times: int) -> str:
    checks = (
        ("no_number", not row["matriculation"]),
        ("twice", times > 1),
        ("unknown", not found),
        ("ambiguous", len(found) > 1),
        ("not_released", grade is None),
        ("formula", row["formula"]),
        ("other_name", bool(found and row["family"]) and _plain(row["family"]) != _plain(found[0].user.family_name)),
    )
    return next((code for code, holds in checks if holds), "")


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _number(text: str) -> str:
    """A matriculation number as both sides write it: some programs drop leading zeros, or add a decimal point."""
    return text.strip().removesuffix(".0").lstrip("0")


def _written(grade: Decimal, *, legacy: bool) -> str:
    return str(int(grade * 100)) if legacy else f"{grade.normalize():f}"


def _asked(content: bytes, cells: Mapping[int, str] | None = None) -> dict[str, Any]:
    """What the child process says of the file; its refusals in sentences."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        said = said_by(office_sheet.__file__, file.name, *([json.dumps(cells)] if cells is not None else []))
    if said is None:
        raise refusal("unreadable")
    answer: dict[str, Any] = json.loads(said)
    if "error" in answer:
        raise refusal(answer["error"])
    return answer


@transaction.atomic
def fill(seminar: Seminar, content: bytes, *, shown: str, actor: User, now: datetime) -> bytes:
    """The office's file with the grades that the organizer has seen, and a line in the history; 409 if they have changed since."""
    office = compare(seminar, content)
    if office.digest != shown:
        raise Conflict(
            "grades_changed", _("The grades have changed since you looked. Nothing was written; please look again.")
        )
    filled = base64.b64decode(_asked(content, office.values)["file"])
    record(
        seminar, gettext_noop("examination office's sheet"), now=now, actor=actor, new=f"{len(office.values)} grades"
    )
    return filled
