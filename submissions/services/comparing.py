"""What changed between two versions of a notebook, for a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from submissions.domain import checks
from submissions.models import Version
from submissions.services.children import said_by

SCRIPT = str(Path(checks.__file__).with_name("compare_notebooks.py"))
KINDS = ("added", "removed", "changed", "outputs", "moved", "same")


@dataclass(frozen=True)
class Comparison:
    """groups: runs of unchanged cells as a number, every other cell as the child's row; counts: kind → how many cells.

    error: why the two cannot be compared, or empty.
    """

    groups: tuple[Any, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    error: str = ""


def changes_between(old: Version, new: Version) -> Comparison:
    """Asks a child process, since the files are nobody's friends."""
    said = said_by(SCRIPT, default_storage.path(old.stored_name), default_storage.path(new.stored_name))
    try:
        answer = json.loads(said or "")
        rows = answer.get("changes")
    except (ValueError, AttributeError, RecursionError):
        return Comparison(error="limits")
    if not isinstance(rows, list):
        return Comparison(error=str(answer.get("error", "limits")))
    counted = [(kind, sum(row["kind"] == kind for row in rows)) for kind in KINDS]
    return Comparison(tuple(_grouped(rows)), tuple((kind, count) for kind, count in counted if count))


def _grouped(rows: Iterable[dict[str, Any]]) -> Iterable[Any]:
    for same, run in groupby(rows, key=lambda row: row["kind"] == "same"):
        if same:
            yield len(list(run))
        else:
            yield from run
