"""Settings: one sentence for each value that is missing or broken, and a strict site where DEBUG is off."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from seminar.settings import env
from tests.factories.world import World

DEBUG = {"DEBUG": "1"}
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": "check-" + "0123456789abcdef" * 4,
    "ALLOWED_HOSTS": "seminar.example.org",
    "BASE_URL": "https://seminar.example.org",
}
MISSING = [
    f"Setting {name} is missing: it must be given when DEBUG is off (see .env.example)."
    for name in ("SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL")
]


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, with these variables and no others of ours (an empty one counts as unset)."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    unset = dict.fromkeys(env.VARIABLES, "")
    ours = {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "seminar.settings", **variables}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=env.ROOT,
        env=inherited | unset | ours,
        capture_output=True,
        text=True,
        check=False,
    )


# --- reading --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("BASE_URL", "seminars.example.org", "must look like https://seminars.example.org"),
        ("BASE_URL", "ftp://seminars.example.org", "must look like https://seminars.example.org"),
        ("BASE_URL", "https://", "must look like https://seminars.example.org"),
        ("DATABASE_URL", "mysql://db/seminar", "must begin with sqlite:/// or postgres://"),
        ("REDIS_URL", "http://redis:6379", "must begin with redis://"),
        ("EMAIL_URL", "foo://", "must look like smtp://user:password@host:25"),
        ("EMAIL_URL", "smtp://mail.example.org:many", "must look like smtp://user:password@host:25"),
        ("LANGUAGE_CODE", "fr", "must be en or de"),
        ("TIME_ZONE", "Mars/Olympus", "must be a zone such as Europe/Berlin"),
        ("TRUSTED_PROXIES", "proxy", "must be addresses or networks such as 10.0.0.0/8, separated by commas"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "must be addresses or networks such as 10.0.0.0/8, separated by commas"),
        ("SWEEP_SECONDS", "0", "must be a whole number of at least 1"),
        ("SWEEP_SECONDS", "1.5", "must be a whole number of at least 1"),
        ("LETTER_LEASE_SECONDS", "0", "must be a whole number of at least 1"),
    ],
)
def test_read_of_a_broken_value_says_what_it_must_be(name: str, value: str, problem: str) -> None:
    values, problems = env.read(DEBUG | {name: value})
    assert problems == [f"Setting {name} cannot be read: it {problem}."]
    assert name not in values


def test_read_of_debug_that_is_neither_keeps_it_off() -> None:
    assert env.read({"DEBUG": "maybe"})[1] == ["Setting DEBUG cannot be read: it is neither 1 nor 0.", *MISSING]


def test_read_without_anything_names_what_production_needs() -> None:
    assert env.read({})[1] == MISSING


def test_read_of_several_broken_values_names_them_all() -> None:
    broken = {"SECRET_KEY": "", "EMAIL_URL": "foo://", "TIME_ZONE": "Nowhere", "SWEEP_SECONDS": "often"}
    assert env.read(PRODUCTION | broken)[1] == [
        MISSING[0],
        "Setting EMAIL_URL cannot be read: it must look like smtp://user:password@host:25.",
        "Setting TIME_ZONE cannot be read: it must be a zone such as Europe/Berlin.",
        "Setting SWEEP_SECONDS cannot be read: it must be a whole number of at least 1.",
    ]


def test_read_of_production_values_finds_no_problem() -> None:
    values, problems = env.read(PRODUCTION | {"TRUSTED_PROXIES": "10.0.0.0/8, ::1", "BASE_URL": "https://a.example/"})
    assert problems == []
    assert set(values) == set(env.VARIABLES)
    assert (values["DEBUG"], values["ALLOWED_HOSTS"]) == (False, ["seminar.example.org"])
    assert (values["TRUSTED_PROXIES"], values["BASE_URL"]) == (["10.0.0.0/8", "::1/128"], "https://a.example")


def test_read_with_debug_has_a_value_for_everything() -> None:
    values, problems = env.read(DEBUG)
    assert (set(values), problems) == (set(env.VARIABLES), [])


def test_read_without_debug_never_takes_a_development_value() -> None:
    values, _problems = env.read({"DEBUG": "0"})
    assert not set(env.DEVELOPMENT) & set(values)


def test_read_of_a_data_folder_places_the_database_in_it(tmp_path: Path) -> None:
    values, _problems = env.read(DEBUG | {"DATA_DIR": str(tmp_path)})
    assert values["DATABASE_URL"]["NAME"] == str(tmp_path / "db.sqlite3")
    assert values["DATABASE_URL"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(set(env.VARIABLES) - {"DEBUG"})),
    value=st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
        st.from_regex(r"(smtp|postgres|sqlite|redis|https)://[\[\]:@/?#a-z0-9%]{0,9}", fullmatch=True),
    ),
)
def test_read_of_anything_gives_values_or_one_line_that_names_the_setting(name: str, value: str) -> None:
    values, problems = env.read(DEBUG | {name: value})
    assert (name in values, len(problems)) in {(True, 0), (False, 1)}
    assert all(problem.startswith(f"Setting {name} cannot be read: ") for problem in problems)
    assert all(len(problem.splitlines()) == 1 for problem in problems)


# --- the start ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "lines"),
    [
        ({**DEBUG, "EMAIL_URL": "foo://"}, ["EMAIL_URL"]),
        ({**PRODUCTION, "SECRET_KEY": ""}, ["SECRET_KEY"]),
        ({}, ["SECRET_KEY", "ALLOWED_HOSTS", "BASE_URL"]),
    ],
)
def test_start_with_broken_settings_prints_a_line_for_each(
    tmp_path: Path, variables: dict[str, str], lines: list[str]
) -> None:
    done = run(tmp_path, "manage.py", "check", **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split()[:2] for line in done.stderr.splitlines()] == [["Setting", name] for name in lines]


def test_start_with_a_file_for_a_data_folder_prints_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    done = run(tmp_path, "manage.py", "check", **DEBUG, DATA_DIR=str(file))
    sentence = f"Setting DATA_DIR cannot be used: {file} is no folder, nor can it be made one.\n"
    assert (done.returncode, done.stderr) == (1, sentence)


def test_check_for_deployment_passes_on_production_settings(tmp_path: Path) -> None:
    done = run(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert (done.stderr, done.stdout) == ("", "System check identified no issues (0 silenced).\n")
    assert done.returncode == 0


ASK_PRODUCTION = """
import json, warnings
warnings.simplefilter("ignore")  # WhiteNoise: nothing is collected here
import django
django.setup()
from django.conf import settings
from django.test import Client
client = Client(headers={"host": "seminar.example.org"})
plain, safe = client.get("/accounts/login/"), client.get("/healthz", secure=True)
names = [name for name in dir(settings) if name.endswith(("_SECURE", "_HTTPONLY", "_SAMESITE"))]
print(json.dumps({
    "cookies": {name: getattr(settings, name) for name in names if "LANGUAGE" not in name},
    "debug": settings.DEBUG,
    "plain": [plain.status_code, plain["Location"]],
    "safe": [safe.status_code, safe["Strict-Transport-Security"]],
}))
"""


def test_production_settings_make_cookies_secure_and_https_lasting(tmp_path: Path) -> None:
    done = run(tmp_path, "-c", ASK_PRODUCTION, **PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "cookies": {
            "SESSION_COOKIE_SECURE": True,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "CSRF_COOKIE_SECURE": True,
            "CSRF_COOKIE_HTTPONLY": False,
            "CSRF_COOKIE_SAMESITE": "Lax",
        },
        "debug": False,
        "plain": [301, "https://seminar.example.org/accounts/login/"],
        "safe": [200, "max-age=31536000; includeSubDomains; preload"],
    }


# --- what a browser may do ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/seminars/small/", "/nowhere/"])
def test_page_allows_a_browser_our_own_files_and_nothing_else(world: World, path: str) -> None:
    response = Client().get(path)
    policy = re.sub(r" 'nonce-[\w+/=-]{20,}'", "", response["Content-Security-Policy"])
    assert dict(directive.strip().split(" ", 1) for directive in policy.split(";")) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "frame-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    names = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    assert [response[name] for name in names] == ["DENY", "nosniff", "same-origin", "same-origin"]


# --- every variable is documented -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", env.VARIABLES)
def test_variable_is_documented(name: str) -> None:
    example, page = ((env.ROOT / file).read_text() for file in (".env.example", "docs/settings.md"))
    assert re.search(rf"^#? ?{name}=", example, re.MULTILINE)
    assert f"`{name}`" in page


def test_documents_name_no_variable_that_does_not_exist() -> None:
    example, page = ((env.ROOT / file).read_text() for file in (".env.example", "docs/settings.md"))
    assert set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)) <= set(env.VARIABLES)
    assert set(re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE)) <= set(env.VARIABLES)
