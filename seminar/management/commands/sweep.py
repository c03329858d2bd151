"""`manage.py sweep [--loop SECONDS] [--standby]`."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, reset_queries
from django.utils import timezone

from notifications.queries import is_waiting
from notifications.services import drain
from seminar.celery import step_back
from seminar.services import sweep
from seminar.services.sweeping import SweepError, is_late

log = logging.getLogger(__name__)
PEEK = 1  # second, between two looks for letters


class Command(BaseCommand):
    help = "Do whatever is due: reminders, letters, deadlines that follow a talk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", type=int, metavar="SECONDS", help="go on until stopped")
        parser.add_argument("--standby", action="store_true", help="do it only while nobody else does")

    def handle(self, *_args: Any, loop: int | None, standby: bool, **_options: Any) -> None:
        if loop is None:
            if standby and not is_late(timezone.now()):
                self.stdout.write("Somebody else does what is due.")
                return
            try:
                done = sweep(timezone.now())
            except SweepError as error:
                raise CommandError(f"Some of what was due could not be done, the rest was: {error}.") from error
            self.stdout.write(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in done.items()))
            return
        step_back()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_caught: stop.set())
        go_on(stop, loop, standby=standby)


def go_on(stop: threading.Event, loop: int, *, standby: bool) -> None:
    """Sweep every so many seconds; a letter that is written in between goes out within one, unless the last ones could not."""
    due, resting = time.monotonic() + loop, standby
    while not stop.wait(min(PEEK, loop)):
        now = timezone.now()
        try:
            if time.monotonic() >= due:
                sweep_unless(now, standby=standby)
                due, resting = time.monotonic() + loop, standby
            elif not resting and is_waiting(now):
                resting = not drain(now)
        except Exception:  # the loop must outlive a database that is away for a while
            due, resting = time.monotonic() + loop, True
            log.exception("The sweep failed; it will be tried again in %s s", loop)
        close_old_connections()
        reset_queries()  # with DEBUG, Django keeps every statement until a request ends, and here none does


def sweep_unless(now: datetime, *, standby: bool) -> None:
    """Do what is due; as a standby, only if nobody else does."""
    if standby:
        if not is_late(now):
            return
        log.warning("Nobody else does what is due; this standby does.")
    sweep(now)
