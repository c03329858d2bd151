"""The state of one person's work on one milestone, derived from facts: never stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from milestones.domain.deadlines import is_on_time

SOON = timedelta(days=3)


class State(StrEnum):
    """Each is shown as a word and a shape, never as a colour alone."""

    DONE = "done"
    DONE_LATE = "done_late"
    OPEN = "open"
    DUE_SOON = "due_soon"
    LATE = "late"
    WAITING = "waiting"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class Work:
    """What an app knows of a person's work: how much is done of how much, and when the last piece came."""

    done: int
    needed: int
    at: datetime | None = None
    blocked: bool = False


NOTHING = Work(done=0, needed=1)


@dataclass(frozen=True)
class Due:
    """A person's deadline: `wall` as shown (naive local time), `shown` and `closes` as instants in UTC.

    `closes` includes the hidden grace. `cut_off` is the last instant at which late work is taken, as shown, where there is one.
    `told` is when the person was told of this deadline, if it is not the first. All are None while the deadline hangs on a talk
    that has no date yet.
    """

    zone: str
    wall: datetime | None = None
    shown: datetime | None = None
    closes: datetime | None = None
    extended: bool = False
    cut_off: datetime | None = None
    told: datetime | None = None


def state_of(work: Work, due: Due, now: datetime) -> State:
    """The state of `work` at `now`; work that needs nothing is `not_needed`, work that others block is `waiting`."""
    if work.needed == 0:
        return State.WAITING if work.blocked else State.NOT_NEEDED
    if work.done >= work.needed:
        on_time = work.at is None or due.closes is None or is_on_time(work.at, due.closes)
        return State.DONE if on_time else State.DONE_LATE
    if due.closes is None or due.shown is None:
        return State.OPEN
    if not is_on_time(now, due.closes):
        return State.LATE
    return State.DUE_SOON if due.shown - now <= SOON else State.OPEN


def is_open(state: State) -> bool:
    """Whether a reminder would concern the person: there is something to do, and it still counts."""
    return state in {State.OPEN, State.DUE_SOON}
