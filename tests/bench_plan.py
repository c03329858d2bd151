"""Review plans: without wishes, and with twenty each, with the proof that no plan could follow more of them."""

import statistics
import time
from random import Random

import networkx as nx

from reviews.domain.assignment import assign_reviews

EACH = 3
STATED = 20
Pair = tuple[int, int]


def plans() -> dict[str, tuple[float, str]]:
    found = {}
    for size in (400, 1_000, 10_000):
        times = [measured(size, [], seed)[0] for seed in range(5)]
        found[f"assign_reviews {size:,} × {size:,} × {EACH}"] = (statistics.median(times), "ms")
    for size in (400, 1_000):
        wishes = stated(size)
        spent, pairs = measured(size, wishes, 0)
        name = f"assign_reviews {size:,} × {size:,} × {EACH}, {STATED} wishes each"
        found[name] = (spent, "ms")
        found[f"{name}: cost"] = (len(set(pairs) - set(wishes)), "pairs nobody wished for")
        found[f"{name}: bound"] = (bound(size, wishes), "by maximum flow")
    return found


def measured(size: int, wishes: list[Pair], seed: int) -> tuple[float, tuple[Pair, ...]]:
    people = range(size)
    start = time.perf_counter()
    pairs = assign_reviews(people, people, per_reviewer=EACH, per_submission=EACH, previous=wishes, seed=seed)
    return (time.perf_counter() - start) * 1000, pairs


def stated(size: int) -> list[Pair]:
    """Wishes of everybody for others' works, whose popularity follows Zipf's law."""
    random, weights = Random(1), [1 / (place + 1) for place in range(size)]
    wishes = []
    for reviewer in range(size):
        works: set[int] = set()
        while len(works) < STATED:
            works |= {work for work in random.choices(range(size), weights, k=STATED) if work != reviewer}
        wishes += [(reviewer, work) for work in sorted(works)[:STATED]]
    return wishes


def bound(size: int, wishes: list[Pair]) -> int:
    """No plan has fewer pairs that nobody wished for: those that are left over once as many wishes as possible are met."""
    graph = nx.DiGraph()
    for person in range(size):
        graph.add_edge("from", ("reviewer", person), capacity=EACH)
        graph.add_edge(("author", person), "to", capacity=EACH)
    for reviewer, author in wishes:
        graph.add_edge(("reviewer", reviewer), ("author", author), capacity=1)
    return size * EACH - int(nx.maximum_flow_value(graph, "from", "to"))
