"""Calendars: a seminar's sessions for everybody, and a person's own sessions, talks and deadlines at a secret address."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from courses.models import HistoryEntry, Participant, Role, Seminar, Session
from grading.queries import booked_meetings
from milestones.domain.progress import State
from milestones.queries import general_deadline, milestones_of
from seminar import queries
from topics.queries import talks_of, topic_of

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # when what never changed was last revised
STATES = {True: "TENTATIVE", False: "CONFIRMED"}
REFRESH = timedelta(hours=1)


@dataclass
class Entry:
    """One entry of a calendar; `uid` stays with it for ever, `sequence` grows with every change."""

    uid: str
    summary: str
    begins: datetime
    ends: datetime
    url: str
    place: str = ""
    status: str = "CONFIRMED"
    words: list[str] = field(default_factory=list)
    sequence: int = 0
    revised: datetime = LONG_AGO


def seminar_calendar(seminar: Seminar) -> bytes:
    """The sessions of a seminar, as its public page has them."""
    return _written(seminar.title, _sessions(seminar, set()))


def personal_calendar(user: User, now: datetime) -> bytes:
    """Sessions, own talks and own deadlines of every seminar that somebody takes part in or organizes."""
    entries: list[Entry] = []
    rows = Participant.objects.filter(user=user).select_related("seminar", "user").order_by("pk")
    for row in rows:
        if not row.is_active:
            continue
        topic = topic_of(row) if row.role == Role.STUDENT else None
        own = {talk.session_id for talk in talks_of(topic)} if topic else set()
        entries += _sessions(row.seminar, own)
        entries += _deadlines(row, now)
        entries += _meetings(row)
    return _written(_("My seminars"), entries)


def renew_address(user: User) -> str:
    """Give somebody a new secret address for their calendar; the old one stops working."""
    user.calendar_key = secrets.token_urlsafe(24)
    user.save(update_fields=["calendar_key"])
    return user.calendar_key


def stop_address(user: User) -> None:
    user.calendar_key = None
    user.save(update_fields=["calendar_key"])


def _sessions(seminar: Seminar, own: set[int]) -> list[Entry]:
    changes = _changes(seminar, "session:")
    entries = []
    sessions = Session.objects.filter(seminar=seminar).select_related("seminar").order_by("pk")
    for session in sessions:
        count, revised = changes.get(session.key, (0, LONG_AGO))
        title = _("%(session)s, with your talk") % {"session": session} if session.pk in own else str(session)
        entries.append(
            Entry(
                uid=f"session-{session.pk}",
                summary=f"{seminar.tag}: {title}",
                begins=datetime.combine(session.date, session.begins, seminar.zone),
                ends=datetime.combine(session.date, session.ends, seminar.zone),
                url=reverse("seminar_detail", args=[seminar.slug]),
                place=session.place,
                status=STATES[session.tentative] if session.takes_place else "CANCELLED",
                words=[session.note] if session.note else [],
                sequence=count,
                revised=revised,
            )
        )
    return entries


def _deadlines(row: Participant, now: datetime) -> list[Entry]:
    """A student's own deadlines with what they have open, or the general ones for organizers."""
    milestones = list(milestones_of(row.seminar))
    links = queries.links(milestones)
    if row.role == Role.ORGANIZER:
        dues = [(milestone, general_deadline(milestone), "") for milestone in milestones]
    else:
        cells = queries.cells(milestones, [row], now).values()
        done = {State.DONE, State.DONE_LATE}
        dues = [(cell.milestone, cell.due, _("done") if cell.state in done else "") for cell in cells]
    changes = _changes(row.seminar, "deadline:")
    extensions = _changes(row.seminar, "extension:", row)
    entries = []
    for milestone, due, state in dues:
        if due.shown is None:
            continue
        moved, granted = changes.get(milestone.key, (0, LONG_AGO)), extensions.get(milestone.key, (0, LONG_AGO))
        at = due.shown.astimezone(row.seminar.zone).replace(second=0, microsecond=0)
        entries.append(
            Entry(
                uid=f"deadline-{milestone.pk}-{row.pk}",
                summary=f"{row.seminar.tag}: {milestone.title}{f' ({state})' if state else ''}",
                begins=at,
                ends=at,
                url=links[milestone.pk]
                if row.role == Role.STUDENT
                else reverse("manage_detail", args=[row.seminar.slug]),
                words=[_("Deadline"), *([_("with your extension")] if due.extended else [])],
                sequence=moved[0] + granted[0],
                revised=max(moved[1], granted[1]),
            )
        )
    return entries


def _meetings(row: Participant) -> list[Entry]:
    """Booked meetings; for organizers with the name of the student."""
    organizes = row.role == Role.ORGANIZER
    return [
        Entry(
            uid=f"meeting-{meeting.pk}-{meeting.participant_id}",
            summary=f"{row.seminar.tag}: {_('Meeting')}{f' {meeting.participant}' if organizes else ''}",
            begins=meeting.begins_at.astimezone(row.seminar.zone),
            ends=meeting.ends_at.astimezone(row.seminar.zone),
            url=reverse("grading:meeting_list", args=[row.seminar.slug]),
            place=meeting.place,
            revised=meeting.booked_at or LONG_AGO,
        )
        for meeting in booked_meetings(row)
    ]


def _changes(seminar: Seminar, subject: str, participant: Participant | None = None) -> dict[str, tuple[int, datetime]]:
    """Key of what was changed → how often it was, and when last, by the history."""
    lines = HistoryEntry.objects.filter(seminar=seminar, subject__startswith=subject)
    if participant is not None:
        lines = lines.filter(participant=participant)
    counted = lines.order_by().values_list("subject").annotate(Count("pk"), Max("at"))
    return {name.removeprefix(subject): (count, at) for name, count, at in counted}


def _written(name: str, entries: Iterable[Entry]) -> bytes:
    import icalendar  # noqa: PLC0415  (0.2 s: only where a calendar is written)

    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//{host}//seminars//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    listed = list(entries)
    for entry in listed:
        address = settings.BASE_URL + entry.url
        fields = {
            "uid": f"{entry.uid}@{host}",
            "dtstamp": entry.revised,
            "last-modified": entry.revised,
            "sequence": entry.sequence,
            "summary": entry.summary,
            "dtstart": entry.begins,
            "dtend": entry.ends,
            "status": entry.status,
            "location": entry.place,
            "url": address,
            "description": "\n".join([*entry.words, address]),
        }
        event = icalendar.Event()
        for key, value in fields.items():
            if value != "":
                event.add(key, value)
        calendar.add_component(event)
    if listed:
        days = [entry.begins.date() for entry in listed]
        calendar.add_missing_timezones(min(days) - timedelta(days=400), max(days) + timedelta(days=400))
    return re.sub(rb"(?m)^COMMENT:.*\r\n", b"", bytes(calendar.to_ical()))
