"""Registration with the examination office: whether a student needs it, has it, and was reminded."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from courses import queries
from courses.models import Participant, Seminar
from courses.services.history import record, write_to

REMINDER_DAYS = (7, 1)


@transaction.atomic
def set_registration(
    participant: Participant, *, needed: bool | None, on: date | None, actor: User, now: datetime
) -> None:
    """Note whether the student must register with the examination office (None: nobody has said), and when they did."""
    for field, new in (("registration_needed", needed), ("registered_on", on)):
        old = getattr(participant, field)
        if old == new:
            continue
        record(
            participant.seminar,
            field,
            now=now,
            actor=actor,
            participant=participant,
            old="" if old is None else old,
            new="" if new is None else new,
        )
        setattr(participant, field, new)
    participant.save(update_fields=["registration_needed", "registered_on"])


@transaction.atomic
def remind_unregistered(seminar: Seminar, *, now: datetime) -> int:
    """Write to every admitted student whose registration is missing, once a day at most; return how many letters are new."""
    today = datetime.combine(now.astimezone(seminar.zone), time.min, tzinfo=seminar.zone)
    reminded = Q(registration_reminded_at__gte=today)
    rows = list(
        queries.unregistered(seminar).exclude(reminded).select_related("seminar").select_for_update(of=("self",))
    )
    for participant in rows:
        key = f"registration:{participant.pk}:{today:%Y%m%d}"
        write_to(participant, key, "courses/email/registration", now=now, about="registration")
    Participant.objects.filter(pk__in=[row.pk for row in rows]).update(registration_reminded_at=now)
    return len(rows)


def write_registration_reminders(now: datetime) -> int:
    """Seven days and one day before the examination office closes; return how many letters are new."""
    seminars = Seminar.objects.filter(registration_until__isnull=False).exclude(registration_text="")
    due = [
        seminar
        for seminar in seminars
        if any(
            seminar.registration_until == now.astimezone(seminar.zone).date() + timedelta(days=days)
            for days in REMINDER_DAYS
        )
    ]
    return sum(remind_unregistered(seminar, now=now) for seminar in due)
