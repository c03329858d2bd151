"""Who reviews whom: drawn exactly, shown before it counts, and drawn again without losing what was begun."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record, write_to
from milestones.queries import deadline_of
from reviews.domain.assignment import AssignmentImpossible, assign_reviews
from reviews.models import Review, ReviewRound, ReviewState
from submissions.queries import latest_versions

Pair = tuple[int, int]  # reviewer id, author id


@dataclass(frozen=True)
class Plan:
    """Pairs that would be published, or the sentences that say why there are none."""

    pairs: tuple[Pair, ...]
    people: dict[int, Participant]
    missing: tuple[Participant, ...]
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self.pairs).encode()).hexdigest()[:16]


def draw_plan(round_: ReviewRound) -> Plan:
    """Compute the plan for everybody whose work is in; begun reviews stay, planned ones move as little as possible."""
    students = list(courses_queries.students(round_.milestone.seminar).select_related("seminar"))
    latest = latest_versions([round_.slot], [student.pk for student in students])
    present = [student.pk for student in students if (round_.slot_id, student.pk) in latest]
    rows = Review.objects.filter(round=round_, reviewer_id__in=present, author_id__in=present)
    fixed = [(row.reviewer_id, row.author_id) for row in rows if row.state != ReviewState.PLANNED]
    planned = [(row.reviewer_id, row.author_id) for row in rows if row.state == ReviewState.PLANNED]
    rules: dict[str, Any] = {
        "per_reviewer": round_.per_reviewer,
        "per_submission": round_.per_submission,
        "seed": round_.seed,
    }
    pairs: tuple[Pair, ...] = ()
    problems: tuple[str, ...] = ()
    try:
        pairs = assign_reviews(present, present, fixed=fixed, previous=planned, **rules)
    except AssignmentImpossible:
        problems = _reasons(students, present, fixed, rules)
    return Plan(
        pairs=pairs,
        people={student.pk: student for student in students},
        missing=tuple(student for student in students if student.pk not in present),
        problems=problems,
    )


def _reasons(
    students: list[Participant], present: list[int], fixed: list[Pair], rules: dict[str, Any]
) -> tuple[str, ...]:
    """Why there is no plan, asked again with names in place of numbers."""
    names = [student.user.name for student in students]
    label = {s.pk: s.user.name if names.count(s.user.name) == 1 else f"{s.user.name} ({s.pk})" for s in students}
    people = [label[pk] for pk in present]
    try:
        assign_reviews(people, people, fixed=[(label[reviewer], label[author]) for reviewer, author in fixed], **rules)
    except AssignmentImpossible as error:
        return tuple(error.reasons)
    return ()


@transaction.atomic
def publish_plan(round_: ReviewRound, *, digest: str, actor: User, now: datetime) -> int:
    """Put the plan that the organizer has seen into force and tell the reviewers; return how many pairs are new."""
    round_ = ReviewRound.objects.select_for_update(of=("self",)).select_related("milestone__seminar").get(pk=round_.pk)
    plan = draw_plan(round_)
    if plan.problems or not plan.pairs or plan.digest != digest:
        raise Conflict(
            "plan_changed",
            _("The plan has changed since you looked, because work came in or somebody left. Nothing was published."),
        )
    existing = {(row.reviewer_id, row.author_id): row for row in Review.objects.filter(round=round_)}
    for pair, row in existing.items():
        if pair not in plan.pairs and row.state == ReviewState.PLANNED:
            row.delete()
    new = [pair for pair in plan.pairs if pair not in existing]
    Review.objects.bulk_create(
        Review(round=round_, reviewer_id=reviewer, author_id=author, assigned_at=now) for reviewer, author in new
    )
    seminar = round_.milestone.seminar
    entry = record(seminar, "review_plan", now=now, actor=actor, new=f"{len(plan.pairs)} pairs, {len(new)} new")
    for reviewer in {reviewer for reviewer, _author in new}:
        write_to(
            plan.people[reviewer],
            f"review_plan:{entry.pk}:{reviewer}",
            "reviews/email/reviews_assigned",
            now=now,
            round=round_,
            due=deadline_of(round_.milestone, plan.people[reviewer]),
            count=sum(1 for pair in plan.pairs if pair[0] == reviewer),
        )
    return len(new)
