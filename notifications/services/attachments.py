"""Files that go with a letter. The row holds their name only: the app that owns the content makes them when it is sent.

Entries for a calendar are the exception: they change with every move, and a second copy must not differ, so that the row keeps
them as they were.
"""

import logging
from collections.abc import Callable

from notifications.models import Letter

log = logging.getLogger(__name__)
Attached = tuple[str, bytes, str]  # file name, content, type
MAKERS: dict[str, Callable[[str], Attached | None]] = {}
CALENDAR = "text/calendar; method=PUBLISH"


def attached(letter: Letter) -> list[Attached]:
    """The files of a letter. What cannot be made must not hold the letter up: its text and the page say the same."""
    files = [("calendar.ics", letter.calendar.encode(), CALENDAR)] if letter.calendar else []
    kind, _colon, rest = letter.attachment.partition(":")
    if not kind:
        return files
    try:
        made = MAKERS[kind](rest)
    except Exception:
        log.exception("Letter %s goes without its attachment %s", letter.pk, letter.attachment)
        return files
    return [*files, made] if made else files
