"""Way out: the seminar's file again, an archive a person can read, and a backup that is whole."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.models import Seminar
from seminar.domain.seminar_file import read_seminar
from seminar.services.export import seminar_toml
from seminar.services.export.archive import as_csv
from submissions.models import Version
from submissions.services import receive_upload
from tests.factories.files import pdf
from tests.factories.world import World, load_text
from topics.services import assign_topic

EXAMPLES = sorted((Path(settings.BASE_DIR) / "examples").glob("*.toml"))


def read(text: str) -> object:
    import tomllib

    file, problems = read_seminar(tomllib.loads(text), text)
    assert problems == []
    return file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.django_db
def test_seminar_toml_of_a_loaded_file_says_the_same(path: Path, now: datetime) -> None:
    text = path.read_text()
    assert read(seminar_toml(load_text(text, now))) == read(text)


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
