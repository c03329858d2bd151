"""Changing the rule of the grade: with its effect known before, kept for ever, and told to everybody whom it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Seminar
from courses.services import record, write_to
from grading import queries
from grading.domain.grades import check_scheme
from grading.models import GradingScheme, RuleVersion
from grading.services.rule_words import Rule, rule_changes, rule_data


@dataclass(frozen=True)
class RuleEdit:
    """What an organizer chose for the rule; `parts` maps a part's key to its weight and whether it must be passed."""

    rounding: str
    fail_any_part: str
    tie_break: str
    undecided_margin: Decimal
    missing: str
    missing_until: datetime | None
    parts: Mapping[str, tuple[Decimal, bool]]

    def apply(self, scheme: GradingScheme) -> None:
        """Write it into the scheme and its parts as they are in memory."""
        for name in ("rounding", "fail_any_part", "tie_break", "undecided_margin", "missing"):
            setattr(scheme, name, getattr(self, name))
        until = self.missing_until
        scheme.missing_date, scheme.missing_time = until and until.date(), until and until.time()
        for part in scheme.parts.all():
            part.weight, part.must_pass = self.parts.get(part.key, (part.weight, part.must_pass))


@dataclass(frozen=True)
class Effect:
    """What a change of the rule would do: the sentences that differ, and whose grade, as it was and as it would be."""

    sentences: list[tuple[str, str]]
    grades: list[tuple[queries.Computed, queries.Computed]]


def effect_of(seminar: Seminar, edit: RuleEdit, *, now: datetime) -> Effect:
    """Compute every grade by the rule as it is and as it would be; nothing is saved."""
    scheme = _scheme(seminar)
    students = list(courses_queries.students(seminar))
    old, before = rule_data(scheme), queries.compute(scheme, students, now=now)
    edit.apply(scheme)
    _refuse_impossible(scheme, now)
    pairs = zip(before, queries.compute(scheme, students, now=now), strict=True)
    differing = [(was, would) for was, would in pairs if was.result.grade != would.result.grade]
    return Effect(rule_changes(old, rule_data(scheme)), differing)


@transaction.atomic
def change_rule(
    seminar: Seminar, edit: RuleEdit, *, shown: int, reason: str, actor: User, now: datetime
) -> RuleVersion | None:
    """Save the rule and tell everybody who takes part; None where nothing differs, so that a second press does nothing.

    `shown` is the number of the rule that the page showed; a page that is stale gets 409 with both rules.
    """
    Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    scheme = _scheme(seminar)
    before, number = rule_data(scheme), rule_number(scheme)
    edit.apply(scheme)
    changes = rule_changes(before, rule_data(scheme))
    if not changes:
        return None
    if shown != number:
        theirs, yours = (" ".join(filter(None, side)) for side in zip(*changes, strict=True))
        raise Conflict(
            "rule_changed",
            _("The rule was changed meanwhile. It now says: %(theirs)s You chose: %(yours)s Nothing was changed.")
            % {"theirs": theirs, "yours": yours},
        )
    if not reason.strip():
        raise Refusal("reason_missing", _("Please say why: students read it beside the rule. Nothing was changed."))
    _refuse_impossible(scheme, now)
    scheme.save()
    for part in scheme.parts.all():
        part.save(update_fields=["weight", "must_pass"])
    return note_rule(scheme, before, now=now, actor=actor, reason=reason.strip())


def rule_number(scheme: GradingScheme) -> int:
    """The number of the rule in force; 0 for one that was never changed since such numbers are kept."""
    last = scheme.versions.last()
    return last.number if last else 0


def note_rule(
    scheme: GradingScheme, before: Rule | None, *, now: datetime, actor: User | None = None, reason: str = ""
) -> RuleVersion | None:
    """Keep the rule as it is now, and tell everybody who takes part what changed; the first rule and no change tell nothing.

    before: the rule as it was until now, where there was one.
    """
    data, last = rule_data(scheme), scheme.versions.last()
    if last is None:
        last = _keep(scheme, before or data, 1, now=now)
    if last.data == data:
        return None
    students = list(courses_queries.students(scheme.seminar).select_related("seminar"))
    version = _keep(scheme, data, last.number + 1, now=now, actor=actor, reason=reason[:250], announced=bool(students))
    changes = rule_changes(last.data, data)
    old, new = (" ".join(filter(None, side)) for side in zip(*changes, strict=True)) if changes else ("", "")
    record(scheme.seminar, gettext_noop("rule"), now=now, actor=actor, old=old, new=new, reason=reason)
    for student in students:
        key = f"rule:{version.pk}:{student.pk}"
        write_to(student, key, "grading/email/rule_changed", now=now, about="rule", old=last.data, version=version)
    return version


def _keep(scheme: GradingScheme, data: Rule, number: int, *, now: datetime, **fields: object) -> RuleVersion:
    return RuleVersion.objects.create(scheme=scheme, number=number, data=data, at=now, **fields)


def _scheme(seminar: Seminar) -> GradingScheme:
    """Fresh, because it is written into."""
    scheme = queries.scheme_of(seminar)
    if scheme is None:
        raise Refusal("no_rule", _("This seminar has no grades; nothing was changed."), status=404)
    return scheme


def _refuse_impossible(scheme: GradingScheme, now: datetime) -> None:
    if problems := check_scheme(queries.rule_of(scheme, now)):
        raise Refusal(
            "rule_impossible",
            _("No grade can be computed by this rule; nothing was changed. %(problems)s")
            % {"problems": " ".join(problems)},
        )
