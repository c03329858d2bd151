"""The history of every grade, written out: who, when, old, new, why."""

from collections.abc import Mapping

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from courses.domain.tables import as_csv
from courses.models import HistoryEntry, Participant, Seminar
from grading.models import AppealState, Part


def grade_history(seminar: Seminar, student: Participant | None = None) -> QuerySet[HistoryEntry]:
    """Grades, releases, appeals and rules, the newest first; those of one student where one is given."""
    about = Q(subject__in=["released_grade", "appeal", "rule"])
    about |= Q(subject__startswith="grade:") | Q(subject__startswith="released_part:")
    entries = HistoryEntry.objects.filter(about, seminar=seminar).select_related("actor", "participant__user")
    return entries.filter(participant=student) if student else entries


def part_titles(seminar: Seminar) -> dict[str, str]:
    """Key → title of each part, for `subject_word`."""
    return dict(Part.objects.filter(scheme__seminar=seminar).values_list("key", "title"))


def subject_word(subject: str, titles: Mapping[str, str]) -> str:
    """What a line of the history is about, in the reader's words."""
    kind, _colon, key = subject.partition(":")
    title = titles.get(key, key)
    words = {
        "grade": title,
        "released_part": _("released: %(part)s") % {"part": title},
        "released_grade": _("released: the grade"),
        "appeal": _("another look"),
        "rule": _("the rule"),
    }
    return words[kind]


def values_of(entry: HistoryEntry) -> tuple[str, str]:
    """What a line changed, from what to what, in the reader's words."""
    if entry.subject == "appeal":
        labels = {str(value): str(label) for value, label in AppealState.choices}
        return labels.get(entry.old, entry.old), labels.get(entry.new, entry.new)
    return entry.old, entry.new


def history_csv(seminar: Seminar, student: Participant | None = None) -> str:
    """The same history as a table for a spreadsheet, the oldest first."""
    titles = part_titles(seminar)
    rows = [
        (
            entry.at.astimezone(seminar.zone).isoformat(timespec="seconds"),
            entry.actor.name if entry.actor else "",
            entry.participant.user.name if entry.participant else "",
            entry.participant.user.email if entry.participant else "",
            subject_word(entry.subject, titles),
            *values_of(entry),
            entry.reason,
        )
        for entry in grade_history(seminar, student).order_by("pk")
    ]
    header = (_("when"), _("who"), _("student"), _("e-mail"), _("what"), _("old"), _("new"), _("why"))
    return as_csv(header, rows)
