"""The pages on which people enter and leave, and organizers look after them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from courses.models import HistoryEntry, Participant, Seminar, Session
from courses.services import write_to
from notifications.models import Letter
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from topics.services import assign_topic

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
ENTRY = {"available": "on", "name_public": "on"}


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["olga"])


def row_of(seminar: Seminar, user: User | None) -> Participant | None:
    return Participant.objects.filter(seminar=seminar, user=user).first()


def pages(world: World) -> dict[str, str]:
    """The organizers' pages: method → address."""
    return {
        "participants/": "get",
        f"participants/{world.row('apply').pk}/": "post",
        "sessions/talks/": "get",
        "attendance/": "get",
        "attendance/talks/": "get",
        "messages/": "get",
        "messages/0/retry/": "post",
        "places/": "get",
        "participants/import/": "get",
        "participants/remind/": "post",
    }


def test_organizers_pages_refuse_every_other_role(world: World, signed_in: SignedIn) -> None:
    answers = {
        (answer.status_code, answer.json()["code"])
        for name in ("anna", "apply", "gone", "other_organizer", "outsider")
        for page, method in pages(world).items()
        for answer in [
            getattr(signed_in(world.people[name]), method)(world.url(page), {"state": "admitted"}, headers=JSON)
        ]
    }
    assert answers == {(403, "forbidden")}
    assert HistoryEntry.objects.count() == 0


def test_organizers_pages_send_strangers_to_the_sign_in(world: World, client: Client) -> None:
    for page, method in pages(world).items():
        answer = getattr(client, method)(world.url(page))
        assert (answer.status_code, answer.url) == (302, f"/accounts/login/?next={world.url(page)}")


def test_organizers_pages_of_what_does_not_exist_are_404(olga: Client, world: World) -> None:
    pages = ("participants/0/", "sessions/nowhere/", "attendance/nowhere/", "messages/0/retry/")
    assert {page: olga.post(world.url(page)).status_code for page in pages} == dict.fromkeys(pages, 404)


# --- entering and leaving -----------------------------------------------------------------------------------


def test_entry_create_shows_places_and_what_is_to_be_confirmed(world: World, signed_in: SignedIn) -> None:
    response = signed_in(world.people["outsider"]).get(world.url("entry/"))
    assert response.status_code == 200
    assert "<strong>1 of 5</strong>" in response.text
    assert "I am available on Fridays, 14:15 to 16:00." in response.text


def test_entry_create_applies(world: World, signed_in: SignedIn, now: datetime) -> None:
    world.row("wait").delete()
    response = signed_in(world.people["outsider"]).post(world.url("entry/"), ENTRY)
    assert (response.status_code, response.url) == (302, world.url("me/"))
    row = row_of(world.seminar, world.people["outsider"])
    assert row
    assert (row.role, row.state, row.name_public, row.entered_at) == ("student", "applied", True, now)


def test_entry_create_twice_is_one_row(world: World, signed_in: SignedIn) -> None:
    client = signed_in(world.people["outsider"])
    answers = [client.post(world.url("entry/"), ENTRY) for _ in range(2)]
    assert [answer.url for answer in answers] == [world.url("me/")] * 2
    assert Participant.objects.filter(user=world.people["outsider"]).count() == 1
    assert HistoryEntry.objects.count() == 1


def test_entry_create_without_the_confirmation_keeps_what_was_written(world: World, signed_in: SignedIn) -> None:
    response = signed_in(world.people["outsider"]).post(world.url("entry/"), {"name_public": "on"})
    assert response.status_code == 400
    assert "Please confirm that you are available" in response.text
    assert 'name="name_public" id="id_name_public" checked' in response.text
    assert row_of(world.seminar, world.people["outsider"]) is None


def test_entry_create_without_a_free_place_joins_the_waiting_list(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    Seminar.objects.filter(slug="small").update(capacity=4)
    client = signed_in(world.people["outsider"])
    assert "there is a waiting list" in client.get(world.url("entry/")).text
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        response = client.post(world.url("entry/"), ENTRY, follow=True)
    assert "You are number 2 on the waiting list." in response.text


def test_entry_create_after_the_last_day_is_refused(world: World, signed_in: SignedIn, now: datetime) -> None:
    Seminar.objects.filter(slug="small").update(entry_closes_on=(now - timedelta(days=1)).date())
    client = signed_in(world.people["outsider"], **JSON)
    response = client.post(world.url("entry/"), ENTRY)
    assert (response.status_code, response.json()["code"]) == (403, "entry_closed")
    assert row_of(world.seminar, world.people["outsider"]) is None


def test_entry_create_is_for_everybody_but_the_organizers(world: World, signed_in: SignedIn) -> None:
    expected = {"olga": 403, "other_organizer": 200, "gone": 200, "anna": 200}
    assert {name: signed_in(world.people[name]).get(world.url("entry/")).status_code for name in expected} == expected


def test_entry_create_asks_strangers_to_sign_in_first(world: World, client: Client) -> None:
    assert client.get(world.url("entry/")).url == f"/accounts/login/?next={world.url('entry/')}"


def test_own_row_needs_a_row_as_a_student(world: World, signed_in: SignedIn) -> None:
    statuses = {
        signed_in(world.people[name]).post(world.url(page)).status_code
        for name in ("olga", "other_student", "outsider")
        for page in ("entry/leave/", "entry/visibility/", "entry/offer/", "entry/registration/")
    }
    assert (statuses, HistoryEntry.objects.count()) == ({403}, 0)


def test_visibility_update_shows_and_hides_the_name_to_outsiders(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    assign_topic(world.row("anna"), world.topic(3), reason="", actor=world.row("olga").user, now=now)
    anna, outsider = signed_in(world.people["anna"]), signed_in(world.people["outsider"])
    seen = []
    for choice in ({}, {"name_public": "on"}, {}):
        assert anna.post(world.url("entry/visibility/"), choice).url == world.url("me/")
        seen.append(["Großmann" in outsider.get(world.url(page)).text for page in ("", "topics/")])
    assert seen == [[False, False], [True, True], [False, False]]


def test_names_are_seen_by_everybody_who_takes_part(world: World, signed_in: SignedIn, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(3), reason="", actor=world.row("olga").user, now=now)
    names = ("olga", "boris", "apply", "gone", "other_organizer", "anonymous")
    for page in ("", "topics/"):
        seen = {name for name in names if "Großmann" in signed_in(world.people[name]).get(world.url(page)).text}
        assert seen == {"olga", "boris"}


def test_visibility_update_knows_no_get(world: World, signed_in: SignedIn) -> None:
    assert signed_in(world.people["anna"]).get(world.url("entry/visibility/")).status_code == 405


# --- people -------------------------------------------------------------------------------------------------


def test_participant_list_groups_by_state(olga: Client, world: World) -> None:
    response = olga.get(world.url("participants/"))
    groups = [(state.value, [row.user.family_name for row in rows]) for state, rows in response.context["groups"]]
    assert groups == [
        ("applied", ["Applied"]),
        ("waiting", ["Waiting"]),
        ("offered", []),
        ("admitted", ["Großmann", "Łukasik", "Conti", "Demir"]),
        ("withdrawn", ["Withdrawn"]),
    ]
    assert "2580001" in response.text


def test_participant_list_offers_only_what_the_table_allows(olga: Client, world: World) -> None:
    add_students(world.seminar, 1, state="offered")
    rows = [row for _, rows in olga.get(world.url("participants/")).context["groups"] for row in rows]
    assert {row.state: [value for value, _ in row.actions] for row in rows} == {
        "applied": ["admitted", "waiting", "withdrawn"],
        "waiting": ["admitted", "offered", "withdrawn"],
        "offered": ["admitted", "withdrawn"],
        "admitted": [],  # to withdraw them is a page of its own
        "withdrawn": ["waiting"],  # to admit them again, too
    }


def test_participant_list_leads_to_the_effects_of_a_withdrawal(olga: Client, world: World) -> None:
    page = olga.get(world.url("participants/")).text
    found = {name for name in ("anna", "apply", "wait", "gone") if f"{world.row(name).pk}/withdrawal/" in page}
    assert found == {"anna"}


def test_participant_list_of_nobody_says_what_to_do(olga: Client, world: World) -> None:
    Participant.objects.filter(seminar=world.seminar, role="student").delete()
    assert "Nobody has entered yet." in olga.get(world.url("participants/")).text


def test_participant_list_takes_the_same_queries_for_one_and_for_many(olga: Client, world: World) -> None:
    Participant.objects.filter(seminar=world.seminar, role="student").delete()
    add_students(world.seminar, 1, state="applied")
    one = queries_of(olga, world.url("participants/"))
    Participant.objects.filter(seminar=world.seminar, role="student").delete()
    User.objects.filter(email__startswith="crowd").delete()
    add_students(world.seminar, 30, state="applied")
    assert queries_of(olga, world.url("participants/")) == one


def update(client: Client, world: World, name: str, data: dict[str, str]) -> Any:
    return client.post(world.url(f"participants/{world.row(name).pk}/"), data, headers=JSON)


def test_participant_update_admits_and_tells(olga: Client, world: World) -> None:
    response = update(olga, world, "apply", {"state": "admitted", "reason": "welcome"})
    assert (response.status_code, response.url) == (302, world.url("participants/"))
    assert world.row("apply").state == "admitted"
    assert [letter.to_email for letter in Letter.objects.all()] == ["apply@example.org"]
    assert HistoryEntry.objects.get().reason == "welcome"


def test_participant_update_twice_is_one_effect(olga: Client, world: World) -> None:
    assert [update(olga, world, "apply", {"state": "admitted"}).status_code for _ in range(2)] == [302, 302]
    assert (Letter.objects.count(), HistoryEntry.objects.count()) == (1, 1)


def test_participant_update_beyond_the_places_is_a_conflict(olga: Client, world: World) -> None:
    update(olga, world, "apply", {"state": "admitted"})
    response = update(olga, world, "wait", {"state": "admitted"})
    assert (response.status_code, response.json()["code"]) == (409, "no_free_place")
    assert world.row("wait").state == "waiting"


def test_participant_update_along_no_arrow_is_a_conflict(olga: Client, world: World) -> None:
    response = update(olga, world, "anna", {"state": "waiting"})
    assert (response.status_code, response.json()["code"]) == (409, "state_changed")
    assert world.row("anna").state == "admitted"


@pytest.mark.parametrize(
    "data", [{"state": "king"}, {"on": "soon"}, {"needed": "perhaps", "on": ""}, {"reason": "x" * 251}]
)
def test_participant_update_that_cannot_be_read_changes_nothing(
    olga: Client, world: World, data: dict[str, str]
) -> None:
    response = update(olga, world, "apply", data)
    assert (response.status_code, response.json()["code"]) == (400, "unreadable")
    assert (world.row("apply").state, world.row("apply").registered_on) == ("applied", None)


def test_participant_update_notes_the_registration(olga: Client, world: World) -> None:
    for day in ("2023-11-02", ""):
        update(olga, world, "anna", {"on": day})
    lines = HistoryEntry.objects.order_by("pk").values_list("subject", "old", "new")
    assert list(lines) == [("registered_on", "", "2023-11-02"), ("registered_on", "2023-11-02", "")]
    assert world.row("anna").registered_on is None


def test_participant_update_of_a_state_keeps_the_registration(olga: Client, world: World) -> None:
    update(olga, world, "apply", {"on": "2023-11-02", "needed": "yes"})
    update(olga, world, "apply", {"state": "admitted"})
    row = world.row("apply")
    assert (row.state, str(row.registered_on), row.registration_needed) == ("admitted", "2023-11-02", True)


def test_participant_update_shows_the_effects_before_an_admitted_student_is_withdrawn(
    olga: Client, world: World
) -> None:
    response = update(olga, world, "anna", {"state": "withdrawn"})
    anna = world.row("anna")
    assert (response.status_code, response.url) == (302, world.url(f"participants/{anna.pk}/withdrawal/"))
    assert (anna.state, HistoryEntry.objects.count(), Letter.objects.count()) == ("admitted", 0, 0)


def test_participant_update_of_somebody_from_another_seminar_is_404(olga: Client, world: World) -> None:
    for row in Participant.objects.filter(seminar=world.other):
        url = world.url(f"participants/{row.pk}/")
        assert olga.post(url, {"state": "withdrawn"}).status_code == 404
    assert HistoryEntry.objects.count() == 0


def test_participant_update_of_an_organizer_is_404(olga: Client, world: World) -> None:
    assert update(olga, world, "otto", {"state": "withdrawn"}).status_code == 404


# --- sessions -----------------------------------------------------------------------------------------------

MOVED = {"date": "2023-12-22", "starts_at": "10:00", "ends_at": "12:00", "room": "2.01", "tentative": "on", "note": ""}


def test_session_edit_moves_and_tells_everybody_once(olga: Client, world: World, signed_in: SignedIn) -> None:
    for _ in range(2):
        assert olga.post(world.url("sessions/talks/"), MOVED).url == world.url()
    page = signed_in(None).get(world.url()).text
    assert '<time datetime="2023-12-22">Fri 22 Dec 2023</time>' in page
    assert '<span class="badge warn">may still move</span>' in page
    assert "10:00–12:00, 2.01" in page
    assert sorted(Letter.objects.values_list("to_email", flat=True)) == [
        f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")
    ]
    assert HistoryEntry.objects.filter(subject="session:talks").count() == 1


def test_session_edit_shows_what_is_stored(olga: Client, world: World) -> None:
    page = olga.get(world.url("sessions/talks/")).text
    assert 'value="2023-12-15"' in page


@pytest.mark.parametrize("change", [{"date": ""}, {"date": "Friday"}, {"starts_at": "25:00"}, {"room": "x" * 121}])
def test_session_edit_with_a_mistake_moves_nothing(olga: Client, world: World, change: dict[str, str]) -> None:
    response = olga.post(world.url("sessions/talks/"), {**MOVED, **change})
    assert response.status_code == 400
    assert 'class="errors"' in response.text
    assert str(world.seminar.sessions.get(key="talks").date) == "2023-12-15"
    assert Letter.objects.count() == 0


def test_session_edit_finds_the_session_of_its_own_seminar(olga: Client, world: World) -> None:
    Session.objects.filter(seminar=world.seminar, key="talks").delete()
    assert olga.get(world.url("sessions/talks/")).status_code == 404


# --- letters ------------------------------------------------------------------------------------------------


def write(row: Participant, key: str, now: datetime) -> Letter:
    write_to(row, key, "courses/email/participant_state", now=now)
    return Letter.objects.get(key=key)


def test_message_list_shows_only_this_seminars_letters(olga: Client, world: World, now: datetime) -> None:
    mine = write(world.row("anna"), "mine", now)
    stranger = row_of(world.other, world.people["other_student"])
    assert stranger
    write(stranger, "theirs", now)
    response = olga.get(world.url("messages/"))
    assert list(response.context["page"]) == [mine]
    assert "anna@example.org" in response.text
    assert "anna@example.net" not in response.text


def test_message_list_says_why_a_letter_failed_and_how_to_send_it_again(
    olga: Client, world: World, now: datetime
) -> None:
    letter = write(world.row("anna"), "mine", now)
    url = world.url(f"messages/{letter.pk}/retry/")
    assert url not in olga.get(world.url("messages/")).text
    Letter.objects.update(state="failed", reason="550 no such user")
    page = olga.get(world.url("messages/")).text
    assert "550 no such user" in page
    assert url in page


def test_message_list_takes_the_same_queries_for_one_and_for_many(olga: Client, world: World, now: datetime) -> None:
    write(world.row("anna"), "first", now)
    one = queries_of(olga, world.url("messages/"))
    for number, row in enumerate(add_students(world.seminar, 29)):
        write(row, f"letter:{number}", now)
    assert queries_of(olga, world.url("messages/")) == one


def test_message_retry_sends_a_failed_letter_again(olga: Client, world: World, now: datetime) -> None:
    letter = write(world.row("anna"), "mine", now - timedelta(days=1))
    Letter.objects.update(state="failed", reason="550 no such user")
    assert olga.post(world.url(f"messages/{letter.pk}/retry/")).url == world.url("messages/")
    letter.refresh_from_db()
    assert (letter.state, letter.reason, letter.next_try_at) == ("waiting", "", now)


def test_message_retry_of_a_letter_that_has_not_failed_does_nothing(olga: Client, world: World, now: datetime) -> None:
    letter, states = write(world.row("anna"), "mine", now), ["waiting", "sending", "sent", "dropped"]
    after = []
    for state in states:
        Letter.objects.update(state=state)
        assert olga.post(world.url(f"messages/{letter.pk}/retry/")).status_code == 302
        after.append(Letter.objects.get().state)
    assert after == states


def test_message_retry_of_another_seminars_letter_is_404(olga: Client, world: World, now: datetime) -> None:
    stranger = row_of(world.other, world.people["other_student"])
    assert stranger
    letter = write(stranger, "theirs", now)
    Letter.objects.update(state="failed")
    assert olga.post(world.url(f"messages/{letter.pk}/retry/")).status_code == 404
    letter.refresh_from_db()
    assert letter.state == "failed"
