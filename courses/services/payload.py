"""Rows that a page has shown and that come back with the form: signed, for one purpose and an hour."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from courses.domain.sheets import Line
from courses.services.sheets import read_sheet

LONGEST_LOOK = 3600
LARGEST_BYTES = 5 * 1024**2


def pack(rows: list[dict[str, Any]], purpose: str) -> str:
    """The rows as text for a hidden field."""
    return signing.dumps(rows, salt=purpose, compress=True)


def unpack(text: str, purpose: str) -> list[dict[str, Any]]:
    """The rows again; a text that was changed, made for something else or is too old is refused."""
    try:
        rows: list[dict[str, Any]] = signing.loads(text, salt=purpose, max_age=LONGEST_LOOK)
    except signing.BadSignature:
        raise Conflict(
            "preview_outdated", _("This preview is too old. Nothing was imported; please upload the file again.")
        ) from None
    return rows


def lines_of(upload: UploadedFile[bytes] | None) -> list[Line]:
    """The rows of an uploaded spreadsheet; what cannot be read is refused with the reason."""
    if upload is None or not upload.size:
        raise Refusal("no_file", _("Please choose a file with at least one row; nothing was imported."))
    if upload.size > LARGEST_BYTES:
        raise Refusal("too_big", _("This file is larger than 5 MB; nothing was imported. A list is smaller."))
    return read_sheet(upload.name or "", upload.read())
