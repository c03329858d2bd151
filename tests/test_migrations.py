"""Migrations run forward from an earlier release with data in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

NOW = datetime(2023, 10, 27, 12, 0, tzinfo=UTC)
FIRST_RELEASE = [("accounts", "0001_initial"), ("courses", "0001_initial"), ("topics", "0001_initial")]
pytestmark = pytest.mark.django_db(transaction=True)


def migrate(targets: list[tuple[str, str]]) -> Apps:
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def first_release() -> Iterator[Apps]:
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield migrate(FIRST_RELEASE)
    migrate(newest)  # of every app: going back takes those along that build on these


def seminar_of(apps: Any, slug: str) -> Any:
    return apps.get_model("courses", "Seminar").objects.create(
        slug=slug, title=slug, tag=slug, term="W", ects=7, capacity=3, weekday=4, starts_at="14:15", ends_at="16:00"
    )


def test_runs_and_rules_of_the_first_release_are_carried_over(first_release: Any) -> None:
    user = first_release.get_model("accounts", "User").objects.create(email="olga@example.org")
    for slug in ("one", "two"):
        seminar = seminar_of(first_release, slug)
        row = first_release.get_model("courses", "Participant").objects.create(
            seminar=seminar, user=user, state="admitted", entered_at=NOW
        )
        milestone = first_release.get_model("milestones", "Milestone").objects.create(
            seminar=seminar, key="m1", label="", title="Topics", kind="preferences", due_date=NOW, due_time="23:59"
        )
        first_release.get_model("topics", "PreferenceRule").objects.create(seminar=seminar, milestone=milestone, seed=7)
        first_release.get_model("topics", "AllocationRun").objects.create(
            seminar=seminar, state="published", objective="generous", seed=7, preferences={str(row.pk): [[3]]},
            capacities={"3": 1}, assignment={str(row.pk): 3}, profile=[1], created_at=NOW, created_by=user,
        )  # fmt: skip
    apps = migrate([("courses", "0002_places"), ("topics", "0003_fill_people_and_nonces")])
    for run in apps.get_model("topics", "AllocationRun").objects.all():
        assert [run.people[code] for code in run.assignment] == [int(code) for code in run.assignment]
    rules = apps.get_model("topics", "PreferenceRule").objects.all()
    assert {rule.seed for rule in rules} == {7}
    assert len({secret for rule in rules for secret in (rule.nonce, rule.salt)}) == 4
    for row in apps.get_model("courses", "Participant").objects.all():
        assert (row.state, row.offered_until) == ("admitted", None)
    for model in ("AllocationRun", "PreferenceRule"):
        apps.get_model("topics", model).objects.all().delete()
    apps.get_model("courses", "Seminar").objects.all().delete()
    apps.get_model("accounts", "User").objects.all().delete()
