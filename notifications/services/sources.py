"""Letters that are made again from the facts until a copy may have left: who is done meanwhile gets none, others read what is true now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from notifications.models import Letter


@dataclass(frozen=True)
class Fresh:
    """What a letter says by the facts of this moment; `reason` instead where it concerns nobody any more."""

    subject: str = ""
    text: str = ""
    html: str = ""
    reason: str = ""


# kind of letter → how the app that owns the facts makes it again
SOURCES: dict[str, Callable[[Letter, datetime], Fresh]] = {}
