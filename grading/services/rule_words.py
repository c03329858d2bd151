"""The rule of the grade as plain data, and in the words in which it is published."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grading.domain.schemes import plain
from grading.models import FailRule, GradingScheme, Missing, Part, PartSource, Rounding, TieBreak
from grading.services.wording import decimal
from submissions.queries import slots_of

Rule = dict[str, Any]


def rule_data(scheme: GradingScheme) -> Rule:
    """All that decides a grade, as it is kept; numbers are texts, so that they stay exact."""
    parts = list(scheme.parts.all())
    uploads = any(part.upload for part in parts)
    titles = {slot.key: slot.title for slot in slots_of(scheme.seminar)} if uploads else {}
    until = scheme.missing_until
    return {
        "scale": [str(step) for step in scheme.scale],
        "pass_mark": plain(Decimal(scheme.pass_mark)),
        "fail_grade": plain(Decimal(scheme.fail_grade)),
        "best_grade": None if scheme.best_grade is None else plain(Decimal(scheme.best_grade)),
        "lower_is_better": scheme.lower_is_better,
        "fail_any_part": str(scheme.fail_any_part),
        "rounding": str(scheme.rounding),
        "tie_break": str(scheme.tie_break),
        "undecided_margin": plain(Decimal(scheme.undecided_margin)),
        "missing": str(scheme.missing),
        "missing_until": until and until.isoformat(timespec="minutes"),
        "time_zone": scheme.seminar.time_zone,
        "absences_allowed": scheme.seminar.absences_allowed,
        "parts": [_part_data(part, titles.get(part.upload, part.upload)) for part in parts],
    }


def _part_data(part: Part, upload: str) -> Rule:
    return {
        "key": part.key,
        "title": part.title,
        "weight": plain(Decimal(part.weight)),
        "must_pass": part.must_pass,
        "source": str(part.source),
        "upload": upload,
        "updated": part.updated,
        "breaks_ties": part.breaks_ties,
    }


def rule_changes(old: Rule, new: Rule) -> list[tuple[str, str]]:
    """The sentences in which two rules differ: as it was, as it is; empty where one of them says nothing of it."""
    before, after = _all_words(old), _all_words(new)
    keys = [*after, *(key for key in before if key not in after)]
    return [(before.get(key, ""), after.get(key, "")) for key in keys if before.get(key) != after.get(key)]


def rule_lines(rule: Rule) -> list[str]:
    """The whole rule, a sentence a line."""
    return list(_all_words(rule).values())


def _all_words(rule: Rule) -> dict[str, str]:
    parts = {f"part {part['key']}": f"{part['title']}: {part_words(part, rule)}" for part in rule["parts"]}
    return {**parts, **sentences(rule)}


def part_words(part: Rule, rule: Rule) -> str:
    """What one part counts, whether it must be passed, and what it follows from."""
    weight = Decimal(part["weight"])
    words = [decimal(f"{plain(weight * 100)} %") if weight else _("no weight")]
    if weight == 0 or rule["fail_any_part"] != FailRule.NEVER:
        words.append(_("must be passed") if part["must_pass"] else _("need not be passed"))
    words.append(_source_words(part, rule["absences_allowed"]))
    words.append(_("decides when undecided") if part["breaks_ties"] else "")
    return " · ".join(filter(None, words))


def _source_words(part: Rule, absences: int | None) -> str:
    match part["source"]:
        case PartSource.ATTENDANCE if absences is None:
            return _("no number of sessions is required")
        case PartSource.ATTENDANCE if absences:
            sentence = ngettext(
                "at most %(count)s session missed without excuse",
                "at most %(count)s sessions missed without excuse",
                absences,
            )
            return sentence % {"count": absences}
        case PartSource.ATTENDANCE:
            return _("attend all sessions")
        case PartSource.REVIEWS:
            return _("all reviews that one has to write are delivered")
        case PartSource.UPLOAD:
            updated = _("“%(upload)s” is handed in, newer than what was reviewed")
            return (updated if part["updated"] else _("“%(upload)s” is handed in")) % {"upload": part["upload"]}
        case PartSource.PASS:
            return _("passed or not")
    return ""


def sentences(rule: Rule) -> dict[str, str]:
    """What holds for the whole, a sentence each."""
    steps = [decimal(step) for step in rule["scale"]]
    scale = ("; " if any("," in step for step in steps) else ", ").join(steps)
    marks = {"best": rule["best_grade"] and _mark(rule["best_grade"]), "fail": _mark(rule["fail_grade"])}
    found = {
        "scale": _("The grades are %(scale)s.") % {"scale": scale}
        if scale
        else _("Grades reach from %(best)s to %(fail)s, without steps.") % marks,
        "pass_mark": (
            _("A part is passed with %(mark)s or better (lower).")
            if rule["lower_is_better"]
            else _("A part is passed with %(mark)s or better (higher).")
        )
        % {"mark": _mark(rule["pass_mark"])},
        "fail_any_part": {
            FailRule.BEFORE: _("Failing any part fails the whole seminar."),
            FailRule.AFTER: _("Failing any part fails the whole seminar; each is rounded before it is judged."),
            FailRule.NEVER: _("Only the weighted mean must be passed."),
        }[rule["fail_any_part"]],
        "rounding": _("The weighted mean is not rounded.")
        if rule["rounding"] == Rounding.NONE
        else _("The weighted mean is rounded %(rounding)s.") % {"rounding": Rounding(rule["rounding"]).label},
    }
    return {**found, **_undecided(rule), "missing": _missing(rule)}


def _undecided(rule: Rule) -> dict[str, str]:
    """Only what is rounded to steps can be undecided."""
    if rule["rounding"] != Rounding.NEAREST or not rule["scale"]:
        return {}
    margin = _("Undecided is a mean that is no further than %(margin)s from the middle of two steps.")
    exact = _("Undecided is a mean exactly in the middle of two steps.")
    return {
        "undecided_margin": margin % {"margin": decimal(rule["undecided_margin"])}
        if rule["undecided_margin"] != "0"
        else exact,
        "tie_break": _("When it is undecided: %(rule)s.") % {"rule": TieBreak(rule["tie_break"]).label},
    }


def _missing(rule: Rule) -> str:
    if rule["missing"] == Missing.WAIT:
        return _("A missing part is neither a zero nor a pass: there is no grade before it is there.")
    until = datetime.fromisoformat(rule["missing_until"]).replace(tzinfo=ZoneInfo(rule["time_zone"]))
    return _(
        "A missing part is neither a zero nor a pass: until %(until)s there is no grade before it is there; "
        "after that, a missing part that must be passed counts as not passed."
    ) % {"until": f"{date_format(until, 'D j M Y, H:i')} {until.tzname()}"}


def _mark(text: str) -> str:
    number = Decimal(text)
    return decimal(f"{number:.1f}" if number == number.quantize(Decimal("0.1")) else plain(number))
