"""Entering the grade of a part: exact, never over somebody else's, and remembered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import Participant
from courses.services import record
from grading import queries
from grading.models import Assessment, AssessmentMark, CriterionMark, Mark, Part, PartGrade

TRAILING = re.compile(r"(\.\d+?)0+$")


@dataclass(frozen=True)
class Entry:
    """What an organizer typed for one part: a grade or a verdict, a comment, and for a criterion's id a level, or words."""

    value: Decimal | None
    passed: bool | None
    comment: str
    levels: Mapping[int, int]
    remarks: Mapping[int, str] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.value is not None:
            return TRAILING.sub(r"\1", f"{self.value:f}")  # the database gives 1.30 back for 1.3
        return {True: _("passed"), False: _("failed"), None: _("none")}[self.passed]

    @property
    def grade(self) -> tuple[Decimal | None, bool | None]:
        return self.value, self.passed

    def in_full(self) -> str:
        marks = ", ".join(
            f"{self.levels.get(pk, '–')} {self.remarks.get(pk, '')}".strip()
            for pk in sorted({*self.levels, *self.remarks})
        )
        return " ".join(
            [str(self), *([f"“{self.comment}”"] if self.comment else []), *([f"({marks})"] if marks else [])]
        )


@transaction.atomic
def save_part_grade(
    part: Part, participant: Participant, entry: Entry, *, revision: int, actor: User, now: datetime, reason: str = ""
) -> PartGrade | None:
    """Write one part's grade. `revision` is what the page showed (0: no grade yet).

    A page that is stale gets 409 with both values, unless both say the same; the same save twice is one effect. Where two
    examine, there is no grade before both are in, and one that is not what both say needs a reason. So does one that its
    student has seen.
    """
    refuse_off_rubric(part, entry)
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    row = PartGrade.objects.filter(part=part, participant=participant).first()
    stored = entry_of(row)
    if entry == stored:
        return row
    if revision != (row.revision if row else 0):
        raise Conflict(
            "grade_changed",
            _(
                "%(who)s has meanwhile entered %(theirs)s for “%(part)s”; you entered %(yours)s. Nothing was overwritten."
            )
            % {
                "who": row.graded_by.name if row else "",
                "theirs": stored.in_full(),
                "part": part.title,
                "yours": entry.in_full(),
            },
        )
    if part.examiners > 1:
        _refuse_alone(part, participant, row, entry, reason)
    _refuse_silence(part, participant, entry, stored, reason)
    row = row or PartGrade(part=part, participant=participant)
    return write_grade(row, entry, old=stored, actor=actor, now=now, reason=reason)


def write_grade(row: PartGrade, entry: Entry, *, old: Entry, actor: User, now: datetime, reason: str = "") -> PartGrade:
    """Write a part's grade as it is given, and the line of its history; who calls this has locked the participant."""
    before = old if row.pk else ""
    row.graded_by, row.graded_at = actor, now
    write_entry(row, entry)
    if entry.grade != old.grade:
        record(
            row.participant.seminar,
            f"grade:{row.part.key}",
            now=now,
            actor=actor,
            participant=row.participant,
            old=before,
            new=entry,
            reason=reason.strip(),
        )
    return row


def refuse_off_rubric(part: Part, entry: Entry) -> None:
    """Refuse what cannot be entered for this part: a derived part, or marks that its rubric does not have."""
    if part.is_derived:
        raise Refusal("derived_part", _("This part follows from facts and is not entered by hand; nothing was saved."))
    most = dict(part.criteria.values_list("pk", "points"))
    bad = {*entry.levels, *entry.remarks} - most.keys()
    if bad or any(not 0 <= level <= most[pk] for pk, level in entry.levels.items()):
        raise Refusal(
            "off_rubric", _("The rubric of “%(part)s” has no such level; nothing was saved.") % {"part": part}
        )


def _refuse_alone(part: Part, participant: Participant, row: PartGrade | None, entry: Entry, reason: str) -> None:
    """Where two examine, nobody grades before both are in, and nobody against them without a reason."""
    both = queries.handed_in(part, participant)
    if row is None and len(both) < 2:
        raise Refusal(
            "assessment_missing",
            _("Two examiners assess “%(part)s”; there is no grade before both have handed in. Nothing was saved.")
            % {"part": part},
        )
    changes = entry.grade != entry_of(row).grade
    if changes and not reason and any((each.value, each.passed) != entry.grade for each in both):
        said = ", ".join(f"{each.examiner.name}: {entry_of(each)}" for each in both)
        raise Refusal(
            "reason_missing",
            _("Please give a reason for %(entry)s: the examiners say otherwise (%(said)s). “%(part)s” was not saved.")
            % {"entry": entry, "said": said, "part": part},
        )


def _refuse_silence(part: Part, participant: Participant, entry: Entry, stored: Entry, reason: str) -> None:
    """A grade that its student has seen changes only for a reason."""
    if entry.grade != stored.grade and not reason.strip() and part.pk in queries.shown_parts(participant):
        sentence = _("The student has seen “%(part)s” already: please say why it changes. This part was not saved.")
        raise Refusal("reason_missing", sentence % {"part": part.title})


def entry_of(row: PartGrade | Assessment | None) -> Entry:
    """What is stored, as it was typed."""
    if row is None:
        return Entry(value=None, passed=None, comment="", levels={})
    marks: list[CriterionMark | AssessmentMark] = list(row.marks.all())
    return Entry(
        value=row.value,
        passed=row.passed,
        comment=row.comment,
        levels={mark.criterion_id: mark.level for mark in marks if mark.level is not None},
        remarks={mark.criterion_id: mark.comment for mark in marks if mark.comment},
    )


def write_entry(row: PartGrade | Assessment, entry: Entry) -> None:
    """Store what was typed as the row's next revision."""
    row.value, row.passed, row.comment = entry.value, entry.passed, entry.comment
    row.revision += 1
    row.save()
    row.marks.all().delete()
    marks: list[Mark] = []
    for pk in sorted({*entry.levels, *entry.remarks}):
        mark = CriterionMark(grade=row) if isinstance(row, PartGrade) else AssessmentMark(assessment=row)
        mark.criterion_id, mark.level, mark.comment = pk, entry.levels.get(pk), entry.remarks.get(pk, "")
        marks.append(mark)
    row.marks.bulk_create(marks)  # type: ignore[arg-type]  # the marks are of the row's own kind
