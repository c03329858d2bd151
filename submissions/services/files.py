"""Files on disk under the server's own name: complete and hashed, or absent."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from submissions.domain import preflight
from submissions.services.arrival import ArrivingFile, incoming_folder
from submissions.services.children import said_by

CHUNK = 1024 * 1024
ABANDONED = timedelta(days=1)


@dataclass(frozen=True)
class Incoming:
    """A file that has been received whole and flushed, not yet under its final name."""

    path: Path
    sha256: str
    size: int


def take_in(file: UploadedFile[bytes]) -> Incoming:
    """Flush an upload to the disk, beside its future place, with its hash."""
    if isinstance(file, ArrivingFile):
        file.flush()
        os.fsync(file.fileno())
        return Incoming(path=Path(file.temporary_file_path()), sha256=file.digest.hexdigest(), size=file.size or 0)
    digest, size = hashlib.sha256(), 0
    with ExitStack() as undo, tempfile.NamedTemporaryFile(dir=incoming_folder(), delete=False) as copy:
        undo.callback(os.unlink, copy.name)
        for chunk in file.chunks(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
        undo.pop_all()
    return Incoming(path=Path(copy.name), sha256=digest.hexdigest(), size=size)


def keep(incoming: Incoming) -> None:
    """Give the file its final name, which is its hash; the same content is kept once."""
    final = Path(default_storage.path(stored_name(incoming.sha256)))
    final.parent.mkdir(parents=True, exist_ok=True)
    os.replace(incoming.path, final)
    for folder in (final.parent, final.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def stored_name(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def content_problem(path: Path, extension: str) -> str:
    """What the pre-flight says of the file, asked in a child process with limits on time and memory."""
    said = said_by(preflight.__file__, str(path), extension)
    return "unreadable" if said is None else said


def clear_incoming(now: datetime) -> int:
    """Delete what a process that was killed has left half received; nothing of it was ever acknowledged. Returns how many."""
    old = [p for p in incoming_folder().iterdir() if datetime.fromtimestamp(p.stat().st_mtime, UTC) < now - ABANDONED]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
