"""Who sees which review, under which names."""

import pytest
from django.contrib.auth import get_user_model

from courses.models import Participant, ParticipantState
from milestones.domain.progress import Work
from reviews import queries
from reviews.models import Review, ReviewRound
from submissions.models import Version
from tests.factories.world import World
from tests.reviews.test_services import WRITING, first_of, hand_in, publish, write

User = get_user_model()


@pytest.fixture
def planned(world: World) -> World:
    hand_in(world)
    publish(world)
    return world


def seen_by(world: World, name: str) -> set[Review]:
    user = world.people[name]
    assert user is not None
    return set(queries.visible_reviews(user, world.seminar))


def test_round_of_a_seminar_is_its_own(world: World) -> None:
    mine, theirs = queries.round_of(world.seminar), queries.round_of(world.other)
    assert mine is not None
    assert theirs is not None
    assert (mine.milestone, theirs.milestone.seminar) == (world.milestone("m4"), world.other)


def test_visible_reviews_are_those_one_writes_before_any_is_delivered(planned: World) -> None:
    for name in ("anna", "boris", "carla", "dana"):
        assert seen_by(planned, name) == set(Review.objects.filter(reviewer=planned.row(name)))
        assert len(seen_by(planned, name)) == 2
    for name in ("olga", "otto"):
        assert seen_by(planned, name) == set(Review.objects.all())
    for name in ("apply", "wait", "gone", "outsider", "other_organizer", "other_student"):
        assert seen_by(planned, name) == set()


def test_visible_reviews_of_the_author_begin_with_the_delivery(planned: World) -> None:
    review = write(first_of(planned, "anna"))
    author = review.author
    assert review not in queries.visible_reviews(author.user, planned.seminar)
    assert list(queries.received_by(author)) == []
    write(review, deliver=True)
    assert review in queries.visible_reviews(author.user, planned.seminar)
    assert list(queries.received_by(author)) == [review]


def test_visible_reviews_end_with_the_rights_but_for_those_received(planned: World) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    Participant.objects.filter(seminar=planned.seminar).update(state=ParticipantState.WITHDRAWN)
    assert seen_by(planned, "anna") == set()
    assert seen_by(planned, "olga") == set()
    assert set(queries.visible_reviews(review.author.user, planned.seminar)) == {review}


def test_works_are_the_authors_newest_in_the_slot(planned: World) -> None:
    review = first_of(planned, "anna")
    version = Version.objects.get(submission__participant=review.author)
    assert queries.works([review]) == [(review, version)]
    other = Review(pk=0, round=review.round, reviewer=review.reviewer, author=planned.row("gone"))
    assert queries.works([other]) == []


@pytest.mark.parametrize("anonymous", [False, True])
def test_names_follow_the_setting_of_the_round(planned: World, *, anonymous: bool) -> None:
    ReviewRound.objects.update(anonymous=anonymous)
    review = queries.all_reviews().get(pk=first_of(planned, "anna").pk)
    stranger = next(row for row in map(planned.row, ("boris", "carla", "dana")) if row.pk != review.author_id)
    anna, author = review.reviewer.user.name, review.author.user.name
    hidden, work = (f"Anonymous reviewer {review.pk}", f"Work {review.pk}") if anonymous else (anna, author)
    names = {
        "organizer": (
            queries.reviewer_name(review, planned.row("olga")),
            queries.author_name(review, planned.row("olga")),
        ),
        "reviewer": (queries.reviewer_name(review, review.reviewer), queries.author_name(review, review.reviewer)),
        "author": (queries.reviewer_name(review, review.author), queries.author_name(review, review.author)),
        "stranger": (queries.reviewer_name(review, stranger), queries.author_name(review, stranger)),
    }
    assert names == {
        "organizer": (anna, author),
        "reviewer": (anna, work),
        "author": (hidden, author),
        "stranger": (hidden, work),
    }


def test_work_name_of_an_anonymous_round_is_neutral(planned: World) -> None:
    review = first_of(planned, "anna")
    version = Version.objects.get(submission__participant=review.author)
    assert queries.work_name(review, version) == version.canonical_name
    review.round.anonymous = True
    assert queries.work_name(review, version) == f"Work{review.pk}.ipynb"


def test_review_work_waits_for_the_plan_and_then_counts(world: World) -> None:
    milestone, anna = world.milestone("m4"), world.row("anna")
    key = (milestone.pk, anna.pk)
    assert queries.review_work([milestone], [anna.pk]) == {key: Work(done=0, needed=0, blocked=True)}
    hand_in(world)
    publish(world)
    assert queries.review_work([milestone], [anna.pk]) == {key: Work(done=0, needed=2)}
    write(first_of(world, "anna"), deliver=True)
    assert queries.review_work([milestone], [anna.pk]) == {key: Work(done=1, needed=2, at=WRITING)}
