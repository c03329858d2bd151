"""Reads that decide who may know of what."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser

from courses import queries
from courses.models import Participant, Seminar
from courses.services import save_attendance
from tests.courses.crowd import add_students
from tests.factories.world import World


def test_visible_seminars_are_the_published_ones_and_ones_own(world: World) -> None:
    Seminar.objects.filter(slug="small").update(published=False)
    seen = {
        name: [seminar.slug for seminar in queries.visible_seminars(world.people[name] or AnonymousUser())]
        for name in ("anna", "gone", "outsider", "other_student", "anonymous")
    }
    both, one = ["other", "small"], ["other"]
    assert seen == {"anna": both, "gone": both, "outsider": one, "other_student": one, "anonymous": one}


def test_membership_of_somebody_from_another_seminar_is_none(world: World) -> None:
    assert queries.membership_of(world.people["other_student"], world.seminar) is None
    assert queries.membership_of(world.people["gone"], world.seminar) == world.row("gone")


def test_students_are_those_admitted_by_family_name(world: World) -> None:
    names = [row.user.family_name for row in queries.students(world.seminar)]
    assert names == sorted(["Großmann", "Conti", "Demir", "Łukasik"])


def test_organizers_begin_with_the_contact(world: World) -> None:
    Participant.objects.filter(pk=world.row("olga").pk).update(is_contact=False)
    assert queries.contact(world.seminar) is None
    Participant.objects.filter(pk=world.row("otto").pk).update(is_contact=True)
    assert [row.user for row in queries.organizers(world.seminar)] == [world.people["otto"], world.people["olga"]]
    assert queries.contact(world.seminar) == world.people["otto"]


def places(world: World) -> tuple[int, int, int, int]:
    """Taken and free as the list of seminars has them, then as the queries of one seminar say."""
    seminar = queries.with_places(Seminar.objects.filter(slug="small")).get()
    return seminar.taken, seminar.free, queries.taken_places(seminar), queries.free_places(seminar)


def test_places_count_students_who_hold_one(world: World) -> None:
    assert places(world) == (4, 1, 4, 1)  # neither organizers nor those who apply, wait or have left


def test_places_on_offer_are_nobody_elses(world: World) -> None:
    add_students(world.seminar, 1, state="offered")
    assert places(world) == (5, 0, 5, 0)


def test_with_places_begins_with_the_newest_seminar(world: World) -> None:
    seminars = queries.with_places(Seminar.objects.all())
    assert ([seminar.slug for seminar in seminars], seminars.ordered) == (["other", "small"], True)


def test_free_places_are_never_below_zero(world: World) -> None:
    world.seminar.capacity = 2
    assert queries.free_places(world.seminar) == 0


def test_waiting_position_follows_the_time_of_entry(world: World, now: datetime) -> None:
    late, later = add_students(world.seminar, 2, state="waiting")
    Participant.objects.filter(pk=late.pk).update(entered_at=now + timedelta(hours=1))
    Participant.objects.filter(pk=later.pk).update(entered_at=now + timedelta(hours=1))
    add_students(world.other, 1, state="waiting")
    rows = [world.row("wait"), *Participant.objects.filter(pk__in=[late.pk, later.pk]).order_by("pk")]
    assert [queries.waiting_position(row) for row in rows] == [1, 2, 3]


def test_absences_count_what_was_missed_without_excuse(world: World, now: datetime) -> None:
    anna, boris = world.row("anna").pk, world.row("boris").pk
    for key, statuses in (("kickoff", {anna: "absent", boris: "excused"}), ("talks", {anna: "absent"})):
        session = world.seminar.sessions.get(key=key)
        save_attendance(session, statuses, actor=world.people["olga"], now=now)
    assert queries.absences(world.seminar) == {anna: 2}
    assert queries.absences(world.other) == {}
