"""Releasing grades: an explicit act that keeps what each student was shown."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Seminar
from courses.services import record, write_to
from grading import queries
from grading.models import GradingScheme, ReleasedGrade
from grading.services.documents import issue_documents
from grading.services.statistics import count_grades


@transaction.atomic
def release_grades(scheme: GradingScheme, *, actor: User, now: datetime) -> int:
    """Show every decided grade to its student and tell them; return how many are new or changed.

    A grade that was released before and has not changed is left alone, so that a second press does nothing.
    """
    Seminar.objects.select_for_update(no_key=True).get(pk=scheme.seminar_id)
    students = list(courses_queries.students(scheme.seminar).select_related("seminar"))
    before, marks = queries.released(students), queries.marks_of(scheme)
    new = []
    for computed in queries.compute(scheme, students):
        result = computed.result
        if result.grade is None or result.passed is None:
            continue
        shown = snapshot(computed, scheme, marks)
        old = before.get(computed.participant.pk)
        if old is not None and (old.grade, old.parts, old.steps) == (
            result.grade,
            as_then(shown["parts"], old),
            shown["steps"],
        ):
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
        )
        new.append(row)
    issue_documents(scheme.seminar, new, now=now)
    count_grades(scheme.seminar, now=now)
    return len(new)


def as_then(parts: list[dict[str, object]], old: ReleasedGrade) -> list[dict[str, object]]:
    """Parts without what an earlier release did not keep yet, which is no change of a grade."""
    known = {name for part in old.parts for name in part}
    return [{name: value for name, value in part.items() if name in known} for part in parts]


def snapshot(
    computed: queries.Computed, scheme: GradingScheme, marks: dict[int, list[dict[str, object]]]
) -> dict[str, list[dict[str, object]]]:
    """Parts and steps as plain data, as they were shown; `marks` are those of each part's row."""
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
                "marks": marks.get(row.pk, []) if row else [],
            }
        )
    steps: list[dict[str, object]] = [
        {"kind": step.kind, "params": dict(step.params)} for step in computed.result.steps
    ]
    return {"parts": parts, "steps": steps}
