"""`manage.py url_map [--format json]`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from seminar.services.generated import addresses


class Command(BaseCommand):
    help = "Print every URL name, its path pattern, and the permission it asks for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *_args: Any, format: str, **_options: Any) -> None:  # noqa: A002  (the option's name)
        rows = addresses()
        if format == "json":
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            methods = ",".join(row["methods"])
            self.stdout.write(f"{row['name']:34} {row['path']:60} {methods:16} {row['permission']}")
