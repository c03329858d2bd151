"""`manage.py seminar_export SLUG [--output FILE]`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from courses.models import Seminar
from seminar.services.export import write_archive


class Command(BaseCommand):
    help = "Write everything of a seminar into one archive that a person can read without this program."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--output", type=Path, metavar="FILE", help="default: SLUG.zip in this folder")

    def handle(self, *_args: Any, slug: str, output: Path | None, **_options: Any) -> None:
        seminar = Seminar.objects.filter(slug=slug).first()
        if seminar is None:
            known = ", ".join(Seminar.objects.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no seminar “{slug}”. Known: {known}.")
        target = output or Path(f"{slug}.zip")
        if target.exists():
            raise CommandError(f"{target} exists already; nothing was overwritten.")
        count = write_archive(seminar, target)
        self.stdout.write(f"Wrote {target}: {count} entries.")
