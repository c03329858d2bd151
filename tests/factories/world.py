"""A small seminar with people in every role and state, loaded from a file as an organizer would."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from accounts.models import User
from accounts.services import ensure_user
from courses.models import Participant, Seminar
from milestones.models import Milestone
from seminar.domain.seminar_file import read_seminar
from seminar.services.loading import load_seminar
from submissions.models import UploadSlot
from topics.models import Topic

SMALL = Path(__file__).parents[1] / "data" / "small.toml"


@dataclass
class World:
    """`people` maps a short name to a user; students have no topics yet."""

    seminar: Seminar
    other: Seminar
    people: dict[str, User | None]

    def row(self, name: str) -> Participant:
        rows = Participant.objects.select_related("user", "seminar")
        return rows.get(seminar=self.seminar, user=self.people[name])

    def topic(self, number: int) -> Topic:
        return Topic.objects.get(seminar=self.seminar, number=number)

    def milestone(self, key: str) -> Milestone:
        return Milestone.objects.select_related("seminar").get(seminar=self.seminar, key=key)

    def slot(self, key: str) -> UploadSlot:
        slots = UploadSlot.objects.select_related("milestone__seminar")
        return slots.get(milestone__seminar=self.seminar, key=key)

    def url(self, path: str = "") -> str:
        return f"/seminars/{self.seminar.slug}/{path}"


def load_text(text: str, now: datetime, slug: str = "") -> Seminar:
    file, problems = read_seminar(tomllib.loads(text), text)
    assert file is not None, problems
    return load_seminar(file, now=now, slug=slug).seminar


def build_world(now: datetime) -> World:
    """Names: olga, otto (organizers), anna, boris, carla, dana (students), apply, wait, gone, outsider, anonymous (None);
    other_organizer and other_student belong to another seminar with the same rules."""
    text = SMALL.read_text()
    seminar = load_text(text, now)
    other = load_text(text.replace("@example.org", "@example.net"), now, slug="other")
    people: dict[str, User | None] = {
        name: User.objects.get(email=f"{name}@example.org")
        for name in ("olga", "otto", "anna", "boris", "carla", "dana", "apply", "wait", "gone")
    }
    people["outsider"] = ensure_user("outsider@example.org", given_names="Ole", family_name="Outsider")
    people["other_organizer"] = User.objects.get(email="olga@example.net")
    people["other_student"] = User.objects.get(email="anna@example.net")
    people["anonymous"] = None
    return World(seminar=seminar, other=other, people=people)
