"""Invented people and what happens to them; no row is read or written."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.models import User
from courses.models import (
    Announcement,
    Participant,
    ParticipantState,
    Seminar,
    Session,
    SessionKind,
)
from grading.models import Appeal, AppealMessage, Meeting
from milestones.domain.progress import Due, State, Work
from milestones.models import ExtensionRequest, Milestone, MilestoneKind
from reviews.models import Review, ReviewPrompt
from seminar.queries import Cell
from submissions.models import UploadSlot, Version
from topics.models import (
    Exchange,
    ExchangeKind,
    ExchangeState,
    SessionTopic,
    Topic,
    TopicProposal,
)

Context = dict[str, Any]
REASON: Any = _("The server was down for an afternoon.")
ANSWER: Any = _("That is too late for those who wait for it.")
WISHED: Any = _("I have an examination on that day.")
TASK: Any = _("Summarise one of the talks on a page.")
NOON = datetime(2023, 12, 8, 11, 0, tzinfo=UTC)
SEMINAR = Seminar(
    pk=7,
    slug="sample",
    title="Deep Learning on Graphs",
    tag="Graphs2023",
    time_zone="Europe/Berlin",
    starts_at=time(16),
    ends_at=time(17, 30),
    room="MAR 4.033",
    registration_text="QISPOS, 40512",
    registration_until=date(2023, 11, 30),
)
ADA, BEN, EVA = (
    User(pk=pk, email=f"{given.lower()}@example.org", given_names=given, family_name=family)
    for pk, given, family in ((11, "Ada", "Großmann"), (12, "Ben", "Łukasiewicz"), (13, "Eva", "O’Neil"))
)
STUDENT, PARTNER = (
    Participant(pk=user.pk, seminar=SEMINAR, user=user, state=ParticipantState.ADMITTED) for user in (ADA, BEN)
)
NOTEBOOK = Milestone(pk=21, seminar=SEMINAR, key="m3", label="M3", title="Notebook", kind=MilestoneKind.UPLOAD)
TALK = Session(pk=31, seminar=SEMINAR, key="talks-2", kind=SessionKind.TALKS, title="Talks 2", date=date(2024, 1, 19))
EARLIER = Session(
    pk=32, seminar=SEMINAR, key="talks-1", kind=SessionKind.TALKS, title="Talks 1", date=date(2024, 1, 12)
)
WAS = lazy(lambda: f"{date_format(EARLIER.date, 'D j M Y')}, 16:00–17:30 (Europe/Berlin)", str)()
TOPIC = Topic(pk=41, seminar=SEMINAR, number=3, title="Message Passing", url="https://arxiv.org/abs/1704.01212")
OTHER = Topic(pk=42, seminar=SEMINAR, number=14, title="Equivariant Flows for Molecules and Everything That Bends")
SLOT = UploadSlot(pk=51, milestone=NOTEBOOK, key="notebook", title="Notebook")
VERSION, LATE = (
    Version(
        number=number,
        receipt=UUID(int=number),
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        canonical_name="Topic03_Grossmann_MessagePassing.ipynb",
        received_at=NOON,
        on_time=on_time,
        uploaded_by=user,
    )
    for number, on_time, user in ((2, True, ADA), (3, False, EVA))
)
REVIEW = Review(pk=61, reviewer=PARTNER, author=STUDENT)
MEETING = Meeting(pk=71, seminar=SEMINAR, begins_at=NOON, ends_at=NOON + timedelta(minutes=20), place="MAR 4.034")
RULE: dict[str, Any] = {
    "scale": ["1.0", "2.0", "5.0"],
    "pass_mark": "4.0",
    "fail_grade": "5.0",
    "best_grade": None,
    "lower_is_better": True,
    "fail_any_part": "before_rounding",
    "rounding": "nearest_step",
    "tie_break": "worse",
    "undecided_margin": "0",
    "missing": "wait",
    "missing_until": None,
    "time_zone": "Europe/Berlin",
    "absences_allowed": 1,
    "parts": [
        {
            "key": "attendance",
            "title": "Talks",
            "weight": "0",
            "must_pass": True,
            "source": "attendance",
            "upload": "",
            "updated": False,
            "breaks_ties": False,
        }
    ],
}
WISH = ExtensionRequest(
    pk=81,
    milestone=NOTEBOOK,
    participant=STUDENT,
    due_date=date(2023, 12, 12),
    due_time=time(12),
    reason=WISHED,
)


def due(days: int = 0) -> Due:
    """A deadline at 23:59."""
    wall = datetime(2023, 12, 8, 23, 59) + timedelta(days=days)
    shown = wall.replace(tzinfo=SEMINAR.zone)
    return Due(zone=SEMINAR.time_zone, wall=wall, shown=shown, closes=shown)


def swap(kind: str, state: str = ExchangeState.ASKED) -> Context:
    partner = None if kind == ExchangeKind.CLAIM else PARTNER
    words = {"message": "MAR 4.034?", "reason": ANSWER}
    return {
        "exchange": Exchange(
            pk=8, kind=kind, state=state, proposer=STUDENT, partner=partner, gives=TOPIC, wants=OTHER, **words
        )
    }


def proposal(state: str) -> Context:
    words = {"title": "Normalizing Flows", "reason": REASON, "topic": OTHER}
    return {"proposal": TopicProposal(pk=9, participant=STUDENT, state=state, **words)}


def appeal(state: str, *, for_student: bool) -> Context:
    message = AppealMessage(author=EVA if for_student else ADA, text=REASON)
    return {
        "appeal": Appeal(pk=91, participant=STUDENT, state=state),
        "message": message,
        "student": STUDENT,
        "for_student": for_student,
    }


def of_state(state: str, **words: Any) -> Context:
    return {"participant": Participant(pk=11, seminar=SEMINAR, user=ADA, state=state), "lapsed": False, **words}


def review(*, for_author: bool) -> Context:
    answers = [(ReviewPrompt(title="Enhancements"), "- matplotlib\n- https://arxiv.org/abs/1704.01212")]
    names = {"reviewer_name": BEN.name, "author_name": ADA.name}
    return {"review": REVIEW, "answers": answers, "for_author": for_author, **names}


def left(*, topic: Topic | None, offered: int) -> Context:
    return {"leaver": PARTNER, "topic": topic, "offered": offered}


def reminder(missing: Sequence[str] = (), others: int = 0, **left: int) -> Context:
    open_work = Cell(NOTEBOOK, STUDENT, due(), Work(done=1, needed=2), State.OPEN)
    return {"items": [(open_work, missing)] * (others + 1), "first": open_work, "others": others, "link": LINK, **left}


def moved(**words: Any) -> Context:
    return {"milestone": NOTEBOOK, "due": due(4), **words}


def topic(**words: Any) -> Context:
    return {"topic": TOPIC, "old": None, "why": "", "talks": [SessionTopic(session=TALK, topic=TOPIC)], **words}


def news(edited_at: datetime | None) -> Context:
    said = Announcement(pk=3, seminar=SEMINAR, title="Talks 1", text="MAR 4.034", edited_at=edited_at)
    return {"announcement": said, "text": said.text}


def account(**words: Any) -> Context:
    return {"email": ADA.email, **words}


LINK = f"{settings.BASE_URL}/seminars/sample/submissions/51/"
ACCOUNTS = f"{settings.BASE_URL}/accounts/"
WHY = gettext_noop("You agreed on a swap.")
