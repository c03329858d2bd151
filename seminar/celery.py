"""Celery carries "sweep now" only; what is due is decided by rows in the database."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seminar.settings")
app = Celery("seminar")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def step_back(**_sent: Any) -> None:
    """Let pages go before background work where both want the processor.

    Linux may share it out among sessions first (`man 7 sched`, autogroup); then the session steps back as well.
    """
    os.nice(10)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text("10")
