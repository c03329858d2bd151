"""`manage.py sweep [--loop SECONDS] [--standby]`."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, reset_queries
from django.utils import timezone

from notifications.queries import is_waiting
from notifications.services import drain
from seminar.celery import step_back
from seminar.services import sweep
from seminar.services.sweeping import SweepError, stand_in

log = logging.getLogger(__name__)
PEEK = 1  # second, between two looks for letters


class Command(BaseCommand):
    help = "Do whatever is due: reminders, letters, deadlines that follow a talk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", type=int, metavar="SECONDS", help="go on until stopped")
        parser.add_argument("--standby", action="store_true", help="do it only while nobody else does")

    def handle(self, *_args: Any, loop: int | None, standby: bool, **_options: Any) -> None:
        if loop is None:
            try:
                done = (stand_in if standby else sweep)(timezone.now())
            except SweepError as error:
                raise CommandError(f"Some of what was due could not be done, the rest was: {error}.") from error
            counts = [f"{name.replace('_', ' ')}: {count}" for name, count in (done or {}).items()]
            self.stdout.write(", ".join(counts) or "Somebody else does what is due.")
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
                (stand_in if standby else sweep)(now)
                due, resting = time.monotonic() + loop, standby
            elif not resting and is_waiting(now):
                resting = not drain(now)
        except Exception:  # the loop must outlive a database that is away for a while
            due, resting = time.monotonic() + loop, True
            log.exception("The sweep failed; it will be tried again in %s s", loop)
        close_old_connections()
        reset_queries()  # with DEBUG, Django keeps every statement until a request ends, and here none does
