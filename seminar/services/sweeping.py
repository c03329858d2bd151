"""Whatever is due: the one path that Celery's beat, the embedded loop and a person's command take."""

import logging
from datetime import datetime, timedelta

from django.conf import settings

from courses import queries as courses_queries
from courses.models import Seminar
from courses.services import pass_on_offers, write_registration_reminders
from grading.services import issue_missing, remind_of_meetings
from milestones.domain.deadlines import reminder_due
from milestones.models import Anchor
from milestones.queries import milestones_near
from milestones.services import remind
from notifications.services import beat, drain
from reviews.services import hand_over_together
from seminar import queries
from submissions.services import clear_incoming, prepare
from topics.services import note_returns, sync_talk_deadlines

log = logging.getLogger(__name__)


def sweep(now: datetime) -> dict[str, int]:
    """Do everything that is due at `now`; doing it again changes nothing. Returns what was done, as counts."""
    note_returns(now)
    sync_talks(now)
    offers = pass_on_offers(now)
    handed_over = hand_over_together(now)
    written = write_reminders(now) + write_registration_reminders(now)
    remind_of_meetings(now)
    issue_missing(now)
    sent = drain(now)
    prepared = prepare(now)
    clear_incoming(now)
    beat("sweep", now=now)
    return {
        "offers_made": offers,
        "reviews_handed_over": handed_over,
        "reminders_written": written,
        "letters_sent": sent,
        "files_prepared": prepared,
    }


def sync_talks(now: datetime) -> None:
    """A session may have moved since the deadlines that hang on its talks were written down."""
    for seminar in Seminar.objects.filter(milestones__anchor=Anchor.OWN_TALK).distinct():
        sync_talk_deadlines(seminar, now=now)


def write_reminders(now: datetime) -> int:
    """Write the reminders that are due to people with open work; return how many are new."""
    count = 0
    for milestone in milestones_near(now.date()):
        students = list(courses_queries.students(milestone.seminar).select_related("seminar"))
        offsets = [timedelta(hours=hours) for hours in milestone.reminder_hours]
        link = settings.BASE_URL + queries.links([milestone])[milestone.pk]
        for cell in queries.cells([milestone], students, now).values():
            if not cell.is_open or cell.due.shown is None:
                continue
            offset = reminder_due(cell.due.shown, now, offsets)
            if offset is not None:
                hours = round(offset.total_seconds() / 3600)
                count += remind(milestone, cell.participant, cell.due, hours, link=link, now=now)
    return count
