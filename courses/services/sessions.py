"""Sessions that move, and who was there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from courses import queries
from courses.models import Attendance, Session
from courses.services.history import record
from courses.services.schedule import session_line, tell_schedule


@transaction.atomic
def save_attendance(
    session: Session, statuses: Mapping[int, str], *, others: str = "", actor: User, now: datetime
) -> None:
    """Write who was there; an empty status removes the entry. Participant ids outside the seminar are ignored.

    `others` is for those of whom nobody has noted anything, neither now nor before.
    """
    known = {row.participant_id: row for row in Attendance.objects.select_for_update().filter(session=session)}
    for participant in queries.students(session.seminar):
        old = known[participant.pk].status if participant.pk in known else ""
        new = statuses.get(participant.pk, others if others and not old else None)
        if new is None or new == old:
            continue
        record(
            session.seminar,
            f"attendance:{session.key}",
            now=now,
            actor=actor,
            participant=participant,
            old=old,
            new=new,
        )
        rows = Attendance.objects.filter(session=session, participant=participant)
        if not new:
            rows.delete()
        elif not rows.update(status=new, noted_by=actor, noted_at=now):
            Attendance.objects.create(
                session=session, participant=participant, status=new, noted_by=actor, noted_at=now
            )


@transaction.atomic
def move_session(session: Session, *, was: str, actor: User, now: datetime) -> None:
    """Save an edited session, and tell those who are expected when and where it is now."""
    session.save()
    if session_line(session) == was:
        return
    entry = record(session.seminar, f"session:{session.key}", now=now, actor=actor, old=was, new=session_line(session))
    expected = queries.expected([session.pk])
    narrowed = {session.key: expected[session.pk]} if expected else {}
    tell_schedule(session.seminar, [entry], narrowed=narrowed, now=now)
