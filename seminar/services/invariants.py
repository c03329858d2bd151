"""Rules that hold between tables and files; each check yields a sentence for every row that breaks it."""

import hashlib
from collections.abc import Callable, Iterator
from decimal import Decimal

from django.core.files.storage import default_storage
from django.db.models import Count, F, Max

from courses import queries as courses_queries
from courses.models import Seminar
from grading.models import PartGrade
from notifications.models import Letter
from reviews.models import Review, ReviewState
from submissions.models import Submission, Version
from topics.models import Assignment, Preference, SessionTopic


def broken_invariants() -> list[str]:
    """Every rule that does not hold, as sentences; an empty list is what one wants."""
    return [sentence for check in CHECKS for sentence in check()]


def places() -> Iterator[str]:
    for seminar in Seminar.objects.all():
        if courses_queries.students(seminar).count() > seminar.capacity:
            yield f"{seminar.slug}: more students are admitted than there are places."


def same_seminar() -> Iterator[str]:
    """Rows that join two things of different seminars."""
    strays = {
        "topic assignment": Assignment.objects.exclude(seat__topic__seminar=F("participant__seminar")),
        "preference": Preference.objects.exclude(topic__seminar=F("preference_list__participant__seminar")),
        "session topic": SessionTopic.objects.exclude(topic__seminar=F("session__seminar")),
        "submission": Submission.objects.exclude(slot__milestone__seminar=F("participant__seminar")),
        "review by": Review.objects.exclude(round__milestone__seminar=F("reviewer__seminar")),
        "review of": Review.objects.exclude(round__milestone__seminar=F("author__seminar")),
        "grade": PartGrade.objects.exclude(part__scheme__seminar=F("participant__seminar")),
    }
    for name, rows in strays.items():
        for pk in rows.values_list("pk", flat=True):
            yield f"{name} {pk} joins two seminars."


def files() -> Iterator[str]:
    """Every version's file is there, whole and unchanged."""
    for version in Version.objects.all():
        if not default_storage.exists(version.stored_name):
            yield f"Version {version.receipt}: its file is missing."
            continue
        with default_storage.open(version.stored_name) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != version.sha256:
                yield f"Version {version.receipt}: its file is not the one that was received."


def versions() -> Iterator[str]:
    counted = Submission.objects.annotate(count=Count("versions"), last=Max("versions__number"))
    for submission in counted.exclude(count=F("last")):
        yield f"Submission {submission.pk}: its versions are not numbered from 1 without gaps."
    for version in Version.objects.filter(deadline__isnull=False):
        if version.on_time != (version.received_at <= version.deadline):  # type: ignore[operator]  # filtered above
            yield f"Version {version.receipt}: “on time” does not follow from its times."


def receipts() -> Iterator[str]:
    written = set(Letter.objects.filter(key__startswith="receipt:").values_list("key", flat=True))
    for receipt in Version.objects.values_list("receipt", flat=True):
        if f"receipt:{receipt}" not in written:
            yield f"Version {receipt}: no letter acknowledges it."


def deliveries() -> Iterator[str]:
    """A delivered review was written to its author."""
    written = set(Letter.objects.filter(key__startswith="review:").values_list("key", flat=True))
    for review in Review.objects.filter(state=ReviewState.DELIVERED):
        if f"review:{review.pk}:{review.author_id}" not in written:
            yield f"Review {review.pk}: no letter to its author."


def grades() -> Iterator[str]:
    for row in PartGrade.objects.filter(value__isnull=False).select_related("part__scheme"):
        scale = [Decimal(step) for step in row.part.scheme.scale]
        if scale and row.value not in scale:
            yield f"Grade {row.pk}: {row.value} is not on the scale."


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    places,
    same_seminar,
    files,
    versions,
    receipts,
    deliveries,
    grades,
)
