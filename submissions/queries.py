"""Reads on upload slots and received versions, filtered by the person who asks."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import QuerySet

from accounts.models import User
from courses.models import Participant, ParticipantState, Role, Seminar
from milestones.domain.progress import Work
from milestones.models import Milestone
from milestones.queries import Key
from submissions.domain.arrivals import count_spans
from submissions.models import UploadSlot, Version


def slots_of(seminar: Seminar) -> QuerySet[UploadSlot]:
    """The seminar's upload slots in the order of the term."""
    return UploadSlot.objects.filter(milestone__seminar=seminar).select_related("milestone__seminar")


def visible_versions(row: Participant) -> QuerySet[Version]:
    """One's own versions; an organizer's: all of the seminar."""
    if row.role == Role.ORGANIZER and row.is_active:
        visible = Version.objects.filter(submission__participant__seminar=row.seminar_id)
    else:
        visible = Version.objects.filter(submission__participant=row.pk)
    return visible.select_related("submission__slot__milestone__seminar", "submission__participant__user")


def comparable_versions(user: User) -> QuerySet[Version]:
    """The notebooks of all seminars that `user` organizes."""
    rows = Version.objects.filter(extension=".ipynb")
    organized = Participant.objects.filter(user=user, role=Role.ORGANIZER, state=ParticipantState.ADMITTED)
    rows = rows.filter(submission__participant__seminar__in=organized.values("seminar"))
    return rows.select_related("submission__participant__user", "submission__participant__seminar").order_by("pk")


def published_versions(seminar: Seminar) -> QuerySet[Version]:
    """What the public may read, by name."""
    rows = Version.objects.filter(submission__participant__seminar=seminar, publication__isnull=False)
    rows = rows.select_related("submission__participant__user", "submission__slot", "publication")
    return rows.order_by("canonical_name", "pk")


def latest_versions(slots: Iterable[UploadSlot], participant_ids: Iterable[int]) -> dict[tuple[int, int], Version]:
    """(slot id, participant id) → the version in force."""
    rows = Version.objects.filter(
        submission__slot__in=list(slots), submission__participant_id__in=list(participant_ids)
    )
    # Ordered by number, so that the last one written into the dict is the newest of those that may count.
    return {
        (row.submission.slot_id, row.submission.participant_id): row
        for row in rows.select_related("submission").order_by("number")
        if row.submission.chosen_id in {None, row.pk}
    }


def upload_work(milestones: Iterable[Milestone], participant_ids: Iterable[int]) -> dict[Key, Work]:
    """How many of the required files of each milestone are in, and when the last of them came."""
    milestones, ids = list(milestones), list(participant_ids)
    slots = list(UploadSlot.objects.filter(milestone__in=milestones))
    latest = latest_versions(slots, ids)
    work: dict[Key, Work] = {}
    for milestone in milestones:
        needed = [slot for slot in slots if slot.milestone_id == milestone.pk and slot.required]
        for pk in ids:
            received = [latest[slot.pk, pk] for slot in needed if (slot.pk, pk) in latest]
            at = max((version.received_at for version in received), default=None)
            work[milestone.pk, pk] = Work(done=len(received), needed=len(needed), at=at)
    return work


def missing_slots(milestone: Milestone, participant: Participant) -> QuerySet[UploadSlot]:
    """The required files of a milestone that a person has not handed in."""
    slots = UploadSlot.objects.filter(milestone=milestone, required=True)
    return slots.exclude(submissions__participant=participant, submissions__versions__isnull=False)


def arrivals(seminar: Seminar) -> list[tuple[UploadSlot, tuple[tuple[str, int], ...]]]:
    """Each slot for which something with a deadline came in, and how long before it first versions came, by the person's own."""
    rows = Version.objects.filter(submission__participant__seminar=seminar, number=1, deadline__isnull=False)
    before: dict[int, list[timedelta]] = {}
    for slot, received_at, deadline in rows.values_list("submission__slot", "received_at", "deadline"):
        if deadline is not None:
            before.setdefault(slot, []).append(deadline - received_at)
    return [(slot, count_spans(before[slot.pk])) for slot in slots_of(seminar) if slot.pk in before]
