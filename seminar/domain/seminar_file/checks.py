"""The mistakes of a seminar's TOML file, all at once, each with its place; and the same file in another term."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, TypeVar, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from seminar.domain.seminar_file.base import Table
from seminar.domain.seminar_file.tables import SeminarFile
from seminar.domain.toml_places import place_of

D = TypeVar("D", bound=date)
Problem = tuple[tuple[int | str, ...], str]
SEMINAR_DAYS = ("entry_from", "entry_until", "registration_until")


def read_seminar(content: dict[str, object], text: str) -> tuple[SeminarFile | None, list[str]]:
    """The file's content as a checked value, or every mistake as a line `line N: place: sentence`.

    content: what the TOML parser returned; text: the file itself, from which line numbers are found.
    """
    found: list[Problem] = []
    try:
        file = SeminarFile.model_validate(content)
    except ValidationError as error:
        found = [(tuple(item["loc"]), _sentence(item["type"], item["msg"])) for item in error.errors()]
        file = _readable(SeminarFile, content)
        found += [problem for problem in _rule_problems(file) if problem not in found]
    found += cross_problems(file)
    return (None if found else file), [_line(text, where, what) for where, what in found]


def _readable(table: type[Table], content: object) -> Any:
    """What can be read of a faulty table, so that the rest of its mistakes show; what cannot be read or is missing is None."""
    given = content if isinstance(content, dict) else {}
    values = {
        name: _loosely(field.annotation, given.get(name))
        for name, field in table.model_fields.items()
        if name in given or field.is_required()
    }
    return table.model_construct(set(given), **values)


def _loosely(kind: Any, value: object) -> Any:
    inner = next((each for each in (kind, *get_args(kind)) if isinstance(each, type) and issubclass(each, Table)), None)
    if inner is not None and get_origin(kind) is list:
        return [_readable(inner, row) for row in value] if isinstance(value, list) else []
    if inner is not None:
        return _readable(inner, value)
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return None


def _rule_problems(file: SeminarFile) -> Iterable[Problem]:
    """What a table's own rule says, which is not asked by itself where one of the table's fields is wrong."""
    for i, milestone in enumerate(file.milestones):
        if len({"due", "days_after_own_talk"} & milestone.model_fields_set) != 1:
            yield ("milestones", i), "give either `due` or `days_after_own_talk`"
    scheme = file.grading
    optional = {"best_grade", "missing_until"}
    if scheme is None or None in (
        *(value for name, value in dict(scheme).items() if name not in optional),
        *(x for part in scheme.parts for x in (part.key, part.weight, part.source)),
    ):
        return
    if problems := scheme.problems():
        yield ("grading",), problems


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
    yield from _entry_problems(file)
    yield from _attendance_problems(file)
    topics = {topic.number for topic in file.topics}
    sessions = {session.key for session in file.sessions}
    kinds = {milestone.key: milestone.kind for milestone in file.milestones}
    for i, session in enumerate(file.sessions):
        for number in session.topics or []:
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
        if file.reviews.upload not in {None, *(upload.key for upload in file.uploads)}:
            yield ("reviews", "upload"), f"there is no upload “{file.reviews.upload}”"
    uploads = {None, "", *(upload.key for upload in file.uploads)}
    for i, part in enumerate((file.grading.parts or []) if file.grading else []):
        if part.upload not in uploads:
            yield ("grading", "parts", i, "upload"), f"there is no upload “{part.upload}”"
        if part.updated and not file.reviews:
            yield ("grading", "parts", i, "updated"), "there are no reviews"
        if part.source == "reviews" and not file.reviews:
            yield ("grading", "parts", i, "source"), "there are no reviews"
    for where, key, kind in wanted:
        if key is not None and kinds.get(key, "") not in {kind, None}:
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
        "people": [row.email and row.email.lower() for row in file.people],
        "reviews.prompts": [row.key for row in file.reviews.prompts] if file.reviews else [],
    }
    for table, names in tables.items():
        counts = Counter(names)
        seen: set[object] = set()
        for i, name in enumerate(names):
            if counts[name] > 1 and name in seen - {None}:
                yield (*table.split("."), i), f"“{name}” is used twice"
            seen.add(name)


def _entry_problems(file: SeminarFile) -> Iterable[Problem]:
    first, last = file.seminar.entry_from, file.seminar.entry_until
    if first and last and last < first:
        yield ("seminar", "entry_until"), f"entry would close before it opens on {first}"


def _attendance_problems(file: SeminarFile) -> Iterable[Problem]:
    """What needs the attendance list, in a seminar that keeps none."""
    if file.seminar.attendance is not False:
        return
    for name in ("check_in", "discussion_notes"):
        if getattr(file.seminar, name):
            yield ("seminar", name), "needs the attendance list, and `attendance` is false"
    if file.seminar.absences_allowed is not None:
        yield ("seminar", "absences_allowed"), "needs the attendance list, and `attendance` is false"
    for i, part in enumerate(file.grading.parts if file.grading else []):
        if part.source == "attendance":
            yield ("grading", "parts", i, "source"), "needs the attendance list, and `attendance` is false"


def _people_problems(file: SeminarFile, topics: set[int]) -> Iterable[Problem]:
    seats = {topic.number: topic.seats for topic in file.topics}
    taken: Counter[int] = Counter()
    contacts = [i for i, person in enumerate(file.people) if person.contact]
    for i in contacts[1:]:
        yield ("people", i, "contact"), "only one person can be the contact"
    for i, person in enumerate(file.people):
        if person.contact and person.role != "organizer":
            yield ("people", i, "contact"), "the contact must be an organizer"
        if person.topic is None:
            continue
        taken[person.topic] += 1
        if person.topic not in topics:
            yield ("people", i, "topic"), f"there is no topic {person.topic}"
        elif taken[person.topic] > (seats[person.topic] or taken[person.topic]):
            yield ("people", i, "topic"), f"topic {person.topic} has {seats[person.topic]} seat(s) only"
    admitted = sum(p.role == "student" and p.state == "admitted" for p in file.people)
    if admitted > (file.seminar.capacity or admitted):
        yield ("seminar", "capacity"), f"{admitted} students are admitted, but there are {file.seminar.capacity} places"


def _moderator_problems(file: SeminarFile, topics: set[int]) -> Iterable[Problem]:
    moderated: set[int] = set()
    for i, person in enumerate(file.people):
        for number in person.moderates or []:
            if number not in topics:
                yield ("people", i, "moderates"), f"there is no topic {number}"
            elif number in moderated:
                yield ("people", i, "moderates"), f"topic {number} has a moderator already"
            moderated.add(number)


def moved(file: SeminarFile, kickoff: date) -> SeminarFile:
    """The same seminar with every date moved by whole weeks, so that its kick-off falls on `kickoff`.

    What people have done, such as their registration, stays on its day.
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
            "seminar": file.seminar.model_copy(
                update={name: _shift(getattr(file.seminar, name), shift) for name in SEMINAR_DAYS}
            ),
            "sessions": [row.model_copy(update={"date": row.date + shift}) for row in file.sessions],
            "milestones": [row.model_copy(update={"due": _shift(row.due, shift)}) for row in file.milestones],
            "grading": file.grading
            and file.grading.model_copy(update={"missing_until": _shift(file.grading.missing_until, shift)}),
            "reviews": file.reviews
            and file.reviews.model_copy(update={"deliver_on": _shift(file.reviews.deliver_on, shift)}),
        }
    )


def _shift(day: D | None, shift: timedelta) -> D | None:
    return day + shift if day else None
