"""Files that go with a letter. The row holds their name only: the app that owns the content makes them when it is sent."""

import logging
from collections.abc import Callable

from notifications.models import Letter

log = logging.getLogger(__name__)
Attached = tuple[str, bytes, str]  # file name, content, type
MAKERS: dict[str, Callable[[str], Attached | None]] = {}


def attached(letter: Letter) -> list[Attached]:
    """The files of a letter. What cannot be made must not hold the letter up: its text and the page say the same."""
    kind, _colon, rest = letter.attachment.partition(":")
    if not kind:
        return []
    try:
        made = MAKERS[kind](rest)
    except Exception:
        log.exception("Letter %s goes without its attachment %s", letter.pk, letter.attachment)
        return []
    return [made] if made else []
