"""The demo data: three seminars, people in every role and state, the same for the same seed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction

from accounts.models import User
from courses.models import Participant, ParticipantState, Role, Seminar
from grading.models import ReleasedGrade
from milestones.domain.progress import State
from milestones.models import Milestone
from reviews.models import Review, ReviewState
from seminar.management.commands.demo_seed import banner_text, report
from seminar.queries import cells
from seminar.services import demo
from topics.models import Assignment

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db
Seeded = tuple[dict[str, Any], dict[str, int], dict[str, int]]


def holders() -> dict[str, int]:
    rows = Assignment.objects.values_list(
        "participant__seminar__slug", "participant__user__email", "seat__topic__number"
    )
    return {f"{slug} {email}": number for slug, email, number in rows}


def count_from_one() -> None:
    """As in a new database: the lottery between students is drawn by their ids, which PostgreSQL never uses twice."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Seeded]:
    """Seed, take it back, and seed again: what was returned last, and who held which topic each time."""
    with django_db_blocker.unblock(), transaction.atomic():
        point = transaction.savepoint()
        count_from_one()
        demo.seed_demo(NOW, seed=5)
        first = holders()
        transaction.savepoint_rollback(point)
        count_from_one()
        yield demo.seed_demo(NOW, seed=5), first, holders()
        transaction.set_rollback(True)


def test_seed_demo_makes_three_seminars_with_different_rules(seeded: Seeded) -> None:
    assert seeded[0]["seminars"] == ["deepdiffusion2023", "deepdiffusion-now", "hydrology-now"]
    facts = Seminar.objects.order_by("pk").values_list("slug", "time_zone", "capacity")
    assert list(facts) == [
        ("deepdiffusion2023", "Europe/Berlin", 8),
        ("deepdiffusion-now", "Europe/Berlin", 8),
        ("hydrology-now", "America/Halifax", 8),
    ]


def test_seed_demo_has_thirty_people_in_every_role_and_state(seeded: Seeded) -> None:
    assert User.objects.count() >= 30
    assert set(Participant.objects.values_list("role", flat=True)) == set(Role)
    assert set(Participant.objects.values_list("state", flat=True)) == set(ParticipantState)
    running = Participant.objects.filter(seminar__slug=demo.RUNNING, role=Role.STUDENT)
    assert set(running.values_list("state", flat=True)) == set(ParticipantState)


def test_seed_demo_shows_every_state_of_a_milestone(seeded: Seeded) -> None:
    states: set[str] = set()
    for seminar in Seminar.objects.all():
        students = list(Participant.objects.filter(seminar=seminar, role=Role.STUDENT, state=ParticipantState.ADMITTED))
        milestones = list(Milestone.objects.filter(seminar=seminar).select_related("seminar"))
        states |= {str(cell.state) for cell in cells(milestones, students, NOW).values()}
    assert states == {str(state) for state in State}


def test_seed_demo_gives_the_same_topics_for_the_same_seed(seeded: Seeded) -> None:
    _answer, first, second = seeded
    assert len(first) >= 15
    assert second == first


def test_seed_demo_names_logins_that_work(seeded: Seeded) -> None:
    answer = seeded[0]
    assert set(answer["logins"]) == {"organizer", "student", "reviewer"}
    for email in answer["logins"].values():
        assert User.objects.get(email=email).check_password(answer["password"])
    reviewer = Participant.objects.get(seminar__slug=demo.RUNNING, user__email=answer["logins"]["reviewer"])
    assert Review.objects.filter(reviewer=reviewer).count() == 3
    assert answer["logins"]["reviewer"] != answer["logins"]["student"]


def test_seed_demo_finishes_the_seminar_that_is_over(seeded: Seeded) -> None:
    over = Participant.objects.filter(seminar__slug=demo.FINISHED, role=Role.STUDENT, state=ParticipantState.ADMITTED)
    assert ReleasedGrade.objects.filter(participant__in=over).count() == over.count() == 7
    reviews = Review.objects.filter(round__milestone__seminar__slug=demo.FINISHED)
    assert set(reviews.values_list("state", flat=True)) == {ReviewState.DELIVERED}
    assert reviews.count() == 21


def test_demo_report_lists_people_with_ids_and_addresses(seeded: Seeded) -> None:
    content = json.loads(report(seeded[0]))
    assert len(content["people"]) == Participant.objects.count()
    assert content["addresses"][1] == "http://testserver/seminars/deepdiffusion-now/"
    first = Participant.objects.order_by("pk")[0]
    assert content["people"][0] == {
        "id": first.pk,
        "email": "gerrit.grossmann@example.org",
        "seminar": "deepdiffusion2023",
        "role": "organizer",
        "state": "admitted",
    }


def test_demo_banner_names_the_password_only_where_debug_is_on(seeded: Seeded, settings: Any) -> None:
    assert demo.PASSWORD not in banner_text()
    settings.DEBUG = True
    assert f"password {demo.PASSWORD}" in banner_text()
    assert all(email in banner_text() for email in seeded[0]["logins"].values())


@pytest.mark.parametrize("days", range(7))
def test_mid_term_of_the_running_seminar_lies_between_notebook_and_reviews_on_every_day(days: int) -> None:
    now = NOW + timedelta(days=days)
    file = demo.mid_term(demo.read_example("deepdiffusion2023.toml"), now, weeks=16)
    due = {milestone.key: milestone.due for milestone in file.milestones}
    assert due["m3"] < now.replace(tzinfo=None) < due["m4"]
