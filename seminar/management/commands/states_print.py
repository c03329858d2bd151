"""`manage.py states_print`."""

from typing import Any

from django.core.management.base import BaseCommand

from seminar.services.generated import state_diagrams


class Command(BaseCommand):
    help = "Print every state field with its transitions, as docs/states.md holds it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(state_diagrams(), ending="")
