"""A review as a document, for its author to keep and for its writer to see how long it is."""

from typing import Any

from django.core.cache import cache
from django.utils import translation

from courses.models import Participant
from courses.services import document_pages, document_pdf
from reviews import queries
from reviews.models import Review

KIND = "review"
TEMPLATE = "reviews/document.html"
ONE_HOUR = 3600


def attachment(review: Review, reader: Participant) -> str:
    """What a letter to `reader` says of the review that goes with it."""
    return f"{KIND}:{review.pk}:{reader.pk}"


def attached_review(of: str) -> tuple[str, bytes, str] | None:
    """The review that goes with a letter, in its reader's language: file name, content and type. None where either is gone."""
    review_id, _colon, reader_id = of.partition(":")
    review = queries.all_reviews().filter(pk=int(review_id)).first()
    reader = Participant.objects.select_related("user").filter(pk=int(reader_id)).first()
    if review is None or reader is None:
        return None
    with translation.override(reader.user.language):
        return document_name(review), review_pdf(review, reader), "application/pdf"


def document_name(review: Review) -> str:
    """The file name of a review: it names nobody."""
    return f"review-{review.pk}.pdf"


def review_pdf(review: Review, reader: Participant) -> bytes:
    """What a review says, A4, with the names that `reader` may see; the pages carry their number and how many there are."""
    return document_pdf(TEMPLATE, _context(review, reader))


def pages_of(review: Review, reader: Participant) -> int:
    """How many pages `review_pdf` has; drawn once for each state of the text."""
    key = f"pages-of-review:{review.pk}:{review.revision}:{translation.get_language()}"
    pages = cache.get(key)
    if pages is None:
        pages = document_pages(TEMPLATE, _context(review, reader))
        cache.set(key, pages, ONE_HOUR)
    return int(pages)


def _context(review: Review, reader: Participant) -> dict[str, Any]:
    return {
        "review": review,
        "seminar": review.round.milestone.seminar,
        "answers": [answer for answer in review.answers.select_related("prompt") if answer.text],
        "reviewer_name": queries.reviewer_name(review, reader),
        "delivered_at": queries.delivered_at(review, reader),
        "author_name": queries.author_name(review, reader),
    }
