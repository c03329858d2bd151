"""The code of a check-in: six digits that change each minute, made of a secret and the minute alone."""

import hmac
import unicodedata
from datetime import datetime

DIGITS = 6
MINUTE = 60


def code_at(secret: str, at: datetime) -> str:
    """The code of the minute of this instant. Minutes are counted in UTC, so that no night repeats one."""
    return _code(secret, int(at.timestamp()) // MINUTE)


def seconds_left(at: datetime) -> int:
    """Whole seconds, 1 to 60, until the code changes."""
    return MINUTE - int(at.timestamp()) % MINUTE


def counts(secret: str, typed: str, at: datetime) -> bool:
    """Whether this is the code of the minute or of the one before: whoever types needs a moment. Spaces and hyphens are no matter."""
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if not sign.isspace() and sign != "-")
    minute = int(at.timestamp()) // MINUTE
    now, before = (hmac.compare_digest(_code(secret, each).encode(), digits.encode()) for each in (minute, minute - 1))
    return now or before


def _code(secret: str, minute: int) -> str:
    """After RFC 4226: part of an HMAC as a decimal number."""
    digest = hmac.digest(secret.encode(), str(minute).encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"
