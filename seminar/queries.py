"""Reads that need several apps: what each person has to do, and what a seminar's page shows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.urls import reverse

from courses.models import Participant, Role, Seminar, Session
from milestones.domain.progress import Due, State, Work, is_open, state_of
from milestones.models import Milestone, MilestoneKind
from milestones.queries import Key, deadlines, general_deadline, milestones_of
from reviews.models import ReviewState
from reviews.queries import all_reviews, review_work
from submissions.models import UploadSlot
from submissions.queries import upload_work
from topics.models import SessionTopic
from topics.queries import preference_work, session_topics

WorkQuery = Callable[[Iterable[Milestone], Iterable[int]], dict[Key, Work]]

# Who owns the facts of each kind of milestone.
WORK: dict[str, WorkQuery] = {
    MilestoneKind.PREFERENCES: preference_work,
    MilestoneKind.UPLOAD: upload_work,
    MilestoneKind.REVIEWS: review_work,
}


@dataclass(frozen=True)
class Cell:
    """One person and one milestone: what is due when, what is done, and the state that follows."""

    milestone: Milestone
    participant: Participant
    due: Due
    work: Work
    state: State

    @property
    def is_open(self) -> bool:
        return is_open(self.state)


def cells(milestones: Sequence[Milestone], participants: Sequence[Participant], now: datetime) -> dict[Key, Cell]:
    """Every pair of a milestone and a participant of its seminar; the number of queries is fixed."""
    ids = [participant.pk for participant in participants]
    dues = deadlines(milestones, ids)
    work: dict[Key, Work] = {}
    for kind, query in WORK.items():
        of_kind = [milestone for milestone in milestones if milestone.kind == kind]
        work |= query(of_kind, ids) if of_kind else {}
    return {
        (m.pk, p.pk): Cell(m, p, dues[m.pk, p.pk], work[m.pk, p.pk], state_of(work[m.pk, p.pk], dues[m.pk, p.pk], now))
        for m in milestones
        for p in participants
        if p.seminar_id == m.seminar_id
    }


def links(milestones: Iterable[Milestone]) -> dict[int, str]:
    """Milestone id → the page on which a student does its work."""
    milestones = list(milestones)
    first_slot: dict[int, int] = {}
    for slot in UploadSlot.objects.filter(milestone__in=milestones).order_by("-position", "-pk"):
        first_slot[slot.milestone_id] = slot.pk
    return {milestone.pk: _link(milestone, first_slot.get(milestone.pk)) for milestone in milestones}


def _link(milestone: Milestone, slot_pk: int | None) -> str:
    slug = milestone.seminar.slug
    if milestone.kind == MilestoneKind.PREFERENCES:
        return reverse("topics:preference_edit", args=[slug])
    if milestone.kind == MilestoneKind.REVIEWS:
        return reverse("reviews:review_list", args=[slug])
    if slot_pk is None:
        return reverse("submissions:submission_list", args=[slug])
    return reverse("submissions:submission_edit", args=[slug, slot_pk])


def next_cell(row: Iterable[Cell]) -> Cell | None:
    """The open piece of work whose deadline comes first; one without a deadline yet comes last."""
    open_cells = [cell for cell in row if cell.is_open]
    return min(open_cells, key=lambda cell: (cell.due.shown is None, cell.due.shown), default=None)


@dataclass
class Day:
    """One dated row of the schedule: a session, its topics, and the milestones that fall on it."""

    on: date
    session: Session | None = None
    topics: list[SessionTopic] = field(default_factory=list)
    milestones: list[tuple[Milestone, Due]] = field(default_factory=list)
    own: bool = False


def schedule(seminar: Seminar, own_topic_id: int | None, own_dues: dict[int, Due] | None = None) -> list[Day]:
    """The term in order of dates. Milestones bound to a session share its row; `own_dues` replaces general deadlines."""
    bound = session_topics(seminar)
    days: dict[int, Day] = {}
    for session in Session.objects.filter(seminar=seminar).select_related("seminar"):
        topics = bound.get(session.pk, [])
        own = own_topic_id is not None and any(row.topic_id == own_topic_id for row in topics)
        days[session.pk] = Day(on=session.date, session=session, topics=topics, own=own)
    alone = []
    for milestone in milestones_of(seminar):
        due = (own_dues or {}).get(milestone.pk) or general_deadline(milestone)
        if milestone.session_id in days:
            days[milestone.session_id].milestones.append((milestone, due))
        elif due.wall is not None:
            alone.append(Day(on=due.wall.date(), milestones=[(milestone, due)]))
    return sorted([*days.values(), *alone], key=lambda day: (day.on, day.session is None))


def undated(seminar: Seminar) -> list[Milestone]:
    """Milestones that are counted from each person's own talk."""
    return [milestone for milestone in milestones_of(seminar) if general_deadline(milestone).wall is None]


@dataclass(frozen=True)
class Mine:
    """One of a person's seminars, with their role and their next piece of work."""

    participant: Participant
    next: Cell | None
    link: str


def my_seminars(user_pk: int, now: datetime) -> list[Mine]:
    """A person's seminars, newest first; the number of queries does not grow with them."""
    rows = list(Participant.objects.filter(user=user_pk).select_related("seminar", "user").order_by("-seminar__pk"))
    students = [row for row in rows if row.role == Role.STUDENT and row.is_active]
    milestones = list(
        Milestone.objects.filter(seminar__in=[row.seminar_id for row in students]).select_related("seminar")
    )
    table = cells(milestones, students, now)
    where = links(milestones)
    result = []
    for row in rows:
        upcoming = next_cell(cell for (_m, pk), cell in table.items() if pk == row.pk)
        result.append(Mine(row, upcoming, where[upcoming.milestone.pk] if upcoming else ""))
    return result


@dataclass(frozen=True)
class Waiting:
    """Somebody whose review waits for another's work, how much of their time is left then, and whether any is."""

    reviewer: Participant
    due: Due
    days_left: int

    @property
    def too_late(self) -> bool:
        return self.days_left < 0


def who_waits(milestone: Milestone, authors: Iterable[Participant], until: datetime) -> list[Waiting]:
    """Reviewers of the authors' work for this milestone who have not delivered yet, if it came only at `until` (wall time)."""
    reviews = all_reviews().filter(round__slot__milestone=milestone, author__in=list(authors))
    rows = list(reviews.exclude(state=ReviewState.DELIVERED).order_by("reviewer__user__family_name", "pk"))
    dues = deadlines({row.round.milestone for row in rows}, [row.reviewer_id for row in rows])
    found = [(row, dues[row.round.milestone_id, row.reviewer_id]) for row in rows]
    return [Waiting(row.reviewer, due, (due.wall - until).days) for row, due in found if due.wall is not None]
