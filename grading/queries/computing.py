"""From rows to the rule: a seminar's scheme, a student's parts, and the grade that follows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch
from django.utils import timezone

from courses import queries as courses_queries
from courses.models import Participant, Seminar
from grading.domain import grades
from grading.models import (
    Criterion,
    GradingScheme,
    Missing,
    Part,
    PartGrade,
    PartSource,
)
from milestones.domain.deadlines import effective_deadline
from reviews.queries import all_delivered, reviewed_versions
from submissions.models import Version
from submissions.queries import latest_versions, slots_of


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


@dataclass(frozen=True)
class Computed:
    """A student's grade as it would be released now, and the rows it comes from."""

    participant: Participant
    rows: dict[int, PartGrade]
    values: dict[str, grades.Value]
    result: grades.Result


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
