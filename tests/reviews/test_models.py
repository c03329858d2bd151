"""Rules of reviews that the database itself keeps."""

from datetime import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from reviews.models import REVIEW_TRANSITIONS, Review, ReviewAnswer, ReviewPrompt, ReviewRound, ReviewState
from tests.factories.world import World


@pytest.fixture
def round_(world: World) -> ReviewRound:
    return ReviewRound.objects.get(milestone=world.milestone("m4"))


@pytest.fixture
def review(world: World, round_: ReviewRound, now: datetime) -> Review:
    return Review.objects.create(round=round_, reviewer=world.row("anna"), author=world.row("boris"), assigned_at=now)


def test_review_of_ones_own_work_is_refused(world: World, round_: ReviewRound, now: datetime) -> None:
    anna = world.row("anna")
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(round=round_, reviewer=anna, author=anna, assigned_at=now)


def test_review_cannot_become_one_of_ones_own_work_by_sql(review: Review) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reviews_review SET author_id = reviewer_id")


def test_review_of_one_pair_twice_is_refused(review: Review, now: datetime) -> None:
    fields = {"round": review.round, "assigned_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.create(reviewer=review.reviewer, author=review.author, **fields)
    Review.objects.create(reviewer=review.author, author=review.reviewer, **fields)
    assert Review.objects.count() == 2


def test_review_delivered_without_a_time_is_refused(review: Review) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.update(state=ReviewState.DELIVERED)


def test_review_answer_to_one_prompt_twice_is_refused(review: Review) -> None:
    prompt = review.round.prompts.all()[0]
    ReviewAnswer.objects.create(review=review, prompt=prompt, text="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewAnswer.objects.create(review=review, prompt=prompt, text="b")


def test_review_prompt_key_twice_in_a_round_is_refused(round_: ReviewRound) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewPrompt.objects.create(round=round_, key="enhancements", title="Twice")


def test_review_keeps_its_people_round_and_questions(review: Review) -> None:
    prompt = review.round.prompts.all()[0]
    ReviewAnswer.objects.create(review=review, prompt=prompt, text="a")
    for row in (review.reviewer, review.author, review.round, review.round.slot, prompt):
        with pytest.raises(ProtectedError):
            row.delete()


def test_review_transitions_name_every_state() -> None:
    assert set(REVIEW_TRANSITIONS) == set(ReviewState)
    assert {follower for followers in REVIEW_TRANSITIONS.values() for follower in followers} <= set(ReviewState)
