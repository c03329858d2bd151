"""Instants and deadlines in words: weekday, date, time and zone, wherever somebody reads them."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from milestones.domain.progress import Due, State

STATE_WORDS = {
    State.DONE: gettext_lazy("done"),
    State.DONE_LATE: gettext_lazy("done, late"),
    State.OPEN: gettext_lazy("open"),
    State.DUE_SOON: gettext_lazy("due soon"),
    State.LATE: gettext_lazy("missing"),
    State.WAITING: gettext_lazy("waiting for others"),
    State.NOT_NEEDED: gettext_lazy("not needed"),
}


def moment(instant: datetime | None, zone: str, form: str = "D j M Y, H:i") -> str:
    """An instant as the zone's clocks show it, with the name of that time; empty where there is none."""
    if instant is None:
        return ""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{date_format(local, form)} {local.tzname()}"


def due_text(due: Due) -> str:
    """A deadline as weekday, date, time and zone."""
    return moment(due.shown, due.zone) if due.shown else _("once your talk has a date")
