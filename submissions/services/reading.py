"""What can be read of a file in a browser: made once for each content by a child process, kept beside the files.

All of it follows from the files and can be deleted at any time; it is made again when somebody looks, or by the sweep.
A folder holds `meta.json`, for notebooks `inside.html` and `cells.json`, and pictures. It is complete or absent; the documents of
the frame are added to it as they are asked for.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from submissions.domain import declarations
from submissions.domain.notebook_draft import WORDS
from submissions.models import TemplateFile, Version
from submissions.services.arrival import no_room
from submissions.services.children import said_by
from submissions.services.derived import write_whole

NOTEBOOK, SLIDES = "notebook", "slides"
KINDS = {".ipynb": NOTEBOOK, ".pdf": SLIDES}
# By their place: the server itself never imports what reads untrusted files.
SCRIPTS = {kind: str(Path(declarations.__file__).with_name(f"render_{kind}.py")) for kind in KINDS.values()}
RELEASE = 1  # to be raised when what the scripts make, or the template of the frame, changes
MAX_PICTURE_AGE = 12 * 60 * 60  # seconds; a page may stay open over an evening
PICTURE = re.compile(r"[0-9a-z-]{1,80}\.(png|jpg|gif|svg|webp)")
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
# Noncharacters, which no text of a file has here; see `notebook_draft`. They stand for what differs between readers.
PLACES = {"name": "\ufdd3", "stylesheet": "\ufdd4", "pictures": "\ufdd5"}
SIGNER = TimestampSigner(salt="submissions.reading")


@dataclass(frozen=True)
class Reading:
    """A file as it can be read. kind: "notebook" or "slides"; meta: what the script printed, without markup and pictures.

    error: why it cannot be read, as a code, or empty. token: the right to fetch its pictures for some hours.
    """

    kind: str
    folder: Path
    meta: Mapping[str, Any]

    @property
    def error(self) -> str:
        return str(self.meta.get("error", ""))

    @property
    def token(self) -> str:
        return SIGNER.sign("~".join(self.folder.relative_to(default_storage.path("")).parts))

    def document(self, language: str, name: str) -> str:
        """The document of the frame, made once for each language; what differs between readers stands in places kept for it."""
        page = self.folder / f"page.{language}.html"
        try:
            text = page.read_text()
        except FileNotFoundError:
            text = self._drawn(language)
            if not self.error and self.folder.exists():
                write_whole(page, text)
        values = (escape(name), static("css/reading.css"), f"{reverse('picture', args=[self.token])}/")
        for place, value in zip(PLACES.values(), values, strict=True):
            text = text.replace(place, value)
        return text

    def _drawn(self, language: str) -> str:
        inside = ""
        if self.kind == NOTEBOOK and not self.error:
            with contextlib.suppress(FileNotFoundError):  # deleted since it was found; the next request makes it again
                inside = (self.folder / "inside.html").read_text()
            inside = inside.replace('<img src="', f'<img src="{PLACES["pictures"]}')
        with translation.override(language):
            return render_to_string("submissions/frame.html", {"reading": self, "inside": inside, **PLACES})


def readable(version: Version) -> bool:
    return version.extension in KINDS


def reading_of(version: Version | TemplateFile, extension: str, language: str) -> Reading | None:
    """The file as it can be read in this language, made now if it was not before; None for other types, or without room."""
    kind = KINDS.get(extension)
    if kind is None:
        return None
    spoken = f".{language}" if kind == NOTEBOOK else ""
    folder = _folder(kind, f"{version.stored_name}{spoken}")
    meta = folder / "meta.json"
    try:
        kept = _kept(meta)
        if kept is None:
            words = [_words(language), *_earlier(version, spoken)] if kind == NOTEBOOK else []
            _make(kind, meta.parent, default_storage.path(version.stored_name), *words)
            kept = json.loads(meta.read_text())
        return Reading(kind, folder, kept)
    except OSError as error:
        if no_room(error) or isinstance(error, FileNotFoundError):
            return None
        raise


def picture_at(address: str) -> Path | None:
    """Where the picture `TOKEN/NAME` lies that this server gave the right to fetch; None for a wrong, old or foreign token."""
    token, _slash, name = address.partition("/")
    try:
        folder = SIGNER.unsign(token, max_age=MAX_PICTURE_AGE).replace("~", "/")
    except BadSignature:
        return None
    path = Path(default_storage.path(folder)) / name
    return path if PICTURE.fullmatch(name) and path.is_file() else None


def _words(language: str) -> str:
    with translation.override(language):
        return json.dumps({code: gettext(sentence) for code, sentence in WORDS.items()})


def _earlier(version: Version | TemplateFile, spoken: str) -> list[str]:
    """The cells of the version before, where they are kept: those that have not changed are not rendered again."""
    if isinstance(version, TemplateFile):
        return []
    before = Version.objects.filter(submission=version.submission_id, number__lt=version.number).first()
    cells = _folder(NOTEBOOK, f"{before.stored_name}{spoken}") / "cells.json" if before else None
    return [str(cells)] if cells and cells.exists() else []


def _folder(kind: str, name: str) -> Path:
    return Path(default_storage.path(f"derived/{kind}-{RELEASE}/{name}"))


def _make(kind: str, folder: Path, source: str, *arguments: str) -> None:
    """Ask the child, write what it says into a folder beside, and move that into place; whoever comes second drops theirs."""
    said = said_by(SCRIPTS[kind], source, *arguments)
    if said is None and len(arguments) > 1:  # it may be the earlier version that cannot be read
        said = said_by(SCRIPTS[kind], source, arguments[0])
    answer = _parsed(said)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder.parent))
    beside = Path(arguments[1]).parent if len(arguments) > 1 else None
    try:
        _write(kind, draft, answer, beside)
        # Renaming a folder onto one that holds something fails: then another process was first, with the same result.
        try:
            os.rename(draft, folder)
        except OSError:
            if _kept(folder / "meta.json") is None:
                shutil.rmtree(folder, ignore_errors=True)
                os.rename(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _kept(meta: Path) -> Any:
    with contextlib.suppress(FileNotFoundError, ValueError):
        return json.loads(meta.read_text())
    return None


def _parsed(said: str | None) -> dict[str, Any]:
    """What the child printed; a child that read a bad file may say anything."""
    try:
        meta = json.loads(said) if said else None
    except (ValueError, RecursionError):
        meta = None
    return meta if isinstance(meta, dict) else {"error": "limits"}


def _write(kind: str, draft: Path, meta: dict[str, Any], beside: Path | None) -> None:
    try:
        kept = {"error": str(meta["error"])} if "error" in meta else WRITERS[kind](draft, meta, beside)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        kept = {"error": "limits"}
    (draft / "meta.json").write_text(json.dumps(kept))


def _write_notebook(draft: Path, meta: dict[str, Any], beside: Path | None) -> dict[str, Any]:
    for name, (_mime, data) in meta["images"].items():
        if not PICTURE.fullmatch(name):
            continue
        if data:
            (draft / name).write_bytes(base64.b64decode(data))
        elif beside:
            os.link(beside / name, draft / name)
    (draft / "cells.json").write_text(json.dumps(meta["known"]))
    (draft / "inside.html").write_text(str(meta["html"]))
    return {name: meta[name] for name in ("contents", "cells", "bytes_left_out")}


def _write_slides(draft: Path, meta: dict[str, Any], _beside: Path | None) -> dict[str, Any]:
    pages = []
    for number, page in enumerate(meta["pages"], start=1):
        row = {name: page[name] for name in ("width", "height", "text")} | {"number": number}
        for size in ("image", "thumb"):
            mime, data = page[size] or ("", "")
            row[size] = f"{size}-{number}.{ENDINGS[mime]}" if mime else ""
            if mime:
                (draft / row[size]).write_bytes(base64.b64decode(data))
        pages.append(row)
    return {"pages": pages, "pages_total": int(meta["pages_total"])}


WRITERS = {NOTEBOOK: _write_notebook, SLIDES: _write_slides}
