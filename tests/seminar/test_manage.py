"""The organizer's cockpit: what needs them, and who has what."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from courses.models import Participant, ParticipantState, Role, Seminar
from milestones.services import grant_extension
from notifications.models import Letter, LetterState
from reviews.models import ReviewRound
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, release
from tests.reviews.test_services import PLANNED, hand_in, publish
from topics.services import assign_topic

SignIn = Callable[..., Client]
NOTHING = "Nothing. Everything that is due has been done."


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


def text_of(response: HttpResponse) -> str:
    """The page's words, without tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def cockpit(world: World, signed_in: SignIn) -> str:
    response = signed_in(world.people["olga"]).get(world.url("manage/"))
    assert response.status_code == 200
    return text_of(response)


def needs(world: World, signed_in: SignIn) -> list[str]:
    """The items under “needs you”."""
    page = signed_in(world.people["olga"]).get(world.url("manage/")).content.decode()
    items = page.partition("Needs you")[2].partition("</ul>")[0].split("<li")[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", f"<li{item}").split()) for item in items]


def quiet(world: World, now: datetime) -> None:
    """Nobody waits, topics are given out, and there are no reviews to assign."""
    Participant.objects.filter(seminar=world.seminar, state__in=["applied", "waiting"]).delete()
    ReviewRound.objects.all().delete()
    for number, name in enumerate(("anna", "boris", "carla", "dana"), 1):
        assign_topic(world.row(name), world.topic(number), reason="", actor=world.row("olga").user, now=now)


# --- what needs an organizer --------------------------------------------------------------------------------


def test_manage_detail_counts_what_waits_for_a_decision(world: World, signed_in: SignIn) -> None:
    assert needs(world, signed_in) == [
        "1 application waits for your decision Decide",
        "1 person is on the waiting list, and a place is free Admit",
    ]


def test_manage_detail_counts_more_than_one_in_the_plural(world: World, signed_in: SignIn) -> None:
    add_students(world.seminar, 2, state=ParticipantState.APPLIED)
    assert needs(world, signed_in)[0] == "3 applications wait for your decision Decide"


def test_manage_detail_with_nothing_to_do_says_so(world: World, signed_in: SignIn, now: datetime) -> None:
    quiet(world, now)
    assert needs(world, signed_in) == [NOTHING]


def test_manage_detail_names_the_waiting_list_only_when_a_place_is_free(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    quiet(world, now)
    add_students(world.seminar, 1, state=ParticipantState.WAITING)
    assert needs(world, signed_in) == ["1 person is on the waiting list, and a place is free Admit"]
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=4)
    assert needs(world, signed_in) == [NOTHING]


def test_manage_detail_counts_missing_work(world: World, signed_in: SignIn, now: datetime, time_machine: Any) -> None:
    quiet(world, now)
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    Letter.objects.update(state=LetterState.SENT)
    time_machine.move_to(datetime(2023, 12, 9, 12, 0, tzinfo=UTC), tick=False)
    assert needs(world, signed_in) == ["3 pieces of work are missing after their deadlines See who"]


def test_manage_detail_asks_for_topics_once_the_preferences_are_closed(
    world: World, signed_in: SignIn, now: datetime, time_machine: Any
) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    time_machine.move_to(datetime(2023, 10, 31, 12, 0, tzinfo=UTC), tick=False)
    assert "3 students have no topic yet Allocate topics" in needs(world, signed_in)


def test_manage_detail_asks_for_the_plan_once_the_works_are_in(
    world: World, signed_in: SignIn, time_machine: Any
) -> None:
    hand_in(world)
    sentence = "Reviews are not assigned yet Assign reviews"
    assert sentence not in needs(world, signed_in)
    time_machine.move_to(PLANNED, tick=False)
    assert sentence in needs(world, signed_in)
    publish(world)
    assert sentence not in needs(world, signed_in)


def test_manage_detail_counts_grades_that_are_not_released(world: World, signed_in: SignIn, now: datetime) -> None:
    quiet(world, now)
    grade(world, "anna", now)
    enter(world, "boris", "notebook", entry_of("1.0"), now)
    assert needs(world, signed_in) == ["1 grade is complete and not released To the grades"]
    release(world, now)
    assert needs(world, signed_in) == [NOTHING]
    enter(world, "anna", "notebook", entry_of("4.0"), now, revision=1)
    assert needs(world, signed_in) == ["1 grade is complete and not released To the grades"]


def test_manage_detail_counts_letters_that_failed_in_this_seminar(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    quiet(world, now)
    Letter.objects.filter(scope="small").update(state=LetterState.FAILED)
    count = Letter.objects.filter(scope="small").count()
    letter = Letter.objects.filter(scope="small")[0]
    letter.pk, letter.key, letter.scope = None, "other", "other"
    letter.save()
    words = "letter could not be delivered" if count == 1 else "letters could not be delivered"
    assert needs(world, signed_in) == [f"{count} {words} Look"]


# --- who has what -------------------------------------------------------------------------------------------


def test_manage_detail_shows_every_student_with_topic_and_states(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    assign_topic(world.row("anna"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    words = cockpit(world, signed_in)
    assert (
        "Milestone I 30 Oct · 0/4 Milestone II 8 Dec · 1/4 Milestone III 9 Feb · 0/4 Milestone IV 23 Feb · 0/4" in words
    )
    assert "Anna Großmann 1 15 Dec not needed done open waiting for others" in words
    assert "Boris Łukasik – open open open waiting for others" in words
    for name in ("apply", "wait", "gone"):
        assert world.row(name).user.family_name not in words


def test_manage_detail_shows_an_extension_and_how_many_reviews_are_in(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    day = now + timedelta(days=6)
    grant_extension(
        world.milestone("m1"),
        world.row("anna"),
        due_date=day.date(),
        due_time=day.time(),
        reason="ill",
        actor=world.row("olga").user,
        now=now,
    )
    hand_in(world, at=now)
    publish(world)
    assert "Anna Großmann – open until 2 Nov open done open 0/2" in cockpit(world, signed_in)


def test_manage_detail_before_anybody_is_admitted(world: World, signed_in: SignIn) -> None:
    Participant.objects.filter(seminar=world.seminar, role=Role.STUDENT).delete()
    words = cockpit(world, signed_in)
    assert words.endswith("Nobody is admitted yet. Applications appear under People. To the people")
    assert NOTHING in words


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("anna", 403),
        ("apply", 403),
        ("gone", 403),
        ("outsider", 403),
        ("other_student", 403),
        ("other_organizer", 403),
        ("anonymous", 302),
    ],
)
def test_manage_detail_is_closed_to_others(world: World, signed_in: SignIn, name: str, status: int) -> None:
    response = signed_in(world.people[name]).get(world.url("manage/"))
    assert response.status_code == status
    assert "Łukasik" not in response.content.decode()
    assert signed_in(world.people["olga"]).post(world.url("manage/")).status_code == 405


def test_manage_detail_of_an_organizer_who_has_left_is_closed(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["otto"])
    assert client.get(world.url("manage/")).status_code == 200
    Participant.objects.filter(pk=world.row("otto").pk).update(state=ParticipantState.WITHDRAWN)
    assert client.get(world.url("manage/")).status_code == 403


def test_manage_detail_takes_the_same_queries_for_one_and_for_thirty_students(world: World, signed_in: SignIn) -> None:
    Participant.objects.filter(seminar=world.seminar, user__email__regex="^(boris|carla|dana)@").delete()
    client, url = signed_in(world.people["olga"]), world.url("manage/")
    one = queries_of(client, url)
    add_students(world.seminar, 29)
    assert queries_of(client, url) == one
    assert client.get(url).content.decode().count('<th scope="row">') == 30
