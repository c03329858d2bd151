"""A small seminar with people in every role and state, loaded from a file as an organizer would."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from accounts.models import User
from accounts.services import ensure_user
from courses.models import Participant, Seminar
from milestones.models import Milestone
from seminar.domain.seminar_file import read_seminar
from seminar.services.loading import load_seminar
from submissions.models import UploadSlot
from topics.models import Topic

RECORDED: dict[datetime, dict[str, list[list[Any]]]] = {}
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
    other_organizer and other_student belong to another seminar with the same rules.

    Loaded once for each process and time; later its rows are written again as they were, which takes a twentieth of that.
    """
    if User.objects.exists() or Seminar.objects.exists():
        return world_of(*load_both(now))
    if now not in RECORDED:
        tables = connection.introspection.django_table_names(only_existing=True)
        empty = [table for table in sorted(tables) if not rows_of(table)]
        count_from_one(empty)
        both = load_both(now)
        RECORDED[now] = {table: rows for table in empty if (rows := rows_of(table))}
        return world_of(*both)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in RECORDED[now].items():
            row = f"({', '.join(['%s'] * len(rows[0]))})"
            values = [value for each in rows for value in each]
            cursor.execute(f"INSERT INTO {table} VALUES {', '.join([row] * len(rows))}", values)
        written = [model for model in apps.get_models() if model._meta.db_table in RECORDED[now]]
        if statements := connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(
                "".join(statements)
            )  # the next row comes after these, whatever was flushed or migrated meanwhile
    return world_of(Seminar.objects.get(slug="small"), Seminar.objects.get(slug="other"))


def count_from_one(tables: list[str]) -> None:
    """Give the next row of an empty table the id 1, so that a plan made of ids is the same whatever ran before."""
    sequences = [each for each in connection.introspection.sequence_list() if each["table"] in tables]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), sequences):
            cursor.execute(statement)


def rows_of(table: str) -> list[list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return [[str(value) if isinstance(value, date | time) else value for value in row] for row in cursor.fetchall()]


def load_both(now: datetime) -> tuple[Seminar, Seminar]:
    text = SMALL.read_text()
    seminar = load_text(text, now)
    other = load_text(text.replace("@example.org", "@example.net"), now, slug="other")
    ensure_user("outsider@example.org", given_names="Ole", family_name="Outsider")
    return seminar, other


def world_of(seminar: Seminar, other: Seminar) -> World:
    users = {user.email: user for user in User.objects.all()}
    people: dict[str, User | None] = {
        name: users[f"{name}@example.org"]
        for name in ("olga", "otto", "anna", "boris", "carla", "dana", "apply", "wait", "gone", "outsider")
    }
    people["other_organizer"], people["other_student"] = users["olga@example.net"], users["anna@example.net"]
    people["anonymous"] = None
    return World(seminar=seminar, other=other, people=people)
