"""No letter is lost and no second copy differs, though the senders are killed with -9 again and again.

The whole of it (500 letters, 100 kills, three seeds, both shapes) is `python3 dev.py bench letters`; this is the short form.
"""

from pathlib import Path

import pytest

from tests.factories.kills import NEEDS_REDIS, Run, deliver

SHAPES = ["sweep", pytest.param("celery", marks=[pytest.mark.services, NEEDS_REDIS])]
LETTERS = 40
KILLS = {"sweep": 6, "celery": 12}  # a sweep takes seconds to start, a member of the pool none
pytestmark = pytest.mark.django_db(transaction=True)


def broken(run: Run) -> dict[str, int]:
    """What must be 0 whatever happens, where it is not."""
    found = run.outcome
    figures = {
        "lost": found.lost,
        "differing": found.differing,
        "misdirected": found.misdirected,
        "unsettled": found.unsettled,
        "beyond the kills": max(0, found.extra - run.kills),
    }
    return {name: figure for name, figure in figures.items() if figure}


@pytest.mark.parametrize("shape", SHAPES)
def test_letters_without_kills_come_once_each(shape: str, tmp_path: Path) -> None:
    run = deliver(tmp_path, shape, students=LETTERS)
    assert (broken(run), run.outcome.extra, run.outcome.interrupted) == ({}, 0, 0)


def test_letters_of_a_slow_server_come_once_each_though_two_sweeps_take_longer_than_a_lease(tmp_path: Path) -> None:
    """A sweep takes ten seconds, a lease is over after six, and one sweep is done before the other: it counts from the letter."""
    run = deliver(tmp_path, "sweep", students=25, seconds_per_letter=1.5, lease=6)
    assert (broken(run), run.outcome.extra, run.outcome.interrupted) == ({}, 0, 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_letters_survive_their_senders(shape: str, tmp_path: Path) -> None:
    run = deliver(tmp_path, shape, students=LETTERS, kills=KILLS[shape], seed=1)
    assert (broken(run), run.kills) == ({}, KILLS[shape])
    assert run.outcome.interrupted > 0, "Nobody died with a letter in hand: this has shown nothing."
