"""Releasing grades, whole or part by part: an explicit act that keeps what each student was shown."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.services import record, write_to
from grading import queries
from grading.models import GradingScheme, Part, PartGrade, PartSource, ReleasedGrade, ReleasedPart
from grading.services.documents import issue_documents
from grading.services.statistics import count_grades
from grading.services.wording import result_word

Shown = dict[str, list[dict[str, object]]]


@transaction.atomic
def release_grades(scheme: GradingScheme, *, actor: User, now: datetime) -> int:
    """Show every decided grade to its student and tell them; return how many are new or changed.

    A grade that was released before and has not changed is left alone, so that a second press does nothing.
    """
    students = _locked_students(scheme)
    before = queries.released(students)
    new = []
    everybody = queries.compute(scheme, students, now=now)
    prefetch_related_objects([row for computed in everybody for row in computed.rows.values()], "marks")
    for computed, shown in pending_grades(scheme, everybody, before):
        result, old = computed.result, before.get(computed.participant.pk)
        if result.grade is None or result.passed is None:
            continue
        row = ReleasedGrade.objects.create(
            participant=computed.participant,
            grade=result.grade,
            passed=result.passed,
            released_at=now,
            released_by=actor,
            **shown,
        )
        record(
            scheme.seminar,
            "released_grade",
            now=now,
            actor=actor,
            participant=computed.participant,
            old=old.grade if old else "",
            new=result.grade,
        )
        write_to(
            computed.participant,
            f"grade:{row.pk}",
            "grading/email/grade_released",
            now=now,
            about="grade",
        )
        new.append(row)
    issue_documents(scheme.seminar, new, now=now)
    count_grades(scheme.seminar, now=now)
    return len(new)


@transaction.atomic
def release_part(scheme: GradingScheme, part: Part, *, actor: User, now: datetime) -> int:
    """Show one part with its comment to every student who has it, and tell them; return how many are new or changed.

    Whoever was shown the whole grade is left alone: what changes in it is released with the whole.
    """
    if part.is_derived:
        raise Refusal(
            "derived_part", _("This part follows from facts, which students see anyway; nothing was released.")
        )
    students = _locked_students(scheme)
    whole, single = queries.released(students), queries.released_parts(students)
    people = {student.pk: student for student in students}
    count = 0
    for row in pending_part(part, queries.compute(scheme, students, now=now), whole, single):
        person, old = people[row.participant_id], single.get(row.participant_id, {}).get(part.pk)
        shown = _shown(part, row, now, actor)
        shown.participant = person
        shown.save()
        what = {"old": result_word(old.result) if old else "", "new": result_word(shown.result)}
        record(scheme.seminar, f"released_part:{part.key}", now=now, actor=actor, participant=person, **what)
        write_to(person, f"part:{shown.pk}", "grading/email/part_released", now=now, about="grade", part=part)
        count += 1
    return count


def _locked_students(scheme: GradingScheme) -> list[Participant]:
    Seminar.objects.select_for_update(no_key=True).get(pk=scheme.seminar_id)
    return list(courses_queries.students(scheme.seminar).select_related("seminar"))


def pending_grades(
    scheme: GradingScheme, computed: Iterable[queries.Computed], before: Mapping[int, ReleasedGrade]
) -> Iterator[tuple[queries.Computed, Shown]]:
    """Every decided grade that its student was not shown, or not as it is now."""
    for each in computed:
        if each.result.grade is None:
            continue
        shown, old = snapshot(each, scheme), before.get(each.participant.pk)
        now = (each.result.grade, shown["parts"], shown["steps"])
        if old is None or (old.grade, old.parts, old.steps) != now:
            yield each, shown


def pending_part(
    part: Part,
    computed: Iterable[queries.Computed],
    whole: Mapping[int, ReleasedGrade],
    single: Mapping[int, Mapping[int, ReleasedPart]],
) -> Iterator[PartGrade]:
    """The grades of one part that their students were not shown, or not as they are now."""
    for each in computed:
        pk, row = each.participant.pk, each.rows.get(part.pk)
        if row is None or pk in whole or each.values[part.key] is None:
            continue
        old = single.get(pk, {}).get(part.pk)
        if old is None or (old.result, old.comment) != (each.values[part.key], row.comment):
            yield row


def _shown(part: Part, row: PartGrade, now: datetime, actor: User) -> ReleasedPart:
    graded = part.source == PartSource.GRADE
    return ReleasedPart(
        part=part,
        value=row.value if graded else None,
        passed=None if graded else row.passed,
        comment=row.comment,
        released_at=now,
        released_by=actor,
    )


def snapshot(computed: queries.Computed, scheme: GradingScheme) -> Shown:
    """Parts and steps as plain data, as they were shown."""
    parts: list[dict[str, object]] = []
    for part in scheme.parts.all():
        value = computed.values[part.key]
        row = computed.rows.get(part.pk)
        parts.append(
            {
                "key": part.key,
                "title": part.title,
                "weight": str(part.weight.normalize()),
                "value": value if isinstance(value, bool) else None if value is None else str(value),
                "comment": row.comment if row else "",
                **(_marks(part, row) if row else {}),
            }
        )
    steps: list[dict[str, object]] = [
        {"kind": step.kind, "params": dict(step.params)} for step in computed.result.steps
    ]
    return {"parts": parts, "steps": steps}


def _marks(part: Part, row: PartGrade) -> dict[str, object]:
    """The rubric as it was marked; without marks nothing, as in what earlier releases kept."""
    marks = {mark.criterion_id: mark for mark in row.marks.all()}
    rows = [(criterion, marks[criterion.pk]) for criterion in part.criteria.all() if criterion.pk in marks]
    shown = [
        {
            "text": criterion.text,
            "level": mark.level,
            "most": criterion.points,
            "word": criterion.word(mark.level),
            "comment": mark.comment,
        }
        for criterion, mark in rows
    ]
    return {"criteria": shown} if shown else {}
