"""`manage.py restore DIR`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.domain.refusals import Refusal
from seminar.services.backup import restore_backup


class Command(BaseCommand):
    help = "Restore a backup into an empty database, verified by hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *_args: Any, folder: Path, **_options: Any) -> None:
        try:
            manifest = restore_backup(folder)
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"Restored: database and {len(manifest['files'])} files, every hash verified.")
