"""From a template to the letter as it is sent: one text in two shapes, in the reader's language."""

from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from notifications.domain.letter_text import blocks, subject_line, tidy, wrapped
from notifications.models import Letter


class Rendered(NamedTuple):
    subject: str
    text: str
    html: str


def render_letter(template: str, context: dict[str, Any], *, language: str, tag: str = "") -> Rendered:
    """Both templates of a letter in `language`, the text in 76 columns; `tag` stands once at the head of the subject."""
    context = {**context, "base_url": settings.BASE_URL}
    with translation.override(language):
        line = subject_line(str(render_to_string(f"{template}_subject.txt", context)), tag)
        text = tidy(render_to_string(f"{template}_message.txt", context))
        found = blocks(text, settings.BASE_URL + "/")
        html = render_to_string("notifications/email/base.html", {"subject": line, "blocks": found})
    return Rendered(line, wrapped(text), html)


def list_headers(letter: Letter) -> dict[str, str]:
    """Which list a seminar's letter belongs to (RFC 2919), so that programs can file it and do not answer it."""
    if not letter.scope:
        return {}
    return {"List-Id": f"<{letter.scope}.{letter.message_id.rpartition('@')[2].rstrip('>')}>", "Precedence": "bulk"}
