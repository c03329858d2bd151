"""Reads on who is expected, who was there, and what was said."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Avg, Count, QuerySet, Sum

from accounts.models import User
from courses.domain import attendance as rule
from courses.models import (
    Attendance,
    AttendanceStatus,
    CheckIn,
    DiscussionNote,
    Excuse,
    ExcuseState,
    Expectation,
    HistoryEntry,
    MakeUp,
    Participant,
    ParticipantState,
    Seminar,
    Session,
    SessionKind,
)

Expects = Callable[[Session, int], bool]


def sessions_of(seminar: Seminar) -> QuerySet[Session]:
    """The sessions that take place, by date."""
    return Session.objects.filter(seminar=seminar).exclude(kind=SessionKind.NONE).select_related("seminar")


def expectation_of(seminar: Seminar) -> Expects:
    """Answers whether a session expects somebody (by participant id); everything it needs is read once, in two queries."""
    rows = Expectation.objects.filter(session__seminar=seminar)
    chosen = {(row.session_id, row.participant_id): row for row in rows}
    changes: dict[int, list[rule.Change]] = {}
    lines = HistoryEntry.objects.filter(seminar=seminar, subject="participant").order_by("at", "pk")
    for person, at, old, new in lines.values_list("participant_id", "at", "old", "new"):
        changes.setdefault(person or 0, []).append((at, old, new))

    def expects(session: Session, person: int) -> bool:
        row = chosen.get((session.pk, person))
        return rule.is_expected(
            by_hand=row.by_hand if row else None,
            named=row.named if row else False,
            only_named=bool(session.only_named),
            admitted=rule.was_admitted(changes.get(person, []), session.begins_at),
        )

    return expects


@dataclass(frozen=True)
class Entry:
    """One person at one session: whether they are expected, and what was noted."""

    session: Session
    expected: bool
    over: bool
    attendance: Attendance | None
    make_up: MakeUp | None

    @property
    def status(self) -> str:
        return self.attendance.status if self.attendance else ""

    @property
    def day(self) -> rule.Day:
        task = ("done" if self.make_up.done_on else "open") if self.make_up else ""
        return rule.Day(expected=self.expected, over=self.over, status=self.status, make_up=task)


def register(seminar: Seminar, people: Iterable[int], now: datetime) -> dict[int, list[Entry]]:
    """Participant id → every session that takes place, by date; the number of queries is fixed."""
    people, sessions, expects = list(people), list(sessions_of(seminar)), expectation_of(seminar)
    noted = Attendance.objects.filter(session__seminar=seminar, participant__in=people).select_related("make_up")
    rows = {(row.session_id, row.participant_id): row for row in noted}
    over = {session.pk: session.ends_by <= now for session in sessions}
    found: dict[int, list[Entry]] = {}
    for person in people:
        found[person] = []
        for session in sessions:
            row = rows.get((session.pk, person))
            task = getattr(row, "make_up", None)
            found[person].append(Entry(session, expects(session, person), over[session.pk], row, task))
    return found


def standing_of(seminar: Seminar, entries: Iterable[Entry]) -> rule.Standing:
    """What the rule of attendance says of somebody's entries in the register."""
    return rule.standing((entry.day for entry in entries), seminar.absences_allowed)


def absences(seminar: Seminar) -> dict[int, int]:
    """Participant id → sessions missed, of those that expected the person; not those excused or made up. Who has none is left out."""
    expects = expectation_of(seminar)
    rows = Attendance.objects.filter(session__seminar=seminar, status=AttendanceStatus.ABSENT)
    missed: dict[int, int] = {}
    for row in rows.filter(session__in=sessions_of(seminar)).select_related("session__seminar", "make_up"):
        task = getattr(row, "make_up", None)
        if expects(row.session, row.participant_id) and not (task and task.done_on):
            missed[row.participant_id] = missed.get(row.participant_id, 0) + 1
    return missed


def last_save(session: Session, subject: str, actor: User) -> list[HistoryEntry]:
    """The lines of what somebody has noted last in one go, if every one of them still stands; otherwise none."""
    found = HistoryEntry.objects.filter(seminar=session.seminar_id, subject=f"{subject}:{session.key}")
    lines = list(found.order_by("pk").select_related("participant__user"))
    newest = {line.participant_id: line for line in lines}
    mine = [line for line in lines if line.actor_id == actor.pk and not line.reason]
    saved = [line for line in mine if line.at == mine[-1].at]
    return saved if all(newest[line.participant_id] == line for line in saved) else []


def excuses_of(participant: Participant, session: Session) -> QuerySet[Excuse]:
    """What somebody has asked about a session, the oldest first."""
    return Excuse.objects.filter(participant=participant, session=session)


def open_excuses(seminar: Seminar) -> QuerySet[Excuse]:
    """Requests that wait for the organizers, the oldest first; those of people who have left wait for nobody."""
    rows = Excuse.objects.filter(
        session__seminar=seminar, state=ExcuseState.ASKED, participant__state=ParticipantState.ADMITTED
    )
    return rows.select_related("session", "participant__user")


def open_make_ups(participant: Participant) -> QuerySet[MakeUp]:
    """Tasks that somebody still has to do for sessions they have missed, the next one first."""
    rows = MakeUp.objects.filter(attendance__participant=participant, done_on__isnull=True)
    return rows.filter(attendance__status=AttendanceStatus.ABSENT).select_related("attendance__session__seminar")


def open_check_in(seminar: Seminar, now: datetime) -> CheckIn | None:
    """The check-in that takes codes at the moment; one at most is open in a seminar."""
    rows = CheckIn.objects.filter(session__seminar=seminar, opened_at__lte=now, closes_at__gt=now)
    return rows.select_related("session__seminar").order_by("-opened_at").first()


def discussion(participant: Participant) -> dict[str, float | None]:
    """How somebody took part in discussions: the number of sessions judged, the sum of their levels, and the mean."""
    rows = DiscussionNote.objects.filter(participant=participant)
    return rows.aggregate(count=Count("pk"), total=Sum("level"), mean=Avg("level"))
