"""A student asks to have a grade looked at again: a thread that both sides write, one decision, and all of it stays."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record, write_to
from grading import queries
from grading.models import APPEAL_TRANSITIONS, Appeal, AppealMessage, AppealState, ReleasedGrade


@transaction.atomic
def open_appeal(released: ReleasedGrade, text: str, *, now: datetime) -> Appeal:
    """Ask to have a released grade looked at again, within the days that the seminar gives for it; it is decided once."""
    student = Participant.objects.select_for_update(no_key=True).get(pk=released.participant_id)
    until = queries.appeal_until(released)
    if until is None or now > until:
        raise Refusal("too_late", _("The time for this has passed; nothing was sent."), status=403)
    if queries.was_decided(released):
        raise Conflict("appeal_decided", _("This grade was looked at again and decided; nothing was sent."))
    if Appeal.objects.filter(participant=student, state=AppealState.OPEN).exists():
        raise Conflict("appeal_open", _("You have asked already, and it is not decided yet. Nothing was sent twice."))
    text = _needed(text)
    appeal = Appeal.objects.create(participant=student, released=released, opened_at=now)
    _note(appeal, released.participant.user, now, old="", new=AppealState.OPEN)
    _write(appeal, released.participant.user, text, now)
    return appeal


@transaction.atomic
def reply(appeal: Appeal, text: str, *, author: User, now: datetime) -> None:
    """Add to an open thread, and tell the other side."""
    stored = _open(appeal)
    _write(stored, author, _needed(text), now)


@transaction.atomic
def decide_appeal(appeal: Appeal, state: str, text: str, *, author: User, now: datetime) -> None:
    """Close the thread, with the reason: the grade stays or is changed (by hand, as always), or the student takes it back."""
    if state not in APPEAL_TRANSITIONS[AppealState.OPEN]:
        raise Refusal("not_possible", _("Please choose how it is decided; nothing was saved."))
    stored = _open(appeal)
    if state != AppealState.TAKEN_BACK:
        _needed(text)
    stored.state, stored.decided_at, stored.decided_by = state, now, author
    stored.save()
    _note(stored, author, now, old=AppealState.OPEN, new=state)
    _write(stored, author, text.strip() or _("Taken back."), now)


def _open(appeal: Appeal) -> Appeal:
    stored = Appeal.objects.select_for_update().get(pk=appeal.pk)
    if stored.state != AppealState.OPEN:
        raise Conflict("appeal_decided", _("This was decided meanwhile; nothing was sent. The thread shows how."))
    return stored


def _needed(text: str) -> str:
    if not text.strip():
        raise Refusal("text_missing", _("Please write why; nothing was sent."))
    return text.strip()


def _note(appeal: Appeal, actor: User, now: datetime, *, old: str, new: str) -> None:
    student = appeal.participant
    record(student.seminar, gettext_noop("appeal"), now=now, actor=actor, participant=student, old=old, new=new)


def _write(appeal: Appeal, author: User, text: str, now: datetime) -> None:
    message = AppealMessage.objects.create(appeal=appeal, author=author, at=now, text=text)
    student = Participant.objects.select_related("user", "seminar").get(pk=appeal.participant_id)
    organizers = courses_queries.organizers(student.seminar).select_related("seminar")
    recipients = list(organizers) if author == student.user else [student]
    for recipient in recipients:
        write_to(
            recipient,
            f"appeal:{message.pk}:{recipient.pk}",
            "grading/email/appeal_message",
            now=now,
            about=f"appeal:{appeal.pk}",
            appeal=appeal,
            message=message,
            student=student,
            for_student=recipient == student,
        )
