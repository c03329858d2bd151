"""Two examiners: each assesses blind to the other until both have handed in; what they agree on is taken over by itself.

Until then the history says nothing either; afterwards it says when each of them handed in, and what.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import Participant
from courses.services import record
from grading import queries
from grading.domain.rubric import agreed
from grading.models import Assessment, Part, PartGrade
from grading.services.grades import Entry, entry_of, refuse_off_rubric, write_entry, write_grade


@transaction.atomic
def save_assessment(
    part: Part, participant: Participant, entry: Entry, *, revision: int, actor: User
) -> Assessment | None:
    """Write the examiner's own draft; a stale page gets 409 with both values."""
    refuse_off_rubric(part, entry)
    own = _own(part, participant, actor)
    stored = entry_of(own)
    if entry == stored:
        return own
    if own is not None and own.place is not None:
        raise Conflict(
            "handed_in",
            _(
                "You have handed in %(theirs)s for “%(part)s”; you entered %(yours)s. Nothing was overwritten: take it back "
                "first."
            )
            % {"theirs": stored.in_full(), "part": part, "yours": entry.in_full()},
        )
    if revision != (own.revision if own else 0):
        raise Conflict(
            "assessment_changed",
            _(
                "In another window you have meanwhile entered %(theirs)s for “%(part)s”; here you entered %(yours)s. "
                "Nothing was overwritten."
            )
            % {"theirs": stored.in_full(), "part": part, "yours": entry.in_full()},
        )
    own = own or Assessment(part=part, participant=participant, examiner=actor)
    write_entry(own, entry)
    return own


@transaction.atomic
def hand_in_assessment(part: Part, participant: Participant, *, actor: User, now: datetime) -> Assessment:
    """Hand the examiner's own assessment in; the second one opens both, and what they agree on becomes the grade."""
    own = _own(part, participant, actor)
    if own is None or (own.value, own.passed) == (None, None):
        raise Refusal(
            "assessment_empty",
            _("Your assessment of “%(part)s” has no grade yet; it was not handed in.") % {"part": part},
        )
    if own.place is not None:
        return own
    others = queries.handed_in(part, participant)
    own.place = 2 if any(other.place == 1 for other in others) else 1
    own.handed_in_at = now
    own.save(update_fields=["place", "handed_in_at"])
    if others:
        _open(part, participant, [*others, own], actor=actor, now=now)
    return own


@transaction.atomic
def take_back_assessment(part: Part, participant: Participant, *, actor: User) -> None:
    """Make one's own assessment a draft again, as long as the other is not in."""
    own = _own(part, participant, actor)
    if own is not None and own.place is not None:
        own.place = own.handed_in_at = None
        own.save(update_fields=["place", "handed_in_at"])


def merged(both: Sequence[Assessment]) -> Entry:
    """What the two agree on; the words of both."""
    one, other = (entry_of(each) for each in both)
    same = one.grade == other.grade
    remarks = {
        pk: _joined(one.remarks.get(pk, ""), other.remarks.get(pk, ""), " / ") for pk in {*one.remarks, *other.remarks}
    }
    return Entry(
        value=one.value if same else None,
        passed=one.passed if same else None,
        comment=_joined(one.comment, other.comment, "\n\n"),
        levels=agreed(one.levels, other.levels),
        remarks=remarks,
    )


def _joined(one: str, other: str, between: str) -> str:
    return between.join(dict.fromkeys(text for text in (one, other) if text))


def _own(part: Part, participant: Participant, actor: User) -> Assessment | None:
    """The examiner's own row, while nobody else changes this student's; refused once the part is open to both."""
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    if part.examiners < 2:
        raise Refusal("one_examiner", _("“%(part)s” has one examiner; nothing was saved.") % {"part": part})
    graded = PartGrade.objects.filter(part=part, participant=participant).exists()
    own = Assessment.objects.filter(part=part, participant=participant, examiner=actor).first()
    if graded or len(queries.handed_in(part, participant)) > 1:
        raise Conflict(
            "assessments_in",
            _("Both assessments of “%(part)s” are in meanwhile. Yours is unchanged; please look at the page again.")
            % {"part": part},
        )
    return own


def _open(part: Part, participant: Participant, both: list[Assessment], *, actor: User, now: datetime) -> None:
    """Write down who handed in what and when; equal grades become the grade of the part."""
    for each in sorted(both, key=lambda each: (each.handed_in_at, each.pk)):
        record(
            participant.seminar,
            f"assessment:{part.key}",
            now=each.handed_in_at or now,
            actor=each.examiner,
            participant=participant,
            new=entry_of(each),
        )
    entry = merged(both)
    if entry.grade != (None, None):
        row = PartGrade(part=part, participant=participant)
        reason = gettext_noop("both examiners say so")
        write_grade(row, entry, old=entry_of(None), actor=actor, now=now, reason=reason)
