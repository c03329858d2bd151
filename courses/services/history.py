"""The history of a seminar, and letters to those who take part in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from courses import queries
from courses.models import HistoryEntry, Participant, Seminar
from notifications.services import Draft, post_letter

Change = tuple[Participant, str, str]  # whom it is about, what was, what is


def record(
    seminar: Seminar,
    subject: str,
    *,
    now: datetime,
    actor: User | None = None,
    participant: Participant | None = None,
    old: object = "",
    new: object = "",
    reason: str = "",
) -> HistoryEntry:
    """Append one line to the history: who, when, old, new, why."""
    return HistoryEntry.objects.create(
        seminar=seminar,
        subject=subject,
        at=now,
        actor=actor,
        participant=participant,
        old=str(old)[:250],
        new=str(new)[:250],
        reason=reason[:250],
    )


def record_all(
    seminar: Seminar, subject: str, changes: Iterable[Change], *, now: datetime, actor: User | None, reason: str = ""
) -> None:
    """Append one line for each person of whom something has changed, in one go."""
    HistoryEntry.objects.bulk_create(
        HistoryEntry(
            seminar=seminar, subject=subject, at=now, actor=actor, participant=person, old=old, new=new, reason=reason
        )
        for person, old, new in changes
    )


def draft_to(
    participant: Participant,
    key: str,
    template: str,
    *,
    expires_at: datetime | None = None,
    attachment: str = "",
    about: str = "",
    calendar: str = "",
    **context: object,
) -> Draft:
    """A letter to a participant, tagged and answered to the seminar's contact; see `Draft` for `about`."""
    seminar = participant.seminar
    contact = queries.contact(seminar)
    return Draft(
        key=key,
        kind=template.rpartition("/")[2],
        template=template,
        user=participant.user,
        scope=seminar.slug,
        tag=seminar.tag,
        reply_to=contact.email if contact else "",
        expires_at=expires_at,
        attachment=attachment,
        about=about,
        calendar=calendar,
        context={"seminar": seminar, "participant": participant, **context},
    )


def write_to(participant: Participant, key: str, template: str, *, now: datetime, **more: Any) -> None:
    """Post one letter to a participant; `more` is what `draft_to` takes."""
    post_letter(draft_to(participant, key, template, **more), now=now)
