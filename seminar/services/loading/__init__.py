"""From a checked file to rows: loading twice changes nothing, and nobody's work is ever deleted."""

import dataclasses
from datetime import datetime

from django.db import transaction

from courses.models import Seminar
from seminar.domain.seminar_file import SeminarFile
from seminar.services.loading.course import load_course
from seminar.services.loading.people import load_people
from seminar.services.loading.work import load_work
from topics.services import sync_expected, sync_talk_deadlines


@dataclasses.dataclass(frozen=True)
class Loaded:
    """The seminar, whether it is new, and a line for everything that stands in the database but not in the file."""

    seminar: Seminar
    created: bool
    kept: list[str]


@transaction.atomic
def load_seminar(file: SeminarFile, *, now: datetime, slug: str = "") -> Loaded:
    """Write a seminar as its file says; `slug` replaces the file's own."""
    slug = slug or file.seminar.slug
    created = not Seminar.objects.filter(slug=slug).exists()
    seminar, kept = load_course(file, slug)
    kept += load_work(file, seminar)
    load_people(file, seminar, now)
    sync_talk_deadlines(seminar, now=now)
    sync_expected(seminar, now=now)
    return Loaded(seminar=seminar, created=created, kept=kept)


__all__ = ["Loaded", "load_seminar"]
