"""Releasing single parts, and the history of every grade with its reasons."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.domain.refusals import Refusal
from courses.models import HistoryEntry
from courses.services import record
from grading.models import GradingScheme, PartGrade, ReleasedGrade, ReleasedPart
from grading.services import release_part, save_part_grade
from notifications.models import Letter
from seminar.services.export.archive import topic_tables
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, part_of, release, the_scheme
from tests.grading.test_views import form_of, text_of

SignIn = Callable[..., Client]
PRESENT = datetime(2024, 3, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def olga(world: World, signed_in: SignIn, time_machine: Any) -> Client:
    time_machine.move_to(PRESENT, tick=False)
    return signed_in(world.people["olga"])


def release_one(world: World, key: str, now: datetime) -> int:
    return release_part(the_scheme(world), part_of(world, key), actor=world.row("olga").user, now=now)


def shown(world: World) -> list[tuple[str, str, object, str]]:
    rows = ReleasedPart.objects.select_related("part", "participant__user")
    return [(row.participant.user.given_names, row.part.key, row.result, row.comment) for row in rows]


# --- parts --------------------------------------------------------------------------------------------------


def test_release_part_shows_only_that_part_and_tells_once(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    enter(world, "anna", "presentation", entry_of("1.3", "Clear."), now, revision=1)
    enter(world, "boris", "presentation", entry_of("5.0"), now)
    enter(world, "carla", "notebook", entry_of("1.0"), now)
    assert release_one(world, "presentation", now) == 2
    assert sorted(shown(world)) == [
        ("Anna", "presentation", Decimal("1.3"), "Clear."),
        ("Boris", "presentation", Decimal("5.0"), ""),
    ]
    assert release_one(world, "presentation", now + timedelta(hours=1)) == 0
    letters = Letter.objects.filter(kind="part_released")
    assert sorted(letter.to_email for letter in letters) == ["anna@example.org", "boris@example.org"]
    mine = letters.get(to_email="anna@example.org")
    assert mine.subject == "[Small2023] Your grade for Presentation is released"
    assert "1.3" not in mine.text + mine.subject
    assert not ReleasedGrade.objects.exists()
    entry = HistoryEntry.objects.get(subject="released_part:presentation", participant=world.row("anna"))
    assert (entry.actor, entry.old, entry.new) == (world.people["olga"], "", "1.3")


def test_release_part_that_has_changed_is_released_again(world: World, now: datetime) -> None:
    enter(world, "anna", "revision", entry_of(value=False), now)
    release_one(world, "revision", now)
    enter(world, "anna", "revision", entry_of(value=True), now, revision=1)
    assert shown(world) == [("Anna", "revision", False, "")]
    assert release_one(world, "revision", now) == 1
    assert shown(world)[1:] == [("Anna", "revision", True, "")]
    entry = HistoryEntry.objects.filter(subject="released_part:revision").latest("pk")
    assert (entry.old, entry.new) == ("failed", "passed")


def test_release_part_leaves_alone_who_was_shown_the_whole(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    release(world, now)
    enter(world, "anna", "presentation", entry_of("2.0"), now, revision=1)
    assert release_one(world, "presentation", now) == 0


def test_release_part_that_follows_from_facts_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        release_one(world, "attendance", now)
    assert refused.value.code == "derived_part"


def test_released_part_without_a_result_is_refused_by_the_database(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), now)
    release_one(world, "presentation", now)
    for fields in ({"value": None}, {"passed": True}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReleasedPart.objects.update(**fields)


def test_student_sees_a_released_part_and_then_the_whole(world: World, signed_in: SignIn, olga: Client) -> None:
    grade(world, "anna", PRESENT)
    enter(world, "anna", "presentation", entry_of("1.3", "Clear & calm."), PRESENT, revision=1)
    client, url = signed_in(world.people["anna"]), world.url(f"grading/{world.row('anna').pk}/")
    response = olga.post(world.url("grading/release/"), {"part": "presentation"}, follow=True)
    assert response.redirect_chain == [(world.url("grading/release/"), 302)]
    words = text_of(client.get(url))
    assert "Presentation 1.3 Clear &amp; calm. Mon 25 Mar 2024, 10:00 CET" in words
    assert "Notebook 1.7" not in words
    assert "Released so far: Presentation 1.3" in text_of(client.get(world.url("me/")))
    assert client.get(f"{url}record.pdf").status_code == 404
    release(world, PRESENT)
    assert "Notebook 50 % 1.7" in text_of(client.get(url))
    assert "Released so far" not in text_of(client.get(world.url("me/")))


def test_organizer_sees_what_changed_since_a_part_was_released(world: World, olga: Client) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), PRESENT)
    release_one(world, "presentation", PRESENT)
    assert "changed since" not in text_of(olga.get(world.url("grading/")))
    enter(world, "anna", "presentation", entry_of("1.7"), PRESENT, revision=1)
    assert "Presentation 1.3 changed since" in text_of(olga.get(world.url("grading/")))


def test_part_that_changes_without_the_grade_is_changed_since(world: World, olga: Client) -> None:
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    enter(world, "anna", "reviews", entry_of("1.3"), PRESENT, revision=1)  # 1.50, undecided, so 1.7
    enter(world, "anna", "presentation", entry_of("1.0"), PRESENT, revision=1)  # and 1.38, so 1.3 again
    assert "1.3 changed since" in text_of(olga.get(world.url("grading/")))


def test_grade_release_counts_and_names_who_would_fail_for_what_is_missing(world: World, olga: Client) -> None:
    grade(world, "anna", PRESENT)
    enter(world, "boris", "presentation", entry_of("2.0"), PRESENT)
    release_one(world, "presentation", PRESENT)
    enter(world, "anna", "presentation", entry_of("1.7"), PRESENT, revision=1)
    words = text_of(olga.get(world.url("grading/release/")))
    assert "The whole grade, with every step 1 of 4 0 1" in words
    assert "Only Presentation 2 of 4 2 1" in words
    assert "Only Notebook 1 of 4 0 1" in words
    assert "Attendance" not in words
    assert "would not pass" not in words
    GradingScheme.objects.update(missing="fail", missing_date=datetime(2024, 3, 1), missing_time=time(12))
    words = text_of(olga.get(world.url("grading/release/")))
    names = words.partition("would not pass because of what is missing: ")[2].partition(" What There")[0]
    assert names == "Carla Conti Dana Demir Boris Łukasik"


def test_grade_release_of_a_part_that_does_not_exist_is_not_found(world: World, olga: Client) -> None:
    assert olga.post(world.url("grading/release/"), {"part": "essay"}).status_code == 404
    assert olga.post(world.url("grading/release/"), {"part": "attendance"}).status_code == 400


@pytest.mark.parametrize("path", ["grading/release/", "grading/", "grading/history/"])
def test_release_pages_take_the_same_queries_for_one_and_for_thirty(world: World, olga: Client, path: str) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), PRESENT)
    release_one(world, "presentation", PRESENT)
    one, crowd = queries_of(olga, world.url(path)), add_students(world.seminar, 29)
    part, actor = part_of(world, "presentation"), world.row("olga").user
    given = {"part": part, "value": 1, "graded_by": actor, "graded_at": PRESENT}
    PartGrade.objects.bulk_create(PartGrade(participant=row, **given) for row in crowd)
    release_one(world, "presentation", PRESENT)
    assert queries_of(olga, world.url(path)) == one


# --- reasons ------------------------------------------------------------------------------------------------


def change(world: World, key: str, value: str, now: datetime, reason: str) -> None:
    actor = world.row("olga").user
    save_part_grade(
        part_of(world, key), world.row("anna"), entry_of(value), revision=1, actor=actor, now=now, reason=reason
    )


@pytest.mark.parametrize("whole", [True, False])
def test_grade_that_was_seen_changes_only_for_a_reason(world: World, now: datetime, *, whole: bool) -> None:
    grade(world, "anna", now)
    release(world, now) if whole else release_one(world, "presentation", now)
    with pytest.raises(Refusal) as refused:
        change(world, "presentation", "2.0", now, " ")
    assert (refused.value.code, refused.value.status) == ("reason_missing", 400)
    assert PartGrade.objects.get(part__key="presentation").value == Decimal("1.3")
    change(world, "presentation", "2.0", now, "A slip of the pen.")
    assert HistoryEntry.objects.filter(subject="grade:presentation").latest("pk").reason == "A slip of the pen."


def test_grade_that_was_not_seen_changes_without_a_reason(world: World, now: datetime) -> None:
    grade(world, "anna", now)
    release_one(world, "presentation", now)
    change(world, "notebook", "2.0", now, "")
    assert PartGrade.objects.get(part__key="notebook").value == Decimal("2.0")


def test_grade_edit_asks_for_the_reason_of_what_was_seen(world: World, olga: Client) -> None:
    grade(world, "anna", PRESENT)
    url = world.url(f"grading/{world.row('anna').pk}/edit/")
    assert "Why it changes" not in text_of(olga.get(url))
    release_one(world, "presentation", PRESENT)
    assert text_of(olga.get(url)).count("Why it changes") == 1
    sent = form_of(presentation="2.0", notebook="1.7", reviews="1.0", revision="yes", presentation_revision="1")
    response = olga.post(url, sent)
    assert response.status_code == 400
    assert "please say why it changes" in text_of(response)
    assert '<option value="2.0" selected>' in response.content.decode()
    assert olga.post(url, {**sent, "presentation-reason": "A slip."}).status_code == 302
    assert HistoryEntry.objects.filter(subject="grade:presentation").latest("pk").reason == "A slip."


# --- history ------------------------------------------------------------------------------------------------


def test_history_list_says_who_when_what_old_new_and_why(world: World, olga: Client) -> None:
    grade(world, "anna", PRESENT)
    enter(world, "boris", "notebook", entry_of("2.0"), PRESENT, actor="otto")
    enter(world, "boris", "notebook", entry_of("2.3"), PRESENT, revision=1, actor="otto")
    release_one(world, "presentation", PRESENT)
    release(world, PRESENT)
    words = text_of(olga.get(world.url("grading/history/")))
    assert "Mon 25 Mar 2024, 10:00 CET Otto Organizer Boris Łukasik Notebook 2.0 2.3 Looked at again." in words
    assert "Anna Großmann released: Presentation – 1.3" in words
    assert "Anna Großmann released: the grade – 1.3" in words
    mine = text_of(olga.get(world.url("grading/history/"), {"student": world.row("anna").pk})).partition("Why")[2]
    assert "Otto Organizer" not in mine
    assert mine.count("Anna Großmann") == 6


def test_history_list_leaves_out_what_is_no_grade(world: World, olga: Client) -> None:
    record(world.seminar, "capacity", now=PRESENT, old="5", new="6")
    record(world.other, "grade:notebook", now=PRESENT, new="1.0")
    assert "No grade has been entered yet." in text_of(olga.get(world.url("grading/history/")))


@pytest.mark.parametrize("student", ["0", "x", "²", "9" * 30])
def test_history_of_somebody_who_does_not_exist_is_not_found(world: World, olga: Client, student: str) -> None:
    for path in ("grading/history/", "grading/history.csv"):
        assert olga.get(world.url(path), {"student": student}).status_code == 404
        assert olga.get(world.url(path), {"student": world.other.participants.first().pk}).status_code == 404


def test_history_list_shows_four_hundred_lines_a_page_at_a_time(world: World, olga: Client) -> None:
    for number in range(400):
        record(world.seminar, "grade:notebook", now=PRESENT, participant=world.row("anna"), new=number)
    client, url = olga, world.url("grading/history/")
    first = text_of(client.get(url))
    assert (first.count("Anna Großmann"), "1 of 4" in first) == (101, True)  # and once among those to choose from
    last = text_of(client.get(url, {"page": "4", "student": world.row("anna").pk}))
    assert "Newer 4 of 4" in last
    assert text_of(client.get(url, {"page": "x"})) == first


def test_history_download_is_a_table_whose_cells_stay_text(world: World, olga: Client) -> None:
    enter(world, "anna", "notebook", entry_of("2.0"), PRESENT)
    reasons = ["=1+1", "+1", "-1", "@x", "\t=1"]
    for reason in reasons:
        anna, actor = world.row("anna"), world.row("olga").user
        record(world.seminar, "grade:notebook", now=PRESENT, actor=actor, participant=anna, reason=reason)
    response = olga.get(world.url("grading/history.csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows[0] == ["when", "who", "student", "e-mail", "what", "old", "new", "why"]
    first = ["2024-03-25T10:00:00+01:00", "Olga Organizer", "Anna Großmann", "anna@example.org", "Notebook", "", "2.0"]
    assert rows[1] == [*first, "Looked at again."]
    assert [row[-1] for row in rows[2:]] == [f"'{reason}" for reason in reasons]


@pytest.mark.parametrize("name", ["anna", "outsider", "other_organizer"])
def test_history_is_for_organizers(world: World, signed_in: SignIn, name: str) -> None:
    client = signed_in(world.people[name])
    assert [client.get(world.url(f"grading/history{end}")).status_code for end in ("/", ".csv")] == [403, 403]


def test_archive_holds_what_was_released_part_by_part(world: World, now: datetime) -> None:
    enter(world, "anna", "presentation", entry_of("1.3", "=Clear"), now)
    release_one(world, "presentation", now)
    table = dict(topic_tables(world.seminar))["released_parts.csv"]
    assert table.splitlines()[1].startswith("anna@example.org,presentation,1.30,,'=Clear,2023-10-27")
