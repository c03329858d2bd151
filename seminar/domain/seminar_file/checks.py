"""The mistakes of a seminar's TOML file, all at once, each with its place; and the same file in another term."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from pydantic import ValidationError

from seminar.domain.seminar_file.tables import SeminarFile
from seminar.domain.toml_places import place_of

Problem = tuple[tuple[int | str, ...], str]


def read_seminar(content: dict[str, object], text: str) -> tuple[SeminarFile | None, list[str]]:
    """The file's content as a checked value, or every mistake as a line `line N: place: sentence`.

    content: what the TOML parser returned; text: the file itself, from which line numbers are found.
    """
    try:
        file = SeminarFile.model_validate(content)
    except ValidationError as error:
        found = [(tuple(item["loc"]), _sentence(item["type"], item["msg"])) for item in error.errors()]
        return None, [_line(text, where, what) for where, what in found]
    problems = [_line(text, where, what) for where, what in cross_problems(file)]
    return (None if problems else file), problems


def _sentence(kind: str, message: str) -> str:
    known = {
        "missing": "is missing",
        "extra_forbidden": "is not a known field; see docs/seminar-file.md",
    }
    return known.get(kind, message.removeprefix("Value error, "))


def _line(text: str, where: tuple[int | str, ...], what: str) -> str:
    number, place = place_of(text, where)
    return f"line {number}: {place}: {what}" if number else f"{place}: {what}"


def cross_problems(file: SeminarFile) -> Iterable[Problem]:
    """Mistakes that no single table shows: names used twice, and names that name nothing."""
    yield from _doubles(file)
    topics = {topic.number for topic in file.topics}
    sessions = {session.key for session in file.sessions}
    kinds = {milestone.key: milestone.kind for milestone in file.milestones}
    for i, session in enumerate(file.sessions):
        for number in session.topics:
            if number not in topics:
                yield ("sessions", i, "topics"), f"there is no topic {number}"
    for i, milestone in enumerate(file.milestones):
        if milestone.session and milestone.session not in sessions:
            yield ("milestones", i, "session"), f"there is no session “{milestone.session}”"
    wanted = [(("uploads", i, "milestone"), upload.milestone, "upload") for i, upload in enumerate(file.uploads)]
    if file.preferences:
        wanted.append((("preferences", "milestone"), file.preferences.milestone, "preferences"))  # type: ignore[arg-type]
    if file.reviews:
        wanted.append((("reviews", "milestone"), file.reviews.milestone, "reviews"))  # type: ignore[arg-type]
        if file.reviews.upload not in {upload.key for upload in file.uploads}:
            yield ("reviews", "upload"), f"there is no upload “{file.reviews.upload}”"
    for where, key, kind in wanted:
        if kinds.get(key) != kind:
            yield where, f"there is no milestone “{key}” of kind “{kind}”"
    yield from _people_problems(file, topics)
    yield from _moderator_problems(file, topics)


def _doubles(file: SeminarFile) -> Iterable[Problem]:
    tables: dict[str, list[object]] = {
        "sections": [row.key for row in file.sections],
        "sessions": [row.key for row in file.sessions],
        "milestones": [row.key for row in file.milestones],
        "uploads": [row.key for row in file.uploads],
        "topics": [row.number for row in file.topics],
        "people": [row.email.lower() for row in file.people],
    }
    for table, names in tables.items():
        counts = Counter(names)
        seen: set[object] = set()
        for i, name in enumerate(names):
            if counts[name] > 1 and name in seen:
                yield (table, i), f"“{name}” is used twice"
            seen.add(name)


def _people_problems(file: SeminarFile, topics: set[int]) -> Iterable[Problem]:
    seats = {topic.number: topic.seats for topic in file.topics}
    taken: Counter[int] = Counter()
    for i, person in enumerate(file.people):
        if person.contact and person.role != "organizer":
            yield ("people", i, "contact"), "the contact must be an organizer"
        if person.topic is None:
            continue
        taken[person.topic] += 1
        if person.topic not in topics:
            yield ("people", i, "topic"), f"there is no topic {person.topic}"
        elif taken[person.topic] > seats[person.topic]:
            yield ("people", i, "topic"), f"topic {person.topic} has {seats[person.topic]} seat(s) only"
    if sum(person.contact for person in file.people) > 1:
        yield ("people",), "only one person can be the contact"
    admitted = sum(p.role == "student" and p.state == "admitted" for p in file.people)
    if admitted > file.seminar.capacity:
        yield ("seminar", "capacity"), f"{admitted} students are admitted, but there are {file.seminar.capacity} places"


def _moderator_problems(file: SeminarFile, topics: set[int]) -> Iterable[Problem]:
    moderated: set[int] = set()
    for i, person in enumerate(file.people):
        for number in person.moderates:
            if number not in topics:
                yield ("people", i, "moderates"), f"there is no topic {number}"
            elif number in moderated:
                yield ("people", i, "moderates"), f"topic {number} has a moderator already"
            moderated.add(number)


def moved(file: SeminarFile, kickoff: date) -> SeminarFile:
    """The same seminar with every date moved by whole weeks, so that its kick-off falls on `kickoff`.

    Raises ValueError where there is no kick-off, or where the day is not a whole number of weeks away.
    """
    first = next((session.date for session in file.sessions if session.kind == "kickoff"), None)
    if first is None:
        raise ValueError("This file has no session of kind “kickoff”, so its dates cannot be moved.")
    shift = kickoff - first
    if shift.days % 7:
        near = kickoff - timedelta(days=shift.days % 7)
        raise ValueError(
            f"Dates move by whole weeks: the kick-off is a {first:%A}; {kickoff} is a {kickoff:%A}. "
            f"Choose {near} or {near + timedelta(days=7)}."
        )
    return file.model_copy(
        update={
            "seminar": file.seminar.model_copy(update={"entry_until": _shift(file.seminar.entry_until, shift)}),
            "sessions": [row.model_copy(update={"date": row.date + shift}) for row in file.sessions],
            "milestones": [
                row.model_copy(update={"due": row.due + shift if row.due else None}) for row in file.milestones
            ],
        }
    )


def _shift(day: date | None, shift: timedelta) -> date | None:
    return day + shift if day else None
