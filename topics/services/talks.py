"""Topics that get another place in the schedule because it was written anew."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from accounts.models import User
from courses.models import Seminar, Session, SessionKind
from courses.services import record, session_line, write_to
from topics import queries

Talks = Mapping[
    str, tuple[Session, list[int]]
]  # session key → the session and the numbers of its topics, as they speak


def talks_in(seminar: Seminar) -> Talks:
    """Which topics speak in which session, as it stands."""
    bound = queries.session_topics(seminar)
    sessions = Session.objects.filter(seminar=seminar).select_related("seminar")
    return {session.key: (session, [row.topic.number for row in bound.get(session.pk, [])]) for session in sessions}


@transaction.atomic
def note_talks(seminar: Seminar, before: Talks, *, now: datetime, actor: User | None = None) -> None:
    """Note every session whose topics are not as they were, and tell those whose own talk is in another session now, once."""
    after = talks_in(seminar)
    for key in {**before, **after}:
        old, new = (", ".join(map(str, talks[key][1])) if key in talks else "" for talks in (before, after))
        if old != new:
            record(seminar, f"talks:{key}", now=now, actor=actor, old=old, new=new)
    was, now_is, today = _days(before), _days(after), now.astimezone(seminar.zone).date()
    for assignment in queries.held_seats(seminar).select_related("participant__seminar"):
        student, number = assignment.participant, assignment.seat.topic.number
        old_talk, talk = was.get(number), now_is.get(number)
        if (old_talk and old_talk.key) == (talk and talk.key):
            continue
        if max(session.date for session in (old_talk, talk) if session is not None) < today:
            continue
        lines = [session_line(session) if session else "" for session in (old_talk, talk)]
        entry = record(seminar, "talk", now=now, actor=actor, participant=student, old=lines[0], new=lines[1])
        key, template = f"talk:{entry.pk}", "topics/email/talk_placed"
        write_to(student, key, template, now=now, about="topic", session=talk, old=old_talk)


def _days(talks: Talks) -> dict[int, Session]:
    """Number of a topic → the session of its (first) presentation."""
    found: dict[int, Session] = {}
    for session, numbers in sorted(talks.values(), key=lambda each: each[0].date, reverse=True):
        if session.kind == SessionKind.TALKS:
            found |= dict.fromkeys(numbers, session)
    return found
