"""The advisory checks of a version: made by a child process, once for each content and question, shown in the reader's language."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language, gettext

from submissions.domain import checks
from submissions.models import Version
from submissions.services.derived import PRINTS, REPORT, kept_answer, place_of
from submissions.services.reading import KINDS, readable, reading_of
from topics.queries import minutes_of, topic_of

LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Remark:
    """One finding as a page shows it. level: "good", "hint" or "warning"; places: cells or pages, from 1."""

    level: str
    text: str
    places: tuple[int, ...]


def remarks_on(version: Version) -> list[Remark]:
    """What the checks say of a version, warnings first; asked now if they were not before."""
    if not readable(version):
        return []
    ignored = version.submission.slot.checks.get("ignore", [])
    findings = [finding for finding in _findings(version) if finding.code not in ignored]
    levels = ("warning", "hint", "good")
    return [
        Remark(one.level, checks.sentence(one, gettext(checks.WORDS[one.code])), one.places)
        for one in sorted(findings, key=lambda one: levels.index(one.level))
    ]


def prepare(now: datetime, most: int = 20) -> int:
    """Check, draw and print what came in lately, so that nobody waits for it; return how many versions."""
    lately = Version.objects.filter(received_at__gt=now - LATELY, extension__in=KINDS)
    count = 0
    for version in lately.select_related("submission__slot", "submission__participant__user").order_by("-pk"):
        asked = _asked(version)
        if count == most or place_of(REPORT, version.stored_name, _suffix(asked)).exists():
            continue
        kept_answer(REPORT, version.stored_name, version.extension, asked, suffix=_suffix(asked))
        reading_of(version, version.extension, get_language() or "en")
        if version.extension == ".ipynb":
            kept_answer(PRINTS, version.stored_name)
        count += 1
    return count


def _findings(version: Version) -> tuple[checks.Finding, ...]:
    asked = _asked(version)
    answer = kept_answer(REPORT, version.stored_name, version.extension, asked, suffix=_suffix(asked))
    try:
        return checks.load(json.dumps(answer))
    except ValueError:  # a child that read a bad file may say anything
        return (checks.found("unreadable", "warning", reason="limits"),)


def _asked(version: Version) -> str:
    return json.dumps(_options(version), sort_keys=True)


def _suffix(asked: str) -> str:
    return f".{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


def _options(version: Version) -> dict[str, Any]:
    """What the slot asks the checks to look for, with what is this student's own."""
    asked, participant = version.submission.slot.checks, version.submission.participant
    topic = topic_of(participant)
    if version.extension == ".pdf":
        minutes = asked.get("minutes") or (minutes_of(topic) if topic else None)
        return {"minutes": minutes} if minutes else {}
    return {
        "library": asked.get("library", ""),
        "paper_url": topic.url if topic and asked.get("paper", True) else "",
        "author": participant.user.name if asked.get("author", True) or asked.get("anonymous") else "",
        "anonymous": bool(asked.get("anonymous")),
    }
