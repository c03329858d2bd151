"""When work comes in before a deadline."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta

# How long before the deadline, the longest first; the last has passed it. A code, and the longest time that belongs to it.
SPANS = (
    ("earlier", timedelta.max),
    ("week", timedelta(days=7)),
    ("three_days", timedelta(days=3)),
    ("day", timedelta(days=1)),
    ("twelve_hours", timedelta(hours=12)),
    ("three_hours", timedelta(hours=3)),
    ("hour", timedelta(hours=1)),
    ("late", timedelta(0)),
)
_BOUNDS = [bound for _code, bound in reversed(SPANS)]


def count_spans(before: Iterable[timedelta]) -> tuple[tuple[str, int], ...]:
    """How many of these times before a deadline fall into each of `SPANS`; negative ones are late.

    A time belongs to the shortest span that holds it: exactly an hour before is in the last hour, the deadline itself, too.
    """
    counts = [0] * len(SPANS)
    for time in before:
        place = 0 if time < timedelta(0) else max(1, bisect_left(_BOUNDS, time))
        counts[len(SPANS) - 1 - place] += 1
    return tuple((code, count) for (code, _bound), count in zip(SPANS, counts, strict=True))
