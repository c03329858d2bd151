"""A review as a file that is filled in without a connection."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from reviews.domain.offline import MAX_BYTES, PROBLEMS, read_form, write_form
from reviews.models import Review
from reviews.services.writing import save_review


def form_of(review: Review, title: str) -> str:
    """The form of a review, with what was saved so far."""
    prompts = list(review.round.prompts.all())
    texts = {answer.prompt.title: answer.text for answer in review.answers.select_related("prompt")}
    note = _("Please keep this line. Begin each point with a dash, as in: - [cell 12, major] …")
    return write_form(review.pk, review.revision, title, note, [(one.title, one.help) for one in prompts], texts)


def fill_in(review: Review, content: bytes, *, arrived_at: datetime) -> tuple[Review, list[str]]:
    """Save what stands in a form as a draft; with sentences about what is wrong in it, nothing was saved."""
    if len(content) > MAX_BYTES:
        raise Refusal("form_too_large", _("This file is too large to be a review; nothing was saved."))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refusal("form_unreadable", _("This file is no text in UTF-8; nothing was saved."))
    prompts = list(review.round.prompts.all())
    form = read_form(text, review.pk, [(one.title, one.help) for one in prompts])
    if form.problems:
        return review, [_(PROBLEMS[code]) % named for code, named in form.problems]
    texts = {one.pk: form.texts[one.title] for one in prompts}
    try:
        return save_review(review, texts, revision=form.revision, arrived_at=arrived_at), []
    except Conflict as conflict:
        if conflict.code != "review_changed":
            raise
        message = _(
            "The review was changed on its page after this form was downloaded, so nothing was overwritten. Download the form"
            " again and copy your text into it."
        )
        raise Conflict(conflict.code, message) from None
