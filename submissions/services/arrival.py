"""Files as they arrive: written once, beside their future place, and hashed on the way; a full disk is told, not crashed into."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import OperationalError
from django.http import HttpRequest

FULL = {errno.ENOSPC, errno.EDQUOT}
DISK_FULL = "53100"  # PostgreSQL's code; its words are in the language of its server


def incoming_folder() -> Path:
    """Where files wait until all of them is there; on the same disk as their final place, so that a rename moves them."""
    folder = Path(default_storage.path("incoming"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class ArrivingFile(TemporaryUploadedFile):
    """A file on its way in. `digest` is the SHA-256 of what was written so far."""

    def __init__(
        self, name: str | None, content_type: str | None, charset: str | None, extra: dict[str, Any] | None
    ) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=incoming_folder())  # noqa: SIM115  (closed with the request)
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)
        self.digest = hashlib.sha256()

    def close(self) -> None:
        # What is still in a buffer may find the disk full once more; the file is deleted all the same.
        with contextlib.suppress(OSError):
            super().close()


class IncomingUploadHandler(FileUploadHandler):
    """Django's handler for temporary files, with the hash taken on the way.

    Where the disk is full the rest of the request is read and dropped, and the request says so (`no_room`).
    """

    request: HttpRequest
    file: ArrivingFile

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        try:
            self.file = ArrivingFile(self.file_name, self.content_type, self.charset, self.content_type_extra)
        except OSError as error:
            self._give_up(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.file.write(raw_data)
            self.file.flush()  # what stayed in the buffer would meet the full disk where nobody can answer it any more
        except OSError as error:
            self.file.close()
            self._give_up(error)
        self.file.digest.update(raw_data)

    def file_complete(self, file_size: int) -> ArrivingFile:
        self.file.seek(0)
        self.file.size = file_size
        return self.file

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()

    def _give_up(self, error: OSError) -> None:
        if not no_room(error):
            raise error
        self.request.no_room = True  # type: ignore[attr-defined]
        raise SkipFile


def no_room(error: Exception) -> bool:
    """Whether this is the disk, of the files or of the database, being full."""
    if isinstance(error, OperationalError):
        code, words = getattr(error.__cause__, "pgcode", ""), str(error)
        return code == DISK_FULL or "disk is full" in words or "No space left" in words
    return isinstance(error, OSError) and error.errno in FULL
