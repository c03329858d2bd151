"""Backup and restore: database and files together, each byte vouched for by its hash."""

import hashlib
import json
import shutil
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction

from accounts.domain.refusals import Refusal
from accounts.models import User
from submissions.models import TemplateFile, Version

LEFT_OUT = ["contenttypes", "auth.permission", "sessions", "notifications.heartbeat"]
FORMAT = 1


def write_backup(folder: Path, *, now: datetime) -> dict[str, Any]:
    """Write database, files and a manifest of hashes into a new folder; return the manifest.

    The database is read first, in one transaction: a file is on disk before its row is committed and is never removed, so every row
    that is read finds its file.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Refusal("not_empty", f"{folder} is not empty; a backup goes into a folder of its own.")
    (folder / "files").mkdir(parents=True, exist_ok=True)
    database = folder / "database.json"
    with transaction.atomic():
        if connection.vendor == "postgresql":
            connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        call_command("dumpdata", exclude=LEFT_OUT, output=str(database), verbosity=0)
        rows = (model.objects.values_list("sha256", flat=True) for model in (Version, TemplateFile))
        hashes = sorted(set(chain(*rows)))
    for sha256 in hashes:
        with default_storage.open(f"{sha256[:2]}/{sha256}") as source, (folder / "files" / sha256).open("wb") as copy:
            shutil.copyfileobj(source, copy)
    manifest = {
        "format": FORMAT,
        "created_at": now.isoformat(),
        "database": sha256_of(database),
        "files": {sha256: (folder / "files" / sha256).stat().st_size for sha256 in hashes},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    verify(folder)
    return manifest


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path) -> dict[str, Any]:
    """The manifest, after every hash in it was found to be true."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except (OSError, ValueError):
        raise Refusal("no_backup", f"{folder} holds no backup: its manifest.json is missing or broken.") from None
    wrong = [name for name in manifest["files"] if not _is_whole(folder / "files" / name, name)]
    if not _is_whole(folder / "database.json", manifest["database"]):
        wrong.append("database.json")
    if wrong:
        raise Refusal("backup_damaged", f"This backup is damaged, nothing was restored: {', '.join(wrong[:5])}.")
    return manifest


def _is_whole(path: Path, sha256: str) -> bool:
    return path.exists() and sha256_of(path) == sha256


def restore_backup(folder: Path) -> dict[str, Any]:
    """Bring a verified backup into an empty database; files first, then all rows in one transaction."""
    manifest = verify(folder)
    if User.objects.exists():
        raise Refusal("not_empty", "This database is not empty; a backup is restored into a new one only.")
    for sha256 in manifest["files"]:
        name = f"{sha256[:2]}/{sha256}"
        if not default_storage.exists(name):
            with (folder / "files" / sha256).open("rb") as source:
                default_storage.save(name, source)
    with transaction.atomic():
        call_command("loaddata", str(folder / "database.json"), verbosity=0)
    return manifest
