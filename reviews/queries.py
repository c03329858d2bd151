"""Reads on reviews, filtered by the person who asks, and the names each reader may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Role, Seminar
from milestones.domain.deadlines import effective_deadline
from milestones.domain.progress import Due, Work
from milestones.models import Milestone
from milestones.queries import Key, general_deadline
from reviews.models import PairRule, PairRuleKind, PointState, Review, ReviewPoint, ReviewRound, ReviewState
from submissions.domain.naming import canonical_alias
from submissions.models import Version
from submissions.queries import latest_versions
from topics.models import Preference, Topic
from topics.queries import topics_of_participants


def round_of(seminar: Seminar) -> ReviewRound | None:
    """The seminar's review round."""
    rounds = ReviewRound.objects.filter(milestone__seminar=seminar)
    return rounds.select_related("milestone__seminar", "slot__milestone__seminar").first()


def together_due(round_: ReviewRound) -> Due | None:
    """When the authors get all reviews of a round together; None where each is handed over as soon as it is delivered.

    An anonymous round without such a time of its own waits for the deadline: the hour of a delivery tells who wrote.
    """
    zone, wall = round_.milestone.seminar.time_zone, round_.delivery_wall
    if wall:
        at = effective_deadline(wall, zone)
        return Due(zone=zone, wall=wall, shown=at, closes=at)
    due = general_deadline(round_.milestone)
    return due if round_.anonymous and due.shown else None


def delivered_at(review: Review, reader: Participant) -> datetime | None:
    """When a review was delivered, as `reader` may know it: its author knows when it was handed over."""
    return review.handed_over_at if reader.pk == review.author_id else review.delivered_at


def all_reviews() -> QuerySet[Review]:
    """Reviews with what every page of them needs."""
    return Review.objects.select_related(
        "round__milestone__seminar",
        "round__slot",
        "reviewer__user",
        "reviewer__seminar",
        "author__user",
        "author__seminar",
    )


def visible_reviews(user: User, seminar: Seminar) -> QuerySet[Review]:
    """Reviews one writes, reviews of one's own work that were handed over, and all of them for organizers."""
    writes = Q(reviewer__user=user, reviewer__state=ParticipantState.ADMITTED)
    received = Q(author__user=user, handed_over_at__isnull=False)
    organizes = Q(
        round__milestone__seminar__participants__user=user,
        round__milestone__seminar__participants__role=Role.ORGANIZER,
        round__milestone__seminar__participants__state=ParticipantState.ADMITTED,
    )
    return all_reviews().filter(writes | received | organizes, round__milestone__seminar=seminar).distinct()


def written_by(participant: Participant) -> QuerySet[Review]:
    """The reviews a participant has to write, in a fixed order."""
    return all_reviews().filter(reviewer=participant).order_by("pk")


def received_by(participant: Participant) -> QuerySet[Review]:
    """Reviews of a participant's work that were handed over, in that order."""
    return all_reviews().filter(author=participant, handed_over_at__isnull=False).order_by("handed_over_at", "pk")


def points_to_answer(participant: Participant) -> QuerySet[ReviewPoint]:
    """The points of the reviews of a participant's work that were handed over."""
    points = ReviewPoint.objects.filter(review__author=participant, review__handed_over_at__isnull=False)
    return points.select_related("prompt", "review__round__slot", "review__reviewer__user")


def written_and_answered(participant: Participant) -> QuerySet[Review]:
    """The reviews somebody writes, with how many points each has, and how many of them their authors answered."""
    return written_by(participant).annotate(
        made=Count("points"), answered=Count("points", filter=~Q(points__state=PointState.OPEN))
    )


def open_points(participant: Participant) -> int:
    """How many points a participant has not answered yet."""
    return points_to_answer(participant).filter(state=PointState.OPEN).count()


def reviewed_version(review: Review) -> Version | None:
    """What a review is about: the work as it was when the review was delivered; before that, as it is now."""
    if review.delivered_at is None:
        return next((version for _review, version in works([review])), None)
    versions = Version.objects.filter(submission__slot=review.round.slot_id, submission__participant=review.author_id)
    return (
        versions.filter(received_at__lte=review.delivered_at).select_related("submission").order_by("-number").first()
    )


def all_delivered(seminar: Seminar) -> dict[int, bool]:
    """Participant id → whether every review that they have to write is delivered; who has none to write is left out."""
    open_reviews = Count("pk", filter=~Q(state=ReviewState.DELIVERED))
    rows = Review.objects.filter(round__milestone__seminar=seminar).order_by().values_list("reviewer")
    return {reviewer: not count for reviewer, count in rows.annotate(count=open_reviews)}


def reviewed_versions(seminar: Seminar) -> dict[int, Version]:
    """Participant id → the newest version of their work that a delivered review is about."""
    delivered = Review.objects.filter(round__milestone__seminar=seminar, delivered_at__isnull=False)
    last = dict(delivered.order_by().values_list("author").annotate(at=Max("delivered_at")))
    versions = Version.objects.filter(
        submission__slot__review_rounds__milestone__seminar=seminar, submission__participant__in=last
    )
    return {
        version.submission.participant_id: version
        for version in versions.select_related("submission").order_by("number")
        if version.received_at <= last[version.submission.participant_id]
    }


def revision_of(version: Version) -> Version | None:
    """The newest notebook that the author of this one has handed in since, for whatever milestone."""
    later = Version.objects.filter(
        submission__participant=version.submission.participant_id,
        extension=version.extension,
        received_at__gt=version.received_at,
    )
    return later.order_by("-received_at", "-pk").first()


def others_with_topics(student: Participant) -> dict[Topic, list[Participant]]:
    """Topics in the order of their numbers, with the other admitted students who have each."""
    others = {row.pk: row for row in courses_queries.students(student.seminar).exclude(pk=student.pk)}
    found: dict[Topic, list[Participant]] = {}
    for pk, topic in sorted(topics_of_participants(others).items(), key=lambda item: (item[1].number, item[0])):
        found.setdefault(topic, []).append(others[pk])
    return found


def wished(students: Iterable[Participant]) -> set[tuple[int, int]]:
    """Pairs (reviewer id, author id) where the author has a topic that the reviewer had chosen, too."""
    ids = [student.pk for student in students]
    authors: dict[int, list[int]] = {}
    for pk, topic in topics_of_participants(ids).items():
        authors.setdefault(topic.pk, []).append(pk)
    chosen = Preference.objects.filter(preference_list__participant__in=ids)
    pairs = chosen.values_list("preference_list__participant_id", "topic_id")
    return {(reviewer, author) for reviewer, topic in pairs for author in authors.get(topic, []) if reviewer != author}


def stated_by(round_: ReviewRound, student: Participant) -> QuerySet[PairRule]:
    """The works that a student has asked not to review."""
    rules = PairRule.objects.filter(round=round_, reviewer=student, decided_by=student.user)
    return rules.filter(kind=PairRuleKind.EXCLUDED)


def excluded_but_planned(round_: ReviewRound) -> set[tuple[int, int]]:
    """Pairs (reviewer id, author id) of undelivered reviews that a later rule excludes."""
    rules = PairRule.objects.filter(round=round_, kind=PairRuleKind.EXCLUDED)
    open_reviews = round_.reviews.exclude(state=ReviewState.DELIVERED)
    return set(rules.values_list("reviewer_id", "author_id")) & set(
        open_reviews.values_list("reviewer_id", "author_id")
    )


@dataclass(frozen=True)
class Parked:
    """Students outside of a published plan: those whose work has come in since, and those who have handed in nothing."""

    arrived: tuple[Participant, ...] = ()
    missing: tuple[Participant, ...] = ()


def parked(round_: ReviewRound, students: list[Participant]) -> Parked:
    """Who has no part in the plan as it stands."""
    planned = {pk for pair in round_.reviews.values_list("reviewer_id", "author_id") for pk in pair}
    outside = [student for student in students if student.pk not in planned]
    latest = latest_versions([round_.slot], [student.pk for student in outside])
    arrived = tuple(student for student in outside if (round_.slot_id, student.pk) in latest)
    return Parked(arrived, tuple(student for student in outside if student not in arrived))


def works(reviews: Iterable[Review]) -> list[tuple[Review, Version]]:
    """Each review with the version under review: the author's newest in the round's slot."""
    reviews = list(reviews)
    slots = {review.round.slot for review in reviews}
    latest = latest_versions(slots, {review.author_id for review in reviews})
    found = [(review, latest.get((review.round.slot_id, review.author_id))) for review in reviews]
    return [(review, version) for review, version in found if version is not None]


def work_name(review: Review, version: Version) -> str:
    """The file name a reviewer sees: canonical, or neutral where the round is anonymous."""
    if review.round.anonymous:
        return canonical_alias(f"Work {review.pk}", version.extension)
    return version.canonical_name


def reviewer_name(review: Review, reader: Participant) -> str:
    """The reviewer's name as `reader` may see it."""
    hidden = review.round.anonymous and reader.role != Role.ORGANIZER and reader.pk != review.reviewer_id
    return _("Anonymous reviewer %(number)d") % {"number": review.pk} if hidden else review.reviewer.user.name


def author_name(review: Review, reader: Participant) -> str:
    """The author's name as `reader` may see it."""
    hidden = review.round.anonymous and reader.role != Role.ORGANIZER and reader.pk != review.author_id
    return _("Work %(number)d") % {"number": review.pk} if hidden else review.author.user.name


def review_work(milestones: Iterable[Milestone], participant_ids: Iterable[int]) -> dict[Key, Work]:
    """How many of a person's reviews are delivered; before the plan exists they wait for the organizers."""
    milestones, ids = list(milestones), list(participant_ids)
    counted = (
        Review.objects.filter(round__milestone__in=milestones, reviewer_id__in=ids)
        .values_list("round__milestone_id", "reviewer_id")
        .annotate(
            needed=Count("pk"),
            done=Count("pk", filter=Q(state=ReviewState.DELIVERED)),
            at=Max("delivered_at"),
        )
        .order_by()
    )
    found = {(milestone, pk): Work(done=done, needed=needed, at=at) for milestone, pk, needed, done, at in counted}
    waiting = Work(done=0, needed=0, blocked=True)
    return {(m.pk, pk): found.get((m.pk, pk), waiting) for m in milestones for pk in ids}
