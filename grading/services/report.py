"""The seminar's report: who took part, how grades came out and who was there, in numbers and without names."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Attendance, Participant, ParticipantState, Role, Seminar
from courses.services import record
from grading import queries
from grading.domain.statistics import Statistics
from grading.models import DocumentKind, GradingScheme, IssuedDocument, ReleasedGrade
from grading.services.documents import course_facts, new_document
from grading.services.statistics import statistics_for_organizers

STATUSES = ("present", "excused", "absent")


@transaction.atomic
def issue_report(scheme: GradingScheme, *, actor: User, now: datetime) -> IssuedDocument:
    """Issue the report of what is known now; the last one, where nothing has changed since."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=scheme.seminar_id)
    facts = report_facts(scheme)
    document = new_document(DocumentKind.REPORT, seminar, facts, now=now)
    before = queries.documents_in_force(seminar).get((None, DocumentKind.REPORT))
    if before is not None and before.fingerprint == document.fingerprint:
        return before
    document.save()
    record(seminar, gettext_noop("report issued"), now=now, actor=actor, new=document.shown_code)
    return document


def report_facts(scheme: GradingScheme) -> dict[str, Any]:
    """What the report says, dated by the last fact in it. Refuses while there is nothing to say."""
    seminar = scheme.seminar
    noted = Attendance.objects.filter(session__seminar=seminar).aggregate(at=Max("noted_at"))["at"]
    shown = ReleasedGrade.objects.filter(participant__seminar=seminar).aggregate(at=Max("released_at"))["at"]
    dated = max((at for at in (noted, shown) if at is not None), default=None)
    if dated is None:
        sentence = _("There is nothing to report yet: no grade is released, and no attendance is noted.")
        raise Refusal("nothing_to_report", sentence, status=409)
    students = Participant.objects.filter(seminar=seminar, role=Role.STUDENT)
    admitted = Count("pk", filter=Q(state=ParticipantState.ADMITTED))
    withdrawn = Count("pk", filter=Q(state=ParticipantState.WITHDRAWN))
    return {
        **course_facts(seminar),
        "kind": str(DocumentKind.REPORT),
        "dated": dated.isoformat(),
        "people": students.aggregate(admitted=admitted, withdrawn=withdrawn),
        "grades": _written(statistics_for_organizers(scheme)),
        "attendance": _attendance(seminar),
    }


def _written(numbers: Statistics) -> dict[str, Any]:
    return {
        "counts": [[f"{step:f}", count] for step, count in numbers.counts],
        "count": numbers.count,
        "passed": numbers.passed,
        "mean": None if numbers.mean is None else str(numbers.mean),
        "median": None if numbers.median is None else str(numbers.median),
    }


def _attendance(seminar: Seminar) -> list[dict[str, Any]]:
    counts = {status: Count("attendances", filter=Q(attendances__status=status)) for status in STATUSES}
    sessions = [each for each in seminar.sessions.annotate(**counts) if each.takes_place]
    return [
        {"kind": each.kind, "title": each.title, "date": each.date.isoformat()}
        | {status: getattr(each, status) for status in STATUSES}
        for each in sessions
    ]
