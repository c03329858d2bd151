"""Organizers and students that a file names.

What a file says of a person counts when the person is new to the seminar; afterwards their state, topic and choices belong to
the seminar's own life, and a second loading leaves them alone.
"""

from datetime import datetime, timedelta

from accounts.models import User
from accounts.services import ensure_users
from courses.models import Participant, ParticipantState, Role, Seminar
from seminar.domain.seminar_file import SeminarFile
from seminar.domain.seminar_file.people import PersonTable
from topics.models import Assignment, Seat, SessionTopic


def load_people(file: SeminarFile, seminar: Seminar, now: datetime) -> None:
    """Write the people of the file who are new, in the order of the file; the contact follows the file."""
    users = ensure_users(_account(person) for person in file.people)
    known = set(Participant.objects.filter(seminar=seminar).values_list("user_id", flat=True))
    new = [
        (person, _participant(person, users[person.email.lower()], seminar, now + timedelta(milliseconds=position)))
        for position, person in enumerate(file.people)
        if users[person.email.lower()].pk not in known
    ]
    Participant.objects.bulk_create(participant for _person, participant in new)
    _set_contact(file, seminar, users)
    _give_topics(new, seminar, now)
    for person, participant in new:
        if person.moderates:
            SessionTopic.objects.filter(
                session__seminar=seminar, topic__number__in=person.moderates, moderator__isnull=True
            ).update(moderator=participant)


def _participant(person: PersonTable, user: User, seminar: Seminar, at: datetime) -> Participant:
    """A new row; `at` differs by milliseconds, so that the order of the file is the order of the waiting list."""
    state = ParticipantState.ADMITTED if person.role == "organizer" else person.state
    return Participant(
        seminar=seminar,
        user=user,
        role=person.role,
        state=state,
        name_public=person.name_public,
        registration_needed=person.registration_needed,
        registered_on=person.registered_on,
        entered_at=at,
    )


def _set_contact(file: SeminarFile, seminar: Seminar, users: dict[str, User]) -> None:
    contact = next((users[person.email.lower()] for person in file.people if person.contact), None)
    rows = Participant.objects.filter(seminar=seminar)
    if contact is not None and not rows.filter(user=contact, is_contact=True).exists():
        rows.filter(is_contact=True).update(is_contact=False)
        rows.filter(user=contact, role=Role.ORGANIZER).update(is_contact=True)


def _give_topics(new: list[tuple[PersonTable, Participant]], seminar: Seminar, now: datetime) -> None:
    free: dict[int, list[Seat]] = {}
    seats = Seat.objects.filter(topic__seminar=seminar, assignment__isnull=True).select_related("topic")
    for seat in seats.order_by("-number"):
        free.setdefault(seat.topic.number, []).append(seat)
    Assignment.objects.bulk_create(
        Assignment(seat=free[person.topic].pop(), participant=participant, assigned_at=now)
        for person, participant in new
        if person.topic is not None and free.get(person.topic)
    )


def _account(person: PersonTable) -> dict[str, str]:
    display = f"{person.title} {person.given} {person.family}".strip() if person.title else ""
    return {
        "email": person.email,
        "given_names": person.given,
        "family_name": person.family,
        "display_name": display,
        "matriculation_number": person.matriculation,
        "programme": person.programme,
        "degree": person.degree,
        "language": person.language,
    }
