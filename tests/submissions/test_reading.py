"""What can be read in a browser: made once for each content and language, complete or absent, and open to whoever holds its token."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import TimestampSigner
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from seminar.services.demo import demo_pdf
from submissions.domain.notebook_draft import WORDS
from submissions.models import Submission, TemplateFile, Version
from submissions.services import MAX_PICTURE_AGE, add_template, picture_at, readable, reading, reading_of
from submissions.services.reading import SIGNER, Reading
from tests.factories.world import World
from tests.files.corpus_honest import png
from tests.files.inspector import Page

pytestmark = pytest.mark.once

PAGE: dict[str, Any] = {"width": 4, "height": 3, "text": "<b>", "image": None, "thumb": None}
SAID = {"html": "<p>", "images": {}, "contents": [], "cells": [], "bytes_left_out": 0, "known": {}}
LIMITS = {"error": "limits"}
PLACES = re.compile("[\ufdd0-\ufdef]")  # what stands for something else, until it is shown
Said = Callable[..., str | None]


def notebook(*widths: int, title: str = "Title") -> bytes:
    """A heading, and a code cell for each width with a picture of it."""
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": f"# {title}"}]
    for width in widths:
        data = {"image/png": base64.b64encode(png(width, 3)).decode()}
        output = {"output_type": "display_data", "metadata": {}, "data": data}
        cells.append({"cell_type": "code", "metadata": {}, "source": f"draw({width})", "outputs": [output]})
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@dataclass
class Shelf:
    """Where versions stand, whatever the upload gate would say of them; `calls` are the arguments of every child that was asked."""

    world: World
    now: datetime
    calls: list[tuple[str, ...]]

    def keep(self, data: bytes, extension: str = ".ipynb", person: str = "anna") -> Version:
        owner, sha256 = self.world.row(person), hashlib.sha256(data).hexdigest()
        submission, _created = Submission.objects.get_or_create(slot=self.world.slot("notebook"), participant=owner)
        version = Version.objects.create(
            submission=submission,
            number=submission.versions.count() + 1,
            sha256=sha256,
            size=len(data),
            extension=extension,
            original_name=f"work{extension}",
            canonical_name=f"work{extension}",
            received_at=self.now,
            on_time=True,
            uploaded_by=owner.user,
        )
        if not default_storage.exists(version.stored_name):
            default_storage.save(version.stored_name, ContentFile(data))
        return version

    def read(self, version: Version | TemplateFile, language: str = "en") -> Reading:
        result = reading_of(version, getattr(version, "extension", ".ipynb"), language)
        assert result is not None
        return result

    def fresh(self, version: Version, language: str = "en") -> dict[str, bytes]:
        """The files of a version as they are made when there is nothing yet; nothing is left of any."""
        shutil.rmtree(derived())
        made = files(self.read(version, language).folder)
        shutil.rmtree(derived())
        return made


@pytest.fixture
def shelf(world: World, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    calls: list[tuple[str, ...]] = []
    said_by = reading.said_by

    def counted(*arguments: str) -> str | None:
        calls.append(arguments[1:])
        return said_by(*arguments)

    monkeypatch.setattr(reading, "said_by", counted)
    return Shelf(world, now, calls)


@pytest.fixture
def found(shelf: Shelf, now: datetime, time_machine: Any) -> Reading:
    time_machine.move_to(now, tick=False)
    return shelf.read(shelf.keep(notebook(4)))


def saying(monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    monkeypatch.setattr(reading, "said_by", lambda *_arguments: said)


def derived() -> Path:
    return Path(default_storage.path("derived"))


def drafts() -> list[Path]:
    return [*derived().rglob("draft-*")]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def pictures(folder: Path) -> list[str]:
    """Names of the pictures, those that are wider last."""
    return sorted((path.name for path in folder.glob("*.png")), key=lambda name: (folder / name).read_bytes()[16:20])


# --- made once ------------------------------------------------------------------------------------------------


def test_reading_is_made_once_for_each_content_and_language(shelf: Shelf) -> None:
    version = shelf.keep(notebook(4))
    first = shelf.read(version)
    assert shelf.read(version) == first
    assert shelf.read(shelf.keep(notebook(4), person="boris")) == first
    assert len(shelf.calls) == 1
    german = shelf.read(version, "de")
    assert (german.folder != first.folder, shelf.read(version, "de"), len(shelf.calls)) == (True, german, 2)
    shelf.read(shelf.keep(notebook(5), person="boris"))
    assert len(shelf.calls) == 3


def test_reading_of_a_notebook_holds_its_markup_and_pictures(shelf: Shelf) -> None:
    found = shelf.read(shelf.keep(notebook(4)))
    (picture,) = pictures(found.folder)
    assert (found.kind, found.error) == ("notebook", "")
    assert found.meta == {"contents": [[1, "n-title", "Title"]], "cells": ["cell-1", "cell-2"], "bytes_left_out": 0}
    assert files(found.folder).keys() == {"meta.json", "inside.html", "cells.json", picture}
    assert (found.folder / picture).read_bytes() == png(4, 3)
    page = Page((found.folder / "inside.html").read_text(), [picture])
    assert (page.faults, len(page.images)) == ([], 1)
    assert drafts() == []


def test_other_types_are_not_read(shelf: Shelf) -> None:
    version = shelf.keep(b"PK", ".zip")
    assert (readable(version), reading_of(version, ".zip", "en"), shelf.calls) == (False, None, [])
    assert readable(shelf.keep(notebook()))
    assert readable(shelf.keep(demo_pdf("A talk"), ".pdf"))


def test_reading_is_made_again_when_it_was_deleted(shelf: Shelf) -> None:
    version = shelf.keep(notebook(4))
    found = shelf.read(version)
    made = files(found.folder)
    shutil.rmtree(derived())
    assert picture_at(f"{found.token}/{pictures_of(made)[0]}") is None
    assert files(shelf.read(version).folder) == made
    assert len(shelf.calls) == 2


def pictures_of(made: dict[str, bytes]) -> list[str]:
    return [name for name in made if name.endswith(".png")]


def test_german_reading_speaks_german(shelf: Shelf) -> None:
    version = shelf.keep(notebook(4))
    german = shelf.read(version, "de").document("de", "work.ipynb")
    with translation.override("de"):
        wanted = [
            gettext(WORDS[code]).format(cell=2, number=1) for code in ("cell_code", "output", "output_image", "anchor")
        ]
    assert wanted[:3] == ["Zelle 2, Code", "Ausgabe von Zelle 2", "Ausgabe von Zelle 2, Bild 1"]
    assert [f'"{sentence}"' in german for sentence in wanted] == [True] * 4
    assert ('<html lang="de">' in german, "Cell" in german) == (True, False)
    english = shelf.read(version).document("en", "work.ipynb")
    assert ('<html lang="en">' in english, 'aria-label="Cell 2, code"' in english) == (True, True)


# --- the document of the frame --------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The language of every document that was drawn with the template."""
    languages, render = [], reading.render_to_string

    def counted(*arguments: Any) -> str:
        languages.append(translation.get_language())
        return render(*arguments)

    monkeypatch.setattr(reading, "render_to_string", counted)
    return languages


def test_document_is_drawn_once_for_each_language(shelf: Shelf, drawn: list[str]) -> None:
    version, deck = shelf.keep(notebook(4)), shelf.keep(demo_pdf("A talk"), ".pdf")
    for _again in range(2):
        assert "Cell 2" in shelf.read(version).document("en", "a.ipynb")
        assert "Zelle 2" in shelf.read(version, "de").document("de", "a.ipynb")
        assert 'aria-label="Page 1"' in shelf.read(deck).document("en", "a.pdf")
        assert 'aria-label="Seite 1"' in shelf.read(deck).document("de", "a.pdf")
    assert drawn == ["en", "de", "en", "de"]
    assert files(shelf.read(deck).folder).keys() >= {"page.en.html", "page.de.html"}
    assert translation.get_language() == "en"


def test_document_holds_what_differs_between_readers(
    shelf: Shelf, drawn: list[str], now: datetime, time_machine: Any
) -> None:
    version, documents = shelf.keep(notebook(4, title="One")), []
    for hours, name in ((0, "first.ipynb"), (1, '<b>"second"</b>')):
        time_machine.move_to(now + timedelta(hours=hours), tick=False)
        found = shelf.read(version)
        documents.append(found.document("en", name))
        (source,) = re.findall('<img src="([^"]*)"', documents[-1])
        assert source == f"/pictures/{found.token}/{pictures(found.folder)[0]}"
        assert picture_at(source.removeprefix("/pictures/")) is not None
        assert f"<title>{escape(name)}</title>" in documents[-1]
        assert re.findall('<link rel="stylesheet" href="([^"]*)"', documents[-1]) == [static("css/reading.css")]
    assert (len(drawn), documents[0] != documents[1]) == (1, True)
    assert not any(PLACES.search(document) for document in documents)


def test_document_keeps_its_places_from_texts_of_the_file(shelf: Shelf) -> None:
    forged = '\ufdd3 \ufdd4 \ufdd5 &#xFDD5; %EF%B7%95 <img src="x.png'
    cells = [
        {
            "cell_type": "markdown",
            "source": f"# {forged}\n\n[{forged}](#{forged}) `{forged}` $\\text{{{forged}}}$ <b title='{forged}'>",
        },
        {"cell_type": "raw", "source": forged},
        {
            "cell_type": "code",
            "source": forged,
            "outputs": [
                *(
                    {"output_type": "display_data", "data": {mime: forged}}
                    for mime in ("text/html", "text/markdown", "text/latex")
                ),
                {"output_type": "display_data", "data": {f"a/{forged}": forged}},
                {"output_type": "stream", "name": forged, "text": forged},
                {"output_type": "error", "ename": forged, "evalue": forged, "traceback": [forged]},
            ],
        },
    ]
    metadata = {"title": forged, "language_info": {"name": forged}}
    data = json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()
    document = shelf.read(shelf.keep(data)).document("en", "only-the-name")
    assert PLACES.search(document) is None
    assert (document.count("only-the-name"), document.count("reading.css"), document.count("/pictures/")) == (1, 1, 0)
    assert len(shelf.read(shelf.keep(data)).meta["contents"]) == 1


def test_document_of_what_cannot_be_read_says_so_and_is_not_kept(shelf: Shelf, drawn: list[str]) -> None:
    found = shelf.read(shelf.keep(b"{"))
    assert "<h1>This file cannot be shown here</h1>" in found.document("en", "a.ipynb")
    assert "<h1>This file cannot be shown here</h1>" not in found.document("de", "a.ipynb")
    assert (drawn, files(found.folder).keys()) == (["en", "de"], {"meta.json"})


@pytest.mark.parametrize("step", ["draft", "write", "rename"])
def test_document_is_shown_on_a_full_disk(found: Reading, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    before, whole = files(found.folder), found.document("en", "a")
    (found.folder / "page.en.html").unlink()
    owner, name = {
        "draft": (tempfile, "NamedTemporaryFile"),
        "write": (tempfile._TemporaryFileWrapper, "__exit__"),
    }.get(step, (os, "replace"))
    with disk(monkeypatch, owner, name, errno.ENOSPC):
        assert found.document("en", "a") == whole
    assert files(found.folder) == before


def test_document_of_slides_that_were_deleted_meanwhile_is_in_nobodys_way(shelf: Shelf) -> None:
    version = shelf.keep(demo_pdf("A talk"), ".pdf")
    found = shelf.read(version)
    shutil.rmtree(derived())
    with suppress(FileNotFoundError):
        found.document("en", "a.pdf")
    assert files(shelf.read(version).folder).keys() >= {"meta.json", "image-1.png"}


# --- failures -------------------------------------------------------------------------------------------------


def test_failure_is_kept(shelf: Shelf) -> None:
    version = shelf.keep(b'{"cells": ')
    assert shelf.read(version).error == shelf.read(version).error == "not_json"
    assert (len(shelf.calls), files(shelf.read(version).folder).keys()) == (1, {"meta.json"})


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (None, "limits"),
        ("", "limits"),
        ("no JSON", "limits"),
        ("[" * 100_000, "limits"),
        ("[]", "limits"),
        ("{}", "limits"),
        ('{"error": "too_big"}', "too_big"),
        ('{"error": 5}', "5"),
        (json.dumps({**SAID, "html": "\ud800"}), "limits"),
        (json.dumps({**SAID, "images": 5}), "limits"),
        (json.dumps({**SAID, "images": []}), "limits"),
        (json.dumps({**SAID, "images": {"a.png": ["image/png", "A"]}}), "limits"),
        (json.dumps({**SAID, "images": {"a.png": ["image/png", 5]}}), "limits"),
        (json.dumps({**SAID, "images": {"a.png": 5}}), "limits"),
        (json.dumps({name: SAID[name] for name in SAID if name != "cells"}), "limits"),
    ],
    ids=range(15),
)
def test_child_may_say_anything(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, said: str | None, error: str) -> None:
    version = shelf.keep(notebook(4))
    saying(monkeypatch, said)
    assert shelf.read(version).meta == {"error": error}
    saying(monkeypatch, json.dumps(SAID))
    assert shelf.read(version).error == error
    assert drafts() == []


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"pages": 5, "pages_total": 1},
        {"pages": [5], "pages_total": 1},
        {"pages": [PAGE], "pages_total": None},
        {"pages": [PAGE], "pages_total": float("inf")},
        {"pages": [{**PAGE, "image": ["text/html", ""]}], "pages_total": 1},
        {"pages": [{**PAGE, "thumb": [["image/png"], ""]}], "pages_total": 1},
        {"pages": [{**PAGE, "thumb": ["image/png", "A"]}], "pages_total": 1},
    ],
    ids=range(8),
)
def test_child_may_say_anything_of_slides(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, said: dict[str, Any]) -> None:
    saying(monkeypatch, json.dumps(said))
    assert shelf.read(shelf.keep(demo_pdf("A talk"), ".pdf")).meta == LIMITS
    assert drafts() == []


def test_child_writes_nowhere_else(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "../../evil.png",
        "/evil.png",
        "evil.html",
        "meta.json",
        "a/evil.png",
        "evil.png\n",
        ".png",
        "EVIL.png",
        "fine.png",
    ]
    said = {**SAID, "images": {name: ["image/png", "QQ=="] for name in names}}
    version = shelf.keep(notebook(4))
    before = {path for path in Path(default_storage.path("")).rglob("*") if path.is_file()}
    saying(monkeypatch, json.dumps(said))
    folder = shelf.read(version).folder
    made = {path for path in Path(default_storage.path("")).rglob("*") if path.is_file()} - before
    assert made == {folder / name for name in ("meta.json", "inside.html", "cells.json", "fine.png")}
    assert (folder / "fine.png").read_bytes() == b"A"


# --- an earlier version ---------------------------------------------------------------------------------------


def test_pictures_of_an_earlier_version_are_linked(shelf: Shelf) -> None:
    old = shelf.read(shelf.keep(notebook(4, 5)))
    version = shelf.keep(notebook(4, 6))
    new = shelf.read(version)
    assert shelf.calls[1][2:] == (str(old.folder / "cells.json"),)
    (same, gone), (linked, drawn) = pictures(old.folder), pictures(new.folder)
    assert linked == same
    assert (new.folder / linked).stat().st_ino == (old.folder / same).stat().st_ino
    assert (new.folder / drawn).stat().st_nlink == (old.folder / gone).stat().st_nlink == 1
    shutil.rmtree(old.folder)
    made = files(new.folder)
    assert made[linked] == png(4, 3)
    assert made == shelf.fresh(version)


def test_earlier_version_is_the_one_before(shelf: Shelf) -> None:
    versions = [shelf.keep(notebook(*range(4, 5 + number))) for number in range(3)]
    folders = [shelf.read(version).folder for version in versions]
    assert [call[2:] for call in shelf.calls] == [(), *((str(folder / "cells.json"),) for folder in folders[:2])]
    assert len(pictures(folders[2])) == 3
    assert (folders[2] / pictures(folders[2])[0]).stat().st_nlink == 3


OTHERS: dict[str, Callable[[Shelf], object]] = {
    "nobody's": lambda shelf: shelf.read(shelf.keep(notebook(4), person="boris")),
    "another language": lambda shelf: shelf.read(shelf.keep(notebook(4)), "de"),
    "unread": lambda shelf: shelf.keep(notebook(4)),
    "broken": lambda shelf: shelf.read(shelf.keep(b"{")),
    "slides": lambda shelf: shelf.read(shelf.keep(demo_pdf("A talk"), ".pdf")),
}


@pytest.mark.parametrize("before", OTHERS.values(), ids=OTHERS)
def test_other_readings_are_no_earlier_version(shelf: Shelf, before: Callable[[Shelf], object]) -> None:
    before(shelf)
    found = shelf.read(shelf.keep(notebook(4, 5)))
    assert (len(shelf.calls[-1]), len(pictures(found.folder))) == (2, 2)


def test_later_version_is_no_earlier_one(shelf: Shelf) -> None:
    version, later = shelf.keep(notebook(4, 5)), shelf.keep(notebook(4))
    shelf.read(later)
    found = shelf.read(version)
    assert (len(shelf.calls[-1]), len(pictures(found.folder))) == (2, 2)


def test_broken_cells_of_an_earlier_version_spoil_no_later_one(shelf: Shelf) -> None:
    old = shelf.read(shelf.keep(notebook(4)))
    (old.folder / "cells.json").write_text('{"half')
    found = shelf.read(shelf.keep(notebook(4, 5)))
    assert (found.error, len(pictures(found.folder))) == ("", 2)


@pytest.mark.parametrize("moment", ["before the child", "after the child"])
def test_earlier_version_that_is_deleted_meanwhile_spoils_no_later_one(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    old, version, said_by = shelf.read(shelf.keep(notebook(4))), shelf.keep(notebook(4, 5)), reading.said_by

    def deleting(*arguments: str) -> str | None:
        said = said_by(*arguments) if moment == "after the child" else ""
        shutil.rmtree(old.folder, ignore_errors=True)
        return said or said_by(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(reading, "said_by", deleting)
        reading_of(version, ".ipynb", "en")  # may have to be asked again
    found = shelf.read(version)
    assert (found.error, len(pictures(found.folder)), drafts()) == ("", 2, [])


# --- complete or absent ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", ["draft", "pictures only", "empty meta", "half meta"])
def test_half_written_folder_never_counts(shelf: Shelf, left: str) -> None:
    """Left by a process that was killed, by a deletion that was interrupted, or by a machine that lost its power."""
    version = shelf.keep(notebook(4))
    folder = shelf.read(version).folder
    whole, made = files(folder), len(shelf.calls)
    meta = folder / "meta.json"
    if left == "draft":
        os.rename(folder, folder.with_name("draft-left"))
    elif left == "pictures only":
        meta.unlink()
    else:
        meta.write_bytes(b"" if left == "empty meta" else whole["meta.json"][:9])
    assert files(shelf.read(version).folder) == whole
    assert len(shelf.calls) == made + 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, MemoryError])
def test_writer_that_is_stopped_leaves_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    version, write = shelf.keep(notebook(4)), Path.write_text

    def stopped(path: Path, *arguments: Any) -> int:
        if path.name == "meta.json":
            raise stop
        return write(path, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_text", stopped)
        with pytest.raises(stop):
            shelf.read(version)
    assert [path for path in derived().rglob("*") if path.is_file() or path.name.startswith("draft-")] == []
    assert shelf.read(version).error == ""


def test_who_comes_second_drops_theirs(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process is done with the same file while our child still works."""
    version, said_by = shelf.keep(notebook(4)), reading.said_by
    inode = []

    def overtaken(*arguments: str) -> str | None:
        monkeypatch.setattr(reading, "said_by", said_by)
        inode.append(shelf.read(version).folder.stat().st_ino)
        return said_by(*arguments)

    monkeypatch.setattr(reading, "said_by", overtaken)
    found = shelf.read(version)
    assert ([found.folder.stat().st_ino], len(shelf.calls), drafts()) == (inode, 2, [])
    assert len(pictures(found.folder)) == 1


def test_many_at_once_make_one_result(shelf: Shelf, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    data = notebook(4, 5)
    template = add_template(
        shelf.world.slot("notebook"), SimpleUploadedFile("a.ipynb", data), by=shelf.world.row("olga").user, now=now
    )
    said, together = (
        reading.said_by(reading.SCRIPTS["notebook"], default_storage.path(template.stored_name)),
        Barrier(4),
    )

    def at_once(*_arguments: str) -> str | None:
        together.wait(timeout=20)
        return said

    monkeypatch.setattr(reading, "said_by", at_once)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shelf.read, [template] * 4))
    assert found == [found[0]] * 4
    assert (len(pictures(found[0].folder)), drafts()) == (2, [])


@contextmanager
def disk(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, code: int, after: int = 0) -> Iterator[None]:
    """A disk on which a call fails with this code, after some that succeed; what it writes is written in part."""
    original, calls = getattr(owner, name), []

    def failing(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) <= after:
            return original(*arguments, **options)
        if name.startswith("write"):
            original(arguments[0], arguments[1][: len(arguments[1]) // 2])
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, failing)
        yield
    assert len(calls) > after


STEPS = {
    "folder": (Path, "mkdir", 0),
    "draft": (reading.tempfile, "mkdtemp", 0),
    "first picture": (Path, "write_bytes", 0),
    "second picture": (Path, "write_bytes", 1),
    "linked picture": (os, "link", 0),
    "cells": (Path, "write_text", 0),
    "inside": (Path, "write_text", 1),
    "meta": (Path, "write_text", 2),
    "rename": (os, "rename", 0),
}


@pytest.mark.parametrize(("step", "code"), [*((step, errno.ENOSPC) for step in STEPS), ("meta", errno.EDQUOT)])
def test_full_disk_gives_nothing_and_leaves_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, step: str, code: int
) -> None:
    owner, name, after = STEPS[step]
    if step == "linked picture":
        shelf.read(shelf.keep(notebook(4)))
    version = shelf.keep(notebook(4, 5, 6))
    before = {path for path in derived().rglob("*") if path.is_file()}
    with disk(monkeypatch, owner, name, code, after):
        assert reading_of(version, ".ipynb", "en") is None
    assert drafts() == []
    assert {path for path in derived().rglob("*") if path.is_file()} == before
    assert len(pictures(shelf.read(version).folder)) == 3


@pytest.mark.parametrize("step", [step for step in STEPS if step != "rename"])
def test_broken_disk_is_told_and_leaves_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    owner, name, after = STEPS[step]
    if step == "linked picture":
        shelf.read(shelf.keep(notebook(4)))
    version = shelf.keep(notebook(4, 5, 6))
    with disk(monkeypatch, owner, name, errno.EIO, after), pytest.raises(OSError, match="Input/output error"):
        reading_of(version, ".ipynb", "en")
    assert drafts() == []
    assert len(pictures(shelf.read(version).folder)) == 3


# --- pictures -------------------------------------------------------------------------------------------------


def test_picture_is_found_with_its_token(found: Reading) -> None:
    (name,) = pictures(found.folder)
    assert picture_at(f"{found.token}/{name}") == found.folder / name


def test_picture_is_found_for_some_hours(found: Reading, now: datetime, time_machine: Any) -> None:
    address = f"{found.token}/{pictures(found.folder)[0]}"
    for seconds, right in ((0, True), (MAX_PICTURE_AGE, True), (MAX_PICTURE_AGE + 1, False)):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        assert (picture_at(address) is not None) == right, seconds


FORGED = {
    "no token": lambda _token: "",
    "no signature": lambda token: token.partition(":")[0],
    "other folder": lambda token: token.replace("derived", "derived~x"),
    "folder above": lambda token: f"..~{token}",
    "absolute": lambda token: f"~{token}",
    "slash": lambda token: token.replace("~", "/", 1),
    "later": lambda token: token.replace(token.split(":")[1], "zzzzzz"),
    "signature": lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
    "letters": lambda token: token.upper(),
    "more": lambda token: f"{token}=",
    "not ASCII": lambda token: f"ü{token}",
    "other purpose": lambda token: TimestampSigner(salt="other").sign(token.partition(":")[0]),
    "other key": lambda token: TimestampSigner(key="k", salt="submissions.reading").sign(token.partition(":")[0]),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_picture_is_not_found_with_a_forged_token(found: Reading, forge: Callable[[str], str]) -> None:
    assert picture_at(f"{forge(found.token)}/{pictures(found.folder)[0]}") is None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "..",
            "meta.json",
            "inside.html",
            "cells.json",
            "/etc/passwd",
            "a/b.png",
            "..png",
            "\0.png",
            "é.png",
        ),
        *("{0}\n", "{0}/", "./{0}", "../{1}/{0}", "{0}/../{0}", "../../../{1}/meta.json", "%2e%2e/{0}", "{2}"),
        *("none.png", "x" * 300 + ".png", "{0}.png"),
    ],
)
def test_nothing_but_pictures_is_found(found: Reading, name: str) -> None:
    (picture,) = pictures(found.folder)
    assert picture_at(f"{found.token}/{name.format(picture, found.folder.name, picture.upper())}") is None


def test_token_is_for_one_reading(shelf: Shelf, found: Reading) -> None:
    other = shelf.read(shelf.keep(notebook(5), person="boris"))
    (name,) = pictures(other.folder)
    assert picture_at(f"{other.token}/{name}") is not None
    assert picture_at(f"{found.token}/{name}") is None


def test_folder_that_is_called_like_a_picture_is_none(found: Reading) -> None:
    (found.folder / "folder.png").mkdir()
    assert picture_at(f"{found.token}/folder.png") is None


@pytest.mark.parametrize("folder", ["..", "..~..~etc", "~etc", "derived~..~..~etc"])
def test_token_of_ours_never_leads_out_of_the_storage(folder: str) -> None:
    with pytest.raises(SuspiciousFileOperation):
        picture_at(f"{SIGNER.sign(folder)}/a.png")


# --- slides and templates -------------------------------------------------------------------------------------


def test_slides_have_pages_and_thumbs(shelf: Shelf) -> None:
    version = shelf.keep(demo_pdf("A talk"), ".pdf")
    found = shelf.read(version)
    (page,) = found.meta["pages"]
    assert (found.kind, found.error, found.meta["pages_total"]) == ("slides", "", 1)
    assert page == {
        "number": 1,
        "width": page["width"],
        "height": page["height"],
        "text": "A talk",
        "image": "image-1.png",
        "thumb": "thumb-1.png",
    }
    assert files(found.folder).keys() == {"meta.json", "image-1.png", "thumb-1.png"}
    for size, most in (("image", 1280), ("thumb", 480)):
        path = picture_at(f"{found.token}/{page[size]}")
        assert path is not None
        data = path.read_bytes()
        assert (data[:4], max(int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) <= most) == (
            b"\x89PNG",
            True,
        )
    assert shelf.read(version, "de").folder == found.folder
    assert [len(call) for call in shelf.calls] == [1]


def test_slides_that_could_not_be_drawn_have_no_pictures(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [PAGE, {**PAGE, "image": ["image/webp", "QQ=="], "thumb": ["image/jpeg", "Qg=="]}]
    saying(monkeypatch, json.dumps({"pages": pages, "pages_total": 300}))
    found = shelf.read(shelf.keep(demo_pdf("A talk"), ".pdf"))
    assert [(page["number"], page["image"], page["thumb"]) for page in found.meta["pages"]] == [
        (1, "", ""),
        (2, "image-2.webp", "thumb-2.jpg"),
    ]
    assert (files(found.folder)["image-2.webp"], files(found.folder)["thumb-2.jpg"]) == (b"A", b"B")
    assert (found.meta["pages_total"], found.meta["pages"][1]["text"]) == (300, "<b>")


def test_slides_that_are_none_say_why(shelf: Shelf) -> None:
    version = shelf.keep(b"no PDF", ".pdf")
    assert (shelf.read(version).meta, shelf.read(version).error) == ({"error": "not_a_pdf"}, "not_a_pdf")
    assert len(shelf.calls) == 1


def test_template_file_is_read_like_a_version(shelf: Shelf, now: datetime) -> None:
    olga, data = shelf.world.row("olga").user, notebook(4)
    template = add_template(shelf.world.slot("notebook"), SimpleUploadedFile("start.ipynb", data), by=olga, now=now)
    found = shelf.read(template)
    assert (found.kind, found.error, len(pictures(found.folder))) == ("notebook", "", 1)
    assert len(shelf.calls[-1]) == 2
    # A student who hands in the template itself finds it made; what is changed of it is a first version.
    assert shelf.read(shelf.keep(data)) == found
    assert len(shelf.calls) == 1
