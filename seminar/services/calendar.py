"""Calendars: a seminar's sessions for everybody, and a person's own sessions, talks and deadlines at a secret address."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from courses import queries as courses_queries
from courses.domain.ics import CANCELLED, CONFIRMED, Entry, ics_text
from courses.models import DroppedEntry, HistoryEntry, Participant, ParticipantState, Role, Seminar, Session
from courses.queries import Changed, Changes, changed
from courses.services import dropped_entry, session_entry
from grading.models import Meeting
from grading.queries import booked_meetings
from grading.services import meeting_entry, meeting_numbers
from milestones.domain.progress import State
from milestones.models import Milestone
from milestones.queries import general_deadline
from seminar import queries
from topics.queries import appearances

SHOWN = timedelta(days=60)  # how long calendars say of something that it is cancelled
DONE = {State.DONE, State.DONE_LATE}


def seminar_entries(seminar: Seminar, now: datetime) -> list[Entry]:
    """The sessions of a seminar, as its public page has them."""
    found = courses_queries.changes([seminar.pk])
    sessions = list(Session.objects.filter(seminar=seminar).select_related("seminar").order_by("pk"))
    gone = _dropped([seminar.pk], [], [], now).filter(name__startswith="session:")
    there = {f"session:{session.key}" for session in sessions}
    return [
        *(session_entry(session, _of_session(found, session)) for session in sessions),
        *(dropped_entry(row, changed(found, seminar.pk, *_subjects(row))) for row in gone if row.name not in there),
    ]


def personal_entries(user: User, now: datetime) -> list[Entry]:
    """Sessions, own talks, own deadlines and meetings of every seminar that somebody takes part in or organizes.

    Who has left sees all of it cancelled for a while. The number of queries does not grow with the seminars.
    """
    left = Q(history__subject="participant", history__old=ParticipantState.ADMITTED, history__at__gte=now - SHOWN)
    taking_part = Q(state=ParticipantState.ADMITTED) | Q(state=ParticipantState.WITHDRAWN) & left
    mine = Participant.objects.filter(taking_part, user=user).select_related("seminar", "user").distinct()
    rows = list(mine.order_by("pk"))
    if not rows:
        return []
    organized = [row.seminar_id for row in rows if row.role == Role.ORGANIZER]
    meetings = list(booked_meetings([row.pk for row in rows], organized))
    gone = list(_dropped([row.seminar_id for row in rows], [row.pk for row in rows], organized, now))
    people = [row.pk for row in rows]
    people += [each.pk for each in (*(m.participant for m in meetings), *(row.participant for row in gone)) if each]
    found = courses_queries.changes([row.seminar_id for row in rows], people)
    entries: dict[str, Entry] = {}
    for row, entry in (*_sessions(rows, found, now), *_deadlines(rows, found, now), *_meetings(rows, meetings, found)):
        entries[entry.uid] = entry if row.is_active else replace(entry, status=CANCELLED)
    for entry in _gone(rows, gone, found):
        entries.setdefault(entry.uid, entry)
    return list(entries.values())


def calendar_text(name: str, entries: Sequence[Entry]) -> bytes:
    """What calendar programs read; the same entries give the same bytes."""
    return ics_text(entries, site=settings.BASE_URL, name=name)


def digest(name: str, entries: Sequence[Entry]) -> str:
    """The same for the same calendar, without writing it."""
    return hashlib.sha256(repr((name, entries)).encode()).hexdigest()[:32]


def renew_address(user: User) -> str:
    """Give somebody a new secret address for their calendar; the old one stops working."""
    user.calendar_key = secrets.token_urlsafe(24)
    user.save(update_fields=["calendar_key"])
    return user.calendar_key


def stop_address(user: User) -> None:
    user.calendar_key = None
    user.save(update_fields=["calendar_key"])


def _of_session(found: Changes, session: Session, participant_id: int | None = None) -> Changed:
    names = (f"session:{session.key}", f"talks:{session.key}")
    return changed(found, session.seminar_id, *names, participant_id=participant_id)


def _sessions(rows: Sequence[Participant], found: Changes, now: datetime) -> Iterator[tuple[Participant, Entry]]:
    """Every session, with what one does in it; one that does not expect the person only if it may once have done so."""
    ids = [row.pk for row in rows]
    sessions = list(
        Session.objects.filter(seminar__in=[row.seminar_id for row in rows]).select_related("seminar").order_by("pk")
    )
    expected = courses_queries.expected(session.pk for session in sessions)
    speaks, moderates = appearances(ids)
    switched = HistoryEntry.objects.filter(participant__in=ids, subject="topic", at__gte=now - SHOWN).exclude(old="")
    switchers = set(switched.values_list("participant", flat=True))
    for row in rows:
        for session in sessions:
            if session.seminar_id != row.seminar_id:
                continue
            at = _of_session(found, session, row.pk)
            welcome = row.role == Role.ORGANIZER or row.pk in expected.get(session.pk, ids)
            talks = (row.seminar_id, None, f"talks:{session.key}")
            if not welcome and row.pk not in switchers and not _is_fresh(found.get(talks), now):
                continue
            addition = f", {_('with your talk')}" if (session.pk, row.pk) in speaks else ""
            addition += f", {_('moderated by you')}" if (session.pk, row.pk) in moderates else ""
            yield row, session_entry(session, at, addition=addition, expected=welcome)


def _is_fresh(change: Changed | None, now: datetime) -> bool:
    return change is not None and change[1] >= now - SHOWN


def _deadlines(rows: Sequence[Participant], found: Changes, now: datetime) -> Iterator[tuple[Participant, Entry]]:
    """A student's own deadlines with what they have done, or the general ones for organizers."""
    milestones = list(
        Milestone.objects.filter(seminar__in=[row.seminar_id for row in rows]).select_related("seminar").order_by("pk")
    )
    cells = queries.cells(milestones, [row for row in rows if row.role == Role.STUDENT], now)
    links = queries.links(milestones)
    for row in rows:
        for milestone in milestones:
            if milestone.seminar_id != row.seminar_id:
                continue
            cell, key = cells.get((milestone.pk, row.pk)), milestone.key
            due = cell.due if cell else general_deadline(milestone)
            names = (f"deadline:{key}", f"extension:{key}", f"talk_deadline:{key}")
            at = changed(found, row.seminar_id, *names, participant_id=row.pk)
            needless = cell is not None and cell.state == State.NOT_NEEDED
            if due.shown is None or (needless and not _is_fresh(at, now)):
                continue
            done = f" ({_('done')})" if cell and cell.state in DONE else ""
            yield (
                row,
                Entry(
                    uid=f"deadline-{row.seminar_id}-{key}-{row.pk}",
                    summary=f"{row.seminar.tag}: {milestone.title}{done}",
                    begins=due.shown.astimezone(row.seminar.zone).replace(second=0, microsecond=0),
                    ends=None,
                    url=links[milestone.pk] if cell else reverse("manage_detail", args=[row.seminar.slug]),
                    status=CANCELLED if needless else CONFIRMED,
                    words=(_("Deadline"), *([_("with your extension")] if due.extended else [])),
                    sequence=at[0],
                    revised=at[1],
                ),
            )


def _meetings(
    rows: Sequence[Participant], meetings: Sequence[Meeting], found: Changes
) -> Iterator[tuple[Participant, Entry]]:
    """Booked meetings; for organizers with the name of the student."""
    by_seminar = {row.seminar_id: row for row in rows}
    numbers = meeting_numbers({meeting.participant_id for meeting in meetings if meeting.participant_id})
    for meeting in meetings:
        if (student := meeting.participant) is not None:
            row = by_seminar[meeting.seminar_id]
            at = changed(found, meeting.seminar_id, "meeting", participant_id=student.pk)
            yield row, meeting_entry(meeting, student, numbers[meeting.pk], at, named=row.pk != student.pk)


def _dropped(
    seminar_ids: Sequence[int], participant_ids: Sequence[int], organized: Sequence[int], now: datetime
) -> QuerySet[DroppedEntry]:
    """What is no more, of all, of these people, and of meetings with the organizers, for as long as calendars say so."""
    whose = Q(seminar__in=seminar_ids, participant=None) | Q(participant__in=participant_ids)
    whose |= Q(seminar__in=organized, name__startswith="meeting:")
    rows = DroppedEntry.objects.filter(whose, dropped_at__gte=now - SHOWN)
    return rows.select_related("seminar", "participant__user").order_by("pk")


def _subjects(dropped: DroppedEntry) -> tuple[str, ...]:
    """What the history calls the changes of such an entry, while it was there and since."""
    kind, key = dropped.name.split(":", 1)
    return {
        "session": (dropped.name, f"talks:{key}"),
        "deadline": (dropped.name, f"extension:{key}", f"talk_deadline:{key}"),
        "meeting": ("meeting",),
    }[kind]


def _gone(rows: Sequence[Participant], dropped: Sequence[DroppedEntry], found: Changes) -> Iterator[Entry]:
    by_seminar = {row.seminar_id: row for row in rows}
    for each in dropped:
        row = by_seminar[each.seminar_id]
        whose = each.participant or row
        at = changed(found, each.seminar_id, *_subjects(each), participant_id=whose.pk)
        owner = "" if each.name.startswith("session:") else f"-{whose.pk}"
        yield dropped_entry(each, at, owner=owner, addition="" if whose == row else f" {whose}")
