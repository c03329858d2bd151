"""The history of a seminar, and letters to those who take part in it."""

from datetime import datetime

from accounts.models import User
from courses import queries
from courses.models import HistoryEntry, Participant, Seminar
from notifications.services import Draft, post_letter


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


def write_to(
    participant: Participant,
    key: str,
    template: str,
    *,
    now: datetime,
    expires_at: datetime | None = None,
    attachment: str = "",
    calendar: str = "",
    **context: object,
) -> None:
    """Post one letter to a participant, tagged and answered to the seminar's contact."""
    seminar = participant.seminar
    contact = queries.contact(seminar)
    draft = Draft(
        key=key,
        kind=template.rpartition("/")[2],
        template=template,
        user=participant.user,
        scope=seminar.slug,
        tag=seminar.tag,
        reply_to=contact.email if contact else "",
        expires_at=expires_at,
        attachment=attachment,
        calendar=calendar,
        context={"seminar": seminar, "participant": participant, **context},
    )
    post_letter(draft, now=now)
