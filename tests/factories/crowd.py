"""The small seminar with many students, each with a topic, files and reviews."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import User
from accounts.services import ensure_user
from courses import queries
from courses.models import Participant, ParticipantState, Seminar
from reviews.queries import round_of
from reviews.services import draw_plan, publish_plan
from submissions.models import Submission, UploadSlot, Version
from tests.bench_notebook import bench_notebook
from tests.factories.world import SMALL, load_text
from topics.models import Assignment, Seat, Topic

NOW = datetime(2024, 2, 10, 9, 0, tzinfo=UTC)


def crowd(students: int) -> Seminar:
    """A seminar of `students` admitted people in the week of the reviews."""
    text = SMALL.read_text().split("[[people]]")
    organizers = [table for table in text[1:] if 'role = "organizer"' in table]
    seminar = load_text("[[people]]".join([text[0].replace("capacity = 5", "capacity = 1000"), *organizers]), NOW)
    topic = Topic.objects.filter(seminar=seminar)[0]
    seats = [Seat.objects.create(topic=topic, number=number + 2) for number in range(students)]
    for number in range(students):
        user = ensure_user(f"crowd{number}@example.org", given_names="Cara", family_name=f"Crowd{number:03}")
        row = Participant.objects.create(
            seminar=seminar, user=user, state=ParticipantState.ADMITTED, entered_at=NOW - timedelta(days=100)
        )
        Assignment.objects.create(seat=seats[number], participant=row, assigned_at=NOW)
        for slot in UploadSlot.objects.filter(milestone__seminar=seminar):
            submission = Submission.objects.create(slot=slot, participant=row)
            Version.objects.create(
                submission=submission, number=1, sha256="0" * 64, size=1, extension=slot.extensions[0], original_name="x",
                canonical_name="x", received_at=NOW, on_time=True, uploaded_by=user,
            )  # fmt: skip
    return seminar


def with_a_notebook(student: User) -> Version:
    """The student's notebook, made a real one."""
    data = bench_notebook()
    version = Version.objects.get(submission__participant__user=student, submission__slot__key="notebook")
    version.sha256 = hashlib.sha256(data).hexdigest()
    version.save(update_fields=["sha256"])
    path = Path(default_storage.path(version.stored_name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return version


def crowded_seminar(students: int) -> tuple[dict[str, Client], dict[str, tuple[str, str]]]:
    """Clients by role, and page name → (role, address)."""
    seminar = crowd(students)
    organizer = queries.organizers(seminar)[0].user
    student = queries.students(seminar)[0].user
    round_ = round_of(seminar)
    if round_ is not None:
        publish_plan(round_, digest=draw_plan(round_).digest, actor=organizer, now=NOW)
    clients: dict[str, Any] = {role: Client() for role in ("nobody", "student", "organizer")}
    clients["student"].force_login(student, backend=settings.AUTHENTICATION_BACKENDS[-1])
    clients["organizer"].force_login(organizer, backend=settings.AUTHENTICATION_BACKENDS[-1])
    home = f"/seminars/{seminar.slug}/"
    version = f"{home}submissions/versions/{with_a_notebook(student).receipt}/"
    return clients, {
        "floor": ("nobody", "/floor/"),
        "home": ("nobody", "/"),
        "public page": ("nobody", home),
        "what now": ("student", home + "me/"),
        "reviewer's page": ("student", home + "reviews/"),
        "notebook of 1.4 MB": ("student", version),
        "its frame": ("student", version + "frame/"),
        "overview of 40": ("organizer", home + "manage/"),
        "people, 40": ("organizer", home + "participants/"),
        "review matrix 40 × 40": ("organizer", home + "reviews/"),
        "uploads of 40": ("organizer", home + "submissions/"),
        "grades of 40": ("organizer", home + "grading/"),
    }
