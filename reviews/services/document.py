"""A review as a document, for its author to keep and for its writer to see how long it is."""

from courses.models import Participant
from courses.services import document_pdf
from reviews import queries
from reviews.models import Review


def review_pdf(review: Review, reader: Participant) -> bytes:
    """What a review says, A4, with the names that `reader` may see; the pages carry their number and how many there are."""
    context = {
        "review": review,
        "seminar": review.round.milestone.seminar,
        "answers": [answer for answer in review.answers.select_related("prompt") if answer.text],
        "reviewer_name": queries.reviewer_name(review, reader),
        "author_name": queries.author_name(review, reader),
    }
    return document_pdf("reviews/document.html", context)
