"""A student asks for another look at a grade: in time, in a thread that both sides read, decided once."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import HistoryEntry
from grading.models import Appeal, AppealState, GradingScheme, ReleasedGrade
from grading.queries import appeal_until
from grading.services import decide_appeal, open_appeal, reply
from notifications.models import Letter
from seminar.services.export.archive import write_archive
from tests.factories.world import World
from tests.grading.test_services import grade, release
from tests.grading.test_views import text_of

SignIn = Callable[[User | None], Client]
LATER = timedelta(days=1)


@pytest.fixture
def released(world: World, now: datetime, time_machine: Any) -> ReleasedGrade:
    time_machine.move_to(now, tick=False)
    User.objects.update(language="en")
    grade(world, "anna", now)
    release(world, now)
    return ReleasedGrade.objects.select_related("participant__seminar", "participant__user").get()


def letters() -> list[str]:
    return sorted(Letter.objects.filter(kind="appeal_message").values_list("to_email", flat=True))


def test_appeal_tells_the_organizers_and_its_answer_the_student(
    world: World, released: ReleasedGrade, now: datetime
) -> None:
    appeal = open_appeal(released, "The second question was about another paper.", now=now)
    assert letters() == ["olga@example.org", "otto@example.org"]
    reply(appeal, "Which one?", author=world.row("olga").user, now=now)
    reply(appeal, "The third.", author=released.participant.user, now=now)
    decide_appeal(appeal, "changed", "You are right.", author=world.row("otto").user, now=now + LATER)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by, appeal.decided_at) == ("changed", world.people["otto"], now + LATER)
    assert [message.text for message in appeal.messages.all()] == [
        "The second question was about another paper.",
        "Which one?",
        "The third.",
        "You are right.",
    ]
    assert letters().count("anna@example.org") == 2
    assert letters().count("olga@example.org") == 2
    last = Letter.objects.filter(kind="appeal_message", user=released.participant.user).order_by("-pk")[0]
    assert "Otto Organizer writes:\n\nYou are right.\n\nDecided: the grade is changed\n" in last.text
    lines = HistoryEntry.objects.filter(subject="appeal").order_by("pk").values_list("old", "new")
    assert list(lines) == [("", "open"), ("open", "changed")]
    assert ReleasedGrade.objects.get() == released  # the grade itself is changed by hand, as always


def test_appeal_ends_with_its_days(released: ReleasedGrade, now: datetime) -> None:
    until = appeal_until(released)
    assert until is not None
    assert until.astimezone(UTC) - timedelta(seconds=59, microseconds=999999) <= datetime(
        2023, 11, 10, 22, 59, tzinfo=UTC
    )
    with pytest.raises(Refusal) as refused:
        open_appeal(released, "Too late.", now=until + timedelta(microseconds=1))
    assert (refused.value.code, refused.value.status) == ("too_late", 403)
    assert open_appeal(released, "In time.", now=until).state == AppealState.OPEN


def test_seminar_without_appeals_takes_none(released: ReleasedGrade, now: datetime) -> None:
    GradingScheme.objects.update(appeal_days=0)
    with pytest.raises(Refusal):
        open_appeal(released, "Please.", now=now)


def test_one_appeal_at_a_time(released: ReleasedGrade, now: datetime) -> None:
    appeal = open_appeal(released, "Please.", now=now)
    with pytest.raises(Conflict) as refused:
        open_appeal(released, "Please.", now=now)
    assert refused.value.code == "appeal_open"
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.create(participant=released.participant, released=released, opened_at=now)
    decide_appeal(appeal, "taken_back", "", author=released.participant.user, now=now)
    assert open_appeal(released, "Once more.", now=now).state == AppealState.OPEN


def test_grade_is_decided_once_and_a_new_one_can_be_looked_at_again(
    world: World, released: ReleasedGrade, now: datetime
) -> None:
    olga = world.row("olga").user
    decide_appeal(open_appeal(released, "Please.", now=now), "kept", "No.", author=olga, now=now)
    with pytest.raises(Conflict) as refused:
        open_appeal(released, "Please!", now=now)
    assert refused.value.code == "appeal_decided"
    released.pk = None
    released.save()
    assert open_appeal(released, "And now?", now=now).state == AppealState.OPEN


def test_decided_appeal_takes_nothing_more(world: World, released: ReleasedGrade, now: datetime) -> None:
    appeal, olga = open_appeal(released, "Please.", now=now), world.row("olga").user
    decide_appeal(appeal, "kept", "It was as written.", author=olga, now=now)
    for act in (
        lambda: reply(appeal, "But", author=released.participant.user, now=now),
        lambda: decide_appeal(appeal, "changed", "Or yes", author=world.row("otto").user, now=now),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "appeal_decided"
    assert appeal.messages.count() == 2


@pytest.mark.parametrize(("state", "text"), [("kept", " "), ("open", "x"), ("nonsense", "x")])
def test_decision_needs_a_reason_and_a_kind(
    world: World, released: ReleasedGrade, now: datetime, state: str, text: str
) -> None:
    appeal = open_appeal(released, "Please.", now=now)
    with pytest.raises(Refusal):
        decide_appeal(appeal, state, text, author=world.row("olga").user, now=now)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OPEN


def test_thread_is_in_the_archive_of_the_seminar(
    world: World, released: ReleasedGrade, now: datetime, tmp_path: Path
) -> None:
    decide_appeal(open_appeal(released, "=Why?", now=now), "kept", "Because.", author=world.row("olga").user, now=now)
    write_archive(world.seminar, tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("appeals.csv").decode("utf-8-sig"))))
    assert [(row["student"], row["state"], row["author"], row["text"]) for row in rows] == [
        ("anna@example.org", "kept", "anna@example.org", "'=Why?"),
        ("anna@example.org", "kept", "olga@example.org", "Because."),
    ]


# --- the page ---------------------------------------------------------------------------------------------------


def address(world: World) -> str:
    return world.url(f"grading/{world.row('anna').pk}/appeal/")


def test_thread_from_opening_to_decision(world: World, released: ReleasedGrade, signed_in: SignIn) -> None:
    anna, olga = signed_in(world.people["anna"]), signed_in(world.people["olga"])
    assert "until Fri 10 Nov 2023, 23:59 CET" in text_of(anna.get(address(world)))
    assert "Nobody has asked for this." in text_of(olga.get(address(world)))
    assert anna.post(address(world), {"text": "<b>Why</b> 1.3?", "decision": ""}).status_code == 302
    cockpit = text_of(olga.get(world.url("manage/")))
    assert "Anna Großmann asks for another look at a grade" in cockpit
    page = olga.get(address(world)).content.decode()
    assert "&lt;b&gt;Why&lt;/b&gt; 1.3?" in page
    assert olga.post(address(world), {"text": "", "decision": "kept"}).status_code == 400
    assert olga.post(address(world), {"text": "Because.", "decision": "kept"}).status_code == 302
    for client in (anna, olga):
        words = text_of(client.get(address(world)))
        assert re.search("About the grade 1.3 the grade stays .*Why.*Olga Organizer .* Because.", words)
    assert "asks for another look" not in text_of(olga.get(world.url("manage/")))
    assert olga.post(address(world), {"text": "Or not.", "decision": ""}).status_code == 409


def test_each_side_decides_only_what_is_its_own(world: World, released: ReleasedGrade, signed_in: SignIn) -> None:
    anna, olga = signed_in(world.people["anna"]), signed_in(world.people["olga"])
    anna.post(address(world), {"text": "Why?", "decision": ""})
    assert anna.post(address(world), {"text": "Mine.", "decision": "changed"}).status_code == 400
    assert olga.post(address(world), {"text": "Yours.", "decision": "taken_back"}).status_code == 400
    assert Appeal.objects.get().state == AppealState.OPEN
    assert anna.post(address(world), {"text": "", "decision": "taken_back"}).status_code == 302
    assert Appeal.objects.get().state == AppealState.TAKEN_BACK


def test_thread_of_somebody_else_does_not_exist(world: World, released: ReleasedGrade, signed_in: SignIn) -> None:
    for name in ("boris", "apply", "gone"):
        assert signed_in(world.people[name]).get(address(world)).status_code == 404
    boris = world.url(f"grading/{world.row('boris').pk}/appeal/")
    page = signed_in(world.people["boris"])
    assert "Grades have not been released yet." in text_of(page.get(boris))
    assert page.post(boris, {"text": "Please.", "decision": ""}).status_code == 409
