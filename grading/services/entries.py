"""Meetings as calendars have them: somebody's first, second … meeting keeps its entry while its time changes."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.domain.ics import CONFIRMED, Entry
from courses.models import Participant
from courses.queries import Changed
from grading.models import Meeting


def meeting_numbers(participant_ids: Iterable[int]) -> dict[int, int]:
    """Meeting id → how many meetings its student had before; the one to come is the last."""
    rows = Meeting.objects.filter(participant__in=list(participant_ids)).order_by("booked_at", "pk")
    found: dict[int, int] = {}
    counts: dict[int, int] = {}
    for pk, person, _outcome in sorted(rows.values_list("pk", "participant", "outcome"), key=lambda row: row[2] == ""):
        found[pk] = counts[person] = counts.get(person, -1) + 1
    return found


def meeting_entry(
    meeting: Meeting, student: Participant, number: int, changed: Changed, *, named: bool = False
) -> Entry:
    """A booked meeting; `named` is for organizers, who have many."""
    seminar = meeting.seminar
    return Entry(
        uid=f"meeting-{seminar.pk}-{number}-{student.pk}",
        summary=f"{seminar.tag}: {_('Meeting')}{f' {student}' if named else ''}",
        begins=meeting.begins_at.astimezone(seminar.zone),
        ends=meeting.ends_at.astimezone(seminar.zone),
        url=reverse("grading:meeting_list", args=[seminar.slug]),
        place=meeting.place,
        status=CONFIRMED,
        sequence=changed[0],
        revised=changed[1],
    )
