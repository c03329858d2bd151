"""Way out: the seminar's file again, an archive a person can read, and a backup that is whole."""

import csv
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.domain.tables import as_csv
from courses.models import Participant, Seminar
from courses.services import change_state
from seminar.domain.seminar_file import SeminarFile, read_seminar
from seminar.services.export import seminar_toml, write_archive
from submissions.models import Version
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World, load_text
from tests.seminar.test_seminar_file import small
from topics.domain.evidence import code_of
from topics.models import AllocationRun, Exchange, PreferenceRule, Topic, TopicProposal
from topics.services import (
    assign_topic,
    document_json,
    propose_topic,
    publish_allocation,
    run_allocation,
    save_preferences,
    set_pair,
)

EXAMPLES = sorted((Path(settings.BASE_DIR) / "examples").glob("*.toml"))


def read(text: str) -> SeminarFile:
    file, problems = read_seminar(tomllib.loads(text), text)
    assert file is not None, problems
    return file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.django_db
def test_seminar_toml_of_a_loaded_file_says_the_same(path: Path, now: datetime) -> None:
    text = path.read_text()
    seminar = load_text(text, now)
    said = read(text)
    assert said.preferences is not None
    if said.preferences.seed is None:  # drawn on loading, and written
        said.preferences = said.preferences.model_copy(update={"seed": seminar.preference_rule.seed})
    assert read(seminar_toml(seminar)) == said


FACTS = """\
admission = "direct"
entry_from = 2023-10-06
entry_until = 2023-10-20
offer_hours = 0
registration_until = 2023-11-10
check_in = true
discussion_notes = true
"""
TOPIC = """\
notice = "In winter only"
prerequisites = [{strength = "required", text = "Ice"}, {strength = "helpful", text = "Courage"}]
"""
NONE_NOTED = (
    ("count = 3\n", "count = 3\nseed = 7\n"),
    ("absences_allowed = 0\n", "attendance = false\n"),
    (
        'key = "attendance"\ntitle = "Attendance"\nsource = "attendance"',
        'key = "more"\ntitle = "More"\nsource = "pass"',
    ),
)
RULES = """\
ties = true
fill = true
demand_visible = true
proposals = true
exchanges = "off"
seed = 2147483647
"""
PERSON = "registration_needed = false\nregistered_on = 2023-11-02\n"


def full() -> str:
    """The small seminar with every rule that it leaves out otherwise."""
    return small(
        ("absences_allowed = 0\n", f"absences_allowed = 0\n{FACTS}"),
        ('title = "Cold Diffusion"\n', f'title = "Cold Diffusion"\n{TOPIC}'),
        ("count = 3\n", f"count = 3\n{RULES}"),
        ('given = "Anna"\n', f'given = "Anna"\n{PERSON}'),
    )


@pytest.mark.django_db
def test_seminar_toml_brings_every_rule_back(now: datetime) -> None:
    text = full()
    exported = seminar_toml(load_text(text, now))
    assert read(exported) == read(text)
    copy = seminar_toml(load_text(exported, now, slug="copy"))
    assert copy == exported.replace('slug = "small"', 'slug = "copy"')


@pytest.mark.django_db
def test_seminar_toml_of_one_that_notes_no_attendance_says_so(now: datetime) -> None:
    text = small(*NONE_NOTED)
    exported = seminar_toml(load_text(text, now))
    assert "\nattendance = false\n" in exported
    assert read(exported) == read(text)


def test_seminar_toml_of_a_drawn_seed_names_it_and_keeps_nonce_and_salt_back(world: World) -> None:
    rule = PreferenceRule.objects.get(seminar=world.seminar)
    exported = seminar_toml(world.seminar)
    assert f"\nseed = {rule.seed}\n" in exported
    assert [word for word in ("nonce", rule.nonce, "salt", rule.salt) if word in exported] == []


def test_seminar_toml_of_a_student_with_an_offer_says_that_they_wait(world: World, now: datetime) -> None:
    before = seminar_toml(world.seminar)
    change_state(world.row("wait"), "offered", actor=None, now=now)
    assert world.row("wait").state == "offered"
    assert seminar_toml(world.seminar) == before


def send(world: World, now: datetime) -> Version:
    anna = world.row("anna")
    assign_topic(anna, world.topic(1), reason="", actor=world.row("olga").user, now=now)
    return receive_upload(world.slot("slides"), anna, pdf(), uploaded_by=anna.user, arrived_at=now)


def test_seminar_export_holds_every_file_letter_and_table(world: World, now: datetime, tmp_path: Path) -> None:
    send(world, now)
    target = tmp_path / "out.zip"
    call_command("seminar_export", "small", output=target)
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        upload = next(name for name in names if name.startswith("uploads/slides/"))
        assert upload.endswith("/Topic01_Grossmann_StructuredDenoising_v1.pdf")
        assert archive.read(upload).startswith(b"%PDF-")
        assert "anna@example.org" in archive.read("seminar.toml").decode()
        assert "1 Structured Denoising" in archive.read("history.csv").decode()
    assert {"README.txt", "seminar.toml", "grades.csv", "released.csv", "history.csv"} <= set(names)
    with pytest.raises(CommandError, match="exists already"):
        call_command("seminar_export", "small", output=target)


def give_topics(row: Participant, now: datetime) -> AllocationRun:
    """A proposal, an exclusion, a swap with Boris and an allocation, all of one student and of their seminar."""
    rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=row.seminar)
    organizer = row.seminar.participants.get(is_contact=True).user
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=row.seminar)}
    partner = row.seminar.participants.get(user__given_names="Boris")
    save_preferences(row, rule, [1, 2], arrived_at=now)
    propose_topic(row, TopicProposal(title="=Snow", url="https://example.org/", abstract="Why"), now=now)
    set_pair(partner, topics[2], kind="pinned", reason="His thesis", actor=organizer, now=now)
    set_pair(row, topics[5], kind="excluded", reason="Held it before", actor=organizer, now=now)
    swap = {"kind": "topics", "gives": topics[1], "wants": topics[2], "message": "Please"}
    Exchange.objects.create(**swap, proposer=row, partner=partner, state="asked", asked_at=now)
    run = run_allocation(rule, objective="generous", actor=organizer, now=now)
    publish_allocation(run, actor=organizer, now=now)
    return AllocationRun.objects.get(pk=run.pk)


def test_seminar_export_explains_how_topics_were_given(world: World, now: datetime, tmp_path: Path) -> None:
    PreferenceRule.objects.update(proposals=True)
    theirs = world.other.participants.select_related("seminar", "user").get(user__given_names="Anna")
    give_topics(theirs, now)
    earlier = run_allocation(world.seminar.preference_rule, objective="greedy", actor=world.row("olga").user, now=now)
    change_state(world.row("carla"), "withdrawn", actor=None, now=now)
    run = give_topics(world.row("anna"), now)
    assert len(run.people) < len(earlier.people)
    write_archive(world.seminar, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {name: text for name, text in texts.items() if name.startswith("allocations/0")} == {
        f"allocations/{earlier.pk:04}_draft.json": document_json(earlier),
        f"allocations/{run.pk:04}_published.json": document_json(run),
    }
    emails = {name: f"{name}@example.org" for name in ("anna", "boris", "carla", "dana")}
    salt = world.seminar.preference_rule.salt
    codes = {code_of(salt, world.row(name).pk): email for name, email in emails.items()}
    assert {row["code"]: row["email"] for row in table(texts["allocations/people.csv"])} == codes
    at, anna_is, boris_is = now.isoformat(), emails["anna"], emails["boris"]
    proposal = {"title": "'=Snow", "url": "https://example.org/", "abstract": "Why", "state": "proposed"}
    assert table(texts["proposals.csv"]) == [{**proposal, "participant": anna_is, "proposed_at": at}]
    swap = {"kind": "topics", "state": "asked", "gives": "1", "wants": "2", "message": "Please", "asked_at": at}
    assert table(texts["exchanges.csv"]) == [{**swap, "proposer": anna_is, "partner": boris_is}]
    decided = {"decided_at": at, "decided_by": "olga@example.org"}
    assert table(texts["pairs.csv"]) == [
        {"participant": boris_is, "topic": "2", "kind": "pinned", "reason": "His thesis", **decided},
        {"participant": anna_is, "topic": "5", "kind": "excluded", "reason": "Held it before", **decided},
    ]


def table(text: str) -> list[dict[str, str]]:
    """The rows of a CSV file, without empty cells."""
    return [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(text.splitlines())]


def test_seminar_export_of_an_unknown_seminar_names_the_known_ones(world: World) -> None:
    with pytest.raises(CommandError, match=r"There is no seminar “no”. Known: .*small"):
        call_command("seminar_export", "no")


def test_as_csv_keeps_formulas_as_text() -> None:
    assert as_csv(["a"], [["=1+1"], ["-3"], [None], ["plain"]]) == "a\r\n'=1+1\r\n'-3\r\n\"\"\r\nplain\r\n"


@pytest.mark.django_db(transaction=True)
def test_restore_into_an_empty_database_brings_every_row_and_byte_back(tmp_path: Path) -> None:
    from django.core.files.storage import default_storage

    from tests.factories.world import build_world

    now = datetime(2023, 10, 27, 15, 0, tzinfo=UTC)
    world = build_world(now)
    version = send(world, now)
    before = seminar_toml(world.seminar)
    call_command("backup", tmp_path / "backup")
    with pytest.raises(CommandError, match="not empty; a backup is restored into a new one only"):
        call_command("restore", tmp_path / "backup")
    call_command("flush", interactive=False, verbosity=0)
    default_storage.delete(version.stored_name)
    call_command("restore", tmp_path / "backup")
    assert seminar_toml(Seminar.objects.get(slug="small")) == before
    call_command("invariants_check")


@pytest.mark.django_db(transaction=True)
def test_restore_of_a_damaged_backup_says_so_and_restores_nothing(tmp_path: Path) -> None:
    from tests.factories.world import build_world

    now = datetime(2023, 10, 27, 15, 0, tzinfo=UTC)
    version = send(build_world(now), now)
    call_command("backup", tmp_path / "backup")
    call_command("flush", interactive=False, verbosity=0)
    (tmp_path / "backup" / "files" / version.sha256).write_bytes(b"%PDF- changed")
    with pytest.raises(CommandError, match="damaged, nothing was restored"):
        call_command("restore", tmp_path / "backup")
    assert not Seminar.objects.exists()
