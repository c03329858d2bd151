"""`manage.py docs_check [--write]`."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from seminar.services.generated import DOCUMENTS


class Command(BaseCommand):
    help = "Fail when a generated document is stale; --write brings them up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true")

    def handle(self, *_args: Any, write: bool, **_options: Any) -> None:
        stale = []
        for name, make in DOCUMENTS.items():
            path, text = settings.BASE_DIR / name, make()
            if path.exists() and path.read_text() == text:
                continue
            stale.append(name)
            if write:
                path.write_text(text)
        if stale and not write:
            raise CommandError(f"Stale: {', '.join(stale)}. Run `python3 dev.py fix`.")
