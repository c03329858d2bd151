"""A disk without room: the file is refused in a sentence, what was there before stays, and later the same file is taken."""

from __future__ import annotations

import ctypes
import errno
import functools
import hashlib
import itertools
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from notifications.models import Letter
from seminar.services.demo import demo_pdf
from seminar.services.invariants import broken_invariants
from submissions.models import Version
from submissions.queries import latest_versions
from submissions.services import prepare, signature_of
from tests.factories.world import World
from tests.submissions.test_kill import JSON, fork, heavy_pdf, incoming
from tests.submissions.test_views import text_of

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = datetime(2023, 12, 8, 12, 0, tzinfo=UTC)
SENTENCE = "The server has no room left, so this file was not kept. Please keep it and try again later. Version 1 stays in force."
MEGABYTE = 1024 * 1024
SMALL, LARGE = demo_pdf("Another talk"), heavy_pdf("Another talk", 2 * MEGABYTE - 4096)
LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_USER, RECURSIVE, PRIVATE = 0x20000, 0x10000000, 0x4000, 0x40000


# --- a small disk ---------------------------------------------------------------------------------------------


@dataclass
class Disk:
    """A file system of its own in the memory, seen by this process and its children only, and gone with them."""

    folder: Path

    def mount(self) -> None:
        """Raise OSError where this machine does not allow it."""
        user, group = os.getuid(), os.getgid()
        try:
            succeed(LIBC.unshare(NEW_MOUNTS))
        except PermissionError:
            succeed(LIBC.unshare(NEW_USER | NEW_MOUNTS))
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        succeed(LIBC.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None))
        self.folder.mkdir(parents=True)
        succeed(LIBC.mount(b"tmpfs", bytes(self.folder), b"tmpfs", 0, b"size=4m,nr_inodes=100"))

    def leave(self, free: int) -> None:
        """Take all room but so many bytes, rounded up to a page."""
        room = os.statvfs(self.folder)
        taken = (room.f_bavail - -(-free // room.f_bsize)) * room.f_bsize
        with (self.folder / "ballast").open("wb") as ballast:
            if taken:
                os.posix_fallocate(ballast.fileno(), 0, taken)

    def leave_names(self, free: int) -> None:
        """Take all room for new files but for so many, however small they are."""
        names = self.folder / "ballast-of-names"
        names.mkdir()
        for number in range(os.statvfs(self.folder).f_favail - free):
            (names / str(number)).touch()

    def make_room(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)
        shutil.rmtree(self.folder / "ballast-of-names", ignore_errors=True)


def succeed(code: int) -> None:
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


# --- a student who hands in -----------------------------------------------------------------------------------


@dataclass
class Desk:
    """A student with a first version; the folder of the files is a small disk."""

    world: World
    client: Client
    disk: Disk
    first: dict[str, Any] = field(default_factory=dict)

    def open(self) -> None:
        self.first = self.accepts(demo_pdf("The first"), 1)

    def send(self, content: bytes, **options: Any) -> HttpResponse:
        address = self.world.url(f"submissions/{self.world.slot('slides').pk}/")
        return self.client.post(address, {"file": SimpleUploadedFile("slides.pdf", content)}, **options)

    def accepts(self, content: bytes, number: int) -> dict[str, Any]:
        answer = self.send(content, headers=JSON)
        assert (answer.status_code, answer.json().get("version")) == (200, number)
        assert self.download(answer.json()["receipt"]) == content
        assert (broken_invariants(), incoming()) == ([], [])
        return dict(answer.json())

    def refuses(self, content: bytes, *, kept: bool = False) -> None:
        """By program and by form, with nothing changed; `kept`: its bytes may lie under their hash, where no row names them."""
        before = self.everything()
        more = {hashlib.sha256(content).hexdigest(): content} if kept else {}
        as_json = self.send(content, headers=JSON)
        assert (as_json.status_code, as_json.json()) == (507, {"code": "no_room", "message": SENTENCE})
        self.is_as(before, more)
        as_page = self.send(content)
        assert (as_page.status_code, text_of(as_page).count(SENTENCE)) == (507, 1)
        self.is_as(before, more)

    def everything(self) -> dict[str, Any]:
        return {
            "versions": list(Version.objects.values()),
            "letters": list(Letter.objects.values_list("key", flat=True)),
            "files": {path.name: path.read_bytes() for path in self.disk.folder.glob("[0-9a-f][0-9a-f]/*")},
        }

    def is_as(self, before: dict[str, Any], more: dict[str, bytes] | None = None) -> None:
        """Everything is as it was, but for these files."""
        assert self.everything() == {**before, "files": {**before["files"], **(more or {})}}
        assert incoming() == []
        self.first_is_in_force()

    def first_is_in_force(self) -> None:
        (version,) = latest_versions([self.world.slot("slides")], [self.world.row("anna").pk]).values()
        assert version.acknowledgement == self.first
        page = self.client.get(self.world.url(f"submissions/receipts/{version.receipt}/"))
        assert (page.status_code, version.sha256 in page.text) == (200, True)
        assert self.download(version.receipt) == demo_pdf("The first")
        assert broken_invariants() == []

    def download(self, receipt: Any) -> bytes:
        response = self.client.get(self.world.url(f"submissions/files/{receipt}/"))
        assert response.status_code == 200
        return b"".join(response.streaming_content)  # type: ignore[attr-defined]


@pytest.fixture
def desk(world: World, signed_in: Callable[..., Client], time_machine: Any) -> Desk:
    time_machine.move_to(BEFORE, tick=False)
    return Desk(world, signed_in(world.people["anna"]), Disk(Path(default_storage.path(""))))


def on_a_small_disk(test: Callable[..., None]) -> Callable[..., None]:
    """Run the test in a child process that has mounted one as the folder of the files."""

    @functools.wraps(test)
    def in_a_child(desk: Desk, **fixtures: Any) -> None:
        def work(say: Callable[..., None]) -> None:
            try:
                desk.disk.mount()
            except OSError as error:
                say(
                    done=f"No small disk can be mounted here, neither as root nor in a namespace of one's own: {error}."
                )
                return
            desk.open()
            test(desk, **fixtures)
            say(done="")

        child = fork(work)
        lacking = child.hear("done")
        child.end()
        if lacking and os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(lacking)
        if lacking:
            pytest.skip(lacking)

    return in_a_child


def full(*_args: Any, **_kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- the disk of the files ------------------------------------------------------------------------------------


@on_a_small_disk
def test_upload_while_the_disk_fills_is_refused(desk: Desk) -> None:
    desk.disk.leave(MEGABYTE)
    desk.refuses(LARGE)
    desk.accepts(SMALL, 2)
    desk.disk.make_room()
    desk.accepts(LARGE, 3)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
@on_a_small_disk
def test_upload_on_a_full_disk_is_refused(desk: Desk, content: bytes) -> None:
    desk.disk.leave(0)
    desk.refuses(content)
    desk.disk.make_room()
    desk.accepts(content, 2)


@on_a_small_disk
def test_upload_that_lacks_a_few_pages_is_refused(desk: Desk) -> None:
    """Whatever part of the last piece still fits."""
    for pages in range(1, 9):
        desk.disk.leave(len(LARGE) - pages * 4096)
        desk.refuses(LARGE)
        desk.disk.make_room()
    desk.accepts(LARGE, 2)


@on_a_small_disk
def test_upload_that_just_fits_is_taken_and_its_pages_are_shown(desk: Desk) -> None:
    """There is no room left for what is made of it for readers: that is made later."""
    desk.disk.leave(len(LARGE))
    desk.accepts(LARGE, 2)
    assert os.statvfs(desk.disk.folder).f_bavail == 0
    receipt = Version.objects.get(number=2).receipt
    for page in ("", "frame/"):
        assert desk.client.get(desk.world.url(f"submissions/versions/{receipt}/{page}")).status_code == 200, page
    prepare(BEFORE)
    derived = [path.name for path in (desk.disk.folder / "derived").rglob("*")]
    assert [name for name in derived if name.startswith(("tmp", "draft"))] == []
    desk.disk.make_room()
    assert prepare(BEFORE) == 2
    assert broken_invariants() == []


@pytest.mark.parametrize("folder", ["kept", "gone"])
@on_a_small_disk
def test_upload_without_room_for_one_more_file_is_refused(desk: Desk, folder: str) -> None:
    if folder == "gone":
        (desk.disk.folder / "incoming").rmdir()
        desk.disk.leave_names(0)
        answer = desk.send(SMALL, headers=JSON)
        assert (answer.status_code, answer.json()) == (507, {"code": "no_room", "message": SENTENCE})
        desk.first_is_in_force()
    else:
        desk.disk.leave_names(0)
        desk.refuses(SMALL)
    desk.disk.make_room()
    desk.accepts(SMALL, 2)


@on_a_small_disk
def test_upload_without_room_for_its_last_folder_is_refused(desk: Desk) -> None:
    desk.disk.leave_names(1)
    desk.refuses(SMALL)
    desk.disk.make_room()
    desk.accepts(SMALL, 2)


@pytest.mark.parametrize("step", ["flushed", "renamed", "renamed for good"])
@on_a_small_disk
def test_upload_that_fits_but_cannot_be_kept_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Some disks say only late that they are full: when the file is flushed, renamed, or its folder is flushed."""
    fsync = os.fsync

    def fsync_of(handle: int) -> None:
        of_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        full() if of_folder == (step == "renamed for good") else fsync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, *(("replace", full) if step == "renamed" else ("fsync", fsync_of)))
        desk.refuses(SMALL, kept=step == "renamed for good")
    desk.accepts(SMALL, 2)


@on_a_small_disk
def test_upload_that_fails_otherwise_is_no_lack_of_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="Input/output error"):
            desk.send(SMALL)
    assert incoming() == []
    desk.first_is_in_force()
    desk.accepts(SMALL, 2)


@on_a_small_disk
def test_upload_for_a_student_on_a_full_disk_is_refused(desk: Desk, signed_in: Callable[..., Client]) -> None:
    anna, before = desk.world.row("anna"), desk.everything()
    desk.disk.leave(0)
    page = desk.world.url(f"submissions/{desk.world.slot('slides').pk}/for-a-student/")
    sent = {"participant": anna.pk, "file": SimpleUploadedFile("slides.pdf", LARGE)}
    answer = signed_in(desk.world.people["olga"]).post(page, sent)
    assert (answer.status_code, text_of(answer).count(SENTENCE)) == (507, 1)
    desk.is_as(before)


@on_a_small_disk
def test_upload_by_command_on_a_full_disk_is_refused(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is copied before it is renamed; of that copy, too, nothing is left."""
    (tmp_path / "slides.pdf").write_bytes(LARGE)
    sent = ("submission_receive", "small", "slides", "anna@example.org", str(tmp_path / "slides.pdf"))
    before = desk.everything()
    desk.disk.leave(MEGABYTE)
    with pytest.raises(CommandError) as refused:
        call_command(*sent)
    assert str(refused.value) == f"no_room: {SENTENCE}"
    desk.is_as(before)
    desk.disk.make_room()
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(CommandError, match="no_room"):
            call_command(*sent)
    desk.is_as(before)
    call_command(*sent, stdout=StringIO())
    assert (Version.objects.count(), incoming(), broken_invariants()) == (2, [], [])


@on_a_small_disk
def test_other_forms_with_files_on_a_full_disk_are_no_failure(desk: Desk, signed_in: Callable[..., Client]) -> None:
    """They say so, too; a small file is met by the full disk later than a large one."""
    olga, before, version = signed_in(desk.world.people["olga"]), desk.everything(), Version.objects.get()
    pages = {
        desk.world.url("participants/import/"),
        desk.world.url("topics/import/"),
        desk.world.url("similarity/templates/"),
        f"/receipts/{version.receipt}/?signature={signature_of(version)}",
    }
    desk.disk.leave(0)
    for content in (b"E-Mail;Nachname\na@example.org;Family\n", b"x" * MEGABYTE):
        for page in pages:
            sent = {"slot": desk.world.slot("notebook").pk, "file": SimpleUploadedFile("file.csv", content)}
            response = olga.post(page, sent)
            assert (response.status_code, "no room left" in response.text) == (507, True), page
        desk.is_as(before)


# --- the disk of the database ---------------------------------------------------------------------------------


GERMAN = "konnte Datei »base/5/16384« nicht erweitern: Auf dem Gerät ist kein Speicherplatz mehr verfügbar"
ENGLISH = 'could not extend file "base/5/16384": No space left on device'


@contextmanager
def database_without_room(moment: str, words: str) -> Iterator[None]:
    """PostgreSQL finds its disk full when the row is written or when it is committed; gone with the connection at the latest."""
    table, name = Version._meta.db_table, "no_room"
    kind = {"row": "TRIGGER", "commit": "CONSTRAINT TRIGGER"}[moment]
    when = {"row": "", "commit": "DEFERRABLE INITIALLY DEFERRED"}[moment]
    raises = f"BEGIN RAISE EXCEPTION USING MESSAGE = '{words}', ERRCODE = 'disk_full'; END"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE FUNCTION pg_temp.{name}() RETURNS trigger LANGUAGE plpgsql AS $$ {raises} $$")
        cursor.execute(
            f"CREATE {kind} {name} AFTER INSERT ON {table} {when} FOR EACH ROW EXECUTE FUNCTION pg_temp.{name}()"
        )
        yield
        cursor.execute(f"DROP FUNCTION pg_temp.{name} CASCADE")


@pytest.mark.services
@pytest.mark.parametrize("words", [ENGLISH, GERMAN], ids=["English", "German"])
@pytest.mark.parametrize("moment", ["row", "commit"])
@on_a_small_disk
def test_upload_with_a_full_disk_of_postgresql_is_refused(desk: Desk, moment: str, words: str) -> None:
    with database_without_room(moment, words):
        desk.refuses(SMALL, kept=True)
    desk.accepts(SMALL, 2)


def copied(database: str, to: Path) -> str:
    """With what still lies in its log, which a connection of another thread may keep there."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)
    return str(to)


@on_a_small_disk
def test_upload_with_sqlite_on_the_same_full_disk_is_refused(desk: Desk) -> None:
    """However little the database lacks; it is on the disk of the files, as where nothing else was installed."""
    database = connection.settings_dict
    if connection.vendor != "sqlite":
        return  # the pass on PostgreSQL has the test above
    connections.close_all()
    database["NAME"] = copied(database["NAME"], desk.disk.folder / "db.sqlite3")
    for pages in itertools.count(1):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        desk.disk.leave(pages * os.statvfs(desk.disk.folder).f_bsize)
        if desk.send(SMALL, headers=JSON).status_code == 200:
            break
        desk.refuses(SMALL, kept=True)
        desk.disk.make_room()
    assert 5 < pages < 50
    assert (Version.objects.count(), broken_invariants()) == (2, [])
