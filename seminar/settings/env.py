"""Twelve-factor settings: every variable is named here once, read once, and refused in one sentence."""

import ipaddress
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import environ

ROOT = Path(__file__).resolve().parents[2]
DEVELOPMENT_KEY = "development-only-key-never-used-when-DEBUG-is-off-0123456789"
TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
    "": False,
}


def boolean(text: str) -> bool:
    if text.lower() not in TRUTH:
        raise ValueError("is neither 1 nor 0")
    return TRUTH[text.lower()]


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def networks(text: str) -> list[str]:
    try:
        return [str(ipaddress.ip_network(word)) for word in words(text)]
    except ValueError:
        raise ValueError("must be addresses or networks such as 10.0.0.0/8, separated by commas") from None


def hosts(text: str) -> list[str]:
    if not words(text):
        raise ValueError("must name at least one host")
    return words(text)


def parsed(text: str, shape: str) -> SplitResult:
    """The parts of an address whose port, if it has one, is a number."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(f"must look like {shape}") from None
    return parts


def web_address(text: str) -> str:
    parts = parsed(text, "https://seminars.example.org")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must look like https://seminars.example.org")
    return text.rstrip("/")


def optional_address(text: str) -> str:
    return web_address(text) if text else ""


def database(text: str) -> dict[str, Any]:
    parts = parsed(text, "postgres://user:password@host:5432/name")
    file_without_path = parts.scheme == "sqlite" and (parts.netloc or not parts.path.strip("/"))
    if parts.scheme not in {"sqlite", "postgres", "postgresql"} or file_without_path:
        raise ValueError("must begin with sqlite:/// or postgres://")
    settings: dict[str, Any] = environ.Env.db_url_config(text)
    if settings["ENGINE"].endswith("sqlite3"):
        # Measured: Django's defaults lose two thirds of concurrent writes; FULL survives a power loss.
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
        }
    return settings


def redis(text: str) -> str:
    if text and parsed(text, "redis://host:6379/0").scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://")
    return text


def email(text: str) -> dict[str, Any]:
    if not text:
        return {}
    if parsed(text, "smtp://user:password@host:25").scheme not in {
        "smtp",
        "smtp+tls",
        "smtp+ssl",
        "consolemail",
        "filemail",
        "memorymail",
    }:
        raise ValueError("must look like smtp://user:password@host:25")
    try:
        return dict(environ.Env.email_url_config(text))
    except (ValueError, KeyError):
        raise ValueError("must look like smtp://user:password@host:25") from None


def zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("must be a zone such as Europe/Berlin")
    return str(ZoneInfo(text))


def language(text: str) -> str:
    if text not in {"en", "de"}:
        raise ValueError("must be en or de")
    return text


def positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ValueError("must be a whole number of at least 1")
    return int(text)


# name → (reader, default; None: must be given where DEBUG is off, the development value otherwise)
VARIABLES: dict[str, tuple[Callable[[str], Any], str | None]] = {
    "DEBUG": (boolean, "0"),
    "SECRET_KEY": (str, None),
    "ALLOWED_HOSTS": (hosts, None),
    "BASE_URL": (web_address, None),
    "DATA_DIR": (Path, str(ROOT / "var")),
    "DATABASE_URL": (database, ""),
    "REDIS_URL": (redis, ""),
    "EMAIL_URL": (email, ""),
    "DEFAULT_FROM_EMAIL": (str, "seminar@localhost"),
    "LANGUAGE_CODE": (language, "en"),
    "TIME_ZONE": (zone, "Europe/Berlin"),
    "TRUSTED_PROXIES": (networks, ""),
    "SENTRY_DSN": (optional_address, ""),
    "SWEEP_SECONDS": (positive, "60"),
    "LETTER_LEASE_SECONDS": (positive, "120"),
}
DEVELOPMENT = {
    "SECRET_KEY": DEVELOPMENT_KEY,
    "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
    "BASE_URL": "http://127.0.0.1:8000",
}


def read(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Read every variable; return the values and one sentence for each that is missing or broken."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    debug = TRUTH.get(environment.get("DEBUG", "").lower(), False)
    for name, (reader, default) in VARIABLES.items():
        text = environment.get(name) or (DEVELOPMENT.get(name) if debug else None) or default
        if name == "DATABASE_URL" and not text:
            text = f"sqlite:///{Path(values.get('DATA_DIR', ROOT / 'var')).resolve() / 'db.sqlite3'}"
        if text is None:
            problems.append(f"Setting {name} is missing: it must be given when DEBUG is off (see .env.example).")
            continue
        try:
            values[name] = reader(text)
        except ValueError as error:
            problems.append(f"Setting {name} cannot be read: it {error}.")
    return values, problems


def load() -> dict[str, Any]:
    """Values for the settings module; a missing or broken one stops the start with a sentence that names it."""
    if (ROOT / ".env").exists():
        environ.Env.read_env(str(ROOT / ".env"))
    values, problems = read(os.environ)
    if problems:
        raise SystemExit("\n".join(problems))
    return values
