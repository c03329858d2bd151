"""Handing files out so that a browser saves them and never runs them."""

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.http import content_disposition_header

from submissions.models import Version

CONTENT_TYPES = {".pdf": "application/pdf", ".ipynb": "application/x-ipynb+json", ".zip": "application/zip"}


def attachment(version: Version, name: str = "") -> FileResponse:
    """The version's bytes under its canonical name (or `name`), as an attachment of a fixed type."""
    response = FileResponse(
        default_storage.open(version.stored_name),
        content_type=CONTENT_TYPES.get(version.extension, "application/octet-stream"),
    )
    return sealed(response, name or version.canonical_name)


def sealed(response: FileResponse, name: str) -> FileResponse:
    """Headers of everything that comes from a person's file."""
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
