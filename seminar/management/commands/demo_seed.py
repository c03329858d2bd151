"""`manage.py demo_seed [--seed N] [--json FILE]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from courses.models import Participant, Seminar
from seminar.services import demo


class Command(BaseCommand):
    help = "Deterministic demo data with a known password; refuses when DEBUG is off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", type=Path, metavar="FILE", help="write logins, ids and addresses there")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there are seminars or people")
        parser.add_argument("--banner", action="store_true", help="only print the address and the demo logins")

    def handle(self, *_args: Any, seed: int, json: Path | None, if_empty: bool, banner: bool, **_options: Any) -> None:
        if banner:
            self.stdout.write(banner_text())
            return
        if not settings.DEBUG:
            raise CommandError("Demo data has a known password and is refused where DEBUG is off.")
        empty = not Seminar.objects.exists() and not User.objects.exists()
        if if_empty and not empty:
            return
        if not empty:
            raise CommandError("There are seminars or people already; demo data goes into an empty database only.")
        if if_empty:
            self.stdout.write("Loading the example seminars …")
            self.stdout.flush()
        seeded = demo.seed_demo(timezone.now(), seed=seed)
        if json is not None:
            json.write_text(report(seeded))
        if not if_empty:
            self.stdout.write(banner_text())


def report(seeded: dict[str, Any]) -> str:
    people = Participant.objects.select_related("user", "seminar").order_by("pk")
    rows = [
        {"id": row.pk, "email": row.user.email, "seminar": row.seminar.slug, "role": row.role, "state": row.state}
        for row in people
    ]
    addresses = [f"{settings.BASE_URL}/seminars/{slug}/" for slug in seeded["seminars"]]
    return json.dumps({**seeded, "people": rows, "addresses": addresses}, indent=2)


def banner_text() -> str:
    lines = ["", f"  Seminars are served at {settings.BASE_URL}/"]
    if Seminar.objects.filter(slug=demo.RUNNING).exists() and settings.DEBUG:
        lines.append(f"  Demo logins, password {demo.PASSWORD}:")
        lines += [f"    {role:10} {email}" for role, email in demo.logins().items()]
    return "\n".join([*lines, "  Ctrl-C stops.", ""])
