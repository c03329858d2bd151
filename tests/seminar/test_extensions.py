"""More time than others have: granted, asked for, decided, and who waits for it."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from courses.models import HistoryEntry, Participant
from milestones.models import ExtensionRequest, OwnDeadline
from milestones.queries import deadline_of
from milestones.services import ask_extension, decide_request
from notifications.models import Letter
from seminar.queries import who_waits
from tests.factories.world import World
from tests.reviews.test_services import first_of, hand_in, publish

SignedIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["olga"])


@pytest.fixture
def anna(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["anna"])


def extension(world: World, **fields: Any) -> dict[str, Any]:
    values = {"participant": world.row("anna").pk, "due_date": "2023-11-02", "due_time": "12:00", "reason": "ill"}
    return {**values, **fields}


def test_extension_create_gives_more_time_and_shows_who_gave_it(olga: Client, world: World) -> None:
    url = world.url("milestones/m1/")
    assert olga.get(f"{url}extensions/").status_code == 200
    assert olga.post(f"{url}extensions/", extension(world)).url == url
    page = olga.get(url).text
    assert "Anna Großmann: Thu 2 Nov 2023, 12:00" in page
    assert "ill · Olga Organizer" in page
    assert list(Letter.objects.values_list("to_email", "kind")) == [("anna@example.org", "extension")]


def test_extension_create_twice_is_one_effect(olga: Client, world: World) -> None:
    for _ in range(2):
        assert olga.post(world.url("milestones/m1/extensions/"), extension(world)).status_code == 302
    assert (OwnDeadline.objects.count(), Letter.objects.count(), HistoryEntry.objects.count()) == (1, 1, 1)


def test_extension_create_for_several_ticked_in_the_overview(olga: Client, world: World, now: datetime) -> None:
    people = [world.row(name).pk for name in ("anna", "boris", "dana")]
    url = world.url("milestones/m1/extensions/")
    assert f'formaction="{url}"' in olga.get(world.url("manage/")).text
    page = olga.post(url, {"participant": people, "key": "x", "audience": "chosen"})
    ticked = re.findall(r'name="participant" value="(\d+)"[^>]*checked', page.text)
    assert (page.status_code, {int(pk) for pk in ticked}) == (200, set(people))
    assert OwnDeadline.objects.count() == 0, "nothing is granted without a day"
    longer = extension(world, participant=world.row("dana").pk, due_date="2023-11-09")
    olga.post(url, longer)
    for _ in range(2):
        answer = olga.post(url, extension(world, participant=people), follow=True)
        assert "keep" in answer.text
    dues = {
        name: str(deadline_of(world.milestone("m1"), world.row(name)).wall)[:10] for name in ("anna", "boris", "dana")
    }
    assert dues == {"anna": "2023-11-02", "boris": "2023-11-02", "dana": "2023-11-09"}, "nobody gets less"
    told = list(Letter.objects.order_by("pk").values_list("to_email", flat=True))
    assert told == ["dana@example.org", "anna@example.org", "boris@example.org"]


def test_extension_create_may_shorten_what_one_person_has(olga: Client, world: World) -> None:
    for day in ("2023-11-09", "2023-11-02"):
        olga.post(world.url("milestones/m1/extensions/"), extension(world, due_date=day))
    assert str(deadline_of(world.milestone("m1"), world.row("anna")).wall) == "2023-11-02 12:00:00"


@pytest.mark.parametrize("change", [{"reason": ""}, {"due_date": "soon"}, {"due_time": "25:00"}, {"participant": "0"}])
def test_extension_create_with_a_mistake_gives_nothing(olga: Client, world: World, change: dict[str, str]) -> None:
    response = olga.post(world.url("milestones/m1/extensions/"), extension(world, **change))
    assert (response.status_code, list(response.context["form"].errors)) == (400, list(change))
    assert OwnDeadline.objects.count() == 0


@pytest.mark.parametrize("name", ["gone", "apply", "olga"])
def test_extension_create_is_for_admitted_students(olga: Client, world: World, name: str) -> None:
    fields = extension(world, participant=world.row(name).pk)
    assert olga.post(world.url("milestones/m1/extensions/"), fields).status_code == 400


def test_extension_create_for_somebody_from_another_seminar_is_refused(olga: Client, world: World) -> None:
    stranger = Participant.objects.get(seminar=world.other, user=world.people["other_student"])
    fields = extension(world, participant=stranger.pk)
    assert olga.post(world.url("milestones/m1/extensions/"), fields).status_code == 400
    assert OwnDeadline.objects.count() == 0


# --- asked for ----------------------------------------------------------------------------------------------

WISH = {"due_date": "2023-11-02", "due_time": "12:00", "reason": "I moved house."}


def ask(world: World, now: datetime, day: int = 2) -> ExtensionRequest:
    wish = {"due_date": date(2023, 11, day), "due_time": time(12), "reason": "I moved house."}
    return ask_extension(world.milestone("m1"), world.row("anna"), **wish, now=now)


def test_request_edit_reaches_the_organizers_and_changes_no_deadline(anna: Client, world: World) -> None:
    before = deadline_of(world.milestone("m1"), world.row("anna"))
    assert anna.post(world.url("milestones/m1/request/"), WISH).status_code == 302
    assert deadline_of(world.milestone("m1"), world.row("anna")) == before
    letters = Letter.objects.filter(kind="extension_asked")
    assert sorted(letters.values_list("to_email", flat=True)) == ["olga@example.org", "otto@example.org"]
    assert "Asked for: Thu 2 Nov 2023, 12:00 (Europe/Berlin)" in letters[0].text
    assert "Until it is decided, your deadline is as before." in anna.get(world.url("milestones/m1/request/")).text
    assert "Your request is open" in anna.get(world.url("milestones/")).text


def test_request_edit_twice_is_one_request_and_one_letter_each(anna: Client, world: World) -> None:
    for _ in range(2):
        anna.post(world.url("milestones/m1/request/"), WISH)
    assert (ExtensionRequest.objects.count(), Letter.objects.count(), HistoryEntry.objects.count()) == (1, 2, 1)


def test_request_edit_again_changes_the_open_request(anna: Client, world: World) -> None:
    for day in ("2023-11-02", "2023-11-04"):
        anna.post(world.url("milestones/m1/request/"), {**WISH, "due_date": day})
    assert [each.due_date for each in ExtensionRequest.objects.all()] == [date(2023, 11, 4)]


@pytest.mark.parametrize("change", [{"reason": ""}, {"due_date": "soon"}, {"due_time": "25:00"}])
def test_request_edit_with_a_mistake_asks_nothing(anna: Client, world: World, change: dict[str, str]) -> None:
    response = anna.post(world.url("milestones/m1/request/"), {**WISH, **change})
    assert (response.status_code, list(response.context["form"].errors)) == (400, list(change))
    assert ExtensionRequest.objects.count() == 0


def test_request_edit_for_an_earlier_day_is_refused_with_a_sentence(anna: Client, world: World) -> None:
    response = anna.post(world.url("milestones/m1/request/"), {**WISH, "due_date": "2023-10-30", "due_time": "23:59"})
    assert (response.status_code, "must lie after your deadline; nothing was sent" in response.text) == (400, True)


def test_request_edit_takes_an_open_request_back(anna: Client, world: World, now: datetime) -> None:
    ask(world, now)
    assert anna.post(world.url("milestones/m1/request/"), {"take_back": "1"}).status_code == 302
    assert ExtensionRequest.objects.get().state == "taken_back"
    assert "Ask for more time" in anna.get(world.url("milestones/")).text


def test_open_requests_of_one_deadline_are_one(world: World, now: datetime) -> None:
    row = ask(world, now)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


# --- decided ------------------------------------------------------------------------------------------------


def test_request_decide_grants_what_was_asked_for(olga: Client, world: World, now: datetime) -> None:
    request = ask(world, now)
    assert "Anna Großmann asks for more time" in olga.get(world.url("manage/")).text
    page = olga.get(world.url(f"extension-requests/{request.pk}/")).text
    assert "I moved house." in page
    data = {"due_date": "2023-11-02", "due_time": "12:00", "answer": "", "grant": "1"}
    assert olga.post(world.url(f"extension-requests/{request.pk}/"), data).status_code == 302
    due = deadline_of(world.milestone("m1"), world.row("anna"))
    assert (due.wall, due.extended) == (datetime(2023, 11, 2, 12, 0), True)
    assert Letter.objects.filter(kind="extension", to_email="anna@example.org").count() == 1
    assert "asks for more time" not in olga.get(world.url("manage/")).text


def test_request_decide_may_grant_another_day(olga: Client, world: World, now: datetime) -> None:
    request = ask(world, now)
    data = {"due_date": "2023-11-01", "due_time": "10:00", "answer": "Two days are enough.", "grant": "1"}
    olga.post(world.url(f"extension-requests/{request.pk}/"), data)
    assert deadline_of(world.milestone("m1"), world.row("anna")).wall == datetime(2023, 11, 1, 10, 0)
    assert "Two days are enough." in Letter.objects.get(kind="extension").text


def test_request_decide_declines_with_a_reason_only(olga: Client, world: World, now: datetime) -> None:
    request = ask(world, now)
    url = world.url(f"extension-requests/{request.pk}/")
    data = {"due_date": "2023-11-02", "due_time": "12:00", "decline": "1"}
    assert olga.post(url, data).status_code == 400
    assert olga.post(url, {**data, "answer": "Everybody moves."}).status_code == 302
    assert "Everybody moves." in Letter.objects.get(kind="extension_declined").text
    assert OwnDeadline.objects.count() == 0


def test_decide_request_twice_is_one_effect_and_the_other_way_is_refused(
    olga: Client, world: World, now: datetime
) -> None:
    request, actor = ask(world, now), world.row("olga").user
    for _ in range(2):
        decide_request(request, "granted", actor=actor, now=now)
    assert Letter.objects.filter(kind="extension").count() == 1
    data = {"due_date": "2023-11-02", "due_time": "12:00", "decline": "1", "answer": "No."}
    response = olga.post(world.url(f"extension-requests/{request.pk}/"), data)
    assert (response.status_code, "This request is closed: granted" in response.text) == (409, True)


def test_request_decide_of_another_seminar_is_not_found(world: World, signed_in: SignedIn, now: datetime) -> None:
    request = ask(world, now)
    stranger = signed_in(world.people["other_organizer"])
    assert stranger.get(f"/seminars/other/extension-requests/{request.pk}/").status_code == 404


# --- who waits ----------------------------------------------------------------------------------------------


@pytest.fixture
def reviewed(world: World, now: datetime) -> World:
    hand_in(world)
    publish(world)
    return world


def test_who_waits_are_reviewers_who_have_not_delivered(reviewed: World) -> None:
    author = reviewed.row("anna")
    planned = set(author.reviews_received.values_list("reviewer__user__email", flat=True))
    waiting = who_waits(reviewed.milestone("m3"), [author], datetime(2024, 2, 12, 23, 59))
    assert {each.reviewer.user.email for each in waiting} == planned
    assert all(not each.too_late for each in waiting)
    assert all(each.too_late for each in who_waits(reviewed.milestone("m3"), [author], datetime(2025, 1, 1)))
    first = first_of(reviewed, "anna")
    assert first.reviewer_id is not None


def test_extension_create_shows_who_waits_before_it_grants(olga: Client, reviewed: World) -> None:
    fields = extension(reviewed, due_date="2024-02-12", due_time="23:59", look="1")
    page = olga.post(reviewed.url("milestones/m3/extensions/"), fields).text
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Who waits for it" in text
    assert "days left for the review" in text
    assert OwnDeadline.objects.count() == 0


def test_extension_create_where_nobody_waits_says_so(olga: Client, world: World) -> None:
    assert (
        "Nobody waits for this work yet."
        in olga.post(world.url("milestones/m1/extensions/"), extension(world, look="1")).text
    )


def test_participants_of_the_other_seminar_are_not_offered(olga: Client, world: World) -> None:
    page = olga.get(world.url("milestones/m1/extensions/"))
    offered = set(page.context["form"].fields["participant"].queryset)
    assert offered == set(Participant.objects.filter(seminar=world.seminar, role="student", state="admitted"))
