"""The catalogue: topics edited and imported."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.domain.sheets import SheetError
from courses.models import ParticipantState, Seminar, Strength
from courses.services import lines_of, record
from courses.services.sheets import sentence, sheet_sentence
from topics.domain.catalogue import Catalogue, Entry, read_catalogue
from topics.models import (
    Assignment,
    Seat,
    Topic,
    TopicPrerequisite,
)
from topics.services.assigning import settle

TEXTS = ("title", "authors", "url", "abstract", "scope")
FIELDS = (*TEXTS, "seats", *Strength.values)
RENAMED = {"scope": "scope_note"}
WORDS = {
    "new": gettext_lazy("a new topic"),
    "changes": gettext_lazy("the topic changes"),
    "same": gettext_lazy("nothing changes"),
    "broken": gettext_lazy("must be repaired"),
}


@transaction.atomic
def save_topic(
    topic: Topic,
    *,
    seats: int,
    prerequisites: Mapping[str, Sequence[str]],
    actor: User,
    now: datetime,
    shown: str = "",
) -> Topic:
    """Write a topic with its seats and prerequisites (strength → texts); seats that people hold stay. Twice is one effect.

    `shown` is the `state_of_topic` that the page showed; a page that is stale gets 409.
    """
    stored = Topic.objects.filter(pk=topic.pk).first()
    old, before = str(stored or ""), _snapshot(stored)
    topic.save()
    set_seats(topic, seats)
    topic.prerequisites.all().delete()
    texts = [(strength, text) for strength in Strength.values for text in prerequisites.get(strength, ())]
    TopicPrerequisite.objects.bulk_create(
        TopicPrerequisite(topic=topic, strength=strength, text=text, position=position)
        for position, (strength, text) in enumerate(texts)
    )
    if _snapshot(topic) != before:
        if shown and shown != _digest(before):
            raise Conflict(
                "topic_edited",
                _(
                    "Somebody else has changed this topic meanwhile: it is now “%(theirs)s”. Yours still stands below, unsaved."
                )
                % {"theirs": old},
            )
        settle(topic.seminar, now=now)
        record(topic.seminar, "catalogue", now=now, actor=actor, old=old, new=topic, reason=f"seats: {seats}")
    return topic


def state_of_topic(topic: Topic) -> str:
    """In short, what a page shows of a topic; it differs where somebody has changed it since."""
    return _digest(_snapshot(Topic.objects.filter(pk=topic.pk).first()))


def _digest(snapshot: object) -> str:
    return hashlib.sha256(repr(snapshot).encode()).hexdigest()[:16]


def _snapshot(topic: Topic | None) -> tuple[Any, ...]:
    """Everything that the catalogue says of a topic."""
    if topic is None:
        return ()
    values = Topic.objects.filter(pk=topic.pk).values_list().get()
    return *values, topic.seats.count(), *topic.prerequisites.values_list("strength", "text")


def set_seats(topic: Topic, count: int) -> None:
    """Make the topic have `count` seats; free ones go first, and as many stay as are held."""
    Assignment.objects.filter(seat__topic=topic).exclude(participant__state=ParticipantState.ADMITTED).delete()
    seats = list(Seat.objects.select_for_update(of=("self",)).filter(topic=topic).order_by("number"))
    held = set(Assignment.objects.filter(seat__in=seats).values_list("seat", flat=True))
    if count < len(held):
        raise Refusal(
            "seats_held",
            _("Topic %(topic)s is held by %(held)d; it cannot have fewer seats. Nothing was changed.")
            % {"topic": topic, "held": len(held)},
        )
    spare = [seat for seat in reversed(seats) if seat.pk not in held]
    for seat in spare[: max(0, len(seats) - count)]:
        seat.delete()
    highest = max((seat.number for seat in seats), default=0)
    Seat.objects.bulk_create(
        Seat(topic=topic, number=number) for number in range(highest + 1, highest + 1 + count - len(seats))
    )


def next_number(seminar: Seminar) -> int:
    """The number after the highest of the catalogue."""
    return int(Topic.objects.filter(seminar=seminar).aggregate(last=Max("number"))["last"] or 0) + 1


@dataclass(frozen=True)
class TopicFate:
    """What the import would do with one row of the file, and which fields it would change."""

    row: Entry
    number: int | None
    code: str
    changes: tuple[str, ...] = ()
    was: tuple[str, ...] = ()  # what stands there now, field by field
    problems: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        return str(WORDS[self.code])


def catalogue_of(upload: UploadedFile[bytes] | None) -> Catalogue:
    """The topics of an uploaded spreadsheet, each row with its problems; what is no catalogue is refused with the reason."""
    try:
        return read_catalogue(lines_of(upload))
    except SheetError as error:
        raise Refusal(error.code, sheet_sentence(error)) from None


def topic_fates(seminar: Seminar, rows: Sequence[Entry], fields: Collection[str]) -> list[TopicFate]:
    """Say what importing these rows would do; a number that exists is that topic, no number is a new one.

    fields: those that the file has a column for; the others of a known topic stay as they are.
    """
    topics = Topic.objects.filter(seminar=seminar).prefetch_related("seats", "prerequisites")
    known = {topic.number: topic for topic in topics}
    upcoming = max([*known, *(row.number or 0 for row in rows), 0]) + 1
    fates = []
    for row in rows:
        number = row.number
        if number is None and not row.problems:
            number, upcoming = upcoming, upcoming + 1
        topic = known.get(number or 0)
        changes = tuple(
            name for name in FIELDS if topic and name in fields and _stored(topic, name) != _sent(row, name)
        )
        code = "broken" if row.problems else "new" if topic is None else "changes" if changes else "same"
        was = tuple(str(_stored(topic, name)) for name in changes) if topic else ()
        fates.append(TopicFate(row, number, code, changes, was, tuple(sentence(problem) for problem in row.problems)))
    return fates


def digest_of(fates: Sequence[TopicFate]) -> str:
    """What was shown, in short; it differs where the catalogue has changed since."""
    return _digest([(fate.number, fate.code, fate.changes, fate.was) for fate in fates])


def _stored(topic: Topic, name: str) -> Any:
    if name in Strength.values:
        return [item.text for item in topic.prerequisites.all() if item.strength == name]
    return len(topic.seats.all()) if name == "seats" else getattr(topic, RENAMED.get(name, name))


def _sent(row: Entry, name: str) -> Any:
    return list(getattr(row, name)) if name in Strength.values else getattr(row, name)


@transaction.atomic
def import_topics(
    seminar: Seminar, rows: Sequence[Entry], fields: Collection[str], *, shown: str, actor: User, now: datetime
) -> int:
    """Write what the dry run with the digest `shown` has shown, all of it or nothing; no topic is ever deleted.

    Returns how many are new or changed. The same rows twice are one effect.
    """
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    fates = topic_fates(seminar, rows, fields)
    if any(fate.code == "broken" for fate in fates):
        raise Conflict("catalogue_broken", _("A row must be repaired first; nothing was imported."))
    written = [fate for fate in fates if fate.code in {"new", "changes"}]
    if written and digest_of(fates) != shown:
        raise Conflict(
            "catalogue_changed",
            _("The catalogue has changed since you looked. Nothing was imported; please upload the file again."),
        )
    for fate in written:
        number = fate.number or next_number(seminar)
        topic = Topic.objects.filter(seminar=seminar, number=number).first()
        names = fields if topic else FIELDS
        topic = topic or Topic(seminar=seminar, number=number)
        values = {name: _sent(fate.row, name) if name in names else _stored(topic, name) for name in FIELDS}
        for name in TEXTS:
            setattr(topic, RENAMED.get(name, name), values[name])
        prerequisites = {strength: values[strength] for strength in Strength.values}
        save_topic(topic, seats=values["seats"], prerequisites=prerequisites, actor=actor, now=now)
    return len(written)
