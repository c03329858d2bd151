"""How long an allocation takes, for 100 to 10,000 students (BENCH_LARGE=1: 100,000), and against reading its input.

Every student ranks three topics, topic k drawn with weight 1/k. Up to 1,000 students there are 15 % more topics than
students, with one seat each; above that 2,000 topics share as many seats. A ratio is the median over the passes of two
times of the same pass.
"""

import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random

from topics.domain.allocation import allocate

SIZES = [100, 1_000, 10_000, *([100_000] if os.environ.get("BENCH_LARGE") else [])]
ORDER = ("mincost", "generous", "greedy")


def allocations() -> dict[str, tuple[float, str]]:
    """Medians over the passes: five, or more of them where they are short."""
    figures: dict[str, tuple[float, str]] = {}
    for students in SIZES:
        preferences, capacities = instance(students)
        with tempfile.TemporaryDirectory() as folder:
            connection = written(preferences, Path(folder) / "preferences.sqlite3")
            passes = [one_pass(connection, capacities) for _ in range(5 if students >= 10_000 else 15)]
            connection.close()
        name = f"allocate {students:,}"
        for objective in ORDER:
            figures[f"{name}, {objective}"] = statistics.median(p[objective] for p in passes) * 1000, "ms"
        for upper, lower in [("generous", "mincost"), ("greedy", "mincost"), ("mincost", "reading its input")]:
            figures[f"{name}, {upper} / {lower}"] = statistics.median(p[upper] / p[lower] for p in passes), "×"
    return figures


def instance(students: int) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Preferences and seats, the same every time."""
    random = Random(1)
    seats = round(students * 1.15)
    topics = [f"t{number:04}" for number in range(seats if students <= 1_000 else 2_000)]
    weights = list(accumulate(1 / place for place in range(1, len(topics) + 1)))
    preferences = {}
    for number in range(students):
        ranked: dict[str, None] = {}
        while len(ranked) < 3:
            ranked[random.choices(topics, cum_weights=weights)[0]] = None
        preferences[f"s{number:06}"] = list(ranked)
    shares = [seats * place // len(topics) for place in range(len(topics) + 1)]
    return preferences, {topic: shares[place + 1] - shares[place] for place, topic in enumerate(topics)}


def written(preferences: dict[str, list[str]], file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file)
    connection.execute(
        "CREATE TABLE preference (student TEXT, topic TEXT, rank INTEGER, PRIMARY KEY (student, rank)) WITHOUT ROWID"
    )
    rows = [(student, topic, rank) for student, row in preferences.items() for rank, topic in enumerate(row, 1)]
    connection.executemany("INSERT INTO preference VALUES (?, ?, ?)", rows)
    connection.commit()
    return connection


def read(connection: sqlite3.Connection) -> dict[str, list[str]]:
    preferences: dict[str, list[str]] = {}
    for student, topic, _ in connection.execute("SELECT student, topic, rank FROM preference ORDER BY student, rank"):
        preferences.setdefault(student, []).append(topic)
    return preferences


def one_pass(connection: sqlite3.Connection, capacities: dict[str, int]) -> dict[str, float]:
    preferences = read(connection)
    works = {objective: partial(allocate, preferences, capacities, objective=objective) for objective in ORDER}
    return {name: seconds(work) for name, work in {**works, "reading its input": partial(read, connection)}.items()}


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
