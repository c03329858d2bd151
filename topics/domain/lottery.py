"""Which of many equally good results it is: the lots, and who may choose in the order drawn.

Any two results that are as good differ by rings: each of some students moves to the place of the next, or the
last one to a free seat. So whoever's turn it is moves up wherever such a ring leads back to their own place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

Lot = tuple[bytes, tuple[bool, str | int]]
# How a search went: each place it has reached -> the place it came from, and who would move between the two.
Trace = dict[int, tuple[int, int]]


def in_order(name: str | int) -> tuple[bool, str | int]:
    """Sort key under which numbers and texts can stand in one list."""
    return isinstance(name, str), name


def draw(seed: int, *names: str | int) -> bytes:
    """Draw a lot that is the same on every machine, whoever else takes part."""
    return hashlib.sha256(repr((seed, *names)).encode()).digest()


def choose_by_lot(
    given: list[int],
    choices: Mapping[int, Mapping[int, int]],
    left: Mapping[int, int],
    order: Sequence[int],
    lot: Callable[[int, int], Lot],
) -> None:
    """Let everybody with a choice have, in the order drawn, the best rank still open and then the tied place drawn.

    given: student -> place, in one of the best results; changed here. choices: student -> place -> rank, for students
    with a choice: their places in any of the best results. left: place -> free seats, for the places that need not
    be full. order: the students with a choice, as drawn. lot: for a student and a tied place, the least is theirs.
    """
    rings = Rings(given, choices, left)
    for student in order:
        options = rings.options[student]
        for place in sorted(options, key=options.__getitem__):
            if options[place] >= options[rings.at[student]] or rings.move(student, place):
                break
        got = options[rings.at[student]]
        rings.narrow(student, {place for place, rank in options.items() if rank == got})
    for student in order:
        if len(rings.options[student]) > 1:
            for place in sorted(rings.options[student], key=lambda place: lot(student, place)):
                if place == rings.at[student] or rings.move(student, place):
                    break
            rings.narrow(student, {rings.at[student]})
    for student in order:
        given[student] = rings.at[student]


class Rings:
    """Who is where and could as well be elsewhere, and the rings of moves among them.

    Free seats take part like students: those of a place can leave it for one place more, the HALL, and from the
    hall one can go to each place that need not be full.
    """

    HALL = -1

    def __init__(self, given: Sequence[int], choices: Mapping[int, Mapping[int, int]], left: Mapping[int, int]) -> None:
        self.at = {student: given[student] for student in choices}
        self.options = {student: dict(places) for student, places in choices.items()}
        places = {place for ranks in choices.values() for place in ranks} | {self.HALL}
        self.left = {place: seats for place, seats in left.items() if place in places}
        for place in self.left:
            self.at[_seats_of(place)] = place
            self.options[_seats_of(place)] = {self.HALL: 0}
        self.at[_seats_of(self.HALL)] = self.HALL
        self.options[_seats_of(self.HALL)] = dict.fromkeys(self.left, 0)
        self.holders: dict[int, set[int]] = {place: set() for place in places}  # who is there and has a choice
        self.seekers: dict[int, set[int]] = {place: set() for place in places}  # who is there or could be
        none = {_seats_of(place) for place, seats in self.left.items() if not seats}
        for mover in self.options.keys() - none:
            self._enter(mover)
        self.part = dict.fromkeys(places, 0)  # no ring joins places with different numbers
        self.parts = 1

    def narrow(self, student: int, places: Set[int]) -> None:
        """Leave the student only these of their choices."""
        options = self.options[student]
        for place in options.keys() - places:
            self.seekers[place].remove(student)
            del options[place]
        if len(options) == 1:
            self.holders[self.at[student]].remove(student)

    def move(self, student: int, place: int) -> bool:
        """Move the student there if a ring leads back to where they are; tell whether it does."""
        own = self.at[student]
        if self.part[place] != self.part[own]:
            return False
        onward: Trace = {place: (place, student)}
        backward: Trace = {own: (own, student)}
        # Both ends search by turns. The one with the smaller reach is the first to end in vain, and what it has
        # reached is cut off: so all searches in vain together take little longer than a look at everything.
        turns = ((self._onward(onward), onward, backward), (self._backward(backward), backward, onward))
        while True:
            for search, mine, others in turns:
                reached = next(search, None)
                if reached is None:
                    self.part.update(dict.fromkeys(mine, self.parts))
                    self.parts += 1
                    return False
                if reached in others:
                    self._turn(reached, onward, backward)
                    self._go(student, own, place)
                    return True

    def _onward(self, found: Trace) -> Iterator[int]:
        """Reach places from those found by moves of who is there."""
        queue = list(found)
        part = self.part[queue[0]]
        for place in queue:
            for student in self.holders[place]:
                for other in self.options[student]:
                    if other not in found and self.part[other] == part:
                        found[other] = place, student
                        queue.append(other)
                    yield other

    def _backward(self, found: Trace) -> Iterator[int]:
        """Reach places from those found by moves of who could be there."""
        queue = list(found)
        part = self.part[queue[0]]
        for place in queue:
            for student in self.seekers[place]:
                other = self.at[student]
                if other not in found and self.part[other] == part:
                    found[other] = place, student
                    queue.append(other)
                yield other

    def _turn(self, meeting: int, onward: Trace, backward: Trace) -> None:
        """Make all moves on the way through the place where two searches have met."""
        moves = []
        place = meeting
        while onward[place][0] != place:
            before, student = onward[place]
            moves.append((student, before, place))
            place = before
        place = meeting
        while backward[place][0] != place:
            after, student = backward[place]
            moves.append((student, place, after))
            place = after
        for move in moves:
            self._go(*move)

    def _go(self, student: int, before: int, after: int) -> None:
        if student >= 0:
            self.at[student] = after
            self.holders[before].remove(student)
            self.holders[after].add(student)
        elif after == self.HALL:
            self.left[before] -= 1
            if not self.left[before]:
                self.holders[before].remove(student)
                self.seekers[after].remove(student)
        else:
            self.left[after] += 1
            if self.left[after] == 1:
                self._enter(_seats_of(after))

    def _enter(self, mover: int) -> None:
        self.holders[self.at[mover]].add(mover)
        for place in self.options[mover]:
            self.seekers[place].add(mover)


def _seats_of(place: int) -> int:
    """Number the free seats of a place, below all students."""
    return -2 - place
