"""Sessions that move."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from courses import queries
from courses.models import Session
from courses.services.history import record
from courses.services.schedule import session_line, tell_schedule


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
