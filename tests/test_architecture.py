"""Promises that cross apps: guarded views, floors and rooms, rules without a clock, pages without foreign code."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, include, path
from rules.permissions import permissions

from seminar.services.generated import permission_of

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = ROOT / "pyproject.toml"
CONFIG = tomllib.loads(PYPROJECT.read_text())
APPS = CONFIG["tool"]["importlinter"]["root_packages"]
CONTRACTS = [contract["name"] for contract in CONFIG["tool"]["importlinter"]["contracts"]]
FLOORS, ROOMS, PROJECT_ROOMS, PURE = (
    next(name for name in CONTRACTS if name.startswith(begin))
    for begin in ("Floors:", "Rooms:", "Rooms of the project", "Rules are pure:")
)
SOURCES = sorted(file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts)
TEMPLATES = sorted(file for file in (ROOT / "templates").rglob("*") if file.is_file())
STATIC = sorted(file for file in (ROOT / "static").rglob("*") if file.suffix in {".css", ".js", ".svg", ".html"})

# --- every view is guarded ------------------------------------------------------------------------------------


def unguarded(urlpatterns: list[Any], prefix: str = "/") -> Iterator[str]:
    """Addresses whose view names no permission that a policy table holds; allauth's pages guard themselves."""
    for pattern in urlpatterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from unguarded(pattern.url_patterns, address)
        elif (named := permission_of(pattern.callback)) not in permissions and named != "allauth":
            yield address


def test_every_view_names_a_registered_permission() -> None:
    assert list(unguarded(get_resolver().url_patterns)) == []


def plain(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("open to everybody")


def unregistered(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("guarded by nothing")


unregistered.permission = "nobody.wrote_this"  # type: ignore[attr-defined]


def test_unguarded_view_is_named() -> None:
    breach: list[URLPattern | URLResolver] = [path("plain/", plain), path("in/", include([path("un/", unregistered)]))]
    assert list(unguarded([*get_resolver().url_patterns, *breach])) == ["/plain/", "/in/un/"]


# --- floors and rooms -----------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The source packages and the contracts, to be broken at will."""
    for app in APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PYPROJECT, tmp_path)
    return tmp_path


def lint(folder: Path) -> tuple[int, str]:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def broken(report: str) -> list[str]:
    return [line.removesuffix(" BROKEN") for line in report.splitlines() if line.endswith(" BROKEN")]


def test_floors_and_rooms_hold(copy: Path) -> None:
    code, report = lint(copy)
    assert (code, [line for line in report.splitlines() if line.endswith(" KEPT")]) == (
        0,
        [f"{name} KEPT" for name in CONTRACTS],
    )


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("courses.services", "import grading.models", FLOORS),
        ("accounts.services", "def f():\n    import seminar.queries", FLOORS),
        ("topics.models", "import topics.services", ROOMS),
        ("reviews.forms", "def f():\n    import reviews.views", ROOMS),
        ("courses.utils", "", ROOMS),
        ("seminar.queries", "import seminar.views", PROJECT_ROOMS),
        ("seminar.helpers", "", PROJECT_ROOMS),
        ("milestones.domain.deadlines", "def f():\n    import django.utils.timezone", PURE),
    ],
)
def test_floors_and_rooms_name_a_breach(copy: Path, module: str, imported: str, contract: str) -> None:
    place = copy / module.replace(".", "/")
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with file.open("a") as source:
        source.write(f"\n\n{imported}\n")
    code, report = lint(copy)
    target = imported.rpartition("import ")[2].removesuffix(".utils.timezone")
    named = f"{module} -> {target}" if target else module
    assert (code, broken(report), named in report) == (1, [contract], True), report


# --- rules read no clock --------------------------------------------------------------------------------------

CLOCK = re.compile(
    r"(^|\.)(datetime|date)\.(now|utcnow|today)$"
    r"|^time\.(time|monotonic|perf_counter)(_ns)?$|^time\.(localtime|gmtime|ctime)$"
    r"|(^|\.)timezone\.(now|localtime|localdate)$"
)


def clock_reads(source: str) -> list[str]:
    """Calls that read a clock, under whatever name it was imported."""
    tree = ast.parse(source)
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            origins |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            origins |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    heads = [(call, *call.partition(".")) for call in calls]
    return [call for call, head, dot, rest in heads if CLOCK.search(f"{origins.get(head, head)}{dot}{rest}")]


def test_rules_read_no_clock() -> None:
    rules = {str(file.relative_to(ROOT)): file.read_text() for file in SOURCES if "domain" in file.parts}
    assert len(rules) > 15
    assert {name: clock_reads(source) for name, source in rules.items() if clock_reads(source)} == {}


@pytest.mark.parametrize(
    ("source", "call"),
    [
        ("from datetime import datetime\ndatetime.now()", "datetime.now"),
        ("import datetime as dt\ndt.datetime.utcnow()", "dt.datetime.utcnow"),
        ("from datetime import date as Day\ndef f():\n    return Day.today()", "Day.today"),
        ("import time\ntime.time()", "time.time"),
        ("from time import monotonic as tick\ntick()", "tick"),
        ("from django.utils import timezone\ntimezone.now()", "timezone.now"),
    ],
)
def test_rule_that_reads_a_clock_is_named(source: str, call: str) -> None:
    assert clock_reads(source) == [call]


def test_times_that_are_given_are_no_clock() -> None:
    given = "from datetime import datetime, time as Clock\nClock(23, 59)\nnow.time()\ndatetime.combine(day, time)"
    assert clock_reads(given) == []


# --- sizes ----------------------------------------------------------------------------------------------------

LONGER: dict[str, int] = {}


def too_long(files: list[Path], most: int) -> dict[str, int]:
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    return {name: length for name, length in lengths.items() if length > LONGER.get(name, most)}


def test_sources_and_templates_stay_short() -> None:
    assert too_long([*SOURCES, ROOT / "dev.py", ROOT / "manage.py"], 300) == {}
    assert too_long(TEMPLATES, 120) == {}


def test_sources_that_are_too_long_are_named() -> None:
    assert too_long([ROOT / "manage.py"], 3) == {"manage.py": len((ROOT / "manage.py").read_text().splitlines())}


def test_exceptions_from_the_length_are_still_needed() -> None:
    assert [name for name in LONGER if len((ROOT / name).read_text().splitlines()) <= 300] == []


# --- pages run and fetch nothing foreign ----------------------------------------------------------------------

IN_PAGES = {
    "inline style": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "address that is a script": re.compile(r"javascript:", re.IGNORECASE),
    "foreign asset": re.compile(
        r"<(?!a\b)[^>]*\s(?:src|srcset|href|data|poster|action)\s*=\s*[\"']?(?:https?:)?//", re.I
    ),
    "unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+off"),
}
IN_STATIC = {
    "foreign asset": re.compile(
        r"(?:url\(|@import|\bimport\b|\bfrom\b|fetch\(|open\(|src|href)[^;\n]{0,20}?(?<=[\"'(\s=])(?:https?:)?//\w",
        re.I,
    ),
    "source map": re.compile(r"sourceMappingURL"),
    "code from text": re.compile(r"\beval\(|new Function\(|\.innerHTML\b|insertAdjacentHTML|document\.write"),
}
ALLOWED = {
    # Mail programs know no other styles; on our pages a letter stands in a frame of its own policy (`letter_frame`).
    ("notifications/email/base.html", "inline style"),
    ("notifications/email/base.html", "style element"),
    # The packaged stylesheet is written into a document that no browser loads; see `document_pdf`.
    ("grading/document.html", "unescaped value"),
    ("grading/document.html", "style element"),
    ("reviews/document.html", "unescaped value"),
    ("reviews/document.html", "style element"),
    # The inside of a notebook, made inert by its child process, in a document whose own policy lets nothing run.
    ("submissions/frame.html", "unescaped value"),
}


def found_in(text: str, patterns: dict[str, re.Pattern[str]]) -> set[str]:
    return {what for what, pattern in patterns.items() if pattern.search(text)}


def test_pages_run_and_fetch_nothing_foreign() -> None:
    pages = {str(file.relative_to(ROOT / "templates")): file for file in TEMPLATES if file.suffix == ".html"}
    found = {(name, what) for name, file in pages.items() for what in found_in(file.read_text(), IN_PAGES)}
    assert found == ALLOWED


def test_static_files_run_and_fetch_nothing_foreign() -> None:
    found = {(str(file.relative_to(ROOT)), what) for file in STATIC for what in found_in(file.read_text(), IN_STATIC)}
    assert found == set()
    assert len(STATIC) >= 4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<p class="x" style="color: red">', "inline style"),
        ("<style>p {}</style>", "style element"),
        ("<button\n  onclick='go()'>", "inline handler"),
        ("<script>go()</script>", "inline script"),
        ('<a href="javascript:go()">', "address that is a script"),
        ('<img class="x" src="https://example.org/a.png">', "foreign asset"),
        ('<link rel="stylesheet" href="//cdn.example.org/a.css">', "foreign asset"),
        ("{{ value|safe }}", "unescaped value"),
    ],
)
def test_foreign_code_in_a_page_is_named(text: str, what: str) -> None:
    assert found_in(text, IN_PAGES) == {what}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("body { background: url(https://example.org/a.png) }", "foreign asset"),
        ('@import "//fonts.example.org/css";', "foreign asset"),
        ('import x from "https://cdn.example.org/x.js";', "foreign asset"),
        ("//# sourceMappingURL=app.js.map", "source map"),
        ("row.innerHTML = name;", "code from text"),
    ],
)
def test_foreign_code_in_a_static_file_is_named(text: str, what: str) -> None:
    assert found_in(text, IN_STATIC) == {what}


@pytest.mark.parametrize(
    "text",
    [
        '<a href="https://example.org/paper">paper</a>',
        '<a href="{% url "home" %}">home</a> <input name="online" value="on = off">',
        '<script src="{% static "js/app.js" %}" defer></script>',
    ],
)
def test_links_and_packaged_assets_are_no_breach(text: str) -> None:
    assert found_in(text, IN_PAGES) == set()


# --- committed files name no index and no machine --------------------------------------------------------------

INDEX = re.compile(r"index-url|find-links|trusted-host|file:|(?<![\w.:/])/(?:home|root|work|Users|tmp)/|[A-Z]:\\")
ADDRESS = re.compile(r"https?://")


def places(text: str, *patterns: re.Pattern[str]) -> list[str]:
    return [line for line in text.splitlines() if any(pattern.search(line) for pattern in patterns)]


def test_locks_and_configuration_name_no_index_and_no_machine() -> None:
    locks = sorted(ROOT.glob("requirements-*"))
    configuration = [PYPROJECT, *sorted((ROOT / "examples").glob("*.toml"))]
    assert {lock.suffix for lock in locks} == {".in", ".lock"}
    assert {file.name: places(file.read_text(), INDEX, ADDRESS) for file in locks} == {file.name: [] for file in locks}
    assert {file.name: places(file.read_text(), INDEX) for file in configuration} == {
        file.name: [] for file in configuration
    }


def test_lock_that_names_an_index_or_a_machine_is_named() -> None:
    text = "--index-url https://mirror.example.org\nrules @ file:///srv/rules\ndjango==5.2\n-e /home/me/app\n"
    lines = text.splitlines()
    assert places(text, INDEX, ADDRESS) == [lines[0], lines[1], lines[3]]


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements-*.lock")), ids=lambda lock: lock.name)
def test_locks_pin_every_package_with_a_hash(lock: Path) -> None:
    entries = lock.read_text().replace("\\\n", " ").splitlines()
    assert [entry for entry in entries if entry and not re.match(r"[\w.\-\[\],]+==\S+ .*--hash=sha256:", entry)] == []
