"""From rows to the rule: a seminar's scheme, a student's parts, and the grade that follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Role, Seminar
from grading.domain import grades
from grading.domain.codes import read_code
from grading.models import (
    Appeal,
    AppealState,
    Criterion,
    CriterionMark,
    DocumentKind,
    GradingScheme,
    IssuedDocument,
    Meeting,
    Part,
    PartGrade,
    PartSource,
    ReleasedGrade,
)
from milestones.domain.deadlines import effective_deadline

END_OF_DAY = time(23, 59)
BEST_LEVEL = 4


@dataclass(frozen=True)
class Computed:
    """A student's grade as it would be released now, and the rows it comes from."""

    participant: Participant
    rows: dict[int, PartGrade]
    values: dict[str, grades.Value]
    result: grades.Result


def scheme_of(seminar: Seminar) -> GradingScheme | None:
    """The seminar's scheme with its parts and their criteria."""
    criteria = Prefetch("criteria", queryset=Criterion.objects.order_by("position", "pk"))
    parts = Prefetch("parts", queryset=Part.objects.prefetch_related(criteria).order_by("position", "pk"))
    return GradingScheme.objects.filter(seminar=seminar).select_related("seminar").prefetch_related(parts).first()


def rule_of(scheme: GradingScheme) -> grades.Scheme:
    """The scheme as the pure rule reads it."""
    return grades.Scheme(
        parts=tuple(
            grades.Part(key=part.key, title=part.title, weight=part.weight, must_pass=part.must_pass)
            for part in scheme.parts.all()
        ),
        scale=tuple(Decimal(step) for step in scheme.scale),
        pass_mark=scheme.pass_mark,
        lower_is_better=scheme.lower_is_better,
        fail_grade=scheme.fail_grade,
        fail_any_part=scheme.fail_any_part,
        rounding=scheme.rounding,
        tie_break=scheme.tie_break,
    )


def compute(scheme: GradingScheme, participants: Iterable[Participant]) -> list[Computed]:
    """The grade of every participant, with the same number of queries for one and for many."""
    participants = list(participants)
    rows: dict[int, dict[int, PartGrade]] = {participant.pk: {} for participant in participants}
    for row in PartGrade.objects.filter(part__scheme=scheme, participant__in=participants):
        rows[row.participant_id][row.part_id] = row
    absences = courses_queries.absences(scheme.seminar)
    rule = rule_of(scheme)
    return [_compute(scheme, rule, person, rows[person.pk], absences.get(person.pk, 0)) for person in participants]


def _compute(
    scheme: GradingScheme, rule: grades.Scheme, participant: Participant, rows: dict[int, PartGrade], absences: int
) -> Computed:
    values = {part.key: _value(part, rows.get(part.pk), scheme.seminar, absences) for part in scheme.parts.all()}
    decisive = next((part.key for part in scheme.parts.all() if part.breaks_ties), "")
    participation = values.get(decisive)
    result = grades.final_grade(values, rule, participation if isinstance(participation, Decimal) else None)
    return Computed(participant=participant, rows=rows, values=values, result=result)


def _value(part: Part, row: PartGrade | None, seminar: Seminar, absences: int) -> grades.Value:
    if part.source == PartSource.ATTENDANCE:
        return seminar.absences_allowed is None or absences <= seminar.absences_allowed
    if row is None:
        return None
    return row.passed if part.source == PartSource.PASS else row.value


def marks_of(scheme: GradingScheme) -> dict[int, list[dict[str, object]]]:
    """Id of a part's grade → its marks on the published criteria, as plain data in their order."""
    marks = CriterionMark.objects.filter(criterion__part__scheme=scheme).order_by("criterion__position", "criterion_id")
    found: dict[int, list[dict[str, object]]] = {}
    for row, text, level in marks.values_list("grade_id", "criterion__text", "level"):
        found.setdefault(row, []).append({"text": text, "level": level, "of": BEST_LEVEL})
    return found


def released(participants: Iterable[Participant]) -> dict[int, ReleasedGrade]:
    """Participant id → what was released last."""
    people = {participant.pk: participant for participant in participants}
    rows = ReleasedGrade.objects.filter(participant__in=people).order_by("released_at", "pk")
    found = {row.participant_id: row for row in rows}
    for pk, row in found.items():
        row.participant = people[pk]
    return found


def visible_students(user: User, seminar: Seminar) -> QuerySet[Participant]:
    """Oneself, in whatever state; an organizer's: every student who is or was admitted."""
    organizes = Q(
        seminar__participants__user=user,
        seminar__participants__role=Role.ORGANIZER,
        seminar__participants__state=ParticipantState.ADMITTED,
    )
    rows = Participant.objects.filter(seminar=seminar, role=Role.STUDENT).filter(Q(user=user) | organizes)
    return rows.select_related("user", "seminar").distinct()


def appeal_until(released: ReleasedGrade) -> datetime | None:
    """The last instant at which a student may ask to have this grade looked at again; None where nobody may."""
    seminar = released.participant.seminar
    days = GradingScheme.objects.filter(seminar=seminar).values_list("appeal_days", flat=True).first()
    if not days:
        return None
    last = released.released_at.astimezone(seminar.zone).date() + timedelta(days=days)
    return effective_deadline(datetime.combine(last, END_OF_DAY), seminar.time_zone)


def was_decided(released: ReleasedGrade) -> bool:
    """Whether the organizers have looked at this grade again."""
    return released.appeals.filter(state__in=[AppealState.KEPT, AppealState.CHANGED]).exists()


def appeals_of(student: Participant) -> QuerySet[Appeal]:
    """The threads about somebody's grades, the oldest first."""
    return Appeal.objects.filter(participant=student).select_related("released").prefetch_related("messages__author")


def open_appeals(seminar: Seminar) -> QuerySet[Appeal]:
    """What waits for the organizers' decision."""
    appeals = Appeal.objects.filter(participant__seminar=seminar, state=AppealState.OPEN)
    return appeals.select_related("participant__user")


def meetings_for(row: Participant, now: datetime) -> QuerySet[Meeting]:
    """All times for organizers; for a student their own, and the free ones to come."""
    meetings = Meeting.objects.filter(seminar=row.seminar).select_related("seminar", "participant__user")
    if row.role == Role.ORGANIZER:
        return meetings
    return meetings.filter(Q(participant=row) | Q(participant=None, begins_at__gt=now))


def booked_meetings(row: Participant) -> QuerySet[Meeting]:
    """The meetings that somebody goes to: their own, or all that are booked for organizers."""
    booked = Meeting.objects.filter(seminar=row.seminar, participant__isnull=False).select_related(
        "seminar", "participant__user"
    )
    return booked if row.role == Role.ORGANIZER else booked.filter(participant=row)


def documents_in_force(seminar: Seminar) -> dict[tuple[int | None, str], IssuedDocument]:
    """(participant id, kind) → the document that was issued last; reports are nobody's."""
    return {
        (each.participant_id, each.kind): each for each in IssuedDocument.objects.filter(seminar=seminar).defer("facts")
    }


def documents_of(student: Participant) -> dict[str, IssuedDocument]:
    """Kind → a student's document in force: none for a certificate after a later grade that failed."""
    rows = {each.kind: each for each in IssuedDocument.objects.filter(participant=student).select_related("seminar")}
    return {kind: each for kind, each in rows.items() if replaced_by(each) is None}


def document_of_code(typed: str) -> IssuedDocument | None:
    """The document with the code that somebody typed; None for a code that is none, or nobody's."""
    code = read_code(typed)
    return IssuedDocument.objects.filter(code=code).select_related("seminar").first() if code else None


def replaced_by(document: IssuedDocument) -> IssuedDocument | None:
    """The document that was issued in place of this one, or after a later release: then it no longer holds."""
    later = IssuedDocument.objects.filter(seminar=document.seminar_id, pk__gt=document.pk)
    if document.kind == DocumentKind.REPORT:
        return later.filter(kind=DocumentKind.REPORT).first()
    newer = Q(kind=document.kind) | Q(released__gt=document.released_id)
    return later.filter(newer, participant=document.participant_id).first()


def without_documents() -> QuerySet[ReleasedGrade]:
    """What was released last to somebody, and has no document."""
    same_time_or_later = Q(released_at__gt=OuterRef("released_at")) | Q(
        released_at=OuterRef("released_at"), pk__gt=OuterRef("pk")
    )
    later = ReleasedGrade.objects.filter(same_time_or_later, participant=OuterRef("participant"))
    return ReleasedGrade.objects.filter(~Exists(later), documents=None)
