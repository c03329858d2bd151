"""The ledger: the points of a delivered review, and what their author did because of each."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from reviews.domain.points import read_points
from reviews.models import POINT_TRANSITIONS, PointState, Review, ReviewPoint, ReviewPrompt


def number_points(review: Review, answers: Iterable[tuple[ReviewPrompt, str]]) -> None:
    """Write down the points of a review that is being delivered, numbered from 1 across its prompts."""
    found = [(prompt, point) for prompt, text in answers for point in read_points(text)]
    ReviewPoint.objects.bulk_create(
        ReviewPoint(
            review=review,
            prompt=prompt,
            number=number,
            weight=point.weight,
            places=list(point.places),
            text=point.text,
        )
        for number, (prompt, point) in enumerate(found, 1)
    )


@transaction.atomic
def answer_point(
    point: ReviewPoint, *, state: str, reason: str, cells: Sequence[int], revision: int, now: datetime
) -> ReviewPoint:
    """What the author did: done, partly or declined, the latter two with a reason; cells are those of the new version.

    `revision` is what the page showed; where another window has answered since, nothing is overwritten (409).
    """
    stored = ReviewPoint.objects.select_for_update().get(pk=point.pk)
    answer = (state, reason.strip(), list(cells))
    if answer == (stored.state, stored.reason, stored.cells):
        return stored
    if revision != stored.revision:
        raise Conflict(
            "point_changed",
            _("This point was answered in another window meanwhile: %(state)s. Your answer is still below; compare it.")
            % {"state": f"{stored.get_state_display()}. {stored.reason}".strip()},
        )
    if state != stored.state and state not in POINT_TRANSITIONS[stored.state]:
        raise Refusal("state_unknown", _("Please say whether this is done, partly done or declined."))
    if state != PointState.DONE and not answer[1]:
        raise Refusal("reason_missing", _("Please say why; the reviewer and the organizers read it."))
    stored.state, stored.reason, stored.cells = answer
    stored.answered_at, stored.revision = now, stored.revision + 1
    stored.save(update_fields=["state", "reason", "cells", "answered_at", "revision"])
    return stored


@transaction.atomic
def rate_review(review: Review, *, helpful: bool | None, reason: str) -> Review:
    """What its author thinks of a delivered review, for the organizers' eyes; None takes it back."""
    if helpful is False and not reason.strip():
        raise Refusal("reason_missing", _("Please say what was missing; only the organizers read it."))
    review.helpful, review.helpful_reason = helpful, "" if helpful is None else reason.strip()
    review.save(update_fields=["helpful", "helpful_reason"])
    return review
