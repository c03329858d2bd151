"""Entering the grade of a part: exact, never over somebody else's, and remembered."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import Participant
from courses.services import record
from grading.models import CriterionMark, Part, PartGrade
from grading.queries import shown_parts

TRAILING = re.compile(r"(\.\d+?)0+$")


@dataclass(frozen=True)
class Entry:
    """What an organizer typed for one part: a grade or a verdict, a comment, a level per criterion id."""

    value: Decimal | None
    passed: bool | None
    comment: str
    levels: Mapping[int, int]

    def __str__(self) -> str:
        if self.value is not None:
            return TRAILING.sub(r"\1", f"{self.value:f}")  # the database gives 1.30 back for 1.3
        return {True: _("passed"), False: _("failed"), None: _("none")}[self.passed]

    def in_full(self) -> str:
        return f"{self} “{self.comment}”" if self.comment else str(self)


@transaction.atomic
def save_part_grade(
    part: Part,
    participant: Participant,
    entry: Entry,
    *,
    revision: int,
    actor: User,
    now: datetime,
    reason: str = "",
) -> PartGrade | None:
    """Write one part's grade. `revision` is what the page showed (0: no grade yet).

    A page that is stale gets 409 with both values, unless both say the same; the same save twice is one effect.
    A grade that its student has seen changes only for a reason.
    """
    if part.is_derived:
        raise Refusal("derived_part", _("This part follows from facts and is not entered by hand; nothing was saved."))
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    row = PartGrade.objects.filter(part=part, participant=participant).first()
    stored = _stored(row)
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
    changed = (entry.value, entry.passed) != (stored.value, stored.passed)
    if changed and not reason.strip() and part.pk in shown_parts(participant):
        sentence = _("The student has seen “%(part)s” already: please say why it changes. This part was not saved.")
        raise Refusal("reason_missing", sentence % {"part": part.title})
    saved = _write(row, part, participant, entry, actor, now)
    if changed:
        record(
            participant.seminar,
            f"grade:{part.key}",
            now=now,
            actor=actor,
            participant=participant,
            old=stored if row else "",
            new=entry,
            reason=reason.strip(),
        )
    return saved


def _stored(row: PartGrade | None) -> Entry:
    if row is None:
        return Entry(value=None, passed=None, comment="", levels={})
    levels = dict(row.marks.values_list("criterion_id", "level"))
    return Entry(value=row.value, passed=row.passed, comment=row.comment, levels=levels)


def _write(
    row: PartGrade | None, part: Part, participant: Participant, entry: Entry, actor: User, now: datetime
) -> PartGrade:
    row = row or PartGrade(part=part, participant=participant)
    row.value, row.passed, row.comment = entry.value, entry.passed, entry.comment
    row.graded_by, row.graded_at = actor, now
    row.revision += 1
    row.save()
    row.marks.all().delete()
    CriterionMark.objects.bulk_create(
        CriterionMark(grade=row, criterion_id=criterion_id, level=level) for criterion_id, level in entry.levels.items()
    )
    return row
