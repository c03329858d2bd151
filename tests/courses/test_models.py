"""What the database itself refuses, and a history that can only grow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model

from courses.models import Attendance, HistoryEntry, Participant, Section, Seminar, Session
from courses.services import record
from tests.factories.world import World


def refused(model: type[Model], **fields: Any) -> bool:
    """Whether the database refuses this row, written without any form or service."""
    before = model._default_manager.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.bulk_create([model(**fields)])
    return model._default_manager.count() == before


def test_participant_takes_part_once(world: World, now: datetime) -> None:
    assert refused(Participant, seminar=world.seminar, user=world.people["gone"], entered_at=now)


def test_contact_is_one_person(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(pk=world.row("otto").pk).update(is_contact=True)


def test_contact_is_an_organizer(world: World) -> None:
    Participant.objects.update(is_contact=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Participant.objects.filter(pk=world.row("anna").pk).update(is_contact=True)


def test_session_key_is_used_once(world: World, now: datetime) -> None:
    assert refused(Session, seminar=world.seminar, key="talks", kind="talks", date=now.date())


def test_section_key_is_used_once(world: World) -> None:
    assert refused(Section, seminar=world.seminar, key="overview", title="Again", body="Again")


def test_attendance_is_noted_once(world: World, now: datetime) -> None:
    row = {
        "session": world.seminar.sessions.get(key="talks"),
        "participant": world.row("anna"),
        "status": "present",
        "noted_by": world.people["olga"],
        "noted_at": now,
    }
    Attendance.objects.create(**row)
    assert refused(Attendance, **{**row, "status": "absent"})


def test_weekday_is_a_day(world: World) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Seminar.objects.filter(pk=world.seminar.pk).update(weekday=7)


@pytest.mark.parametrize(
    "change",
    [
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda _entry: HistoryEntry.objects.update(new="forged"),
        lambda _entry: HistoryEntry.objects.all().delete(),
        lambda entry: HistoryEntry.objects.bulk_update([entry], ["new"]),
        lambda entry: HistoryEntry.objects.update_or_create(pk=entry.pk, defaults={"new": "forged"}),
        lambda entry: entry.seminar.history.update(new="forged"),
        lambda entry: entry.seminar.history.all().delete(),
    ],
)
def test_history_is_append_only(db: None, now: datetime, change: Callable[[HistoryEntry], object]) -> None:
    seminar = Seminar.objects.create(
        slug="light", ects=7, capacity=8, weekday=4, starts_at=now.time(), ends_at=now.time()
    )
    entry = record(seminar, "topic", now=now, old="1", new="2")
    entry.new = "forged"
    with pytest.raises(TypeError, match="append-only"), transaction.atomic():
        change(entry)
    assert list(HistoryEntry.objects.values_list("subject", "old", "new")) == [("topic", "1", "2")]


def test_history_keeps_the_seminar_and_the_person_it_speaks_of(world: World, now: datetime) -> None:
    record(world.seminar, "topic", now=now, participant=world.row("anna"), actor=world.people["olga"])
    for row in (world.seminar, world.row("anna")):
        with pytest.raises(IntegrityError):
            row.delete()


def test_session_takes_its_time_and_room_from_the_seminar_unless_it_has_its_own(world: World) -> None:
    session = world.seminar.sessions.get(key="talks")
    assert (f"{session.begins:%H:%M}", f"{session.ends:%H:%M}", session.place, str(session)) == (
        "14:15",
        "16:00",
        "1.06",
        "Presentations",
    )
    own = Session(seminar=world.seminar, kind="talks", starts_at=session.ends, room="2.01", title="Extra")
    assert (f"{own.begins:%H:%M}", own.place, str(own), own.takes_place) == ("16:00", "2.01", "Extra", True)


def test_session_of_kind_none_does_not_take_place(world: World) -> None:
    assert world.seminar.sessions.get(key="pause").takes_place is False
