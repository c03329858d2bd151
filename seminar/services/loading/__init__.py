"""From a checked file to rows: loading twice changes nothing, and nobody's work is ever deleted."""

import dataclasses
from datetime import datetime

from django.db import transaction

from courses.models import Seminar
from courses.services import note_schedule, schedule_of
from grading.queries import scheme_of
from grading.services import note_rule, rule_data
from milestones.services import dues_of, note_dues
from seminar.domain.seminar_file import SeminarFile
from seminar.services.loading.course import load_course
from seminar.services.loading.people import load_people
from seminar.services.loading.work import load_work
from topics.services import note_talks, sync_expected, sync_talk_deadlines, talks_in


@dataclasses.dataclass(frozen=True)
class Loaded:
    """The seminar, whether it is new, and a line for everything that stands in the database but not in the file."""

    seminar: Seminar
    created: bool
    kept: list[str]


@transaction.atomic
def load_seminar(file: SeminarFile, *, now: datetime, slug: str = "", reason: str = "") -> Loaded:
    """Write a seminar as its file says; `slug` replaces the file's own. What moves, and a changed rule of the grade, is noted and told."""
    slug = slug or file.seminar.slug
    known = Seminar.objects.filter(slug=slug).first()
    before = (talks_in(known), schedule_of(known), dues_of(known)) if known else None
    scheme = scheme_of(known) if known else None
    rule = rule_data(scheme) if scheme else None
    seminar, kept = load_course(file, slug)
    kept += load_work(file, seminar)
    if (scheme := scheme_of(seminar)) is not None:
        note_rule(scheme, rule, now=now, reason=reason)
    load_people(file, seminar, now)
    sync_talk_deadlines(seminar, now=now)
    sync_expected(seminar, now=now)
    if before is not None:
        talks, schedule, dues = before
        note_talks(seminar, talks, now=now)
        note_schedule(seminar, schedule, now=now)
        note_dues(seminar, dues, now=now)
    return Loaded(seminar=seminar, created=known is None, kept=kept)


__all__ = ["Loaded", "load_seminar"]
