"""`manage.py permissions_print`."""

from typing import Any

from django.core.management.base import BaseCommand

from seminar.services.generated import permission_matrix


class Command(BaseCommand):
    help = "Print the role × permission matrix, as docs/permissions.md holds it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(permission_matrix(), ending="")
