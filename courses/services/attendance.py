"""Who was there, and how they took part: noted in one go, merged with what others note, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries
from courses.domain.merging import merge
from courses.models import (
    Attendance,
    AttendanceStatus,
    DiscussionLevel,
    DiscussionNote,
    MakeUp,
    Participant,
    Session,
)
from courses.services.history import Change, record_all

TAKEN_BACK = "taken back"


@dataclass(frozen=True)
class Column:
    """Something that is noted of each person at a session, one of a few values; an empty one is none."""

    subject: str
    model: Any  # Attendance or DiscussionNote, which share all other fields
    field: str
    labels: Mapping[str, Any]

    def stored(self, session: Session) -> dict[int, str]:
        """Participant id → value, for those of whom something is noted."""
        rows = self.model.objects.filter(session=session)
        return {person: str(value) for person, value in rows.values_list("participant_id", self.field)}


ATTENDANCE = Column("attendance", Attendance, "status", dict(AttendanceStatus.choices))
DISCUSSION = Column("discussion", DiscussionNote, "level", {str(n): label for n, label in DiscussionLevel.choices})


def save_attendance(
    session: Session,
    statuses: Mapping[int, str],
    *,
    others: str = "",
    shown: Mapping[int, str] | None = None,
    actor: User,
    now: datetime,
) -> None:
    """Write who was there; an empty status removes the entry. Participant ids outside the seminar are ignored.

    `others` is for those who are expected and of whom nobody has noted anything, neither now nor before. `shown` is what the
    page had; where somebody else has written something else since, nothing is saved: 409 with both values.
    """
    save_notes(session, ATTENDANCE, statuses, others=others, shown=shown, actor=actor, now=now)


@transaction.atomic
def save_notes(
    session: Session,
    column: Column,
    sent: Mapping[int, str],
    *,
    others: str = "",
    shown: Mapping[int, str] | None = None,
    actor: User,
    now: datetime,
) -> None:
    """Write one column of a session, as `save_attendance` says. The same twice is one effect."""
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    people = {person.pk: person for person in queries.students(session.seminar)}
    stored = column.stored(session)
    known = {pk: value for pk, value in sent.items() if pk in people}
    writes, clashes = merge(stored if shown is None else shown, known, stored, "")
    if clashes:
        raise Conflict("notes_changed", _both(column, session, [people[pk] for pk in clashes], stored, known))
    if others:
        expects = queries.expectation_of(session.seminar)
        for pk in people:
            if not stored.get(pk) and not known.get(pk) and expects(session, pk):
                writes[pk] = others
    changes = [(people[pk], stored.get(pk, ""), value) for pk, value in writes.items()]
    write_notes(session, column, changes, actor=actor, now=now)


def write_notes(
    session: Session, column: Column, changes: Sequence[Change], *, actor: User, now: datetime, reason: str = ""
) -> None:
    """Write values and a line of history for each, all in a few queries; the session is locked by whoever calls."""
    rows = column.model.objects.filter(session=session)
    emptied = [person for person, _old, new in changes if not new]
    if column is ATTENDANCE:
        _refuse_with_work(session, emptied)
    rows.filter(participant__in=emptied).delete()
    for value in {new for _person, _old, new in changes if new}:
        fields = {column.field: value, "noted_by": actor, "noted_at": now}
        rows.filter(participant__in=[p for p, old, new in changes if old and new == value]).update(**fields)
        added = [p for p, old, new in changes if not old and new == value]
        rows.bulk_create(column.model(session=session, participant=person, **fields) for person in added)
    record_all(session.seminar, f"{column.subject}:{session.key}", changes, now=now, actor=actor, reason=reason)


def _refuse_with_work(session: Session, people: Sequence[Participant]) -> None:
    work = MakeUp.objects.filter(attendance__session=session, attendance__participant__in=people)
    first = work.select_related("attendance__participant__user").first()
    if first is not None:
        raise Refusal(
            "make_up_hangs_on_it",
            _("%(name)s has work to make up for this session. Nothing was saved; please remove that work first.")
            % {"name": first.attendance.participant.user.name},
        )


def _both(
    column: Column, session: Session, people: list[Participant], stored: Mapping[int, str], sent: Mapping[int, str]
) -> str:
    rows = column.model.objects.filter(session=session).select_related("noted_by")
    by = {row.participant_id: row.noted_by.name for row in rows}
    lines = [
        _("%(name)s: %(who)s has noted “%(theirs)s”, you “%(yours)s”.")
        % {
            "name": person.user.name,
            "who": by.get(person.pk, _("somebody else")),
            "theirs": column.labels.get(stored.get(person.pk, ""), _("not noted")),
            "yours": column.labels.get(sent[person.pk], _("not noted")),
        }
        for person in people
    ]
    return " ".join([_("Somebody else has noted the same people meanwhile; nothing of yours is saved yet."), *lines])


@transaction.atomic
def take_back(session: Session, column: Column, *, actor: User, now: datetime) -> int:
    """Restore what was before the last save of this person; refused if somebody has changed any of it since. Returns how many."""
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    lines = queries.last_save(session, column.subject, actor)
    if not lines:
        raise Conflict(
            "nothing_to_take_back",
            _("Nothing was taken back: what you saved last has been changed since. Please look at the list again."),
        )
    changes = [(line.participant, line.new, line.old) for line in lines if line.participant is not None]
    write_notes(session, column, changes, actor=actor, now=now, reason=TAKEN_BACK)
    return len(lines)
