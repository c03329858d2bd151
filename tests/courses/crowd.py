"""Many students at once, and the number of queries that a page needs for them."""

from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from courses.models import Participant, ParticipantState, Seminar


def add_students(seminar: Seminar, count: int, state: str = ParticipantState.ADMITTED) -> list[Participant]:
    """Rows of new people, whatever the seminar's capacity."""
    users = User.objects.bulk_create(
        User(email=f"crowd{n}@{seminar.slug}.example.org", given_names=f"Given{n}", family_name=f"Family{n:02}")
        for n in range(count)
    )
    now = timezone.now()
    until = now + timedelta(days=2) if state == ParticipantState.OFFERED else None
    return Participant.objects.bulk_create(
        Participant(seminar=seminar, user=user, state=state, entered_at=now, offered_until=until) for user in users
    )


def queries_of(client: Client, url: str) -> int:
    """How many queries the page at `url` takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
