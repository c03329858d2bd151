"""The one way from a milestone and a person to that person's deadline."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from milestones.domain.progress import Due
from milestones.models import Milestone, OwnDeadline
from milestones.queries import deadline_of, deadlines, general_deadline, milestones_near, milestones_of, wall_time
from tests.courses.crowd import add_students
from tests.factories.world import World

BERLIN = "Europe/Berlin"
GRANTED = datetime(2023, 11, 1, tzinfo=UTC)
M2 = datetime(2023, 12, 8, 23, 59)  # as the small seminar's file says
M2_ENDS = datetime(2023, 12, 8, 22, 59, 59, 999999, tzinfo=UTC)


def own_deadline(milestone: Milestone, world: World, origin: str, wall: datetime, name: str = "anna") -> None:
    OwnDeadline.objects.create(
        milestone=milestone,
        participant=world.row(name),
        origin=origin,
        due_date=wall.date(),
        due_time=wall.time(),
        granted_at=GRANTED,
    )


@pytest.fixture
def report(world: World) -> Milestone:
    """Due a week after one's own talk."""
    return Milestone.objects.create(
        seminar=world.seminar, key="report", title="Report", kind="upload", anchor="own_talk", due_time=time(23, 59)
    )


def dated(wall: datetime, *, extended: bool = False) -> Due:
    """A deadline in Berlin's winter."""
    ends = (wall - timedelta(hours=1)).replace(second=59, microsecond=999999, tzinfo=UTC)
    return Due(BERLIN, wall, ends, ends, extended, told=GRANTED if extended else None)


def test_deadline_of_somebody_without_one_of_their_own_is_the_general_one(world: World) -> None:
    milestone = world.milestone("m2")
    assert deadline_of(milestone, world.row("anna")) == general_deadline(milestone) == dated(M2)
    assert general_deadline(milestone).closes == M2_ENDS


def test_deadline_on_the_night_after_the_clocks_changed_ends_an_hour_later_in_utc(world: World) -> None:
    due = general_deadline(world.milestone("m1"))
    assert due.shown == datetime(2023, 10, 30, 22, 59, 59, 999999, tzinfo=UTC)


def test_deadline_closes_after_the_hidden_grace(world: World) -> None:
    milestone = world.milestone("m2")
    milestone.grace_minutes = 10
    assert general_deadline(milestone) == Due(BERLIN, M2, M2_ENDS, M2_ENDS + timedelta(minutes=10))


def test_deadline_follows_the_zone_of_the_seminar(world: World) -> None:
    milestone = world.milestone("m2")
    milestone.seminar.time_zone = "America/New_York"
    assert general_deadline(milestone).shown == datetime(2023, 12, 9, 4, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (datetime(2023, 12, 12, 12, 0), dated(datetime(2023, 12, 12, 12, 0), extended=True)),
        (datetime(2023, 12, 1, 12, 0), dated(M2)),  # an extension never takes time away
        (M2, dated(M2)),
    ],
)
def test_deadline_with_an_extension_is_the_later_one(world: World, extension: datetime, expected: Due) -> None:
    own_deadline(world.milestone("m2"), world, "extension", extension)
    assert deadline_of(world.milestone("m2"), world.row("anna")) == expected
    assert deadline_of(world.milestone("m2"), world.row("boris")) == dated(M2)


@pytest.mark.parametrize(
    ("talk", "extension", "expected"),
    [
        (None, None, Due(BERLIN)),
        (datetime(2023, 12, 22, 23, 59), None, dated(datetime(2023, 12, 22, 23, 59))),
        (
            datetime(2023, 12, 22, 23, 59),
            datetime(2023, 12, 24, 12, 0),
            dated(datetime(2023, 12, 24, 12, 0), extended=True),
        ),
        (
            datetime(2023, 12, 22, 23, 59),
            datetime(2023, 12, 20, 12, 0),
            dated(datetime(2023, 12, 22, 23, 59)),
        ),
        (None, datetime(2023, 12, 24, 12, 0), dated(datetime(2023, 12, 24, 12, 0), extended=True)),
    ],
)
def test_deadline_after_ones_own_talk_is_the_later_of_talk_and_extension(
    world: World, report: Milestone, talk: datetime | None, extension: datetime | None, expected: Due
) -> None:
    for origin, wall in (("talk", talk), ("extension", extension)):
        if wall is not None:
            own_deadline(report, world, origin, wall)
    assert deadline_of(report, world.row("anna")) == expected
    assert general_deadline(report) == deadline_of(report, world.row("boris")) == Due(BERLIN)


def test_deadline_on_a_date_does_not_follow_the_talk(world: World) -> None:
    own_deadline(world.milestone("m2"), world, "talk", datetime(2024, 1, 19, 23, 59))
    assert deadline_of(world.milestone("m2"), world.row("anna")) == dated(M2)


def test_deadlines_of_everybody_take_one_query(world: World, django_assert_num_queries) -> None:
    milestones = list(milestones_of(world.seminar))
    ids = [row.pk for row in add_students(world.seminar, 30)]
    with django_assert_num_queries(1):
        table = deadlines(milestones, ids)
    assert set(table) == {(milestone.pk, pk) for milestone in milestones for pk in ids}


def test_wall_time_is_what_the_clocks_show(world: World, report: Milestone) -> None:
    assert (wall_time(world.milestone("m2")), wall_time(report)) == (M2, None)


def test_milestones_of_a_seminar_are_in_the_order_of_the_term(world: World) -> None:
    assert [milestone.key for milestone in milestones_of(world.seminar)] == ["m1", "m2", "m3", "m4"]


def test_milestones_near_a_day_include_somebodys_own(world: World) -> None:
    own_deadline(world.milestone("m2"), world, "extension", datetime(2024, 2, 10, 12, 0))
    near = milestones_near(date(2024, 2, 10)).filter(seminar=world.seminar)
    assert sorted(milestone.key for milestone in near) == ["m2", "m3", "m4"]
