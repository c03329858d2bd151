"""Delivering a review, and handing it over to its author: at once, or together with all others."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import write_to
from notifications.models import Letter
from reviews import queries
from reviews.models import Review, ReviewRound, ReviewState
from reviews.services.document import attachment
from reviews.services.points import number_points
from reviews.services.writing import locked, refuse_late


@transaction.atomic
def deliver_review(review: Review, *, arrived_at: datetime, now: datetime) -> Review:
    """Take a saved review as finished, once and for all; a second request changes nothing.

    The organizers have it from now on, and so has its author, unless the round hands all reviews over together later.
    """
    stored = locked(review)
    if stored.state == ReviewState.DELIVERED:
        return stored
    refuse_late(stored, arrived_at)
    prompts = list(stored.round.prompts.all())
    texts = {answer.prompt_id: answer.text for answer in stored.answers.all()}
    empty = [prompt.title for prompt in prompts if prompt.required and not texts.get(prompt.pk)]
    if empty:
        raise Refusal(
            "answers_missing",
            _("Saved, but not delivered yet: please write something under %(titles)s first.")
            % {"titles": ", ".join(empty)},
        )
    stored.state, stored.delivered_at = ReviewState.DELIVERED, arrived_at
    stored.save(update_fields=["state", "delivered_at"])
    number_points(stored, [(prompt, texts[prompt.pk]) for prompt in prompts if texts.get(prompt.pk)])
    for organizer in courses_queries.organizers(stored.round.milestone.seminar).select_related("seminar"):
        _write_about(stored, organizer, now)
    if not _is_held(stored.round, now):
        _hand_over(stored, arrived_at, now)
    return stored


def hand_over_together(now: datetime) -> int:
    """Hand over the reviews whose round has reached the time for all of them; return how many."""
    held = Review.objects.filter(state=ReviewState.DELIVERED, handed_over_at=None)
    count = 0
    for round_ in ReviewRound.objects.filter(reviews__in=held).select_related("milestone__seminar").distinct():
        if not _is_held(round_, now):
            count += _hand_over_all(round_, now)
    return count


def _is_held(round_: ReviewRound, now: datetime) -> bool:
    """Whether what is delivered now waits for the time when all of it is handed over."""
    due = queries.together_due(round_)
    return due is not None and due.closes is not None and now < due.closes


@transaction.atomic
def _hand_over_all(round_: ReviewRound, now: datetime) -> int:
    held = queries.all_reviews().select_for_update(of=("self",)).order_by("pk")
    reviews = list(held.filter(round=round_, state=ReviewState.DELIVERED, handed_over_at=None))
    for review in reviews:
        _hand_over(review, now, now)
    return len(reviews)


def _hand_over(review: Review, at: datetime, now: datetime) -> None:
    review.handed_over_at = at
    review.save(update_fields=["handed_over_at"])
    _write_about(review, review.author, now)


def _write_about(review: Review, recipient: Participant, now: datetime) -> None:
    answers = review.answers.select_related("prompt").order_by("prompt__position", "prompt__pk")
    write_to(
        recipient,
        letter_key(review, recipient),
        "reviews/email/review_delivered",
        now=now,
        about=f"review:{review.pk}",
        attachment=attachment(review, recipient),
        review=review,
        answers=[(answer.prompt, answer.text) for answer in answers if answer.text],
        reviewer_name=queries.reviewer_name(review, recipient),
        author_name=queries.author_name(review, recipient),
        for_author=recipient.pk == review.author_id,
    )


def letter_key(review: Review, recipient: Participant) -> str:
    """Which letter brings a review to somebody."""
    return f"review:{review.pk}:{recipient.pk}"


def letter_to_author(review: Review) -> Letter | None:
    """The letter that brought a review to its author: the proof that it was sent, and when."""
    return Letter.objects.filter(key=letter_key(review, review.author)).first()
