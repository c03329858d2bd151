"""Allocation against an independent solver: network simplex over one exact weight for every criterion of the contract."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

import networkx as nx
import pytest

from tests.topics.test_allocation import Case, run_python
from topics.domain.allocation import OBJECTIVES

CHUNK, CHUNKS = 100, 20
Assignment = dict[str, str | None]


def random_case(number: int) -> Case:
    """A small seminar with whatever may occur: ties, no seats or many, pins, exclusions, empty lists, topics held."""
    rng = random.Random(number)
    topics = [f"t{place}" for place in range(rng.randint(1, 12))]
    students = [
        f"s{place}" for place in range(rng.choice([rng.randint(1, 10), rng.randint(1, 10), rng.randint(11, 30)]))
    ]
    capacities = {topic: rng.choice(rng.choice([[1], [0, 1, 1, 2, 4]])) for topic in topics}
    weights = [1 / (1 + place) ** rng.choice([0, 1]) for place in range(len(topics))]
    longest, tied = rng.choice([1, 3, 3, 5]), rng.choice([0, 0, 0.3, 0.8])
    preferences = {student: random_list(rng, topics, weights, rng.randint(0, longest), tied) for student in students}
    pairs = [(rng.choice(students), rng.choice(topics)) for _ in range(len(students))]
    forbidden = set(pairs[: len(students) // 3]) if rng.random() < 0.5 else set()
    pinned: dict[str, str] = {}
    for student, topic in pairs[-len(students) // 5 :] if rng.random() < 0.5 else []:
        has_seat = capacities[topic] > list(pinned.values()).count(topic)
        if student not in pinned and (student, topic) not in forbidden and has_seat:
            pinned[student] = topic
    held = rng.random() < 0.4
    previous = {student: rng.choice(topics) for student in students if held and rng.random() < 0.8}
    change_cost = rng.choice([0, 1, 2, 50]) if held else 0
    return Case(preferences, capacities, pinned, forbidden, previous, change_cost, seed=number)


def random_list(rng: random.Random, topics: list[str], weights: list[float], length: int, tied: float) -> list[Any]:
    entries: list[Any] = []
    for topic in dict.fromkeys(rng.choices(topics, weights, k=length)):
        if entries and rng.random() < tied:
            last = entries.pop()
            entries.append((last if isinstance(last, frozenset) else frozenset([last])) | {topic})
        else:
            entries.append(topic)
    return entries


def lot(case: Case, *names: str) -> bytes:
    return hashlib.sha256(repr((case.seed, *names)).encode()).digest()


def weights(case: Case, objective: str) -> Iterator[tuple[str, str | None, list[int]]]:
    """For every player and choice what it adds to each criterion, the most important first; less is better."""
    players = sorted(case.preferences.keys() - case.pinned.keys(), key=lambda student: lot(case, student))
    last = max(len(entries) for entries in case.preferences.values())
    for student in players:
        drawn = sorted(case.capacities, key=lambda topic: lot(case, student, topic))
        for topic in case.choices(student):
            if topic is not None and case.capacities[topic] == list(case.pinned.values()).count(topic):
                continue
            rank, moved = case.rank(student, topic) if topic else None, case.moves(student, topic)
            charged = rank + case.change_cost * moved if rank else 0
            second = {
                "generous": [charged == at for at in range(last + case.change_cost, 0, -1)],
                "greedy": [charged != at for at in range(1, last + case.change_cost)],
                "mincost": [charged or case.change_cost * moved],
            }[objective]
            lost = moved and topic is None and case.change_cost > 0 and objective != "mincost"
            plain = [rank == at for at in range(last, 0, -1)]
            turns = [(rank or last + 1) * (student == player) for player in players]
            ties = [drawn.index(topic) * (student == player) if topic else 0 for player in players]
            yield student, topic, [topic is None, lost, *second, moved, *plain, *turns, *ties]


def cheapest(case: Case, objective: str) -> Assignment:
    """The one best assignment: every criterion is a digit that the ones after it can never outweigh."""
    edges = list(weights(case, objective))
    network = nx.DiGraph()
    for student, _, _ in edges:
        network.add_node(student, demand=-1)
    network.add_node("end", demand=len(network))
    bases = [1 + sum(digits) for digits in zip(*(criteria for _, _, criteria in edges), strict=True)]
    for student, topic, criteria in edges:
        weight = 0
        for base, digit in zip(bases, criteria, strict=True):
            weight = weight * base + digit
        network.add_edge(student, topic or "nothing", weight=weight, capacity=1)
    for topic, seats in [*case.capacities.items(), ("nothing", len(network))]:
        left = seats - list(case.pinned.values()).count(topic)
        network.add_edge(topic, "end", weight=0, capacity=left)
    flow = nx.network_simplex(network)[1]
    given = {student: next(t for t, units in flow[student].items() if units) for student, _, _ in edges}
    return {s: case.pinned.get(s) or (given[s] if given[s] != "nothing" else None) for s in case.preferences}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_allocate_random_instances_agree_with_network_simplex(chunk: int) -> None:
    for number in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        case = random_case(number)
        for objective in OBJECTIVES:
            expected, result = cheapest(case, objective), case.solve(objective)
            profile = case.profile(expected)[: len(result.profile)]
            unassigned = list(expected.values()).count(None)
            assert (number, list(result.profile), len(result.unassigned)) == (number, profile, unassigned)
            assert (number, result.assignment) == (number, expected)


def test_allocate_random_instances_have_of_everything() -> None:
    cases = [random_case(number) for number in range(CHUNK * CHUNKS)]
    entries = [entry for case in cases for ranked in case.preferences.values() for entry in ranked]
    counts = {
        "students": sum(len(case.preferences) > 20 for case in cases),
        "one student": sum(len(case.preferences) == 1 for case in cases),
        "empty lists": sum([] in case.preferences.values() for case in cases),
        "ties": sum(isinstance(entry, frozenset) for entry in entries),
        "no seat": sum(0 in case.capacities.values() for case in cases),
        "seats": sum(max(case.capacities.values()) > 1 for case in cases),
        "pins": sum(bool(case.pinned) for case in cases),
        "exclusions": sum(bool(case.forbidden) for case in cases),
        "previous": sum(bool(case.previous) for case in cases),
        "change cost": sum(case.change_cost > 0 for case in cases),
    }
    assert {name: count for name, count in counts.items() if count < 50} == {}


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_allocate_renamed_and_reordered_students_keep_the_profile(objective: str) -> None:
    for number in range(300):
        case, rng = random_case(number), random.Random(number)
        names = rng.sample(range(1000), len(case.preferences))
        new = {student: f"s{name}" for student, name in zip(case.preferences, names, strict=True)}
        preferences = {new[student]: entries for student, entries in case.preferences.items()}
        renamed = Case(
            dict(rng.sample(list(preferences.items()), len(preferences))),
            dict(rng.sample(list(case.capacities.items()), len(case.capacities))),
            {new[student]: topic for student, topic in case.pinned.items()},
            {(new[student], topic) for student, topic in case.forbidden},
            {new[student]: topic for student, topic in case.previous.items()},
            case.change_cost,
            case.seed + 1,
        )
        assert renamed.solve(objective).profile == case.solve(objective).profile


HASH_SCRIPT = """
import random
from topics.domain.allocation import OBJECTIVES, allocate
rng = random.Random(4)
topics = ["t%d" % place for place in range(60)]
preferences = {}
for student in {"s%d" % place for place in range(200)}:
    rng.seed(student)
    ranked = rng.sample(topics[: rng.choice([15, 60])], 6)
    preferences[student] = [set(ranked[:2]), ranked[2], set(ranked[3:])]
for objective in OBJECTIVES:
    print(allocate(preferences, dict.fromkeys(set(topics), 3), objective=objective, seed=5))
"""


def test_allocate_200_students_other_processes_give_the_same_answer() -> None:
    outputs = {run_python("-c", HASH_SCRIPT, PYTHONHASHSEED=seed) for seed in ("0", "1", "2014")}
    assert [output.count("Allocation(") for output in outputs] == [3]
