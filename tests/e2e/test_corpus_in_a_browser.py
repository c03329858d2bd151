"""The whole corpus in a real browser: on its page nothing of a file runs, and nothing is fetched; honest work reads well."""

import hashlib
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Frame, Page, Request, Response
from playwright.sync_api import Error as BrowserError

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Participant
from submissions.domain.preflight import problem
from submissions.models import Submission, UploadSlot, Version
from submissions.services import children, derived, files, reading, reading_of, remarks_on
from tests.courses.crowd import add_students
from tests.factories.uploads import receive_upload
from tests.factories.world import World, build_world
from tests.files.corpus_markup import DRAWING, PIECES
from tests.files.corpus_pdfs import CATALOG, FONT, page, pdf, stream
from tests.files.inspector import LINK, MATHS, OF_MATHS, PLAIN, TEXT, VOID
from tests.files.make_corpus import Entry, make_corpus

pytestmark = [pytest.mark.browser, pytest.mark.minutes, pytest.mark.once, pytest.mark.django_db(transaction=True)]

SECONDS = 10  # of CPU to draw and check a file; its page is there at once, which bench_uploads and bench measure
BEFORE = datetime(2023, 11, 20, 12, 0, tzinfo=UTC)  # every deadline
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
OF_PICTURES = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
HEAD = [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<link rel="stylesheet" href="/static/css/reading.css">',
]
FRAME = {"html", "head", "meta", "title", "link", "body", "nav", "main"}
ATTRIBUTES = {
    "html": {"lang"}, "meta": {"charset", "name", "content"}, "link": {"rel", "href"}, "img": {"src"}, "a": {"href"},
    "pre": {"tabindex"}, "table": {"tabindex"}, "math": {"tabindex"},
}  # fmt: skip
FETCHED_BY_A_PAGE = re.compile(r"/static/(css|js|img)/[\w.-]+")
FETCHED_BY_A_FRAME = re.compile(r"/static/css/reading\.css|/pictures/[^/]+/[0-9a-z-]+\.(png|jpg|gif|svg|webp)")
CLICKED = (
    *("link_javascript", "link_entities", "link_controls", "link_vbscript", "link_data", "clobbering"),
    *("math_href", "svg_animate", "formula_html", "formula_broken", "ansi", "form_action", "details_ontoggle", "bidi"),
)
# What the sanitizer would take out, all at once: where it failed, the policy and the sandbox would still stand.
RAW = "".join(
    PIECES[name]
    for name in (
        *("script", "img_onerror", "svg_onload", "svg_script", "svg_image_remote", "iframe_srcdoc", "iframe_remote"),
        *("object_data", "embed", "base_href", "meta_refresh", "link_stylesheet", "style_import", "form_action"),
        *("input_autofocus", "details_ontoggle", "video_poster", "audio_src", "srcset", "remote_image", "link_ping"),
    )
)
RAW_DRAWING = (
    "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script><style>@import 'http://evil.example/x.css';"
    "*{fill:url(http://evil.example/y#z)}</style><image href='http://evil.example/x.png'/><foreignObject><body"
    " xmlns='http://www.w3.org/1999/xhtml' onload='alert(1)'><img src='http://evil.example/z'/></body></foreignObject></svg>"
)

# What the browser made of a document: tags with their attributes, every link and picture, and what stands in the head.
PARSED = """() => {
  const known = ["http://www.w3.org/1999/xhtml", "http://www.w3.org/1998/Math/MathML"];
  const tags = {}, links = new Set(), sources = new Set();
  let shadows = 0;
  for (const element of document.querySelectorAll("*")) {
    const space = known.includes(element.namespaceURI) ? "" : element.namespaceURI + " ";
    const names = tags[space + element.localName] ??= [];
    for (const name of element.getAttributeNames()) if (!names.includes(name)) names.push(name);
    if (element.localName === "a" && element.hasAttribute("href"))
      links.add(JSON.stringify([element.getAttribute("href"), element.protocol, element.target, element.rel]));
    if (element.localName === "img") sources.add(new URL(element.src).pathname);
    shadows += element.shadowRoot ? 1 : 0;
  }
  const head = [...document.querySelectorAll("meta, link, base")].map(element => element.outerHTML);
  return {tags, head, shadows, links: [...links].map(JSON.parse), sources: [...sources], title: document.title};
}"""
# What must not be on a page of ours; texts of files are there too, in names and remarks.
ACTING = """() => [...document.querySelectorAll("*")].flatMap(element => element.getAttributeNames()
  .filter(name => name.startsWith("on") || name === "srcdoc" || name === "style"
    || ["href", "src", "action"].includes(name) && /^\\s*(javascript|data|vbscript):/i.test(element.getAttribute(name)))
  .map(name => `<${element.localName} ${name}>`)).concat(
  [...document.querySelectorAll("script:not([src='/static/js/app.js']), object, embed, base, meta[http-equiv], style")]
  .map(element => element.outerHTML.slice(0, 100)), window.pwned ? ["pwned"] : [])"""
SHOWN = """() => {
  const main = document.querySelector("main");
  const sized = element => element.getBoundingClientRect().width > 1 && element.getBoundingClientRect().height > 1;
  const all = name => [...main.querySelectorAll(name)];
  return {
    headings: all("h1, h2, h3, h4, h5, h6").map(element => [Number(element.localName[1]), element.textContent]),
    tables: all("table").filter(element => sized(element) && element.querySelector("th")).length,
    formulas: all("math").filter(element => element.namespaceURI.endsWith("MathML") && sized(element)).length,
    images: all("img").filter(element => element.complete && element.naturalWidth > 0 && element.alt && sized(element)).length,
    folded: all("details").length,
    texts: main.innerText,
  };
}"""
WHERE = """() => {
  const target = document.querySelector(":target"), box = target?.getBoundingClientRect();
  return {id: target?.id, seen: box && box.top >= 0 && box.top < innerHeight};
}"""
PLACE = """([selector, number]) => {
  const element = document.querySelectorAll(selector)[number];
  element.scrollIntoView({block: "center"});
  const {x, y, width, height} = element.getBoundingClientRect();
  return [x + width / 2, y + height / 2, element.checkVisibility() ? width * height : 0];
}"""
CLICKABLE = "main :is(a:not([href^=http]), math, summary)"
# Runs our scripts as the service does, with its limits, but begins where Python has started and everything is imported.
KITCHEN = """
import importlib, json, os, runpy, sys
sys.path.insert(0, sys.argv[1])
for name in ("render_notebook", "render_slides", "preflight_report", "check_slides"):
    importlib.import_module(f"submissions.domain.{name}")
limit = runpy.run_path(sys.argv[2])["_limit"]
answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.dup2(writer, 1)
            sys.argv = json.loads(line)
            limit()
            runpy.run_path(sys.argv[0], run_name="__main__")
            sys.stdout.flush()
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writer)
    with open(reader, "rb") as said:
        text = said.read()
    _child, failed, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    print(json.dumps([seconds, None if failed else text.decode()]), file=answers, flush=True)
"""


class Kitchen:
    """Two processes that do for many files what `children.said_by` does for each in one of its own.

    seconds: path of a file → CPU that was spent on it.
    """

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-B", "-c", KITCHEN, str(django_settings.BASE_DIR), children.__file__]
        pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.cooks = [subprocess.Popen(command, env={}, text=True, **pipe) for _number in range(2)]
        self.seconds: Counter[str] = Counter()
        self.idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for cook in self.cooks:
            self.idle.put(cook)

    def said_by(self, script: str, *arguments: str) -> str | None:
        cook = self.idle.get()
        try:
            assert cook.stdin
            assert cook.stdout
            cook.stdin.write(json.dumps([script, *arguments]) + "\n")
            cook.stdin.flush()
            seconds, said = json.loads(cook.stdout.readline())
            self.seconds[arguments[0]] += seconds
            return str(said) if said is not None else None
        finally:
            self.idle.put(cook)

    def close(self) -> None:
        for cook in self.cooks:
            cook.communicate()


class Elsewhere:
    """Stands for every other host, answers nobody, and notes the first line of all that is asked by a page.

    Chromium asks hosts of its maker's for itself, when it likes, and opens connections on which it then asks nothing; no
    file of the corpus names one of those hosts.
    """

    ITS_MAKERS = re.compile(r"\w+ (https?://)?([\w-]+\.)*(google|googleapis|gstatic|gvt1)\.com[:/]|$")

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.asked: list[str] = []
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self.socket.accept()
                with connection, suppress(OSError):
                    connection.settimeout(1)
                    asked = connection.recv(1000).decode("latin-1").partition(" HTTP/")[0]
                    self.asked += [] if self.ITS_MAKERS.match(asked) else [asked]

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class Desk:
    """The browser of somebody who is signed in; `done` is everything in it that a file must not do."""

    def __init__(self, browser: Browser, server: str, elsewhere: Elsewhere, user: User) -> None:
        self.server, self.elsewhere = server, elsewhere
        proxy = {"server": "http://{}:{}".format(*elsewhere.socket.getsockname()), "bypass": "127.0.0.1,localhost"}
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 600},
            locale="en-GB",
            base_url=server,
            proxy=proxy,
        )
        self.context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": server}])
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.address = ""
        self.done: list[str] = []
        self.fetched: set[str] = set()
        self.context.on("page", lambda opened: self.done.append(f"opens {opened.url}"))
        self.context.on("dialog", self.dialog)
        self.context.on("console", lambda message: self.done.append(f"console: {message.text[:200]}"))
        self.context.on("weberror", lambda error: self.done.append(f"script: {error.error}"))
        self.context.on("request", self.request)
        self.context.on("response", self.response)
        self.page.on("download", lambda download: self.done.append(f"downloads {download.url}"))

    def dialog(self, dialog: Any) -> None:
        self.done.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def request(self, sent: Request) -> None:
        parts = urlsplit(sent.url)
        try:
            inside = sent.frame != self.page.main_frame
        except BrowserError:  # of a tab that is only just there
            inside = False
        allowed = FETCHED_BY_A_FRAME if inside or self.address.endswith("/frame/") else FETCHED_BY_A_PAGE
        own = f"{parts.scheme}://{parts.netloc}" == self.server
        if own and (parts.path in (self.address, f"{self.address}frame/") or parts.path == "/static/img/favicon.svg"):
            return
        if not own or not allowed.fullmatch(parts.path) or sent.method != "GET":
            self.done.append(f"{'frame' if inside else 'page'} asks {sent.method} {sent.url}"[:200])

    def response(self, answer: Response) -> None:
        path, headers = urlsplit(answer.url).path, answer.headers
        self.fetched.add(path)
        if answer.status not in (200, 304):
            self.done.append(f"{answer.status} of {path}")
        if path.endswith("/frame/"):
            expected = {
                "content-security-policy": POLICY,
                "x-frame-options": "SAMEORIGIN",
                "cache-control": "private, no-store",
            }
        elif path.startswith("/pictures/"):
            expected = {"content-security-policy": OF_PICTURES, "x-frame-options": "DENY"}
            if not headers.get("content-type", "").startswith("image/"):
                self.done.append(f"a picture is {headers.get('content-type')}")
        else:
            return
        expected["x-content-type-options"] = "nosniff"
        wrong = {name: headers.get(name) for name, value in expected.items() if headers.get(name) != value}
        if wrong:
            self.done.append(f"{path.rpartition('/')[2] or 'frame'} has {wrong}")

    def goto(self, path: str, query: str = "") -> int:
        self.address = path
        answer = self.page.goto(path + query)
        return answer.status if answer else 0

    def click(self, selector: str, number: int) -> bool:
        """Click an element of the frame with the mouse, if it has a place; nothing of the test's own gets into the frame."""
        before, place = None, self.place(selector, number)
        while place != before:  # the page around the frame scrolls a moment later
            self.page.wait_for_timeout(20)
            before, place = place, self.place(selector, number)
        x, y, area = place
        if area:
            self.page.mouse.click(x, y)
        return area > 0

    def place(self, selector: str, number: int) -> tuple[float, float, float]:
        """Where an element of the frame is on the screen, and how large, once both are told to show it."""
        x, y, area = self.frame.evaluate(PLACE, [selector, number])
        box = self.page.locator("iframe").bounding_box()
        assert box
        return box["x"] + x + 1, box["y"] + y + 1, area  # the frame has a border

    def seen(self, script: str, wanted: Any) -> Any:
        """What the frame answers to a script, as soon as that is what is wanted, or at last after a while: clicks take a moment."""
        until = time.monotonic() + 20
        while (answer := self.frame.evaluate(script)) != wanted and time.monotonic() < until:
            self.page.wait_for_timeout(5)
        return answer

    @property
    def frame(self) -> Frame:
        (frame,) = self.page.main_frame.child_frames
        return frame

    def read(self, version: Version, query: str = "") -> Frame:
        """Open the version's page; return its frame."""
        assert self.goto(page_of(version), query) == 200
        self.page.locator("iframe").scroll_into_view_if_needed()  # out of sight, its pictures are not fetched
        return self.frame

    def faults(self) -> list[str]:
        """What was done since this was asked for the last time."""
        asked, self.elsewhere.asked = self.elsewhere.asked, []
        done, self.done = self.done, []
        return done + [f"other host: {line}" for line in asked]


class Room:
    """A seminar whose files lie in a folder that all tests share, so that each is drawn only once."""

    def __init__(
        self, browser: Browser, server: str, elsewhere: Elsewhere, kitchen: Kitchen, world: World, folder: Path
    ) -> None:
        self.browser, self.server, self.elsewhere, self.kitchen = browser, server, elsewhere, kitchen
        self.world, self.folder = world, folder
        self.notebooks, self.slides = world.slot("notebook"), world.slot("slides")

    def desk(self, name: str = "olga") -> Desk:
        user = self.world.people[name]
        assert user is not None
        return Desk(self.browser, self.server, self.elsewhere, user)

    def kept(self, path: Path, owner: Participant | None = None) -> Version:
        """The file as a version of its owner's, whatever the upload gate would say of it."""
        owner = owner or self.world.row("anna")
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        place = Path(default_storage.path(f"{sha256[:2]}/{sha256}"))
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.copyfile(path, place)
        slot = self.notebooks if path.suffix == ".ipynb" else self.slides
        with transaction.atomic():
            Submission.objects.get_or_create(slot=slot, participant=owner)
            submission = Submission.objects.select_for_update().get(slot=slot, participant=owner)
            return Version.objects.create(
                submission=submission, number=submission.versions.count() + 1, sha256=sha256, size=path.stat().st_size,
                extension=path.suffix, original_name=path.name, canonical_name=path.name, received_at=BEFORE,
                on_time=True, uploaded_by=owner.user,
            )  # fmt: skip

    def corpus(self, name: str) -> Version:
        return self.kept(self.folder / name)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shelf")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def entries(shelf: Path) -> list[Entry]:
    return make_corpus(shelf / "corpus")


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    canary = Elsewhere()
    yield canary
    canary.close()


@pytest.fixture(scope="module")
def kitchen() -> Iterator[Kitchen]:
    kitchen = Kitchen()
    yield kitchen
    kitchen.close()


@pytest.fixture
def room(
    browser: Browser,
    live_server: Any,
    elsewhere: Elsewhere,
    kitchen: Kitchen,
    entries: list[Entry],
    shelf: Path,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Room]:
    storage = {**settings.STORAGES["default"], "OPTIONS": {"location": str(shelf / "files")}}
    settings.STORAGES = {**settings.STORAGES, "default": storage}
    for module in (reading, derived):
        monkeypatch.setattr(module, "said_by", kitchen.said_by)
    monkeypatch.setattr(files, "content_problem", problem)
    elsewhere.asked.clear()
    yield Room(browser, live_server.url, elsewhere, kitchen, build_world(BEFORE), shelf / "corpus")
    for context in browser.contexts:
        context.close()


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    return client.cookies["sessionid"].value


def page_of(version: Version) -> str:
    seminar = version.submission.participant.seminar
    return reverse("submissions:version_detail", args=[seminar.slug, version.receipt])


def parsed_faults(frame: Frame | Page, title: str) -> list[str]:
    """What the browser found in a frame's document that may act, fetch, or stand there without our knowing."""
    found = frame.evaluate(PARSED)
    faults = [f"<{tag}>" for tag in found["tags"] if tag not in FRAME | VOID | TEXT | MATHS]
    for tag, names in found["tags"].items():
        allowed = ATTRIBUTES.get(tag, set()) | (OF_MATHS | {"xmlns", "class"} if tag in MATHS else PLAIN)
        faults += [f"<{tag} {name}>" for name in names if name not in allowed]
    for address, protocol, target, rel in found["links"]:
        safe = address.startswith("#") or (target, rel) == ("_blank", "noreferrer noopener")
        if not LINK.fullmatch(address) or protocol not in ("http:", "https:", "mailto:") or not safe:
            faults.append(f"link {address[:100]} {target} {rel}")
    faults += [f"picture {source}" for source in found["sources"] if not source.startswith("/pictures/")]
    expected = {"head": HEAD, "shadows": 0, "title": title}
    return faults + [f"{key}: {found[key]}" for key, value in expected.items() if found[key] != value]


# --- hostile and broken files -------------------------------------------------------------------------------


def handed_in(room: Room, path: Path, slot: UploadSlot, owner: Participant) -> tuple[Version, list[str]]:
    """The file as its owner hands it in; where it is refused, with a sentence, it is put in nonetheless."""
    try:
        with path.open("rb") as opened:
            file = UploadedFile(opened, path.name, size=path.stat().st_size)
            sent = {"uploaded_by": owner.user, "arrived_at": BEFORE, "insists": True}
            return receive_upload(slot, owner, file, **sent), []
    except Refusal as refusal:
        sentence = 400 <= refusal.status < 500 and re.fullmatch(r"[A-Z].{20,}\.", str(refusal.message))
        return room.kept(path, owner), [] if sentence else [f"refused with {refusal.status}: {refusal.message}"]


def prepared(room: Room, entry: Entry, owner: Participant) -> tuple[Version, list[str]]:
    """A file as a version that is drawn and checked, and what is wrong with its being handed in."""
    slot = room.notebooks if entry.name.endswith(".ipynb") else room.slides
    try:
        version, faults = handed_in(room, room.folder / entry.name, slot, owner)
        reading_of(version, version.extension, "en")
        remarks_on(version)
        return version, faults
    finally:
        connections.close_all()


def looked_at(desk: Desk, version: Version) -> list[str]:
    """Open a version's page; everything that is wrong in the page and in its frame."""
    status = desk.goto(page_of(version))
    if status != 200 or len(desk.page.frames) != 2:
        return [f"{status}, {len(desk.page.frames)} frames", *desk.faults()]
    faults = parsed_faults(desk.frame, version.canonical_name) + desk.page.evaluate(ACTING)
    if (
        desk.page.url != desk.server + page_of(version)
        or desk.page.title() != f"{version.canonical_name} · A Small Seminar"
    ):
        faults.append(f"the page is {desk.page.title()} at {desk.page.url}")
    return faults + desk.faults()


def test_corpus_is_inert_on_its_pages_and_there_in_seconds(room: Room, entries: list[Entry]) -> None:
    author, others = room.world.row("anna"), iter(add_students(room.world.seminar, len(entries)))
    desks = {
        ".pdf": room.desk("anna"),
        ".ipynb": room.desk("olga"),
    }  # slides before their author, notebooks before an organizer
    faults, slow = {}, {}
    with ThreadPoolExecutor(2) as pool:
        coming = [
            pool.submit(prepared, room, entry, author if entry.kind == "pdf" else next(others)) for entry in entries
        ]
        for entry, future in zip(entries, coming, strict=True):
            version, wrong = future.result()
            desk = desks[version.extension]
            found = looked_at(desk, version)
            if wrong or found:
                faults[entry.name] = wrong + found
            elif entry.kind != "pdf" and (desk.frame.locator("body.missing").count() == 1) != (
                entry.expected == "refused"
            ):
                faults[entry.name] = [f"is not {entry.expected}"]
            cooked = room.kitchen.seconds[default_storage.path(version.stored_name)]
            if cooked > SECONDS:
                slow[entry.name] = cooked
    assert (faults, slow) == ({}, {})
    fetched = [path for desk in desks.values() for path in desk.fetched]
    assert sum(path.endswith("/frame/") for path in fetched) == len(entries) > 200
    assert sum(path.startswith("/pictures/") for path in fetched) > 100


def test_hostile_frames_opened_alone_are_as_inert(room: Room, entries: list[Entry]) -> None:
    desk, faults = room.desk("anna"), {}
    for entry in entries:
        if entry.name.startswith("markup_"):
            version = room.corpus(entry.name)
            status = desk.goto(f"{page_of(version)}frame/")
            wrong = parsed_faults(desk.page, entry.name) + desk.faults()
            if status != 200 or wrong:
                faults[entry.name] = [str(status), *wrong]
    assert faults == {}


def test_hostile_links_lead_nowhere(room: Room) -> None:
    desk, faults, clicks = room.desk("anna"), {}, 0
    for name in CLICKED:
        version = room.corpus(f"markup_{name}.ipynb")
        frame = desk.read(version)
        for number in range(
            min(3, frame.evaluate("selector => document.querySelectorAll(selector).length", CLICKABLE))
        ):
            clicks += desk.click(CLICKABLE, number)
        frame.evaluate(
            "() => document.querySelectorAll('main a:not([href^=http]), main [title]').forEach(e => e.click())"
        )
        wrong = parsed_faults(desk.frame, version.canonical_name) + desk.faults()
        moved = (desk.page.url, desk.frame.url.partition("#")[0], len(desk.context.pages))
        if wrong or moved != (f"{room.server}{page_of(version)}", f"{room.server}{page_of(version)}frame/", 1):
            faults[name] = (wrong, moved)
    assert faults == {}
    assert clicks > 20


def test_link_to_the_web_opens_a_tab_that_knows_nothing_of_the_page(room: Room) -> None:
    desk = room.desk("anna")
    version = room.corpus("markup_link_ping.ipynb")
    frame = desk.read(version)
    assert desk.faults() == []
    with desk.context.expect_page() as opened:
        frame.locator("main a[href='https://example.org']").first.click()
    opened.value.wait_for_url("chrome-error://chromewebdata/")
    assert opened.value.evaluate("window.opener") is None
    assert desk.page.url == room.server + page_of(version)
    assert set(room.elsewhere.asked) == {"CONNECT example.org:443"}  # and not the host of the ping


def test_policy_and_sandbox_hold_alone(room: Room, tmp_path: Path) -> None:
    """What a sanitizer that let everything through would hand to the browser neither runs nor leaves the house."""
    desk, path = room.desk("anna"), tmp_path / "raw.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "raw", "source": "raw"}], "nbformat": 4, "nbformat_minor": 5}))
    version = room.kept(path)
    reading = reading_of(version, ".ipynb", "en")
    assert reading is not None
    folder = Path(default_storage.path(reading.folder))
    (folder / "inside.html").write_text(f"{RAW}<img src=data:image/svg+xml;base64,{DRAWING}><p id=last>last</p>")
    (folder / "raw.svg").write_text(RAW_DRAWING)
    for address, last in (
        (page_of(version), True),
        (f"{page_of(version)}frame/", True),
        (f"/pictures/{reading.token}/raw.svg", False),
    ):
        assert desk.goto(address) == 200
        frame = desk.frame if address == page_of(version) else desk.page.main_frame
        assert not last or frame.locator("#last").count() == 1
        blocked = [line for line in desk.done if "Blocked script execution" in line]
        assert blocked != []  # there was something to be held back
        assert [line for line in desk.done if line.startswith(("dialog", "script", "opens", "downloads"))] == []
        assert room.elsewhere.asked == []
        assert desk.page.url == room.server + address
        assert desk.page.title() in ("raw.ipynb · A Small Seminar", "raw.ipynb", "")
        assert desk.page.evaluate("[...Object.keys(window)].includes('pwned')") is False
        desk.faults()


def test_drawing_opened_alone_is_inert(room: Room) -> None:
    desk, drawings = room.desk("anna"), 0
    for name in (
        "markup_svg_script",
        "markup_svg_use_remote",
        "markup_svg_style_url",
        "markup_svg_set",
        "honest_images",
    ):
        reading = reading_of(room.corpus(f"{name}.ipynb"), ".ipynb", "en")
        assert reading is not None
        for path in sorted(Path(default_storage.path(reading.folder)).glob("*.svg")):
            drawings += 1
            assert desk.goto(f"/pictures/{reading.token}/{path.name}") == 200
            kinds = desk.page.evaluate(
                "[...document.querySelectorAll('*')].map(e => e.namespaceURI + ' ' + e.localName)"
            )
            assert not re.search("script|style|foreignObject|image|html|animate|set", " ".join(kinds))
            assert desk.page.evaluate(ACTING) == []
            assert desk.faults() == []
    assert drawings >= 5


# --- honest files -------------------------------------------------------------------------------------------


def drawn(desk: Desk) -> None:
    """Unfold what is folded, and let every picture come into view; what does not load is told by what is compared next."""
    for number in range(desk.frame.evaluate("document.querySelectorAll('main summary').length")):
        desk.click("main summary", number)
    for number in range(desk.frame.evaluate("document.images.length")):
        desk.frame.evaluate("number => document.images[number].scrollIntoView()", number)
        desk.seen(f"document.images[{number}].naturalWidth > 0", True)


def told_of(desk: Desk) -> dict[str, Any]:
    """What a screen reader is told of the document: headings with levels, tables with header cells, images with names."""
    nodes = desk.context.new_cdp_session(desk.page).send("Accessibility.getFullAXTree")["nodes"]
    above = {node["nodeId"]: node.get("parentId", "") for node in nodes}
    roles = {node["nodeId"]: node.get("role", {}).get("value", "") for node in nodes if not node["ignored"]}
    headed = set()
    for place in [place for place, role in roles.items() if role in ("columnheader", "rowheader")]:
        while place and roles.get(place) != "table":
            place = above.get(place, "")  # noqa: PLW2901
        headed.add(place)
    named = [node for node in nodes if node.get("name", {}).get("value")]
    levels = {
        node["nodeId"]: each["value"]["value"]
        for node in nodes
        for each in node.get("properties", [])
        if each["name"] == "level"
    }
    return {
        "headings": [
            (levels[node["nodeId"]], node["name"]["value"]) for node in named if roles.get(node["nodeId"]) == "heading"
        ],
        "tables": len(headed),
        "images": sum(roles.get(node["nodeId"]) == "image" for node in named),
    }


def test_honest_notebooks_read_well(room: Room, entries: list[Entry]) -> None:
    desk, honest = room.desk("olga"), [entry for entry in entries if entry.shows]
    shown, spoken = {}, {}
    for entry in honest:
        frame = desk.read(room.corpus(entry.name))
        drawn(desk)
        seen = frame.evaluate(SHOWN)
        seen["headings"] = [tuple(heading) for heading in seen["headings"]]
        seen["texts"] = [text for text in (entry.shows or {})["texts"] if text in seen["texts"]]
        shown[entry.name] = seen
        desk.goto(f"{desk.address}frame/")
        spoken[entry.name] = told_of(desk)
    assert shown == {entry.name: entry.shows for entry in honest}
    assert spoken == {
        entry.name: {
            "headings": entry.shows["headings"],
            "tables": entry.shows["tables"],
            "images": entry.shows["images"],
        }
        for entry in honest
        if entry.shows
    }
    assert desk.faults() == []
    assert len(honest) == 10


@pytest.mark.parametrize("width", [1280, 390])
def test_contents_and_addresses_lead_to_their_places(room: Room, width: int) -> None:
    desk, version = room.desk("olga"), room.corpus("honest_tutorial.ipynb")
    desk.page.set_viewport_size({"width": width, "height": 600})
    frame = desk.read(version)
    links = frame.evaluate("[...document.querySelectorAll('nav a')].map(e => [e.textContent, e.getAttribute('href')])")
    headings = frame.evaluate(
        "[...document.querySelectorAll('main :is(h1, h2)')].map(e => [e.textContent, '#' + e.id])"
    )
    assert [text for text, _address in links] == ["Diffusion models", "Noise", "Training"]
    assert links == headings
    for number in (2, 1, 0, 2):
        if not desk.click("nav a", number):  # folded, where there is little room
            assert desk.click("nav summary", 0)
            assert desk.seen("document.querySelector('nav details').open", True)
            assert desk.click("nav a", number)
        there = {"id": links[number][1][1:], "seen": True}
        assert desk.seen(WHERE, there) == there
    assert frame.evaluate("scrollY") > 0
    for query, place in (("?at=cell-3", "cell-3"), ("?at=cell-1", "cell-1"), ("?at=none", None), ("?at=%22%3E", None)):
        frame = desk.read(version, query)
        assert frame.evaluate(WHERE) == {"id": place, "seen": True if place else None}
        assert place != "cell-3" or frame.evaluate("scrollY") > 0
    assert desk.faults() == []


def test_honest_slides_show_every_page(room: Room, tmp_path: Path) -> None:
    deck = {
        1: CATALOG,
        5: FONT,
        2: b"<< /Type /Pages /Kids [%s] /Count 6 >>" % b" ".join(b"%d 0 R" % n for n in range(10, 16)),
    }
    for number in range(6):
        deck[10 + number] = page().replace(b"4 0 R", b"%d 0 R" % (20 + number))
        deck[20 + number] = stream(b"BT /F1 24 Tf 72 400 Td (Slide %d) Tj ET" % (number + 1))
    (tmp_path / "deck.pdf").write_bytes(pdf(deck))
    desk = room.desk("anna")
    for version, texts in (
        (room.kept(tmp_path / "deck.pdf"), [f"Slide {number}" for number in range(1, 7)]),
        (room.corpus("pdf_honest.pdf"), ["A talk"]),
        (room.corpus("pdf_incremental_update.pdf"), ["after"]),
    ):
        frame = desk.read(version)
        drawn(desk)
        pictures = frame.evaluate(
            "[...document.querySelectorAll('main img')].map(e => [e.alt, e.naturalWidth, e.naturalHeight])"
        )
        assert pictures == [[text, 1280, 720] for text in texts]
        assert frame.evaluate("[...document.querySelectorAll('nav img')].map(e => e.naturalWidth > 0)") == [True] * len(
            texts
        )
        if len(texts) > 1:
            assert desk.click("nav a", len(texts) - 1)
            assert desk.seen("document.querySelector(':target')?.id", f"slide-{len(texts)}") == f"slide-{len(texts)}"
    assert desk.faults() == []
