"""Which notebooks share more than chance and the template explain. Evidence for an organizer to look at, never a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate, chain, combinations

from submissions.domain.similarity.passages import Passage, Side, Span, passages
from submissions.domain.similarity.prints import Fingerprint, Mark, Trace, fingerprint, run_hashes

__all__ = [
    "Fingerprint",
    "Mark",
    "Match",
    "Passage",
    "Span",
    "Trace",
    "compare",
    "fingerprint",
    "rank",
    "template_hashes",
]

LEAST_SHARED = 4  # hashes: about six lines of code, or fifteen words
FEWEST_SHARERS = 4  # notebooks: what two or three of a small cohort share is what is looked for


@dataclass(frozen=True, slots=True)
class Match:
    """How much two notebooks share, and where.

    score, text_score: the share, 0 to 1, of the smaller one's own hashes that the other holds as well, so that a copied part
    counts in full though it is built into something bigger; 0 where one has none. shared, text_shared: how many they are.
    """

    score: float
    text_score: float
    shared: int
    text_shared: int
    passages: tuple[Passage, ...]
    text_passages: tuple[Passage, ...]


def template_hashes(
    templates: Iterable[Fingerprint] = (),
    cohort: Collection[Fingerprint] = (),
    *,
    share: float = 0.5,
    fewest: int = FEWEST_SHARERS,
) -> frozenset[int]:
    """What does not count as shared: every run of the organizers' templates, and what much of the cohort has.

    cohort: one fingerprint for each student (versions of one notebook would make its own code look common). Common is what at
    least `share` of them and at least `fewest` of them have.
    """
    given = {
        value
        for print_ in templates
        for trace in (print_.code, print_.text)
        for value in run_hashes(trace.tokens, trace.run)
    }
    holders = Counter(chain.from_iterable({mark.hash for mark in (*one.code.marks, *one.text.marks)} for one in cohort))
    least = max(fewest, share * len(cohort))
    return frozenset(given | {value for value, count in holders.items() if count >= least})


def compare(a: Fingerprint, b: Fingerprint, *, template: frozenset[int] = frozenset()) -> Match:
    """What two notebooks share outside the template. The scores do not depend on the order; passages are in the order of a."""
    return _match(_sides(a, template), _sides(b, template))


def rank(
    fingerprints: Mapping[str, Fingerprint],
    *,
    template: frozenset[int] = frozenset(),
    least: int = LEAST_SHARED,
    most: int = 200,
    skip: Callable[[str, str], bool] = lambda _a, _b: False,
) -> list[tuple[str, str, Match]]:
    """The pairs that share at least `least` hashes in code or in text, the highest score of either first, at most `most` of them.

    The limit is an amount and no score, since one copied function is a small part of two long notebooks. skip: pairs that are of
    no interest, such as two versions by one person; it is asked with the keys in order. Only pairs with a common hash are ever
    looked at. The same fingerprints give the same list, whatever their order.
    """
    sides = {key: _sides(fingerprints[key], template) for key in sorted(fingerprints)}
    shared = [_shared({key: both[kind] for key, both in sides.items()}) for kind in (0, 1)]
    pairs = {pair for counts in shared for pair, count in counts.items() if count >= least and not skip(*pair)}
    scores = {
        pair: [_score(shared[kind][pair], sides[pair[0]][kind], sides[pair[1]][kind]) for kind in (0, 1)]
        for pair in pairs
    }
    ordered = sorted(pairs, key=lambda pair: (-max(scores[pair]), -shared[0][pair] - shared[1][pair], pair))
    return [(a, b, _match(sides[a], sides[b])) for a, b in ordered[:most]]


def _shared(sides: Mapping[str, Side]) -> Counter[tuple[str, str]]:
    """How many hashes the pairs share, by an index from hashes to notebooks; the keys of a pair are in order."""
    holders: dict[int, list[str]] = {}
    for key, side in sides.items():
        for value in side.hashes:
            holders.setdefault(value, []).append(key)
    return Counter(chain.from_iterable(combinations(keys, 2) for keys in holders.values() if len(keys) > 1))


def _score(shared: int, a: Side, b: Side) -> float:
    return shared / min(len(a.hashes), len(b.hashes)) if shared else 0.0


def _match(a: tuple[Side, Side], b: tuple[Side, Side]) -> Match:
    (code_a, text_a), (code_b, text_b) = a, b
    shared = len(code_a.hashes.keys() & code_b.hashes.keys())
    text_shared = len(text_a.hashes.keys() & text_b.hashes.keys())
    return Match(
        score=_score(shared, code_a, code_b),
        text_score=_score(text_shared, text_a, text_b),
        shared=shared,
        text_shared=text_shared,
        passages=passages(code_a, code_b),
        text_passages=passages(text_a, text_b),
    )


def _sides(one: Fingerprint, template: frozenset[int]) -> tuple[Side, Side]:
    return _side(one.code, template), _side(one.text, template)


def _side(trace: Trace, template: frozenset[int]) -> Side:
    """The hashes that are the notebook's own: at most half of their tokens lie in runs of the template.

    So the template itself does not count, nor do the runs that reach from it into a student's line.
    """
    common = bytearray(len(trace.tokens))
    if template:
        for start, value in enumerate(run_hashes(trace.tokens, trace.run)):
            if value in template:
                common[start : start + trace.run] = b"\1" * trace.run
    sums = [0, *accumulate(common)]
    hashes: dict[int, list[int]] = {}
    for mark in trace.marks:
        covered = sums[mark.start + trace.run] - sums[mark.start]
        if 2 * covered <= trace.run:
            hashes.setdefault(mark.hash, []).append(mark.start)
    return Side(trace, hashes, bytes(common))
