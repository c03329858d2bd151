"""The state of one person's work on one milestone, derived from facts."""

from datetime import UTC, datetime, timedelta

import pytest

from milestones.domain.progress import NOTHING, Due, State, Work, is_open, state_of

SHOWN = datetime(2023, 12, 8, 22, 59, 59, 999999, tzinfo=UTC)
GRACE = timedelta(minutes=10)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
DUE = Due("Europe/Berlin", datetime(2023, 12, 8, 23, 59), SHOWN, SHOWN + GRACE)
UNDATED = Due("Europe/Berlin")


def done(at: datetime | None) -> Work:
    return Work(done=1, needed=1, at=at)


@pytest.mark.parametrize(
    ("work", "due", "now", "state"),
    [
        (NOTHING, DUE, SHOWN - 3 * DAY - TICK, State.OPEN),
        (NOTHING, DUE, SHOWN - 3 * DAY, State.DUE_SOON),
        (NOTHING, DUE, SHOWN, State.DUE_SOON),
        (NOTHING, DUE, SHOWN + GRACE, State.DUE_SOON),  # the hidden grace still counts
        (NOTHING, DUE, SHOWN + GRACE + TICK, State.LATE),
        (NOTHING, UNDATED, SHOWN + 999 * DAY, State.OPEN),
        (done(SHOWN), DUE, SHOWN + DAY, State.DONE),
        (done(SHOWN + GRACE), DUE, SHOWN + DAY, State.DONE),
        (done(SHOWN + GRACE + TICK), DUE, SHOWN + DAY, State.DONE_LATE),
        (done(None), DUE, SHOWN + DAY, State.DONE),
        (done(SHOWN + DAY), UNDATED, SHOWN + DAY, State.DONE),
        (Work(done=1, needed=2, at=SHOWN), DUE, SHOWN - 9 * DAY, State.OPEN),
        (Work(done=1, needed=2, at=SHOWN), DUE, SHOWN + DAY, State.LATE),
        (Work(done=3, needed=2, at=SHOWN), DUE, SHOWN, State.DONE),
        (Work(done=0, needed=0), DUE, SHOWN + DAY, State.NOT_NEEDED),
        (Work(done=0, needed=0, blocked=True), DUE, SHOWN + DAY, State.WAITING),
    ],
)
def test_state_of_work(work: Work, due: Due, now: datetime, state: State) -> None:
    assert state_of(work, due, now) == state


def test_is_open_where_a_reminder_would_help() -> None:
    assert {state for state in State if is_open(state)} == {State.OPEN, State.DUE_SOON}
