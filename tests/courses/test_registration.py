"""Registration with the examination office: who needs it, who has it, and who is reminded, once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses import queries, services
from courses.models import HistoryEntry, Participant, Seminar
from notifications.models import Letter
from seminar.services import sweep
from tests.factories.world import World

SignedIn = Callable[..., Client]
JSON = {"accept": "application/json"}
LAST_DAY = date(2023, 11, 10)
ALL = ["anna", "boris", "carla", "dana"]


def say(world: World, name: str, now: datetime, *, needed: bool | None = None, on: date | None = None) -> None:
    services.set_registration(world.row(name), needed=needed, on=on, actor=world.row("olga").user, now=now)


def reminded(since: datetime | None = None) -> list[str]:
    letters = Letter.objects.filter(kind="registration", user__email__endswith="@example.org")
    letters = letters.filter(created_at__gte=since) if since else letters
    return sorted(address.partition("@")[0] for address in letters.values_list("to_email", flat=True))


def lines() -> list[tuple[str, str, str]]:
    return list(HistoryEntry.objects.order_by("pk").values_list("subject", "old", "new"))


# --- what is noted --------------------------------------------------------------------------------------------


def test_set_registration_keeps_what_was_noted_before(world: World, now: datetime) -> None:
    for day in (date(2023, 11, 2), date(2023, 11, 2), None):
        say(world, "anna", now, on=day)
    assert world.row("anna").registered_on is None
    assert lines() == [("registered_on", "", "2023-11-02"), ("registered_on", "2023-11-02", "")]


def test_set_registration_tells_no_from_not_said(world: World, now: datetime) -> None:
    for needed in (True, False, False, None):
        say(world, "anna", now, needed=needed)
    assert [line[1:] for line in lines()] == [("", "True"), ("True", "False"), ("False", "")]
    assert world.row("anna").registration_needed is None


def test_set_registration_names_who_and_when(world: World, now: datetime) -> None:
    say(world, "anna", now, needed=True)
    entry = HistoryEntry.objects.get()
    assert (entry.actor, entry.participant, entry.at) == (world.people["olga"], world.row("anna"), now)


def test_unregistered_are_admitted_students_of_whom_nobody_has_said_otherwise(world: World, now: datetime) -> None:
    say(world, "anna", now, on=date(2023, 11, 2))
    say(world, "boris", now, needed=False)
    say(world, "carla", now, needed=True)
    assert {row.user for row in queries.unregistered(world.seminar)} == {world.people["carla"], world.people["dana"]}


# --- reminders ------------------------------------------------------------------------------------------------


def test_remind_unregistered_writes_to_each_once_a_day(world: World, now: datetime) -> None:
    late = datetime(2023, 10, 27, 21, 59, tzinfo=UTC)  # 23:59 in Berlin
    counts = [services.remind_unregistered(world.seminar, now=at) for at in (now, late, late + timedelta(minutes=1))]
    assert (counts, reminded()) == ([4, 0, 4], sorted(ALL * 2))
    assert world.row("anna").registration_reminded_at == late + timedelta(minutes=1)


def test_remind_unregistered_of_a_seminar_reminds_nobody_of_another(world: World, now: datetime) -> None:
    services.remind_unregistered(world.seminar, now=now)
    assert not Letter.objects.filter(scope="other").exists()


def test_reminder_says_what_to_do_until_when_and_how_to_stop_it(world: World, now: datetime) -> None:
    world.seminar.registration_until = LAST_DAY
    world.seminar.save()
    services.remind_unregistered(world.seminar, now=now)
    letter = Letter.objects.get(to_email="anna@example.org")
    assert letter.subject == "[Small2023] Please register with the examination office"
    words = " ".join(letter.text.split())
    assert "Register with the examination office. Until: Fri 10 Nov 2023 " in words
    assert "say so here and you will hear no more of it: http://testserver/seminars/small/me/ " in words


def test_sweep_reminds_a_week_and_a_day_before_the_office_closes(world: World) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(registration_until=LAST_DAY)
    days = []
    for day in range(1, 12):
        for hour in (8, 20):
            at = datetime(2023, 11, day, hour, tzinfo=UTC)
            sweep(at)
            if new := reminded(since=at):
                days.append((day, hour, new))
    assert days == [(3, 8, ALL), (9, 8, ALL)]


@pytest.mark.parametrize(("minute", "count"), [(22 * 60 + 59, 0), (23 * 60, 4)])  # 23:59 and 0:00 in Berlin
def test_sweep_counts_days_where_the_seminar_is(world: World, minute: int, count: int) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(registration_until=LAST_DAY)
    services.write_registration_reminders(datetime(2023, 11, 2, tzinfo=UTC) + timedelta(minutes=minute))
    assert len(reminded()) == count


def test_sweep_reminds_nobody_whom_the_button_has_reminded_today(world: World) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(registration_until=LAST_DAY)
    week_before = datetime(2023, 11, 3, 8, 0, tzinfo=UTC)
    services.remind_unregistered(world.seminar, now=week_before)
    assert services.write_registration_reminders(week_before + timedelta(hours=4)) == 0


@pytest.mark.parametrize("change", [{"registration_text": ""}, {"registration_until": None}])
def test_sweep_reminds_nobody_where_no_registration_is_asked_for(world: World, change: dict[str, Any]) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(**{"registration_until": LAST_DAY, **change})
    assert services.write_registration_reminders(datetime(2023, 11, 3, 8, 0, tzinfo=UTC)) == 0


# --- pages ----------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _clock(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


def test_registration_update_is_the_students_own_word(world: World, signed_in: SignedIn) -> None:
    client = signed_in(world.people["anna"])
    for _ in range(2):
        response = client.post(world.url("entry/registration/"), {"needed": "yes", "on": "2023-11-02"})
        assert (response.status_code, response.url) == (302, world.url("me/"))
    row = world.row("anna")
    assert (row.registration_needed, row.registered_on) == (True, date(2023, 11, 2))
    assert lines() == [("registration_needed", "", "True"), ("registered_on", "", "2023-11-02")]
    assert world.row("boris").registered_on is None


@pytest.mark.parametrize("data", [{"on": "soon"}, {"needed": "perhaps"}])
def test_registration_update_that_cannot_be_read_changes_nothing(
    world: World, signed_in: SignedIn, data: dict[str, str]
) -> None:
    response = signed_in(world.people["anna"]).post(world.url("entry/registration/"), data, headers=JSON)
    assert (response.status_code, response.json()["code"], lines()) == (400, "unreadable", [])


def test_me_detail_shows_what_was_said_of_the_registration(world: World, signed_in: SignedIn, now: datetime) -> None:
    say(world, "anna", now, needed=False)
    page = signed_in(world.people["anna"]).get(world.url("me/")).text
    assert '<option value="no" selected>' in page


def test_participant_update_notes_a_registration_that_is_not_needed(world: World, signed_in: SignedIn) -> None:
    url = world.url(f"participants/{world.row('anna').pk}/")
    signed_in(world.people["olga"]).post(url, {"needed": "no", "on": ""})
    assert lines() == [("registration_needed", "", "False")]


def test_registration_remind_writes_to_those_who_are_missing_once(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    say(world, "anna", now, on=date(2023, 11, 2))
    olga, url = signed_in(world.people["olga"]), world.url("participants/remind/")
    pages = [olga.post(url, follow=True).text for _ in range(2)]
    assert reminded() == ["boris", "carla", "dana"]
    assert "3 students are reminded." in pages[0]
    assert "Everybody has been reminded today." in pages[1]


def test_participant_list_has_the_button_while_somebody_is_missing(
    world: World, signed_in: SignedIn, now: datetime
) -> None:
    olga, url = signed_in(world.people["olga"]), world.url("participants/")
    before = olga.get(url).text
    for name in ALL:
        say(world, name, now, needed=False)
    after = olga.get(url).text
    assert "Remind 4 students of the examination office" in before
    assert "of the examination office" not in after


def test_registration_remind_is_for_the_seminars_organizers(world: World, signed_in: SignedIn) -> None:
    people: list[User | None] = [world.people[name] for name in ("anna", "other_organizer", "outsider")]
    answers = {signed_in(user).post(world.url("participants/remind/")).status_code for user in people}
    assert (answers, reminded(), Participant.objects.exclude(registration_reminded_at=None).count()) == ({403}, [], 0)
