"""The roster of a session, and how each took part: one tap a person, two organizers at once, and the way back."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from courses import services
from courses.models import Attendance, DiscussionNote, HistoryEntry, Participant, Seminar, Session
from courses.queries import absences, discussion, last_save
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from topics.services import assign_topic

SignedIn = Callable[..., Client]
NAMES = ("anna", "boris", "carla", "dana")


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    Seminar.objects.filter(pk=world.seminar.pk).update(discussion_notes=True)
    return signed_in(world.people["olga"])


@pytest.fixture
def otto(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["otto"])


def fields(world: World, shown: dict[str, str] | None = None, **values: str) -> dict[str, str]:
    """A roster as it is sent: what was tapped, and what the page had shown."""
    known = {str(world.row(name).pk): value for name, value in (shown or {}).items()}
    return {"shown": json.dumps(known), **{f"p{world.row(name).pk}": value for name, value in values.items()}}


def noted(world: World) -> dict[str, str]:
    rows = dict(Attendance.objects.values_list("participant_id", "status"))
    return {name: rows[world.row(name).pk] for name in NAMES if world.row(name).pk in rows}


def words(text: str) -> str:
    main = text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


# --- saving -------------------------------------------------------------------------------------------------


def test_attendance_edit_saves_clears_and_remembers(olga: Client, world: World) -> None:
    url, was = world.url("attendance/talks/"), ""
    for status in ("present", "absent", "absent", ""):
        answer = olga.post(url, fields(world, {"anna": was} if was else {}, anna=status))
        assert (answer.status_code, answer.url) == (302, url)
        was = status
    assert noted(world) == {}
    lines = HistoryEntry.objects.order_by("pk").values_list("subject", "participant", "old", "new")
    anna = world.row("anna").pk
    assert list(lines) == [
        ("attendance:talks", anna, "", "present"),
        ("attendance:talks", anna, "present", "absent"),
        ("attendance:talks", anna, "absent", ""),
    ]


def test_attendance_edit_shows_whom_the_session_expects_first_and_counts(
    olga: Client, world: World, now: datetime
) -> None:
    assign_topic(world.row("boris"), world.topic(1), reason="", actor=world.row("olga").user, now=now)
    olga.post(world.url("attendance/questions/"), fields(world, boris="present"))
    page = olga.get(world.url("attendance/questions/"))
    assert [row.user.given_names for row, _chosen in page.context["expected"]] == ["Boris"]
    assert [row.user.given_names for row, _chosen in page.context["others"]] == ["Carla", "Dana", "Anna"]
    assert "1 present · 0 excused · 0 absent · 0 not noted" in words(page.text)
    assert "3 others, not expected" in page.text


def test_attendance_edit_with_an_unknown_status_saves_nothing(olga: Client, world: World) -> None:
    answer = olga.post(world.url("attendance/talks/"), fields(world, anna="present", boris="asleep"))
    assert (answer.status_code, noted(world)) == (400, {})
    assert "nothing was saved" in answer.text


def test_attendance_edit_notes_all_others_who_are_expected_as_present(
    olga: Client, world: World, now: datetime
) -> None:
    for name, number in (("boris", 1), ("carla", 2)):
        assign_topic(world.row(name), world.topic(number), reason="", actor=world.row("olga").user, now=now)
    url = world.url("attendance/questions/")
    olga.post(url, {**fields(world, boris="absent"), "others": "present"})
    assert noted(world) == {"boris": "absent", "carla": "present"}
    assert olga.post(url, {**fields(world), "others": "present"}).status_code == 302
    assert noted(world) == {"boris": "absent", "carla": "present"}


def test_attendance_edit_of_a_day_without_a_seminar_is_404(olga: Client, world: World) -> None:
    pages = ("attendance/pause/", "attendance/pause/expected/", "attendance/pause/discussion/", "attendance/no/")
    assert {olga.get(world.url(page)).status_code for page in pages} == {404}


def test_roster_of_four_hundred_is_saved_in_one_go(olga: Client, world: World) -> None:
    people = [*add_students(world.seminar, 396), *(world.row(name) for name in NAMES)]
    url = world.url("attendance/talks/")
    assert len(olga.get(url).context["expected"]) == 400
    answer = olga.post(url, {"shown": "{}", **{f"p{person.pk}": "present" for person in people}})
    assert (answer.status_code, Attendance.objects.filter(status="present").count()) == (302, 400)


# --- two organizers -----------------------------------------------------------------------------------------


def test_roster_of_two_organizers_keeps_what_each_has_noted(olga: Client, otto: Client, world: World) -> None:
    """Both opened the empty page, and each taps others."""
    assert otto.post(world.url("attendance/talks/"), fields(world, boris="present")).status_code == 302
    assert olga.post(world.url("attendance/talks/"), fields(world, anna="absent")).status_code == 302
    assert noted(world) == {"anna": "absent", "boris": "present"}


def test_roster_that_is_stale_comes_back_with_both_values(olga: Client, otto: Client, world: World) -> None:
    url = world.url("attendance/talks/")
    otto.post(url, fields(world, anna="excused", boris="present"))
    answer = olga.post(url, fields(world, anna="absent", boris="present", dana="present"))
    assert (answer.status_code, noted(world)) == (409, {"anna": "excused", "boris": "present"})
    assert "Anna Großmann: Otto Organizer has noted “excused”, you “absent”." in words(answer.text)
    assert "Boris Łukasik:" not in answer.text.partition("</p>")[0]
    # What she tapped still stands, and now she knows what she overwrites.
    chosen = {row.user.given_names: status for row, status in answer.context["expected"]}
    assert chosen == {"Anna": "absent", "Boris": "present", "Carla": "", "Dana": "present"}
    again = {**fields(world, anna="absent", dana="present"), "shown": answer.context["shown"]}
    assert olga.post(url, again).status_code == 302
    assert noted(world) == {"anna": "absent", "boris": "present", "dana": "present"}


def test_roster_sent_twice_is_one_effect(olga: Client, world: World) -> None:
    for _ in range(2):
        assert olga.post(world.url("attendance/talks/"), fields(world, anna="present")).status_code == 302
    assert HistoryEntry.objects.count() == 1


# --- the way back -------------------------------------------------------------------------------------------


def test_take_back_restores_what_was(olga: Client, world: World) -> None:
    url = world.url("attendance/talks/")
    olga.post(url, fields(world, anna="absent"))
    with time_machine.travel(datetime(2023, 10, 27, 16).astimezone(), tick=False):
        olga.post(url, {**fields(world, {"anna": "absent"}, anna="present"), "others": "present"})
        assert noted(world) == dict.fromkeys(NAMES, "present")
        assert "Take back my last save (4 people)" in olga.get(url).text
        answer = olga.post(url, {"take_back": "1"}, follow=True)
        assert "Taken back: 4 people are as before." in answer.text
        assert noted(world) == {"anna": "absent"}
        again = olga.post(url, {"take_back": "1"})
    assert (again.status_code, noted(world)) == (409, {"anna": "absent"})


def test_take_back_is_refused_once_somebody_else_has_changed_it(olga: Client, otto: Client, world: World) -> None:
    url = world.url("attendance/talks/")
    olga.post(url, fields(world, anna="absent", boris="absent"))
    otto.post(url, fields(world, {"anna": "absent"}, anna="excused"))
    assert last_save(world.seminar.sessions.get(key="talks"), "attendance", world.row("olga").user) == []
    answer = olga.post(url, {"take_back": "1"})
    assert (answer.status_code, noted(world)) == (409, {"anna": "excused", "boris": "absent"})
    assert "changed since" in answer.text
    otto.post(url, {"take_back": "1"})
    assert noted(world) == {"anna": "absent", "boris": "absent"}


# --- who is expected ----------------------------------------------------------------------------------------


def ids(world: World, *names: str) -> list[int]:
    return [world.row(name).pk for name in names]


def test_expected_edit_is_a_choice_that_counts(olga: Client, world: World, now: datetime) -> None:
    session = world.seminar.sessions.get(key="kickoff")
    services.save_attendance(session, {world.row("anna").pk: "absent"}, actor=world.row("olga").user, now=now)
    assert absences(world.seminar) == {world.row("anna").pk: 1}
    url = world.url("attendance/kickoff/expected/")
    shown = olga.get(url).context["shown"]
    assert {int(pk) for pk in shown.split()} == set(ids(world, *NAMES))
    answer = olga.post(url, {"expected": ids(world, "boris", "carla", "dana"), "shown": shown})
    assert answer.url == world.url("attendance/kickoff/")
    assert absences(world.seminar) == {}


def test_expected_edit_of_two_organizers_keeps_what_each_has_changed(olga: Client, otto: Client, world: World) -> None:
    """Both opened the page while nobody was expected; a third page is from before anybody was there at all."""
    url = world.url("attendance/questions/expected/")
    otto.post(url, {"expected": ids(world, "anna"), "shown": ""})
    olga.post(url, {"expected": ids(world, "boris"), "shown": ""})
    olga.post(url, {"shown": ""})
    page = olga.get(url)
    assert [row.user.given_names for row, is_expected in page.context["people"] if is_expected] == ["Anna", "Boris"]
    assert olga.post(url, {"shown": "x"}).status_code == 400
    lines = HistoryEntry.objects.values_list("subject", "participant", "old", "new")
    assert sorted(lines) == [
        ("expected:questions", pk, "not expected", "expected") for pk in sorted(ids(world, "anna", "boris"))
    ]


# --- the discussion -----------------------------------------------------------------------------------------


def test_discussion_edit_notes_levels_that_only_organizers_see(olga: Client, world: World, signed_in: SignedIn) -> None:
    url = world.url("attendance/talks/discussion/")
    assert olga.post(url, fields(world, anna="3", boris="0", carla="4")).status_code == 400
    assert olga.post(url, fields(world, anna="3", boris="0")).url == url
    olga.post(world.url("attendance/kickoff/discussion/"), fields(world, anna="2"))
    assert discussion(world.row("anna")) == {"count": 2, "total": 5, "mean": 2.5}
    assert discussion(world.row("boris")) == {"count": 1, "total": 0, "mean": 0}
    assert discussion(world.row("carla")) == {"count": 0, "total": None, "mean": None}
    assert "1 none · 0 some · 0 good · 1 very good · 2 not noted" in words(olga.get(url).text)
    olga.post(url, {"take_back": "1"})
    assert discussion(world.row("anna"))["count"] == 1
    assert signed_in(world.people["anna"]).get(url).status_code == 403


def test_discussion_level_beyond_the_last_is_refused_by_the_database(world: World, now: datetime) -> None:
    row = {"session": world.seminar.sessions.get(key="talks"), "participant": world.row("anna")}
    with pytest.raises(IntegrityError), transaction.atomic():
        DiscussionNote.objects.create(**row, level=4, noted_by=world.row("olga").user, noted_at=now)


# --- all sessions -------------------------------------------------------------------------------------------


def test_attendance_list_shows_sessions_and_students_with_the_rule(olga: Client, world: World, now: datetime) -> None:
    statuses = {world.row("anna").pk: "present", world.row("boris").pk: "absent", world.row("carla").pk: "excused"}
    session = Session.objects.select_related("seminar").get(seminar=world.seminar, key="kickoff")
    services.save_attendance(session, statuses, actor=world.row("olga").user, now=now)
    page = olga.get(world.url("attendance/"))
    found = [(s.key, s.expected, [count for _status, count in s.counts], s.today) for s in page.context["sessions"]]
    assert found == [
        ("kickoff", 4, [1, 1, 1], True),
        ("questions", 0, [0, 0, 0], False),
        ("talks", 4, [0, 0, 0], False),
    ]
    rows = {row.user.given_names: (standing.missed, standing.can_pass) for row, standing, _e in page.context["rows"]}
    assert rows == {"Anna": (0, True), "Boris": (1, False), "Carla": (0, True), "Dana": (0, True)}
    text = words(page.text)
    assert "Boris Łukasik cannot be kept any more 1 missed absent" in text
    assert "Dana Demir 0 missed not noted – not expected expected" in text


def test_attendance_list_of_an_empty_seminar_says_what_will_be_here(olga: Client, world: World) -> None:
    Participant.objects.filter(seminar=world.seminar, role="student").delete()
    assert "Nobody is admitted yet." in olga.get(world.url("attendance/")).text
    Session.objects.filter(seminar=world.seminar).delete()
    assert "The sessions will be here." in olga.get(world.url("attendance/")).text


@pytest.mark.parametrize("page", ["", "talks/", "talks/discussion/", "talks/expected/"])
def test_pages_of_attendance_take_the_same_queries_for_one_and_for_many(
    olga: Client, world: World, now: datetime, page: str
) -> None:
    url = world.url(f"attendance/{page}")
    Participant.objects.filter(seminar=world.seminar, role="student").exclude(pk=world.row("anna").pk).delete()
    Session.objects.filter(seminar=world.seminar).exclude(key__in=["kickoff", "talks"]).delete()
    talks, user = world.seminar.sessions.get(key="talks"), world.row("olga").user
    services.save_attendance(talks, {world.row("anna").pk: "absent"}, actor=user, now=now)
    one = queries_of(olga, url)
    people = add_students(world.seminar, 29)
    services.save_attendance(talks, {person.pk: "absent" for person in people}, actor=user, now=now)
    Session.objects.bulk_create(
        Session(seminar=world.seminar, key=f"s{n}", kind="other", date=talks.date + timedelta(days=n)) for n in range(9)
    )
    assert queries_of(olga, url) == one


def test_attendance_is_seen_by_the_student_alone(olga: Client, world: World, signed_in: SignedIn) -> None:
    olga.post(world.url("attendance/talks/"), fields(world, anna="absent"))
    seen = ["1 absent" in signed_in(world.people[name]).get(world.url("me/")).text for name in ("anna", "boris")]
    assert seen == [True, False]


# --- switched off -------------------------------------------------------------------------------------------


def test_pages_that_are_switched_off_are_404_and_out_of_sight(world: World, signed_in: SignedIn) -> None:
    olga, anna = signed_in(world.people["olga"]), signed_in(world.people["anna"])
    pages = {"discussion_notes": "attendance/talks/discussion/", "check_in": "attendance/talks/check-in/"}
    assert [olga.get(world.url(page)).status_code for page in pages.values()] == [404, 404]
    assert anna.get(world.url("check-in/")).status_code == 404
    Seminar.objects.filter(pk=world.seminar.pk).update(attendance=False)
    for page in ("", "talks/", "talks/expected/"):
        assert olga.get(world.url(f"attendance/{page}")).status_code == 404
    assert anna.get(world.url("attendance/talks/excuse/")).status_code == 404
    assert world.url("attendance/") not in olga.get(world.url("manage/")).text
    assert "My attendance" not in anna.get(world.url("me/")).text


def test_check_in_without_attendance_is_refused_by_the_database(world: World) -> None:
    for switch in ("check_in", "discussion_notes"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Seminar.objects.filter(pk=world.seminar.pk).update(attendance=False, **{switch: True})


def test_save_attendance_with_work_to_make_up_is_not_emptied(world: World, now: datetime) -> None:
    session = Session.objects.select_related("seminar").get(seminar=world.seminar, key="kickoff")
    anna, olga = world.row("anna").pk, world.row("olga").user
    services.save_attendance(session, {anna: "absent"}, actor=olga, now=now)
    work = {"task": "Summarise it.", "until": now.date() + timedelta(days=7), "done": False, "shown": ""}
    services.save_make_up(Attendance.objects.get(), **work, actor=olga, now=now)
    with pytest.raises(Refusal, match="remove that work first"):
        services.save_attendance(session, {anna: ""}, actor=olga, now=now)
    assert noted(world) == {"anna": "absent"}
    with pytest.raises(Conflict):
        services.save_attendance(session, {anna: "present"}, shown={}, actor=olga, now=now)
