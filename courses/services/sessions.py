"""Sessions that move."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from courses import queries
from courses.models import Session
from courses.services.history import record, write_to


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
