"""Who reviews whom: drawn exactly, shown before it counts, and drawn again without losing what was begun."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record, write_to
from milestones.queries import deadline_of
from reviews import queries
from reviews.domain.assignment import AssignmentImpossible, assign_reviews
from reviews.domain.nearest import nearest_plan
from reviews.models import PairRule, PairRuleKind, Review, ReviewRound, ReviewState
from submissions.queries import latest_versions

Pair = tuple[int, int]  # reviewer id, author id


@dataclass(frozen=True)
class Plan:
    """Pairs that would be published. Where no exact plan exists, `problems` says why, and the pairs are the nearest plan.

    gaps: authors and how many reviews they would lack; idle: reviewers and how many fewer they would write; near: how many
    of the pairs are of a topic that the reviewer had chosen, where the round asks for that.
    """

    pairs: tuple[Pair, ...]
    people: dict[int, Participant]
    missing: tuple[Participant, ...]
    problems: tuple[str, ...] = ()
    gaps: tuple[tuple[Participant, int], ...] = ()
    idle: tuple[tuple[Participant, int], ...] = ()
    near: int | None = None

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(self.pairs).encode()).hexdigest()[:16]


def announce(round_: ReviewRound, reviewer: Participant, entry: int, now: datetime) -> None:
    """Tell a reviewer that there are new works to review; `entry` is the line of history that made them."""
    write_to(
        reviewer,
        f"review_plan:{entry}:{reviewer.pk}",
        "reviews/email/reviews_assigned",
        now=now,
        about=f"review_round:{round_.pk}",
        round=round_,
        due=deadline_of(round_.milestone, reviewer),
        count=Review.objects.filter(round=round_, reviewer=reviewer).count(),
    )


def draw_plan(round_: ReviewRound) -> Plan:
    """Compute the plan for everybody whose work is in; begun reviews stay, planned ones move as little as possible."""
    students = list(courses_queries.students(round_.milestone.seminar).select_related("seminar"))
    latest = latest_versions([round_.slot], [student.pk for student in students])
    present = [student.pk for student in students if (round_.slot_id, student.pk) in latest]
    rows = Review.objects.filter(round=round_, reviewer_id__in=present, author_id__in=present)
    fixed = [(row.reviewer_id, row.author_id) for row in rows if row.state != ReviewState.PLANNED]
    planned = [(row.reviewer_id, row.author_id) for row in rows if row.state == ReviewState.PLANNED]
    ruled = _ruled(round_, present)
    fixed += [pair for pair in ruled[PairRuleKind.FIXED] if pair not in fixed]
    rules: dict[str, Any] = {
        "per_reviewer": round_.per_reviewer,
        "per_submission": round_.per_submission,
        "seed": round_.seed,
        # What was begun stays, whatever was decided later.
        "forbidden": [pair for pair in ruled[PairRuleKind.EXCLUDED] if pair not in fixed],
    }
    wished = queries.wished(students) if round_.near else set()
    # Where nothing was planned yet, the plan stays close to the wishes as it otherwise does to its predecessor.
    previous = planned or sorted(wished)
    people = {student.pk: student for student in students}
    missing = tuple(student for student in students if student.pk not in present)
    try:
        pairs = assign_reviews(present, present, fixed=fixed, previous=previous, **rules)
    except AssignmentImpossible:
        nearest = nearest_plan(present, present, fixed=fixed, previous=previous, **rules)
        return Plan(
            pairs=nearest.pairs,
            people=people,
            missing=missing,
            problems=_reasons(students, present, fixed, rules),
            gaps=tuple((people[pk], count) for pk, count in nearest.gaps.items()),
            idle=tuple((people[pk], count) for pk, count in nearest.idle.items()),
            near=len(wished.intersection(nearest.pairs)) if round_.near else None,
        )
    return Plan(pairs, people, missing, near=len(wished.intersection(pairs)) if round_.near else None)


def _ruled(round_: ReviewRound, present: list[int]) -> dict[str, list[Pair]]:
    """The pairs that organizers have excluded or fixed, of those whose work is in."""
    found: dict[str, list[Pair]] = {kind: [] for kind in PairRuleKind.values}
    for rule in PairRule.objects.filter(round=round_, reviewer_id__in=present, author_id__in=present):
        found[rule.kind].append((rule.reviewer_id, rule.author_id))
    return found


def _reasons(
    students: list[Participant], present: list[int], fixed: list[Pair], rules: dict[str, Any]
) -> tuple[str, ...]:
    """Why there is no plan, asked again with names in place of numbers."""
    names = [student.user.name for student in students]
    label = {s.pk: s.user.name if names.count(s.user.name) == 1 else f"{s.user.name} ({s.pk})" for s in students}
    people = [label[pk] for pk in present]
    named = {
        name: [(label[reviewer], label[author]) for reviewer, author in pairs]
        for name, pairs in (("fixed", fixed), ("forbidden", rules["forbidden"]))
    }
    try:
        assign_reviews(people, people, **{**rules, **named})
    except AssignmentImpossible as error:
        return tuple(error.reasons)
    return ()


def _lot(round_: ReviewRound, pair: Pair) -> str:
    """The place of a pair among the new ones: the number of a review, which its author sees, must not tell who writes it."""
    return salted_hmac("reviews.plan", f"{round_.pk} {pair}").hexdigest()


@transaction.atomic
def publish_plan(round_: ReviewRound, *, digest: str, actor: User, now: datetime) -> int:
    """Put the plan that the organizer has seen into force and tell the reviewers; return how many pairs are new."""
    round_ = ReviewRound.objects.select_for_update(of=("self",)).select_related("milestone__seminar").get(pk=round_.pk)
    # Whoever is just saving a review comes first: what they have begun is then seen as begun.
    list(Review.objects.select_for_update(of=("self",)).filter(round=round_).order_by("pk"))
    plan = draw_plan(round_)
    if not plan.pairs or plan.digest != digest:
        raise Conflict(
            "plan_changed",
            _("The plan has changed since you looked, because work came in or somebody left. Nothing was published."),
        )
    existing = {(row.reviewer_id, row.author_id): row for row in Review.objects.filter(round=round_)}
    for pair, row in existing.items():
        if pair not in plan.pairs and row.state == ReviewState.PLANNED:
            row.delete()
    new = sorted((pair for pair in plan.pairs if pair not in existing), key=lambda pair: _lot(round_, pair))
    Review.objects.bulk_create(
        Review(round=round_, reviewer_id=reviewer, author_id=author, assigned_at=now) for reviewer, author in new
    )
    seminar = round_.milestone.seminar
    entry = record(seminar, "review_plan", now=now, actor=actor, new=f"{len(plan.pairs)} pairs, {len(new)} new")
    for reviewer in sorted({reviewer for reviewer, _author in new}):
        announce(round_, plan.people[reviewer], entry.pk, now)
    return len(new)
