"""The real seminar's topics are given out; topic 2's student leaves; what remains is what the real page shows."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from accounts.services import ensure_user
from courses.models import Participant, ParticipantState, Seminar
from seminar.services.invariants import broken_invariants
from tests.e2e.test_walk import without_students
from tests.factories.world import load_text
from topics.models import PreferenceRule, SessionTopic
from topics.queries import catalogue, topic_of
from topics.services import publish_allocation, run_allocation, save_preferences

BERLIN = ZoneInfo("Europe/Berlin")
HOME = "/seminars/deepdiffusion2023/"
# Seven invented students as on the page, and an eighth who wants topic 2: with them all eight places are taken.
CHOICES = [(1, 3, 5), (4, 1, 6), (5, 4, 8), (6, 5, 9), (7, 6, 1), (8, 9, 7), (9, 7, 3), (2, 11, 12)]
pytestmark = pytest.mark.django_db
SignIn = Callable[[object], Client]


@pytest.fixture
def course() -> Iterator[Seminar]:
    with time_machine.travel(datetime(2023, 10, 30, 12, 0, tzinfo=BERLIN)) as traveller:
        whole = (Path(settings.BASE_DIR) / "examples" / "deepdiffusion2023.toml").read_text()
        seminar = load_text(without_students(whole), datetime.now(BERLIN))
        rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=seminar)
        for number, choices in enumerate(CHOICES):
            user = ensure_user(f"real{number}@example.org", given_names="Rea", family_name=f"Invented{number}")
            row = Participant.objects.create(
                seminar=seminar, user=user, state=ParticipantState.ADMITTED, entered_at=datetime.now(BERLIN)
            )
            save_preferences(row, rule, choices, arrived_at=datetime.now(BERLIN))
        traveller.move_to(datetime(2023, 10, 31, 9, 0, tzinfo=BERLIN))
        organizer = seminar.participants.filter(role="organizer")[0].user
        run = run_allocation(rule, objective="generous", actor=organizer, now=datetime.now(BERLIN))
        publish_allocation(run, actor=organizer, now=datetime.now(BERLIN))
        yield seminar


def text_of(client: Client, path: str) -> str:
    page = client.get(HOME + path)
    assert page.status_code == 200, path
    main = page.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def students(seminar: Seminar) -> list[Participant]:
    rows = Participant.objects.filter(seminar=seminar, role="student", state="admitted")
    return list(rows.select_related("user", "seminar").order_by("pk"))


def test_everybody_is_told_why(course: Seminar, signed_in: SignIn, tmp_path: Path) -> None:
    for row in students(course):
        client, topic = signed_in(row.user), topic_of(row)
        assert topic is not None
        assert f"{topic.number} · {topic.title} It is number 1 of your preferences." in text_of(client, "allocation/")
        archive = tmp_path / "allocation.pyz"
        archive.write_bytes(client.get(HOME + "allocation/allocation.pyz").content)
    done = subprocess.run([sys.executable, "-I", "-S", str(archive)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "This is what was published.")


def test_topic_2_loses_its_student_and_keeps_its_place(course: Seminar, signed_in: SignIn) -> None:
    leaver = next(row for row in students(course) if (topic := topic_of(row)) and topic.number == 2)
    organizer = signed_in(course.participants.filter(role="organizer")[0].user)
    slots = sorted(SessionTopic.objects.values_list("session__key", "topic__number", "position"))
    preview = text_of(organizer, f"participants/{leaver.pk}/withdrawal/")
    assert (
        "Topic 2, Efficient and Degree-Guided Graph Generation via Discrete Diffusion Modeling, falls free." in preview
    )
    assert "It keeps its place in the schedule:" in preview
    assert organizer.post(f"{HOME}participants/{leaver.pk}/withdrawal/", {"reason": "left"}).status_code == 302

    public = text_of(Client(), "")
    assert "1 of 8 places is open" in public
    assert re.search(r"Fri 15 Dec 2023 Presentations.* Topics 1, 2, 4 ", public)
    assert sorted(SessionTopic.objects.values_list("session__key", "topic__number", "position")) == slots
    free = [topic.number for topic in catalogue(course) if topic.free > 0]
    held = {topic.number for row in students(course) if (topic := topic_of(row))}
    assert held == {1, 4, 5, 6, 7, 8, 9}
    assert free == [2, 3, 10, 11, 12]
    row = re.search(r"Efficient and Degree-Guided Graph Generation[^0-9]*?(free|taken)", text_of(Client(), "topics/"))
    assert row is not None
    assert row.group(1) == "free"
    assert broken_invariants() == []
