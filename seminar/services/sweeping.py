"""Whatever is due: the one path that Celery's beat, the embedded loop and a person's command take."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext_noop

from courses.models import Seminar
from courses.services import pass_on_offers, write_registration_reminders
from grading.services import issue_missing, remind_of_meetings
from milestones.models import Anchor
from notifications.domain.ticks import Tick, tick_of
from notifications.queries import heartbeats, is_waiting
from notifications.services import beat, drain
from reviews.services import hand_over_together
from seminar.services.mailings import send_due_mailings
from seminar.services.reminding import write_reminders
from seminar.services.watch import warn
from submissions.services import clear_incoming, prepare
from topics.services import note_returns, sync_expected, sync_talk_deadlines

log = logging.getLogger(__name__)
STOOD_IN = gettext_noop("step-in of the standby")
HALF_A_MINUTE = timedelta(seconds=30)


class SweepError(Exception):
    """Some of what was due could not be done; the rest was."""


def sync_talks(now: datetime) -> None:
    """A session may have moved since the deadlines that hang on its talks were written down."""
    for seminar in Seminar.objects.filter(milestones__anchor=Anchor.OWN_TALK).distinct():
        sync_talk_deadlines(seminar, now=now)


def sync_attendance(now: datetime) -> None:
    """Topics may have changed hands, or sessions their topics, since it was written down whom sessions expect."""
    for seminar in Seminar.objects.filter(sessions__date__gte=now.date() - timedelta(days=1)).distinct():
        sync_expected(seminar, now=now)


# What is done, in this order, and the count it is told by; one that fails holds up no other.
STEPS: tuple[tuple[str, Callable[[datetime], int | None]], ...] = (
    ("", note_returns),
    ("", sync_talks),
    ("", sync_attendance),
    ("offers_made", pass_on_offers),
    ("reviews_handed_over", hand_over_together),
    ("reminders_written", write_reminders),
    ("reminders_written", write_registration_reminders),
    ("", remind_of_meetings),
    ("", issue_missing),
    ("", send_due_mailings),
    ("letters_sent", drain),
    ("", warn),
    ("files_prepared", prepare),
    ("", clear_incoming),
)


def is_late(now: datetime) -> bool:
    """Whether nobody does what is due: two sweeps have not come, or a letter could have gone half a minute ago."""
    tick = tick_of(heartbeats().get("sweep"), now, allowed=2 * timedelta(seconds=settings.SWEEP_SECONDS))
    return tick != Tick.FRESH or is_waiting(now - HALF_A_MINUTE)


def stand_in(now: datetime) -> dict[str, int] | None:
    """Sweep, and note that nobody else did; None where somebody else does what is due."""
    if not is_late(now):
        return None
    log.warning("Nobody else does what is due; this standby does.")
    beat(STOOD_IN, now=now)
    return sweep(now)


def sweep(now: datetime) -> dict[str, int]:
    """Do everything that is due at `now`; doing it again changes nothing. Returns what was done, as counts."""
    done = {name: 0 for name, _step in STEPS if name}
    failed, started = [], time.monotonic()

    def clock() -> datetime:
        # Whole seconds: what a step needs that comes long after the first.
        return now + timedelta(seconds=int(time.monotonic() - started))

    for name, step in STEPS:
        try:
            count = step(clock())
        except DatabaseError:
            raise
        except Exception:
            log.exception("%s failed; the rest of the sweep goes on", step.__name__)
            failed.append(step.__name__)
        else:
            done |= {name: done[name] + (count or 0)} if name else {}
    if failed:
        raise SweepError(", ".join(failed))
    beat("sweep", now=clock())
    return done
