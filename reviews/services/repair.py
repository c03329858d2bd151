"""Reviews after somebody has left: what was begun stays, what was only planned is replaced where that is fair."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record
from reviews.models import Review, ReviewRound, ReviewState
from reviews.queries import all_reviews
from reviews.services.plan import announce
from topics.domain.allocation import allocate


@dataclass(frozen=True)
class Repair:
    """What somebody's leaving does to the reviews: planned ones of theirs and about them go, begun ones stay."""

    dropped: tuple[Review, ...]
    kept: tuple[Review, ...]
    new: tuple[tuple[Participant, Participant], ...]  # reviewer, author
    gaps: tuple[tuple[Participant, int], ...]  # author, reviews that are missing


def repair_of(round_: ReviewRound, leaver: Participant) -> Repair:
    """Find, for each review that would fall away, a replacement among those who then have one fewer to write.

    Nobody is asked for more reviews than the round says, those of the leaver's work that they have begun included.
    """
    rows = list(all_reviews().filter(round=round_))
    touched = [row for row in rows if leaver.pk in (row.reviewer_id, row.author_id)]
    dropped = [row for row in touched if row.state == ReviewState.PLANNED]
    standing = [row for row in rows if row not in dropped]
    writers = Counter(row.reviewer_id for row in standing)
    received = Counter(
        row.author_id for row in standing if row.reviewer_id != leaver.pk or row.state == ReviewState.DELIVERED
    )
    students = courses_queries.students(round_.milestone.seminar).select_related("seminar")
    people = {student.pk: student for student in students if student.pk != leaver.pk}
    planned = {row.author_id for row in rows} & people.keys()
    missing = {pk: round_.per_submission - received[pk] for pk in planned if received[pk] < round_.per_submission}
    pairs = {(row.reviewer_id, row.author_id) for row in rows}
    open_to = {
        row.reviewer_id: frozenset(pk for pk in missing if pk != row.reviewer_id and (row.reviewer_id, pk) not in pairs)
        for row in dropped
        if row.reviewer_id in people and writers[row.reviewer_id] < round_.per_reviewer
    }
    found = allocate({pk: [authors] if authors else [] for pk, authors in open_to.items()}, missing, seed=round_.seed)
    new = [(people[pk], people[author]) for pk, author in found.assignment.items() if author is not None]
    filled = Counter(author.pk for _reviewer, author in new)
    return Repair(
        dropped=tuple(dropped),
        kept=tuple(row for row in touched if row not in dropped),
        new=tuple(new),
        gaps=tuple((people[pk], count - filled[pk]) for pk, count in sorted(missing.items()) if count > filled[pk]),
    )


@transaction.atomic
def repair_plan(round_: ReviewRound, leaver: Participant, *, actor: User, now: datetime) -> Repair:
    """Apply `repair_of`, and tell those who have a new work to review."""
    round_ = ReviewRound.objects.select_for_update(of=("self",)).select_related("milestone__seminar").get(pk=round_.pk)
    # Whoever is just saving a review comes first: what they have begun is then seen as begun.
    list(Review.objects.select_for_update(of=("self",)).filter(round=round_).order_by("pk"))
    repair = repair_of(round_, leaver)
    if not repair.dropped:
        return repair
    Review.objects.filter(pk__in=[row.pk for row in repair.dropped]).delete()
    Review.objects.bulk_create(
        Review(round=round_, reviewer=reviewer, author=author, assigned_at=now) for reviewer, author in repair.new
    )
    line = f"{len(repair.dropped)} dropped, {len(repair.new)} new"
    entry = record(round_.milestone.seminar, "review_plan", now=now, actor=actor, participant=leaver, new=line)
    for reviewer, _author in repair.new:
        announce(round_, reviewer, entry.pk, now)
    return repair
