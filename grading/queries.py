"""From rows to the rule: a seminar's scheme, a student's parts, and the grade that follows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, ParticipantState, Role, Seminar
from grading.domain import grades
from grading.domain.codes import read_code
from grading.models import (
    Appeal,
    AppealState,
    Assessment,
    Criterion,
    DocumentKind,
    GradingScheme,
    IssuedDocument,
    Meeting,
    Missing,
    Outcome,
    Part,
    PartGrade,
    PartSource,
    ReleasedGrade,
    ReleasedPart,
    TalkRecord,
)
from milestones.domain.deadlines import effective_deadline
from reviews.queries import all_delivered, reviewed_versions
from submissions.models import Version
from submissions.queries import latest_versions, slots_of
from topics.models import SessionTopic, Topic

END_OF_DAY = time(23, 59)


@dataclass(frozen=True)
class Computed:
    """A student's grade as it would be released now, and the rows it comes from."""

    participant: Participant
    rows: dict[int, PartGrade]
    values: dict[str, grades.Value]
    result: grades.Result


def scheme_of(seminar: Seminar) -> GradingScheme | None:
    """The seminar's scheme with its parts and their criteria, and the rule as it was published."""
    criteria = Prefetch("criteria", queryset=Criterion.objects.order_by("position", "pk"))
    parts = Prefetch(
        "parts", queryset=Part.objects.select_related("slot").prefetch_related(criteria).order_by("position", "pk")
    )
    return (
        GradingScheme.objects.filter(seminar=seminar)
        .select_related("seminar")
        .prefetch_related(parts, "versions")
        .first()
    )


@dataclass(frozen=True)
class Examination:
    """What one organizer may know of a part that two examine: their own assessment, and both once both are in."""

    own: Assessment | None
    both: tuple[Assessment, ...]


def examinations(scheme: GradingScheme, student: Participant, examiner: User) -> dict[int, Examination]:
    """Part id → what this examiner may know, for the parts that two examine."""
    rows = Assessment.objects.filter(part__scheme=scheme, participant=student).select_related("examiner")
    found: dict[int, list[Assessment]] = {part.pk: [] for part in scheme.parts.all() if part.examiners > 1}
    for row in rows.prefetch_related("marks__criterion"):
        found.get(row.part_id, []).append(row)
    return {pk: _examination(rows_of_part, examiner) for pk, rows_of_part in found.items()}


def _examination(rows: list[Assessment], examiner: User) -> Examination:
    both = tuple(row for row in rows if row.place is not None)
    own = next((row for row in rows if row.examiner_id == examiner.pk), None)
    return Examination(own=own, both=both if len(both) > 1 else ())


def handed_in(part: Part, student: Participant) -> list[Assessment]:
    """The assessments of one part that are in; for services, which must not tell of one alone."""
    rows = Assessment.objects.filter(part=part, participant=student, place__isnull=False)
    return list(rows.select_related("examiner").order_by("place"))


def progress(scheme: GradingScheme, students: Iterable[Participant], examiner: User) -> dict[int, set[int]]:
    """Participant id → ids of the parts that need nothing more of this examiner."""
    done: dict[int, set[int]] = {student.pk: set() for student in students}
    graded = PartGrade.objects.filter(part__scheme=scheme, participant__in=done)
    for student, part in graded.exclude(value=None, passed=None).values_list("participant", "part"):
        done[student].add(part)
    in_hand: dict[tuple[int, int], list[int]] = {}
    assessed = Assessment.objects.filter(part__scheme=scheme, participant__in=done, place__isnull=False)
    for student, part, by in assessed.values_list("participant", "part", "examiner"):
        in_hand.setdefault((student, part), []).append(by)
    for (student, part), examiners in in_hand.items():
        if examiners == [examiner.pk]:  # the other is still to come; once both are in, somebody has to decide
            done[student].add(part)
    return done


def talk_target(part: Part, topic: Topic | None) -> tuple[int | None, int | None]:
    """How many minutes a part's talk is to take, least and most: as its session says, or else the part."""
    bound = SessionTopic.objects.filter(topic=topic, session__kind=part.talk, minutes_min__isnull=False)
    talk = bound.order_by("session__date", "pk").first() if topic else None
    return (talk.minutes_min, talk.minutes_max) if talk else (part.minutes_min, part.minutes_max)


def talk_records(student: Participant, parts: Iterable[Part], organizer: User) -> dict[int, list[TalkRecord]]:
    """Part id → what was kept of its talk: the organizer's own record, and everybody's for `parts`, which are open to all."""
    rows = TalkRecord.objects.filter(participant=student).select_related("organizer")
    found: dict[int, list[TalkRecord]] = {}
    for row in rows.filter(Q(organizer=organizer) | Q(part__in=list(parts))):
        found.setdefault(row.part_id, []).append(row)
    return found


def missing_fails(scheme: GradingScheme, now: datetime) -> bool:
    """Whether the time is over after which a missing part counts as not passed."""
    until = scheme.missing_until
    return until is not None and now > effective_deadline(until, scheme.seminar.time_zone)


def rule_of(scheme: GradingScheme, now: datetime) -> grades.Scheme:
    """The scheme as the pure rule reads it at this moment."""
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
        best_grade=scheme.best_grade,
        undecided_margin=scheme.undecided_margin,
        missing=Missing.FAIL if missing_fails(scheme, now) else Missing.WAIT,
    )


def compute(
    scheme: GradingScheme, participants: Iterable[Participant], *, now: datetime | None = None
) -> list[Computed]:
    """The grade of every participant at `now`, this moment unless given; as many queries for one as for many."""
    participants = list(participants)
    rows: dict[int, dict[int, PartGrade]] = {participant.pk: {} for participant in participants}
    for row in PartGrade.objects.filter(part__scheme=scheme, participant__in=participants):
        rows[row.participant_id][row.part_id] = row
    absences = courses_queries.absences(scheme.seminar)
    derived = derived_values(scheme, participants)
    rule = rule_of(scheme, now or timezone.now())
    return [
        _compute(scheme, rule, person, rows[person.pk], absences.get(person.pk, 0), derived) for person in participants
    ]


def what_if(scheme: GradingScheme, values: dict[str, grades.Value], *, over: bool, now: datetime) -> grades.Result:
    """The grade that these parts would give; `over`: the time for missing parts is."""
    decisive = next((part.key for part in scheme.parts.all() if part.breaks_ties), "")
    participation = values.get(decisive)
    rule = replace(rule_of(scheme, now), missing=Missing.FAIL if over else Missing.WAIT)
    return grades.final_grade(values, rule, participation if isinstance(participation, Decimal) else None)


def derived_values(scheme: GradingScheme, participants: Iterable[Participant]) -> set[tuple[int, int]]:
    """(part id, participant id) of what is there: own reviews delivered, or a file handed in, newer than the reviewed one."""
    parts, ids = list(scheme.parts.all()), [person.pk for person in participants]
    delivering = [part for part in parts if part.source == PartSource.REVIEWS]
    uploading = [part for part in parts if part.source == PartSource.UPLOAD]
    delivered = all_delivered(scheme.seminar) if delivering else {}
    found = {(part.pk, pk) for part in delivering for pk in ids if delivered.get(pk)}
    if not uploading:
        return found
    slots = list(slots_of(scheme.seminar))
    keys, latest = {slot.pk: slot.key for slot in slots}, latest_versions(slots, ids)
    reviewed = reviewed_versions(scheme.seminar) if any(part.updated for part in uploading) else {}
    return found | {
        (part.pk, pk)
        for part in uploading
        for (slot, pk), version in latest.items()
        if keys[slot] == part.upload and (not part.updated or _is_newer(version, reviewed.get(pk)))
    }


def _is_newer(version: Version, reviewed: Version | None) -> bool:
    return reviewed is None or (version.received_at > reviewed.received_at and version.sha256 != reviewed.sha256)


def _compute(
    scheme: GradingScheme,
    rule: grades.Scheme,
    participant: Participant,
    rows: dict[int, PartGrade],
    absences: int,
    derived: set[tuple[int, int]],
) -> Computed:
    values = {part.key: _value(part, rows.get(part.pk), scheme.seminar, absences) for part in scheme.parts.all()}
    values |= {part.key: True for part in scheme.parts.all() if (part.pk, participant.pk) in derived}
    decisive = next((part.key for part in scheme.parts.all() if part.breaks_ties), "")
    participation = values.get(decisive)
    result = grades.final_grade(values, rule, participation if isinstance(participation, Decimal) else None)
    return Computed(participant=participant, rows=rows, values=values, result=result)


def _value(part: Part, row: PartGrade | None, seminar: Seminar, absences: int) -> grades.Value:
    if part.source == PartSource.ATTENDANCE:
        return seminar.absences_allowed is None or absences <= seminar.absences_allowed
    if row is None or part.is_derived:
        return None
    return row.passed if part.source == PartSource.PASS else row.value


def released(participants: Iterable[Participant]) -> dict[int, ReleasedGrade]:
    """Participant id → what was released last."""
    people = {participant.pk: participant for participant in participants}
    rows = ReleasedGrade.objects.filter(participant__in=people).order_by("released_at", "pk")
    found = {row.participant_id: row for row in rows}
    for pk, row in found.items():
        row.participant = people[pk]
    return found


def released_parts(participants: Iterable[Participant]) -> dict[int, dict[int, ReleasedPart]]:
    """Participant id → part id → what was released of it last, by itself."""
    found: dict[int, dict[int, ReleasedPart]] = {}
    rows = ReleasedPart.objects.filter(participant__in=list(participants)).select_related("part")
    for row in rows.order_by("part__position", "released_at", "pk"):
        found.setdefault(row.participant_id, {})[row.part_id] = row
    return found


def shown_parts(participant: Participant) -> set[int]:
    """The ids of the parts whose grade the student has seen."""
    if ReleasedGrade.objects.filter(participant=participant).exists():
        return set(Part.objects.filter(scheme__seminar=participant.seminar_id).values_list("pk", flat=True))
    return set(ReleasedPart.objects.filter(participant=participant).values_list("part", flat=True))


def is_changed(computed: Computed, whole: ReleasedGrade | None, single: Iterable[ReleasedPart]) -> bool:
    """Whether a grade, or a comment, is not as the student was shown it."""
    if whole is None:
        return any(
            (row.result, row.comment) != (computed.values.get(row.part.key), _comment(computed, row.part_id))
            for row in single
        )
    shown = {part["key"]: part["value"] for part in whole.parts}
    as_shown = all(
        value == (Decimal(shown[key]) if isinstance(shown[key], str) else shown[key])
        for key, value in computed.values.items()
        if key in shown
    )
    return whole.grade != computed.result.grade or not as_shown


def _comment(computed: Computed, part_id: int) -> str:
    return computed.rows[part_id].comment if part_id in computed.rows else ""


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


def booked_meetings(participant_ids: Iterable[int], seminar_ids: Iterable[int] = ()) -> QuerySet[Meeting]:
    """The meetings that these people have booked, and all that are booked in these seminars."""
    whose = Q(participant__in=list(participant_ids)) | Q(seminar__in=list(seminar_ids), participant__isnull=False)
    return Meeting.objects.filter(whose).select_related("seminar", "participant__user")


def without_meeting(seminar: Seminar) -> QuerySet[Participant]:
    """Admitted students who have no meeting booked, and have had none."""
    met = Meeting.objects.filter(seminar=seminar, participant__isnull=False).exclude(outcome=Outcome.MISSED)
    return courses_queries.students(seminar).exclude(pk__in=met.values("participant"))


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
