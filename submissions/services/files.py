"""Files on disk under the server's own name: complete and hashed, or absent."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from submissions.domain import preflight

CHUNK = 1024 * 1024
CHILD_SECONDS = 20
CHILD_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Incoming:
    """A file that has been received whole and flushed, not yet under its final name."""

    path: Path
    sha256: str
    size: int


def take_in(file: UploadedFile[bytes]) -> Incoming:
    """Copy an upload beside its future place, hash it on the way, and flush it to the disk."""
    folder = Path(default_storage.path("incoming"))
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as copy:
        for chunk in file.chunks(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
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
    command = [sys.executable, "-I", preflight.__file__, str(path), extension]
    try:
        done = subprocess.run(  # noqa: S603  (no shell; the path is our own)
            command, capture_output=True, timeout=CHILD_SECONDS, preexec_fn=_limit, check=False, text=True, env={}
        )
    except subprocess.TimeoutExpired:
        return "unreadable"
    return done.stdout if done.returncode == 0 else "unreadable"


def _limit() -> None:
    import resource  # noqa: PLC0415  (POSIX only)

    resource.setrlimit(resource.RLIMIT_AS, (CHILD_BYTES, CHILD_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
