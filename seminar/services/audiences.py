"""“Message those who …”: the sentence of menus, and the query of the app that owns each fact."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses import queries as courses_queries
from courses.models import Mailing, Participant, ParticipantState, Role, Seminar
from grading.queries import without_meeting
from milestones.domain.progress import Due, State, is_open
from milestones.models import Milestone, MilestoneKind
from milestones.queries import milestones_of
from milestones.services.wording import due_text, moment
from seminar.queries import Cell, cells
from topics.models import Topic
from topics.queries import topics_of_participants

Found = Iterator[tuple[Participant, str, Due | None]]  # whom, why, and the deadline that it is about


@dataclass(frozen=True)
class Audience:
    """How a menu calls those who are meant, who they are, and which kind of milestone the question is about."""

    words: Any
    people: Callable[[Seminar, Milestone | None, datetime], Found]
    kind: str = ""


def _each(rows: Iterable[Participant], why: str) -> Found:
    return ((row, why, None) for row in rows)


def _cells(seminar: Seminar, milestone: Milestone | None, now: datetime) -> list[Cell]:
    if milestone is None:
        return []
    students = list(courses_queries.students(seminar).select_related("seminar"))
    return list(cells([milestone], students, now).values())


def admitted(seminar: Seminar, _milestone: Milestone | None, _now: datetime) -> Found:
    return _each(courses_queries.students(seminar), _("admitted"))


def unfinished(seminar: Seminar, milestone: Milestone | None, now: datetime) -> Found:
    """Something of it is missing: still possible, or too late already."""
    for cell in _cells(seminar, milestone, now):
        if is_open(cell.state) or cell.state == State.LATE:
            words = _("missing since %(due)s") if cell.state == State.LATE else _("open until %(due)s")
            done = f" ({cell.work.done}/{cell.work.needed})" if cell.work.needed > 1 else ""
            yield cell.participant, words % {"due": due_text(cell.due)} + done, cell.due


def late(seminar: Seminar, milestone: Milestone | None, now: datetime) -> Found:
    for cell in _cells(seminar, milestone, now):
        if cell.state == State.DONE_LATE:
            came = moment(cell.work.at, seminar.time_zone)
            words = _("came %(came)s, due %(due)s") % {"came": came, "due": due_text(cell.due)}
            yield cell.participant, words, cell.due


def without_topic(seminar: Seminar, _milestone: Milestone | None, _now: datetime) -> Found:
    students = list(courses_queries.students(seminar))
    held = topics_of_participants(student.pk for student in students)
    return _each((student for student in students if student.pk not in held), _("has no topic"))


def in_line(seminar: Seminar, _milestone: Milestone | None, _now: datetime) -> Found:
    for number, row in enumerate(courses_queries.in_line(seminar), 1):
        yield row, _("number %(number)d on the waiting list") % {"number": number}, None


def unmet(seminar: Seminar, _milestone: Milestone | None, _now: datetime) -> Found:
    return _each(without_meeting(seminar), _("has no meeting booked"))


def unregistered(seminar: Seminar, _milestone: Milestone | None, _now: datetime) -> Found:
    return _each(courses_queries.unregistered(seminar), _("not registered with the examination office"))


def anybody(seminar: Seminar, _milestone: Milestone | None, _now: datetime) -> Found:
    """Everybody whom one may choose by hand."""
    rows = Participant.objects.filter(seminar=seminar, role=Role.STUDENT).exclude(state=ParticipantState.WITHDRAWN)
    rows = rows.select_related("user").order_by("user__family_name", "user__given_names", "pk")
    return ((row, str(row.get_state_display()), None) for row in rows)


CHOSEN = "chosen"
AUDIENCES: dict[str, Audience] = {
    "admitted": Audience(gettext_lazy("everybody who is admitted"), admitted),
    "unsubmitted": Audience(
        gettext_lazy("those who have not submitted: %(milestone)s"), unfinished, MilestoneKind.UPLOAD
    ),
    "late": Audience(gettext_lazy("those who have submitted late: %(milestone)s"), late, MilestoneKind.UPLOAD),
    "unranked": Audience(
        gettext_lazy("those who have not ranked topics: %(milestone)s"), unfinished, MilestoneKind.PREFERENCES
    ),
    "no_topic": Audience(gettext_lazy("those who have no topic"), without_topic),
    "reviews_open": Audience(
        gettext_lazy("those who have reviews open: %(milestone)s"), unfinished, MilestoneKind.REVIEWS
    ),
    "no_meeting": Audience(gettext_lazy("those who have no meeting booked"), unmet),
    "unregistered": Audience(gettext_lazy("those who are not registered with the examination office"), unregistered),
    "waiting": Audience(gettext_lazy("those who wait on the waiting list"), in_line),
    CHOSEN: Audience(gettext_lazy("people whom I choose"), anybody),
}


def sentences(seminar: Seminar) -> list[tuple[str, str]]:
    """What the menu offers: `code` or `code:milestone`, and its words."""
    milestones = list(milestones_of(seminar))
    found = []
    for code, audience in AUDIENCES.items():
        if not audience.kind:
            found.append((code, str(audience.words)))
        for milestone in milestones:
            if milestone.kind == audience.kind:
                found.append((f"{code}:{milestone.key}", audience.words % {"milestone": milestone}))
    return found


def sentence(mailing: Mailing) -> str:
    """Whom a letter goes to, as the menu says it."""
    code = f"{mailing.audience}:{mailing.milestone}" if mailing.milestone else mailing.audience
    return dict(sentences(mailing.seminar)).get(code, code)


@dataclass(frozen=True)
class Recipient:
    """Somebody whom a letter is meant for, why, and whether they are to get it."""

    participant: Participant
    why: str
    ticked: bool
    due: Due | None
    topic: Topic | None

    @property
    def pk(self) -> int:
        return self.participant.pk

    def values(self) -> dict[str, str]:
        """What the placeholders stand for, in the person's language."""
        with translation.override(self.participant.user.language):
            topic = f"{self.topic.number} · {self.topic.title}" if self.topic else _("no topic yet")
            found = {"name": self.participant.user.name, "topic": topic}
            return {**found, "deadline": f"{due_text(self.due)} ({self.due.zone})"} if self.due else found


def recipients(mailing: Mailing, now: datetime) -> list[Recipient]:
    """Whom the letter is meant for at this moment; the number of queries is fixed."""
    audience, seminar = AUDIENCES[mailing.audience], mailing.seminar
    milestone = milestones_of(seminar).filter(key=mailing.milestone).first() if audience.kind else None
    found = list(audience.people(seminar, milestone, now))
    topics = topics_of_participants(participant.pk for participant, _why, _due in found)
    chosen, unticked = set(mailing.chosen), set(mailing.unticked)
    by_hand = mailing.audience == CHOSEN
    rows = []
    for participant, why, due in found:
        participant.seminar = seminar
        ticked = participant.pk in chosen if by_hand else participant.pk not in unticked
        rows.append(Recipient(participant, why, ticked, due, topics.get(participant.pk)))
    return rows


def placeholders(audience: str) -> list[str]:
    """What may stand in braces: a deadline only where the question is about one."""
    return ["name", "topic", *(["deadline"] if AUDIENCES[audience].kind else [])]


def names(people: Iterable[str]) -> str:
    """People in words, at most five by name."""
    rows = list(people)
    shown, more = ", ".join(rows[:5]), len(rows) - 5
    return _("%(names)s and %(more)d more") % {"names": shown, "more": more} if more > 0 else shown
