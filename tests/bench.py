"""`python3 dev.py bench [pages] [rules] [uploads] [letters]`: pages as multiples of a plain Django page of the same pass, the pure
rules, the deadline minute, and letters whose senders are killed; all of it unless parts are named.

One pass is one GET of every page and of the floor (one query, 40 rows, the base template) in a fresh random order; a figure is the
median over the passes of page / floor of the same pass, because absolute times wander by a third and more.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

PASSES = 25
ROOT = Path(__file__).parents[1]
FLOOR = "/floor/"
Figures = dict[str, tuple[float, str]]


PARTS = ("pages", "rules", "uploads", "letters")


def main() -> None:
    from tests.bench_letters import SEEDS, broken, letters
    from tests.bench_uploads import uploads

    signal.signal(signal.SIGTERM, lambda *_caught: sys.exit(1))  # so that what was started is ended
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure; without arguments, all of it.")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)), help="for the moments of the kills: %(default)s")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}.")
    parts = arguments.parts or PARTS
    figures = {} if set(parts).isdisjoint(("pages", "rules")) else in_process(parts)
    figures |= uploads() if "uploads" in parts else {}
    seeds = tuple(int(seed) for seed in arguments.seeds.split(","))
    figures |= letters(seeds) if "letters" in parts else {}
    report(figures, whole=not arguments.parts)
    if faults := broken(figures):
        raise SystemExit("These promises about letters are broken:\n" + "\n".join(faults))


def in_process(parts: Sequence[str]) -> Figures:
    """Pages and rules, on a database as the tests have it."""
    import django

    django.setup()
    from django.test.utils import get_runner, override_settings

    runner = get_runner(__import__("django.conf", fromlist=["settings"]).settings)(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        with override_settings(ROOT_URLCONF="tests.bench_urls"):
            return {**(pages() if "pages" in parts else {}), **(rules() if "rules" in parts else {})}
    finally:
        runner.teardown_databases(databases)


def report(figures: Figures, *, whole: bool) -> None:
    """Print the table; in `var/bench.json` what was not measured now stays as it was."""
    width = max(len(name) for name in figures)
    print(f"{'what':{width}} {'figure':>10}  unit")
    for name, (figure, unit) in figures.items():
        print(f"{name:{width}} {figure:10.2f}  {unit}")
    (ROOT / "var").mkdir(exist_ok=True)
    file = ROOT / "var" / "bench.json"
    known = json.loads(file.read_text()) if file.exists() and not whole else {}
    found = {name: {"figure": round(figure, 4), "unit": unit} for name, (figure, unit) in figures.items()}
    file.write_text(json.dumps(known | found, indent=2) + "\n")


def pages() -> Figures:
    """Median multiples of the floor, with 40 students in the seminar."""
    from tests.factories.crowd import crowded_seminar

    clients, addresses = crowded_seminar(students=40)
    times: dict[str, list[float]] = {name: [] for name in addresses}
    random = Random(0)
    for number in range(PASSES + 2):
        order = list(addresses)
        random.shuffle(order)
        measured = {name: seconds(lambda n=name: fetch(clients[addresses[n][0]], addresses[n][1])) for name in order}
        if number >= 2:  # the first two warm the caches
            for name, duration in measured.items():
                times[name].append(duration / measured["floor"])
    return {f"page: {name}": (statistics.median(ratios), "× floor") for name, ratios in times.items()}


def fetch(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)


def rules() -> Figures:
    """The pure functions, median of five, in milliseconds on this machine, and how allocations grow."""
    from tests.bench_allocation import allocations
    from tests.bench_notebook import notebooks
    from tests.bench_plan import plans
    from topics.domain.allocation import OBJECTIVES, allocate

    random = Random(1)
    topics = dict.fromkeys(range(200), 2)
    preferences = {student: random.sample(sorted(topics), 10) for student in range(400)}
    found = {
        f"allocate 400 × 200 × 10, {objective}": median_ms(
            lambda o=objective: allocate(preferences, topics, objective=o)
        )
        for objective in OBJECTIVES
    }
    return {**{name: (figure, "ms") for name, figure in found.items()}, **plans(), **allocations(), **notebooks()}


def median_ms(work: Callable[[], object]) -> float:
    return statistics.median(seconds(work) for _ in range(5)) * 1000


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
