"""`manage.py invariants_check [--format json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from seminar.services.invariants import broken_invariants


class Command(BaseCommand):
    help = "Check every rule that must hold between tables and files; exits non-zero when one does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *_args: Any, format: str, **_options: Any) -> None:  # noqa: A002  (the option's name)
        broken = broken_invariants()
        if format == "json":
            self.stdout.write(json.dumps({"broken": broken}, indent=2))
        else:
            self.stdout.write("\n".join(broken) or "Every rule holds.")
        if broken:
            raise SystemExit(1)
