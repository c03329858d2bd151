"""Organizers and students that a file names.

What a file says of a person counts when the person is new to the seminar; afterwards their state, topic and choices belong to
the seminar's own life, and a second loading leaves them alone.
"""

from datetime import datetime, timedelta

from accounts.models import User
from accounts.services import ensure_user
from courses.models import Participant, ParticipantState, Role, Seminar
from seminar.domain.seminar_file import SeminarFile
from seminar.domain.seminar_file.tables import PersonTable
from topics.models import Assignment, Seat, SessionTopic


def load_people(file: SeminarFile, seminar: Seminar, now: datetime) -> None:
    """Write the people of the file who are new, in the order of the file."""
    for position, person in enumerate(file.people):
        participant, created = Participant.objects.get_or_create(
            seminar=seminar,
            user=_account(person),
            defaults={
                "role": person.role,
                "state": ParticipantState.ADMITTED if person.role == "organizer" else person.state,
                "name_public": person.name_public,
                # Milliseconds apart, so that the order of the file is the order of the waiting list.
                "entered_at": now + timedelta(milliseconds=position),
            },
        )
        if person.contact and not participant.is_contact:
            Participant.objects.filter(seminar=seminar, is_contact=True).update(is_contact=False)
            Participant.objects.filter(pk=participant.pk, role=Role.ORGANIZER).update(is_contact=True)
        if created and person.topic is not None:
            seat = Seat.objects.filter(
                topic__seminar=seminar, topic__number=person.topic, assignment__isnull=True
            ).first()
            if seat is not None:
                Assignment.objects.create(seat=seat, participant=participant, assigned_at=now)
        if created and person.moderates:
            SessionTopic.objects.filter(
                session__seminar=seminar, topic__number__in=person.moderates, moderator__isnull=True
            ).update(moderator=participant)


def _account(person: PersonTable) -> User:
    display = f"{person.title} {person.given} {person.family}".strip() if person.title else ""
    return ensure_user(
        person.email,
        given_names=person.given,
        family_name=person.family,
        display_name=display,
        matriculation_number=person.matriculation,
        programme=person.programme,
        degree=person.degree,
        language=person.language,
    )
