"""Writing a review, until it is delivered."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from milestones.queries import deadline_of
from milestones.services import accepts
from reviews import queries
from reviews.models import Review, ReviewAnswer, ReviewState


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
    stored = locked(review)
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
    refuse_late(stored, arrived_at)
    if not same:
        _write(stored, wanted)
    return stored


def locked(review: Review) -> Review:
    """The review as it is stored now, while nobody else changes it."""
    stored = queries.all_reviews().select_for_update(of=("self",)).filter(pk=review.pk).first()
    if stored is None:
        raise Conflict(
            "review_dropped",
            _(
                "This review is no longer needed, because its author or the plan has changed. Please look at your list again."
            ),
        )
    return stored


def refuse_late(review: Review, arrived_at: datetime) -> None:
    """Refuse what arrives after the reviewer's own deadline."""
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
