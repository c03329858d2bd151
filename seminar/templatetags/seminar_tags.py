"""Words and shapes that every template shares."""

from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import mistune
import nh3
from django import template
from django.template import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from courses.models import AttendanceStatus, Participant, Role, Seminar
from courses.permissions import membership
from courses.queries import Entry, discussion
from grading.models import GradingScheme, Part, RuleVersion
from grading.services import rule_words as words
from grading.services.wording import decimal, number_text, step_text
from milestones.domain.progress import State
from milestones.services.wording import STATE_WORDS, due_text, moment

register = template.Library()
register.filter("step_text", step_text)
register.filter("decimal", decimal)
register.simple_tag(due_text)
markdown_to_html = mistune.create_markdown(escape=True, plugins=["strikethrough", "table", "url"])

# code → (word, path of a 16 × 16 icon)
CHECK, DOT, CLOCK, WAVE, CROSS = (
    "M3 8.5l3.2 3.2L13 5",
    "M8 3.5a4.5 4.5 0 1 0 0 9a4.5 4.5 0 1 0 0-9",
    "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 5v3.2l2 1.6",
    "M3 8h2.5M6.8 8h2.4M10.5 8H13",
    "M4 4l8 8M12 4l-8 8",
)
TRIANGLE, PENCIL = "M8 3l5.5 10h-11zM8 7v2.5M8 11.4v.1", "M3 13l.8-3L11 2.8 13.2 5 6 12.2z"
PROGRESS = {
    State.DONE: CHECK,
    State.DONE_LATE: CHECK,
    State.OPEN: DOT,
    State.DUE_SOON: CLOCK,
    State.LATE: TRIANGLE,
    State.WAITING: WAVE,
    State.NOT_NEEDED: WAVE,
}
STATES: dict[str, tuple[Any, str]] = {
    **{state.value: (word, PROGRESS[state]) for state, word in STATE_WORDS.items()},
    "planned": (gettext_lazy("planned"), DOT),
    "started": (gettext_lazy("started"), PENCIL),
    "delivered": (gettext_lazy("delivered"), CHECK),
    "applied": (gettext_lazy("applied"), CLOCK),
    "admitted": (gettext_lazy("admitted"), CHECK),
    "offered": (gettext_lazy("has an offer"), CLOCK),
    "withdrawn": (gettext_lazy("withdrawn"), CROSS),
    "asked": (gettext_lazy("waits for the other student"), CLOCK),
    "agreed": (gettext_lazy("waits for the organizers"), CLOCK),
    "proposed": (gettext_lazy("proposed"), CLOCK),
    "granted": (gettext_lazy("granted"), CHECK),
    "accepted": (gettext_lazy("accepted"), CHECK),
    "partly": (gettext_lazy("partly done"), PENCIL),
    "declined": (gettext_lazy("declined"), CROSS),
    "taken_back": (gettext_lazy("taken back"), CROSS),
    "held": (gettext_lazy("took place"), CHECK),
    "missed": (gettext_lazy("the student did not come"), CROSS),
    "kept": (gettext_lazy("the grade stays"), CHECK),
    "changed": (gettext_lazy("the grade is changed"), CHECK),
    "published": (gettext_lazy("published"), CHECK),
    "superseded": (gettext_lazy("superseded"), WAVE),
    "draft": (gettext_lazy("draft"), PENCIL),
    "present": (gettext_lazy("present"), CHECK),
    "excused": (gettext_lazy("excused"), WAVE),
    "absent": (gettext_lazy("absent"), CROSS),
    "sent": (gettext_lazy("sent"), CHECK),
    "scheduled": (gettext_lazy("will be sent later"), CLOCK),
    "sending": (gettext_lazy("being sent"), CLOCK),
    "failed": (pgettext_lazy("letter", "failed"), TRIANGLE),
    "dropped": (gettext_lazy("dropped"), CROSS),
}


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as sanitized HTML; raw HTML in it is shown as text."""
    return mark_safe(nh3.clean(str(markdown_to_html(text))))  # noqa: S308  (nh3 has cleaned it)


@register.filter
def grade(value: Any) -> str:
    """A grade as people write it; a verdict as a word; a dash where there is none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("passed") if value else _("failed")
    return decimal(number_text(Decimal(str(value))))


@register.filter
def percent(share: Decimal | str) -> str:
    return decimal(f"{(Decimal(str(share)) * 100).normalize():f} %")


@register.filter
def lookup(table: dict[Any, Any], key: Any) -> Any:
    return table.get(key)


@register.simple_tag
def state(code: str, word: str = "") -> SafeString:
    """A state as a word and a shape; not an included template, because the cockpit has hundreds of them."""
    label, path = STATES.get(str(code), (code, WAVE))
    return format_html(
        '<span class="state {}"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>{}</span>',
        code,
        path,
        word or label,
    )


@register.simple_tag
def when(instant: datetime | None, zone: str) -> str:
    """An instant as weekday, date, time and zone."""
    return moment(instant, zone)


@register.simple_tag
def when_exactly(instant: datetime | None, zone: str) -> str:
    """An instant to the second, for receipts."""
    return moment(instant, zone, "D j M Y, H:i:s")


@register.simple_tag
def day_of(instant: datetime, zone: str) -> str:
    """The local day of an instant, as documents write it."""
    return date_format(instant.astimezone(ZoneInfo(zone)), "DATE_FORMAT")


@register.simple_tag
def iso_local_day(instant: str, zone: str) -> str:
    """The local day of an instant that was kept as text."""
    return day_of(datetime.fromisoformat(instant), zone)


@register.simple_tag
def iso_day(day: str) -> str:
    """A day that was kept as text."""
    return date_format(date.fromisoformat(day), "DATE_FORMAT")


@register.simple_tag
def share(part: float | None) -> str:
    """A share from 0 to 1 in percent."""
    return f"{float(part or 0):.0%}"


CHANGES = {
    "added": gettext_lazy("new"),
    "removed": gettext_lazy("removed"),
    "changed": gettext_lazy("changed"),
    "outputs": gettext_lazy("only other outputs"),
    "moved": gettext_lazy("moved"),
    "same": gettext_lazy("without changes"),
}


@register.simple_tag
def change_kind(kind: str) -> str:
    """What happened to a cell between two versions."""
    return str(CHANGES.get(kind, kind))


@register.simple_tag
def time_left(instant: datetime | None) -> str:
    """How long that still is, or how long ago it was."""
    if instant is None:
        return ""
    now = timezone.now()
    if instant >= now:
        return _("%(time)s left") % {"time": timeuntil(instant, now, depth=2)}
    return _("%(time)s ago") % {"time": timesince(instant, now, depth=1)}


STUDENT_TABS = (
    ("me_detail", gettext_lazy("What now")),
    ("seminar_detail", gettext_lazy("Seminar")),
    ("topics:topic_list", gettext_lazy("Topics")),
    ("submissions:submission_list", gettext_lazy("Uploads")),
    ("reviews:review_list", gettext_lazy("Reviews")),
    ("milestones:milestone_list", gettext_lazy("Deadlines")),
    ("grading:grade_list", gettext_lazy("Grade")),
)
ORGANIZER_TABS = (
    ("manage_detail", gettext_lazy("Overview")),
    ("seminar_detail", gettext_lazy("Seminar")),
    ("courses:participant_list", gettext_lazy("People")),
    ("topics:allocation_detail", gettext_lazy("Allocation")),
    ("milestones:milestone_list", gettext_lazy("Deadlines")),
    ("submissions:submission_list", gettext_lazy("Uploads")),
    ("reviews:review_list", gettext_lazy("Reviews")),
    ("grading:grade_list", gettext_lazy("Grades")),
    ("courses:attendance_list", gettext_lazy("Attendance")),
    ("courses:message_list", gettext_lazy("Letters")),
)
OUTSIDE_TABS = (
    ("seminar_detail", gettext_lazy("Seminar")),
    ("topics:topic_list", gettext_lazy("Topics")),
)


@register.inclusion_tag("includes/tabs.html", takes_context=True)
def tabs(context: Context, seminar: Seminar) -> dict[str, object]:
    """The pages of a seminar that the reader's role has."""
    request = context["request"]
    member = membership(request.user, seminar)
    table: tuple[tuple[str, Any], ...] = OUTSIDE_TABS
    if member is not None and member.role == Role.ORGANIZER and member.is_active:
        table = ORGANIZER_TABS
        table = table if seminar.attendance else tuple(row for row in table if row[0] != "courses:attendance_list")
    elif member is not None:
        table = STUDENT_TABS if member.is_active else (STUDENT_TABS[0], *OUTSIDE_TABS)
    return {"tabs": [(reverse(name, args=[seminar.slug]), label) for name, label in table], "path": request.path}


@register.simple_tag
def rule_words(scheme: GradingScheme) -> dict[str, Any]:
    """The rule of the grade in words: what each part counts, and what holds for the whole."""
    rule = words.rule_data(scheme)
    parts = {part["key"]: words.part_words(part, rule) for part in rule["parts"]}
    return {"parts": parts, "sentences": words.sentences(rule).values()}


@register.simple_tag
def rule_history(scheme: GradingScheme) -> list[tuple[RuleVersion, list[tuple[str, str]]]]:
    """Each change of the rule that students were told of, with the sentences that differ; the newest first."""
    versions = list(scheme.versions.all())
    pairs = [(new, words.rule_changes(old.data, new.data)) for old, new in pairwise(versions) if new.announced]
    return pairs[::-1]


@register.simple_tag
def rule_changes(old: dict[str, Any], version: RuleVersion) -> list[tuple[str, str]]:
    """The sentences in which a rule differs from the one before it."""
    return words.rule_changes(old, version.data)


@register.inclusion_tag("grading/includes/weights.html")
def weight_bars(parts: list[Part]) -> dict[str, object]:
    """The weighted parts as stretches of a bar of length 100."""
    bars, start = [], Decimal(0)
    for number, part in enumerate(part for part in parts if part.weight):
        width = part.weight * 100
        bars.append((f"{start:.2f}", f"{max(width - 1, Decimal(1)):.2f}", f"{1 - number * 0.25:.2f}"))
        start += width
    return {"bars": bars}


@register.simple_tag
def attendance_cell(entry: Entry) -> SafeString:
    """One person at one session, for the table of all: a word and a shape, or a few words where nothing is noted."""
    if entry.status == AttendanceStatus.ABSENT and entry.expected and entry.attendance is not None:
        address = reverse("courses:make_up_edit", args=[entry.session.seminar.slug, entry.attendance.pk])
        shown = state("done", _("made up")) if entry.day.make_up == "done" else state(entry.status)
        task = _("to make up") if entry.day.make_up == "open" else ""
        return format_html('<span><a href="{}">{}</a> <small>{}</small></span>', address, shown, task)
    if entry.status in {AttendanceStatus.PRESENT, AttendanceStatus.EXCUSED}:
        return state(entry.status)
    if not entry.expected:
        return format_html('<span class="soft">–<span class="unseen">{}</span></span>', _("not expected"))
    return format_html('<small class="soft">{}</small>', _("not noted") if entry.over else _("expected"))


@register.inclusion_tag("courses/includes/discussion.html")
def discussion_notes(student: Participant) -> dict[str, object]:
    """How somebody took part in the discussions of the sessions; for organizers."""
    return {"notes": discussion(student)}
