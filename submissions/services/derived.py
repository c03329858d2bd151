"""Answers of child processes about a file, kept beside the files by content; all of it can be deleted and is made again."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from submissions.domain import declarations
from submissions.services.children import said_by

PRINTS, REPORT = "prints", "report"
# By their place: the server itself never imports what reads untrusted files.
SCRIPTS = {
    kind: str(Path(declarations.__file__).with_name(name))
    for kind, name in ((PRINTS, "fingerprint_notebook.py"), (REPORT, "preflight_report.py"))
}
RELEASES = {PRINTS: 1, REPORT: 1}  # to be raised when what the scripts say changes


def place_of(kind: str, stored_name: str, suffix: str = "") -> Path:
    return Path(default_storage.path(f"derived/{kind}-{RELEASES[kind]}/{stored_name}{suffix}"))


def kept_answer(kind: str, stored_name: str, *arguments: str, suffix: str = "", ask: bool = True) -> Any:
    """The JSON that the script of this kind said of a file, asked now if it was not before; None where it may not be asked.

    What the child could not read within its limits is `{"error": "limits"}`. An answer made just now says so with `fresh`.
    """
    place = place_of(kind, stored_name, suffix)
    with contextlib.suppress(OSError, ValueError):
        return json.loads(place.read_text())
    if not ask:
        return None
    try:
        answer = json.loads(said_by(SCRIPTS[kind], default_storage.path(stored_name), *arguments) or "")
    except (ValueError, RecursionError):
        answer = {"error": "limits"}
    write_whole(place, json.dumps(answer))
    return {**answer, "fresh": 1} if isinstance(answer, dict) else answer


def write_whole(place: Path, text: str) -> None:
    """Write a file that is complete or absent; without room it stays absent, and is made again next time."""
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = tempfile.NamedTemporaryFile("w", dir=place.parent, delete=False)  # noqa: SIM115  (closed below)
        try:
            with draft:
                draft.write(text)
            os.replace(draft.name, place)
        except OSError:
            Path(draft.name).unlink(missing_ok=True)
