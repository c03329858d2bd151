"""Writing a review and delivering it."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from courses import queries as courses_queries
from courses.services import write_to
from milestones.queries import deadline_of
from milestones.services import accepts
from reviews import queries
from reviews.models import Review, ReviewAnswer, ReviewPrompt, ReviewState
from reviews.services.points import number_points


@transaction.atomic
def save_review(
    review: Review,
    texts: Mapping[int, str],
    *,
    revision: int,
    arrived_at: datetime,
) -> Review:
    """Save what was written, prompt id → text, as a draft.

    `revision` is the state the page showed; where another tab has saved since, nothing is overwritten (409).
    """
    stored = _locked(review)
    before = {answer.prompt_id: answer.text for answer in stored.answers.all()}
    wanted = {prompt.pk: texts.get(prompt.pk, "").strip() for prompt in stored.round.prompts.all()}
    same = wanted == {pk: before.get(pk, "") for pk in wanted}
    if stored.state == ReviewState.DELIVERED:
        if same:
            return stored
        raise Conflict(
            "already_delivered", _("This review has been delivered; it can no longer be changed. Nothing was lost.")
        )
    if revision != stored.revision and not same:
        raise Conflict(
            "review_changed",
            _(
                "This review was saved in another window meanwhile. Your text is still below; compare it before you save."
            ),
        )
    _refuse_late(stored, arrived_at)
    if not same:
        _write(stored, wanted)
    return stored


def _locked(review: Review) -> Review:
    stored = queries.all_reviews().select_for_update(of=("self",)).filter(pk=review.pk).first()
    if stored is None:
        raise Conflict(
            "review_dropped",
            _(
                "This review is no longer needed, because its author or the plan has changed. Please look at your list again."
            ),
        )
    return stored


def _refuse_late(review: Review, arrived_at: datetime) -> None:
    due = deadline_of(review.round.milestone, review.reviewer)
    accepted, _on_time = accepts(review.round.milestone, due, arrived_at)
    if not accepted:
        raise Refusal(
            "deadline_passed", _("The deadline for reviews has passed; what was saved before is kept."), status=403
        )


def _write(review: Review, wanted: Mapping[int, str]) -> None:
    for prompt_id, text in wanted.items():
        ReviewAnswer.objects.update_or_create(review=review, prompt_id=prompt_id, defaults={"text": text})
    review.revision += 1
    if review.state == ReviewState.PLANNED and any(wanted.values()):
        review.state = ReviewState.STARTED
    review.save(update_fields=["revision", "state"])


@transaction.atomic
def deliver_review(review: Review, *, arrived_at: datetime, now: datetime) -> Review:
    """Hand the saved review over to its author and the organizers, once and for all; a second request changes nothing."""
    stored = _locked(review)
    if stored.state == ReviewState.DELIVERED:
        return stored
    _refuse_late(stored, arrived_at)
    prompts: list[ReviewPrompt] = list(stored.round.prompts.all())
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
    answers = [(prompt, texts[prompt.pk]) for prompt in prompts if texts.get(prompt.pk)]
    number_points(stored, answers)
    _send_out(stored, answers, now)
    return stored


def _send_out(review: Review, answers: list[tuple[ReviewPrompt, str]], now: datetime) -> None:
    seminar = review.round.milestone.seminar
    recipients = [review.author, *courses_queries.organizers(seminar).select_related("seminar")]
    for recipient in recipients:
        write_to(
            recipient,
            f"review:{review.pk}:{recipient.pk}",
            "reviews/email/review_delivered",
            now=now,
            review=review,
            answers=answers,
            reviewer_name=queries.reviewer_name(review, recipient),
            author_name=queries.author_name(review, recipient),
            for_author=recipient.pk == review.author_id,
        )
