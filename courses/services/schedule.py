"""What has changed in the schedule: noted once, and told once to those who are expected, as it is when it is told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from courses import queries
from courses.domain.ics import Entry
from courses.models import DroppedEntry, HistoryEntry, Participant, Seminar, Session
from courses.services.calendar import drop_entry, dropped_entry, letter_calendar, session_entry
from courses.services.history import record, write_to
from notifications.services import take_back, waiting_letters

LINE = re.compile(
    r"\w{3} (?P<day>\d{4}-\d\d-\d\d) (?P<rest>.*?)(?P<tentative> \(may still move\))?(?P<held> \(no seminar\))?"
)
KEPT = re.compile(r"UID:session-\d+-([\w-]+)@")
AGAIN = gettext_noop("The schedule has changed again; a newer letter says how it is now.")


@dataclass(frozen=True)
class Schedule:
    """The sessions of a seminar at one moment by their keys, each as one line, and who was expected where not everybody was."""

    sessions: dict[str, Session]
    lines: dict[str, str]
    narrowed: dict[str, set[int]]


def session_line(session: Session) -> str:
    """A session's time and place in one line, as the history keeps it."""
    tentative = " (may still move)" if session.tentative else ""
    held = "" if session.takes_place else " (no seminar)"
    line = f"{session.date:%a %Y-%m-%d} {session.begins:%H:%M}–{session.ends:%H:%M} {session.place}"
    return f"{line.strip()}{tentative}{held}"


def schedule_of(seminar: Seminar) -> Schedule:
    """Read the schedule as it stands."""
    sessions = {session.key: session for session in Session.objects.filter(seminar=seminar).select_related("seminar")}
    expected = queries.expected(session.pk for session in sessions.values())
    return Schedule(
        sessions=sessions,
        lines={key: session_line(session) for key, session in sessions.items()},
        narrowed={key: expected[session.pk] for key, session in sessions.items() if session.pk in expected},
    )


def note_schedule(seminar: Seminar, before: Schedule, *, now: datetime, actor: User | None = None) -> None:
    """Note every session that is not as it was, keep those that are gone for calendars, and tell of what is still to come."""
    after, today = schedule_of(seminar), now.astimezone(seminar.zone).date()
    lines: list[HistoryEntry] = []
    for key in {**before.sessions, **after.sessions}:
        old, new = before.lines.get(key, ""), after.lines.get(key, "")
        if old == new:
            continue
        line = record(seminar, f"session:{key}", now=now, actor=actor, old=old, new=new)
        states = [each.sessions[key] for each in (before, after) if key in each.sessions]
        if not new:
            _drop(states[0], now)
        if max(session.date for session in states) >= today:
            lines.append(line)
    narrowed = {
        key: before.narrowed.get(key, set()) | after.narrowed.get(key, set())
        for key in {*before.narrowed, *after.narrowed}
        if all(key in each.narrowed for each in (before, after) if key in each.sessions)
    }
    tell_schedule(seminar, lines, narrowed=narrowed, now=now)


def _drop(session: Session, now: datetime) -> None:
    entry = session_entry(session, (0, now))
    with translation.override("en"):
        title = str(session)
    drop_entry(
        session.seminar,
        f"session:{session.key}",
        title=title,
        begins=entry.begins,
        ends=entry.ends,
        place=entry.place,
        now=now,
    )


def tell_schedule(
    seminar: Seminar, lines: Sequence[HistoryEntry], *, narrowed: Mapping[str, set[int]], now: datetime
) -> None:
    """Write to every student whom these lines of the history concern: what they were told last, and how it is now.

    A letter that has not gone out yet is replaced, so that nobody hears of a state in between; where all is as they know it, there
    is nothing to tell. narrowed: session key → whom alone it concerns.
    """
    untold = waiting_letters(seminar.slug, "schedule:") if lines else {}
    students = list(queries.students(seminar).select_related("seminar")) if lines else []
    news = _News(seminar, students)
    for student in students:
        own = [line for line in lines if student.pk in narrowed.get(_key(line), {student.pk})]
        if own:
            replaced = take_back(untold.get(student.user_id, []), reason=AGAIN)
            first = min([own[0].pk, *(int(letter.key.split(":")[2].partition("-")[0]) for letter in replaced)])
            told = [key for letter in replaced for key in KEPT.findall(letter.calendar.replace("\r\n ", ""))]
            news.tell(student, dict.fromkeys([*told, *map(_key, own)]), first, lines[-1].pk, now)


class _News:
    """What is needed to tell many students, read once."""

    def __init__(self, seminar: Seminar, students: Sequence[Participant]) -> None:
        self.seminar = seminar
        self.sessions = schedule_of(seminar).sessions if students else {}
        dropped = DroppedEntry.objects.select_related("seminar").filter(seminar=seminar, participant=None)
        self.gone = {row.name: row for row in dropped}
        self.history = list(HistoryEntry.objects.filter(seminar=seminar, subject__startswith="session:").order_by("pk"))
        self.changes = queries.changes([seminar.pk], [student.pk for student in students])
        self.contact = queries.contact(seminar)

    def tell(self, student: Participant, keys: Mapping[str, None], first: int, last: int, now: datetime) -> None:
        was: dict[str, str] = {}
        for line in self.history:
            if line.pk >= first and _key(line) in keys:
                was.setdefault(_key(line), line.old)
        now_is = {key: session_line(self.sessions[key]) if key in self.sessions else "" for key in was}
        different = [key for key in was if was[key] != now_is[key]]
        if not different:
            return
        with translation.override(student.user.language):
            entries = [self._entry(key, student) for key in different]
            calendar = letter_calendar(entries, self.contact)
            rows = [
                (
                    entry.summary.removeprefix(f"{self.seminar.tag}: "),
                    _spoken(was[key], self.seminar.time_zone),
                    self.sessions.get(key),
                )
                for key, entry in zip(different, entries, strict=True)
            ]
        title, before, session = rows[0]
        if len(rows) == 1 and before and session is not None and session.takes_place:
            template = "courses/email/session_moved"
        else:
            template = "courses/email/schedule_changed"
        write_to(
            student,
            f"schedule:{student.pk}:{first}-{last}",
            template,
            now=now,
            about="schedule",
            calendar=calendar,
            session=session,
            was=before,
            changes=rows,
            title=title,
        )

    def _entry(self, key: str, student: Participant) -> Entry:
        subjects = (f"session:{key}", f"talks:{key}")
        changed = queries.changed(self.changes, self.seminar.pk, *subjects, participant_id=student.pk)
        session = self.sessions.get(key)
        return session_entry(session, changed) if session else dropped_entry(self.gone[f"session:{key}"], changed)


def _key(line: HistoryEntry) -> str:
    return line.subject.removeprefix("session:")


def _spoken(line: str, zone: str) -> str:
    """A line of the history in the language of a letter."""
    found = LINE.fullmatch(line)
    if found is None:
        return line
    day = date_format(date.fromisoformat(found["day"]), "D j M Y")
    if found["held"]:
        return f"{day} ({zone}), {_('does not take place')}"
    times, _space, place = found["rest"].partition(" ")
    tentative = f" ({_('may still move')})" if found["tentative"] else ""
    return f"{day}, {times} ({zone}){f', {place}' if place else ''}{tentative}"
