"""Files that go with a letter. The row holds their name only: the app that owns the content makes them when it is first sent.

Entries for a calendar are the exception: they change with every move, so that the row keeps them as they were.
"""

import logging
from collections.abc import Callable

from notifications.models import Letter, LetterFile

log = logging.getLogger(__name__)
Attached = tuple[str, bytes, str]  # file name, content, type
CALENDAR = "text/calendar; method=PUBLISH"
MAKERS: dict[str, Callable[[str], Attached | None]] = {}


def attached(letter: Letter) -> list[Attached]:
    """The files of a letter: those kept since its first attempt, or made now."""
    files = [("calendar.ics", letter.calendar.encode(), CALENDAR)] if letter.calendar else []
    kept = LetterFile.objects.filter(letter=letter).first() if letter.attachment else None
    if kept is not None:
        return [*files, (kept.name, bytes(kept.content), kept.content_type)] if kept.name else files
    return files + _made(letter)


def keep_files(letter: Letter) -> None:
    """From the first attempt on a letter goes with the same file, or with none."""
    if letter.attachment and not LetterFile.objects.filter(letter=letter).exists():
        name, content, content_type = next(iter(_made(letter)), ("", b"", ""))
        LetterFile.objects.get_or_create(
            letter=letter, defaults={"name": name, "content": content, "content_type": content_type}
        )


def _made(letter: Letter) -> list[Attached]:
    """What the owner of the content makes. What cannot be made must not hold the letter up: its text and the page say the same."""
    kind, _colon, rest = letter.attachment.partition(":")
    if not kind:
        return []
    try:
        made = MAKERS[kind](rest)
    except Exception:
        log.exception("Letter %s goes without its attachment %s", letter.pk, letter.attachment)
        return []
    return [made] if made else []
