"""Who is expected at a session, what was missed, and whether the rule of attendance can still be kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

PRESENT, EXCUSED, ABSENT = "present", "excused", "absent"
ADMITTED = "admitted"
Change = tuple[datetime, str, str]  # when, the state before, the state after


def was_admitted(changes: Sequence[Change], at: datetime) -> bool:
    """Whether somebody took part at an instant, from all changes of their state in order of time.

    Before the first change one was what it changed; somebody of whom nothing is written has been there from the start.
    """
    state = changes[0][1] if changes else ADMITTED
    for when, _old, new in changes:
        if when > at:
            break
        state = new
    return state == ADMITTED


def is_expected(*, by_hand: bool | None, named: bool, only_named: bool, admitted: bool) -> bool:
    """An organizer's choice goes first (None: there is none); whoever was not admitted yet is not expected.

    Where a session is only for those it names, such as the questions on some topics, nobody else is.
    """
    if by_hand is not None:
        return by_hand
    return admitted and (named or not only_named)


@dataclass(frozen=True)
class Day:
    """One session for one person; an empty status is one that nobody has noted."""

    expected: bool
    over: bool
    status: str = ""
    make_up: str = ""  # "open" or "done", where a task was given for a session missed


@dataclass(frozen=True)
class Standing:
    """How somebody stands with the rule of attendance; `allowed` is None where there is no rule.

    `missed` counts what stands against the rule: absences without excuse that are not made up. `to_make_up` of them have a
    task that is still open; `unnoted` sessions are over, and nobody has noted anything.
    """

    present: int
    excused: int
    missed: int
    made_up: int
    to_make_up: int
    unnoted: int
    remaining: int
    allowed: int | None

    @property
    def kept(self) -> bool:
        """Whether the rule is kept so far."""
        return self.allowed is None or self.missed <= self.allowed

    @property
    def can_pass(self) -> bool:
        """Whether the rule can be kept to the end: by coming to what remains, and by the work that is given."""
        return self.allowed is None or self.missed - self.to_make_up <= self.allowed

    @property
    def may_miss(self) -> int | None:
        """How many of the sessions that remain may be missed without excuse; None where there is no rule."""
        return None if self.allowed is None else max(0, min(self.allowed - self.missed, self.remaining))


def standing(days: Iterable[Day], allowed: int | None) -> Standing:
    """Where somebody stands after these sessions; those at which they are not expected count for nothing."""
    days = [day for day in days if day.expected]
    missed = [day for day in days if day.status == ABSENT and day.make_up != "done"]
    return Standing(
        present=sum(day.status == PRESENT for day in days),
        excused=sum(day.status == EXCUSED for day in days),
        missed=len(missed),
        made_up=sum(day.status == ABSENT and day.make_up == "done" for day in days),
        to_make_up=sum(day.make_up == "open" for day in missed),
        unnoted=sum(day.over and not day.status for day in days),
        remaining=sum(not day.over and not day.status for day in days),
        allowed=allowed,
    )
