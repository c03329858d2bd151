"""Two people edit the same list: what each has changed is kept, and what both have changed is named."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def merge(shown: Mapping[K, V], sent: Mapping[K, V], stored: Mapping[K, V], empty: V) -> tuple[dict[K, V], list[K]]:
    """What is to be written, and the keys at which somebody else has written something else meanwhile.

    shown: what the page had when it was opened; sent: what came back; stored: what is there now; a key that is missing in
    `shown` or `stored` holds `empty`. Whoever left a key as it was shown says nothing about it.
    """
    writes: dict[K, V] = {}
    clashes = []
    for key, value in sent.items():
        was, there = shown.get(key, empty), stored.get(key, empty)
        if value in (was, there):
            continue
        if there != was:
            clashes.append(key)
        writes[key] = value
    return writes, clashes
