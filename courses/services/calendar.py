"""Entries of calendars: sessions, what was dropped, and what goes with a letter."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from courses.domain.ics import CANCELLED, CONFIRMED, TENTATIVE, Entry, ics_text
from courses.models import DroppedEntry, Participant, Seminar, Session
from courses.queries import Changed


def session_entry(session: Session, changed: Changed, *, addition: str = "", expected: bool = True) -> Entry:
    """A session as calendars have it; who is not expected any more sees it cancelled."""
    seminar = session.seminar
    status = TENTATIVE if session.tentative else CONFIRMED
    return Entry(
        uid=f"session-{seminar.pk}-{session.key}",
        summary=f"{seminar.tag}: {session}{addition}",
        begins=datetime.combine(session.date, session.begins, seminar.zone),
        ends=datetime.combine(session.date, session.ends, seminar.zone),
        url=reverse("seminar_detail", args=[seminar.slug]),
        place=session.place,
        status=status if session.takes_place and expected else CANCELLED,
        words=(session.note,) if session.note else (),
        sequence=changed[0],
        revised=changed[1],
    )


def dropped_entry(row: DroppedEntry, changed: Changed, *, owner: str = "", addition: str = "") -> Entry:
    """What has no row of its own any more; `owner` is the end of the UID of what belongs to one person."""
    zone, kind_and_key = row.seminar.zone, row.name.replace(":", f"-{row.seminar_id}-", 1)
    return Entry(
        uid=f"{kind_and_key}{owner}",
        summary=f"{row.seminar.tag}: {_(row.title)}{addition}",  # kinds of sessions are kept untranslated
        begins=row.begins_at.astimezone(zone),
        ends=row.ends_at.astimezone(zone) if row.ends_at else None,
        url=reverse("seminar_detail", args=[row.seminar.slug]),
        place=row.place,
        status=CANCELLED,
        words=(_("Cancelled"),),
        sequence=changed[0],
        revised=max(changed[1], row.dropped_at),
    )


def drop_entry(
    seminar: Seminar,
    name: str,
    *,
    title: str,
    begins: datetime,
    ends: datetime | None = None,
    place: str = "",
    participant: Participant | None = None,
    now: datetime,
) -> None:
    """Keep what is about to vanish, so that calendars can say that it is cancelled."""
    values = {"title": title, "begins_at": begins, "ends_at": ends, "place": place, "dropped_at": now}
    DroppedEntry.objects.update_or_create(seminar=seminar, participant=participant, name=name, defaults=values)


def letter_calendar(entries: Sequence[Entry], contact: User | None) -> str:
    """What goes with a letter, so that a calendar program can take it over."""
    content = ics_text(entries, site=settings.BASE_URL, method="PUBLISH", organizer=contact.email if contact else "")
    return content.decode()
