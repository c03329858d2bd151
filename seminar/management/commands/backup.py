"""`manage.py backup DIR`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.domain.refusals import Refusal
from seminar.services.backup import write_backup


class Command(BaseCommand):
    help = "Write database and files into a new folder, verified by hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *_args: Any, folder: Path, **_options: Any) -> None:
        try:
            manifest = write_backup(folder, now=timezone.now())
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"Saved: database and {len(manifest['files'])} files, every hash verified.")
