"""A roster is imported in two steps: the fate of each row is shown, and then exactly that happens, or nothing."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses import queries
from courses.models import HistoryEntry, Participant, Seminar
from courses.services import change_state, dry_run, enter_seminar, import_roster, pack, roster_of
from courses.services.roster import DryRun
from notifications.models import Letter
from tests.courses.crowd import add_students
from tests.factories.world import World

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
OUTDATED = "People have entered, left or moved since you looked. Nothing was imported; please upload the file again."


@pytest.fixture(autouse=True)
def _clock(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


@pytest.fixture
def olga(world: World, signed_in: SignedIn) -> Client:
    return signed_in(world.people["olga"])


def table(*rows: str) -> SimpleUploadedFile:
    """A file with lines such as `anna;admitted`: who stands before example.org, and the state; the line is the family name."""
    lines = [f"{row.partition(';')[0]}@example.org;Family{n};{row.partition(';')[2]}" for n, row in enumerate(rows)]
    text = "\n".join(["E-Mail;Nachname;Status", *lines])
    return SimpleUploadedFile("roster.csv", text.encode(), "text/csv")


def run_of(world: World, *rows: str) -> DryRun:
    return dry_run(world.seminar, roster_of(table(*rows)).entries)


def fates(world: World, *rows: str) -> list[str]:
    return [fate.code for fate in run_of(world, *rows).fates]


def do(world: World, now: datetime, *rows: str, shown: str = "") -> int:
    entries = roster_of(table(*rows)).entries
    shown = shown or dry_run(world.seminar, entries).digest
    return import_roster(world.seminar, entries, shown=shown, actor=world.row("olga").user, now=now)


def states(world: World) -> dict[str, str]:
    rows = Participant.objects.filter(seminar=world.seminar, role="student").select_related("user")
    return {row.user.email.partition("@")[0]: row.state for row in rows}


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Participant, HistoryEntry, Letter))


# --- the dry run ----------------------------------------------------------------------------------------------


def test_dry_run_tells_the_fate_of_every_row(world: World) -> None:
    rows = ("new;waiting", "outsider;waiting", "apply;admitted", "gone;waiting", "anna;admitted", "wait;Warteliste")
    assert fates(world, *rows) == ["new", "known", "moves", "moves", "present", "present"]
    run = run_of(world, *rows)
    assert (run.broken, run.changes, run.problems) == (False, 4, ())


def test_dry_run_names_who_is_in_the_seminar_but_not_in_the_file(world: World) -> None:
    absent = [row.user.email for row in run_of(world, "anna;admitted", "apply;waiting").absent]
    assert sorted(absent) == [f"{name}@example.org" for name in ("boris", "carla", "dana", "wait")]  # gone has left


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("olga;admitted", "This person organizes the seminar and cannot be a student of it."),
        ("anna;waiting", "This person is “admitted” already."),
        ("new;emperor", "“emperor” is no known state. Please write “admitted” or “waiting list”."),
    ],
)
def test_dry_run_of_a_broken_row_says_why(world: World, row: str, sentence: str) -> None:
    run = run_of(world, "outsider;waiting", row)
    assert [(fate.code, fate.problems) for fate in run.fates] == [("known", ()), ("broken", (sentence,))]
    assert run.broken


def test_dry_run_counts_the_places_that_the_file_needs(world: World) -> None:
    assert run_of(world, "anna;admitted", "apply;admitted").problems == ()
    assert run_of(world, "anna;admitted", "apply;admitted", "new;admitted").problems == (
        "This file admits 2 more people, and 1 of 5 places are free. Raise the number of places first.",
    )


def test_dry_run_of_somebody_with_an_offer_needs_no_other_place(world: World, now: datetime) -> None:
    change_state(world.row("wait"), "offered", actor=None, now=now)
    run = run_of(world, "wait;admitted")
    assert ([fate.code for fate in run.fates], run.problems) == (["moves"], ())


def test_dry_run_finds_people_whatever_the_case_of_their_address(world: World) -> None:
    User.objects.filter(email="anna@example.org").update(email="Anna@Example.org")
    User.objects.filter(email="outsider@example.org").update(email="Outsider@Example.org")
    assert fates(world, "ANNA;admitted", "outsider;waiting") == ["present", "known"]


def test_dry_run_knows_nobody_of_another_seminar(world: World) -> None:
    Participant.objects.filter(seminar=world.seminar).delete()
    run = run_of(world, "anna;admitted")
    assert ([fate.code for fate in run.fates], run.absent) == (["known"], ())


def test_dry_run_writes_nothing(world: World) -> None:
    before = everything()
    run_of(world, "new;waiting", "apply;admitted")
    assert (everything(), world.row("apply").state) == (before, "applied")


# --- the import -----------------------------------------------------------------------------------------------


def test_import_roster_does_what_was_shown(world: World, now: datetime) -> None:
    before = states(world)
    assert do(world, now, "new;admitted", "outsider;waiting", "gone;waiting", "anna;admitted") == 3
    assert states(world) == {**before, "new": "admitted", "outsider": "waiting", "gone": "waiting"}
    lines = HistoryEntry.objects.order_by("pk").values_list("participant__user__email", "old", "new", "reason")
    assert list(lines) == [
        ("new@example.org", "", "admitted", "roster"),
        ("outsider@example.org", "", "waiting", "roster"),
        ("gone@example.org", "withdrawn", "waiting", "roster"),
    ]
    assert set(HistoryEntry.objects.values_list("actor", "at")) == {(world.row("olga").user.pk, now)}


def test_import_roster_writes_to_those_who_enter_or_move(world: World, now: datetime) -> None:
    do(world, now, "new;admitted", "gone;waiting", "anna;admitted")
    letters = {letter.to_email: letter.text for letter in Letter.objects.all()}
    assert set(letters) == {"new@example.org", "gone@example.org"}
    assert "you are admitted: you have a place in the seminar." in letters["new@example.org"]
    assert "you are on the waiting list." in letters["gone@example.org"]


def test_import_roster_makes_accounts_that_are_entered_by_a_mailed_code(world: World, now: datetime) -> None:
    do(world, now, "new;waiting")
    user = User.objects.get(email="new@example.org")
    assert (user.family_name, user.has_usable_password(), user.is_staff) == ("Family0", False, False)


def test_import_roster_keeps_what_people_have_written_of_themselves(world: World, now: datetime) -> None:
    do(world, now, "outsider;waiting", "anna;admitted")
    names = User.objects.filter(email__in=["outsider@example.org", "anna@example.org"]).values_list("family_name")
    assert sorted(names) == [("Großmann",), ("Outsider",)]


def test_import_roster_lines_up_behind_those_who_wait_in_the_order_of_the_file(world: World, now: datetime) -> None:
    do(world, now + timedelta(hours=1), "zoe;waiting", "gone;waiting", "amy;waiting")
    line = [row.user.email.partition("@")[0] for row in queries.in_line(world.seminar)]
    assert (line[0], set(line[1:]), line.index("zoe") < line.index("amy")) == ("wait", {"zoe", "gone", "amy"}, True)


def test_import_roster_twice_is_one_effect(world: World, now: datetime) -> None:
    rows = ("new;admitted", "gone;waiting")
    shown = run_of(world, *rows).digest
    assert do(world, now, *rows, shown=shown) == 2
    after = everything()
    assert (do(world, now, *rows, shown=shown), everything()) == (0, after)


def test_import_roster_after_somebody_has_moved_is_refused_as_a_whole(world: World, now: datetime) -> None:
    rows = ("new;waiting", "outsider;waiting", "apply;admitted")
    shown = run_of(world, *rows).digest
    user = world.people["outsider"]
    assert user
    enter_seminar(world.seminar, user, available=True, name_public=False, now=now)
    before = everything()
    with pytest.raises(Conflict) as refused:
        do(world, now, *rows, shown=shown)
    assert (refused.value.code, refused.value.message) == ("roster_outdated", OUTDATED)
    assert (everything(), world.row("apply").state) == (before, "applied")


def test_import_roster_after_the_places_were_taken_is_refused(world: World, now: datetime) -> None:
    shown = run_of(world, "new;admitted").digest
    change_state(world.row("apply"), "admitted", actor=None, now=now)
    with pytest.raises(Conflict):
        do(world, now, "new;admitted", shown=shown)
    assert not User.objects.filter(email="new@example.org").exists()


def test_import_roster_of_other_rows_than_were_shown_is_refused(world: World, now: datetime) -> None:
    shown = run_of(world, "new;waiting").digest
    for rows in (("other;waiting",), ("new;admitted",), ("new;waiting", "other;waiting")):
        with pytest.raises(Conflict):
            do(world, now, *rows, shown=shown)
    assert not User.objects.filter(email__startswith="new@").exists()


def test_import_roster_that_breaks_in_the_middle_leaves_nothing(
    world: World, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_fields: Any) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr("courses.services.roster.change_state", fail)
    before = everything()
    with pytest.raises(OSError, match="The disk is full"):
        do(world, now, "new;waiting", "gone;waiting")
    assert everything() == before


# --- the page -------------------------------------------------------------------------------------------------


def look(client: Client, world: World, *rows: str) -> HttpResponse:
    return client.post(world.url("participants/import/"), {"file": table(*rows)})


def hidden(page: HttpResponse) -> dict[str, str]:
    """What the page of a dry run sends when its button is pressed."""
    return dict(re.findall(r'<input type="hidden" name="(payload|shown)" value="([^"]*)">', page.text))


def press(client: Client, world: World, fields: dict[str, str], **options: Any) -> Any:
    return client.post(world.url("participants/import/"), fields, headers=JSON, **options)


def test_roster_import_shows_every_row_and_writes_nothing(olga: Client, world: World) -> None:
    before = everything()
    page = look(olga, world, "new;waiting", "outsider;waiting", "apply;admitted", "anna;admitted")
    assert (page.status_code, everything()) == (200, before)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.text))
    for sentence in (
        "3 people would be added or change state. Nothing is written yet.",
        "In the seminar, but not in this file (they stay): ",
        "new@example.org – on the waiting list is added; gets a new account",
        "on the waiting list is added; has an account already",
        "admitted is in the seminar; the state changes",
        "admitted nothing changes",
    ):
        assert sentence in words


def test_roster_import_does_it_at_the_press_of_the_button(olga: Client, world: World) -> None:
    fields = hidden(look(olga, world, "new;admitted", "gone;waiting"))
    response = press(olga, world, fields, follow=True)
    assert response.redirect_chain == [(world.url("participants/"), 302)]
    assert "2 people were imported." in response.text
    assert (states(world)["new"], states(world)["gone"]) == ("admitted", "waiting")


def test_roster_import_twice_is_one_effect_and_one_answer(olga: Client, world: World) -> None:
    fields = hidden(look(olga, world, "new;admitted"))
    answers, after = [press(olga, world, fields)], everything()
    answers.append(press(olga, world, fields))
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, world.url("participants/"))] * 2
    assert everything() == after


def test_roster_import_of_a_broken_row_has_no_button(olga: Client, world: World) -> None:
    page = look(olga, world, "new;waiting", "olga;admitted")
    assert hidden(page) == {}
    assert "Nothing can be imported yet." in page.text
    assert "This person organizes the seminar and cannot be a student of it." in page.text


def test_roster_import_with_nothing_to_do_has_no_button(olga: Client, world: World) -> None:
    assert hidden(look(olga, world, "anna;admitted")) == {}


def test_roster_import_without_a_file_says_what_to_do(olga: Client, world: World) -> None:
    response = olga.post(world.url("participants/import/"), {})
    sentence = "Please choose a file with at least one row; nothing was imported."
    assert (response.status_code, sentence in response.text) == (400, True)


def test_roster_import_of_a_stale_dry_run_is_a_conflict(olga: Client, world: World, now: datetime) -> None:
    fields = hidden(look(olga, world, "new;waiting", "apply;admitted"))
    change_state(world.row("apply"), "withdrawn", actor=None, now=now)
    response = press(olga, world, fields)
    assert (response.status_code, response.json()) == (409, {"code": "roster_outdated", "message": OUTDATED})
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("shown", [{}, {"shown": ""}, {"shown": "0" * 16}])
def test_roster_import_without_having_looked_is_a_conflict(olga: Client, world: World, shown: dict[str, str]) -> None:
    fields = hidden(look(olga, world, "new;waiting"))
    response = press(olga, world, {"payload": fields["payload"], **shown})
    assert (response.status_code, response.json()["code"]) == (409, "roster_outdated")
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("forge", [lambda text: text[:-1] + "?", lambda text: "x" + text, lambda _: "", lambda _: "[]"])
def test_roster_import_of_a_forged_payload_is_refused(olga: Client, world: World, forge: Callable[[str], str]) -> None:
    fields = hidden(look(olga, world, "new;waiting"))
    response = press(olga, world, {**fields, "payload": forge(fields["payload"])})
    assert (response.status_code, response.json()["code"]) == (409, "preview_outdated")
    assert not User.objects.filter(email="new@example.org").exists()


@pytest.mark.parametrize("purpose", ["courses.roster:0", "topics.catalogue:{pk}"])
def test_roster_import_of_what_was_shown_for_something_else_is_refused(
    olga: Client, world: World, purpose: str
) -> None:
    payload = pack([], purpose.format(pk=world.seminar.pk))
    assert press(olga, world, {"payload": payload, "shown": run_of(world, "new;waiting").digest}).status_code == 409


@pytest.mark.parametrize(("minutes", "status"), [(59, 302), (61, 409)])
def test_roster_import_remembers_what_it_has_shown_for_an_hour(
    olga: Client, world: World, now: datetime, time_machine: Any, minutes: int, status: int
) -> None:
    fields = hidden(look(olga, world, "new;waiting"))
    time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
    assert press(olga, world, fields).status_code == status
    assert User.objects.filter(email="new@example.org").exists() is (status == 302)


def test_roster_import_is_for_the_seminars_organizers(world: World, signed_in: SignedIn) -> None:
    fields = hidden(look(signed_in(world.people["olga"]), world, "new;waiting"))
    for name in ("anna", "gone", "outsider", "other_organizer"):
        client = signed_in(world.people[name])
        answers = [look(client, world, "new;waiting"), press(client, world, fields)]
        assert [answer.status_code for answer in answers] == [403, 403]
    assert not User.objects.filter(email="new@example.org").exists()


def test_roster_import_takes_the_same_queries_for_one_row_and_for_many(olga: Client, world: World) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=100)
    add_students(world.seminar, 30)
    rows = [f"new{n};waiting" for n in range(30)]
    counts = []
    for some in (rows[:1], rows):
        with CaptureQueriesContext(connection) as captured:
            assert look(olga, world, *some).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
