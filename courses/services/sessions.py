"""Sessions that move, and who was there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses import queries
from courses.models import Attendance, Session
from courses.services.history import record, write_to


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
    """Save an edited session, and tell everybody who takes part when and where it is now."""
    old = Session.objects.select_related("seminar").get(pk=session.pk)
    session.save()
    if session_line(session) == was:
        return
    entry = record(session.seminar, f"session:{session.key}", now=now, actor=actor, old=was, new=session_line(session))
    for participant in queries.students(session.seminar).select_related("seminar"):
        write_to(
            participant,
            f"session:{entry.pk}:{participant.pk}",
            "courses/email/session_moved",
            now=now,
            about=f"session:{session.pk}",
            session=session,
            old=old,
        )


def session_line(session: Session) -> str:
    """A session's time and place in one line."""
    tentative = f" ({_('may still move')})" if session.tentative else ""
    return f"{session.date:%a %Y-%m-%d} {session.begins:%H:%M}–{session.ends:%H:%M} {session.place}{tentative}".strip()
