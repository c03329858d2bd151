"""What the history and the lists of expected people say of the entries of calendars."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Max, Q

from courses.domain.ics import LONG_AGO
from courses.models import Expectation, HistoryEntry, Session

Changed = tuple[int, datetime]  # how often, and when last
Changes = dict[tuple[int, int | None, str], Changed]  # seminar id, participant id, subject of the history →
OF_ALL = ("session:", "talks:", "deadline:")
OF_ONE = ("extension:", "talk_deadline:")
OF_PLACE = ("participant", "topic", "talk", "moderator")  # what changes anything that somebody has in a calendar


def expected(session_ids: Iterable[int]) -> dict[int, set[int]]:
    """Session id → ids of those who are expected, for the sessions to which not everybody comes."""
    ids = list(session_ids)
    only = Session.objects.filter(pk__in=ids, only_named=True).values_list("pk", flat=True)
    found: dict[int, set[int]] = {pk: set() for pk in only}
    for row in Expectation.objects.filter(session__in=list(found)):
        if row.named if row.by_hand is None else row.by_hand:
            found[row.session_id].add(row.participant_id)
    return found


def changes(seminar_ids: Iterable[int], participant_ids: Iterable[int] = ()) -> Changes:
    """What the history says of all, and of the given people, about entries of their calendars; one query."""
    of_all = Q(participant=None, seminar__in=list(seminar_ids))
    of_all &= Q(*[("subject__startswith", name) for name in OF_ALL], _connector=Q.OR)
    of_one = Q(*[("subject__startswith", name) for name in OF_ONE], _connector=Q.OR)
    of_one |= Q(subject__in=[*OF_PLACE, "meeting"])
    lines = HistoryEntry.objects.filter(of_all | Q(participant__in=list(participant_ids)) & of_one).order_by()
    counted = lines.values_list("seminar", "participant", "subject").annotate(Count("pk"), Max("at"))
    return {(seminar, person, subject): (count, at) for seminar, person, subject, count, at in counted}


def changed(found: Changes, seminar_id: int, *subjects: str, participant_id: int | None = None) -> Changed:
    """These subjects added up: those of all, and those of one person with what concerns their place."""
    keys: list[tuple[int, int | None, str]] = [(seminar_id, None, subject) for subject in subjects]
    if participant_id is not None:
        keys += [(seminar_id, participant_id, subject) for subject in (*subjects, *OF_PLACE)]
    there = [found[key] for key in keys if key in found]
    return sum(count for count, _at in there), max((at for _count, at in there), default=LONG_AGO)
