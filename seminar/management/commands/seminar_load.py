"""`manage.py seminar_load FILE [--kickoff DATE] [--slug SLUG] [--reason TEXT]`."""

import tomllib
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from seminar.domain.seminar_file import SeminarFile, moved, read_seminar
from seminar.services.loading import load_seminar


class Command(BaseCommand):
    help = "Load a seminar from a TOML file (docs/seminar-file.md). Loading twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kickoff", metavar="YYYY-MM-DD", help="move every date by whole weeks to this kick-off")
        parser.add_argument("--slug", default="", help="load under another address")
        parser.add_argument("--reason", default="", help="why the rule of the grade changes; students read it")

    def handle(self, *_args: Any, file: Path, kickoff: str | None, slug: str, reason: str, **_options: Any) -> None:
        content = read_file(file)
        if kickoff:
            content = move(content, kickoff)
        loaded = load_seminar(content, now=timezone.now(), slug=slug, reason=reason)
        for line in loaded.kept:
            self.stdout.write(line)
        verb = "Loaded" if loaded.created else "Brought up to date"
        self.stdout.write(f"{verb}: {loaded.seminar.title} at /seminars/{loaded.seminar.slug}/")


def read_file(path: Path) -> SeminarFile:
    """The checked content, or a CommandError that lists every mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8 text.") from None
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"{path} is not valid TOML: {error}. Nothing was loaded.") from None
    file, problems = read_seminar(content, text)
    if file is None:
        count = f"{len(problems)} mistake{'s' if len(problems) > 1 else ''}"
        raise CommandError("\n  ".join([f"{path} has {count}; nothing was loaded:", *problems]))
    return file


def move(file: SeminarFile, kickoff: str) -> SeminarFile:
    try:
        day = date.fromisoformat(kickoff)
    except ValueError:
        raise CommandError(f"--kickoff {kickoff} is not a date such as 2026-10-30.") from None
    try:
        return moved(file, day)
    except ValueError as error:
        raise CommandError(str(error)) from None
    except OverflowError:
        raise CommandError(f"--kickoff {kickoff} is too far away.") from None
