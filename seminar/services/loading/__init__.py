"""From a checked file to rows: loading twice changes nothing, and nobody's work is ever deleted."""

import dataclasses
from datetime import datetime

from django.db import transaction

from courses.models import Seminar
from grading.queries import scheme_of
from grading.services import note_rule, rule_data
from seminar.domain.seminar_file import SeminarFile
from seminar.services.loading.course import load_course
from seminar.services.loading.people import load_people
from seminar.services.loading.work import load_work
from topics.services import sync_talk_deadlines


@dataclasses.dataclass(frozen=True)
class Loaded:
    """The seminar, whether it is new, and a line for everything that stands in the database but not in the file."""

    seminar: Seminar
    created: bool
    kept: list[str]


@transaction.atomic
def load_seminar(file: SeminarFile, *, now: datetime, slug: str = "", reason: str = "") -> Loaded:
    """Write a seminar as its file says; `slug` replaces the file's own. A changed rule of the grade is told, with the reason."""
    slug = slug or file.seminar.slug
    known = Seminar.objects.filter(slug=slug).first()
    scheme = scheme_of(known) if known else None
    before = rule_data(scheme) if scheme else None
    seminar, kept = load_course(file, slug)
    kept += load_work(file, seminar)
    if (scheme := scheme_of(seminar)) is not None:
        note_rule(scheme, before, now=now, reason=reason)
    load_people(file, seminar, now)
    sync_talk_deadlines(seminar, now=now)
    return Loaded(seminar=seminar, created=known is None, kept=kept)


__all__ = ["Loaded", "load_seminar"]
