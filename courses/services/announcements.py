"""News of a seminar: published, edited and taken back, each wording kept; by mail to those who take part, once a wording."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses import queries
from courses.models import Announcement, Seminar, Wording
from courses.services.history import record, write_to
from notifications.domain.letter_text import plain
from notifications.models import LetterChoice
from notifications.queries import choices_of


@transaction.atomic
def publish_announcement(
    seminar: Seminar, key: UUID, *, title: str, text: str, public: bool, by_mail: bool, actor: User, now: datetime
) -> Announcement:
    """Put news on the seminar's page, and into a letter to every admitted student where wanted; once for each key."""
    words = {"title": title, "text": text, "public": public, "published_at": now}
    announcement, created = Announcement.objects.get_or_create(key=key, seminar=seminar, defaults=words)
    if created:
        _note(announcement, old="", actor=actor, now=now)
        if by_mail:
            _tell(announcement, now)
    return announcement


@transaction.atomic
def edit_announcement(
    announcement: Announcement,
    *,
    title: str,
    text: str,
    public: bool,
    by_mail: bool,
    revision: int,
    actor: User,
    now: datetime,
) -> Announcement:
    """Change news, or put what was taken back on the page again; what somebody else has changed meanwhile is a conflict."""
    stored = _locked(announcement)
    if (stored.title, stored.text, stored.public, stored.withdrawn_at) == (title, text, public, None):
        return stored
    if stored.revision != revision:
        raise Conflict(
            "stale",
            _("Somebody else has changed this meanwhile. Theirs is kept: “%(theirs)s”. You had: “%(yours)s”.")
            % {"theirs": f"{stored.title}: {stored.text}", "yours": f"{title}: {text}"},
        )
    old, stored.title, stored.text, stored.public = stored.title, title, text, public
    stored.edited_at, stored.withdrawn_at = now, None
    _save(stored, old=old, actor=actor, now=now)
    if by_mail:
        _tell(stored, now)
    return stored


@transaction.atomic
def withdraw_announcement(announcement: Announcement, *, actor: User, now: datetime) -> None:
    """Take news off the page; what it said stays with the organizers."""
    stored = _locked(announcement)
    if stored.withdrawn_at is None:
        stored.withdrawn_at = now
        _save(stored, old=stored.title, actor=actor, now=now)


def _locked(announcement: Announcement) -> Announcement:
    return Announcement.objects.select_for_update(of=("self",)).select_related("seminar").get(pk=announcement.pk)


def _save(stored: Announcement, *, old: str, actor: User, now: datetime) -> None:
    stored.revision += 1
    stored.save()
    _note(stored, old=old, actor=actor, now=now)


def _note(stored: Announcement, *, old: str, actor: User, now: datetime) -> None:
    stands = stored.withdrawn_at is None
    words = {"title": stored.title, "text": stored.text if stands else ""}
    Wording.objects.create(announcement=stored, revision=stored.revision, at=now, by=actor, **words)
    new = stored.title if stands else ""
    record(stored.seminar, gettext_noop("announcement"), now=now, actor=actor, old=old, new=new)


def _tell(stored: Announcement, now: datetime) -> None:
    about = f"announcement:{stored.pk}"
    students = list(queries.students(stored.seminar).select_related("seminar"))
    choices = choices_of("announcement", [student.user_id for student in students])
    for student in students:
        if choices.get(student.user_id) == LetterChoice.NONE:
            continue
        write_to(
            student,
            f"{about}:{stored.revision}:{student.pk}",
            "courses/email/announcement",
            now=now,
            about=about,
            announcement=stored,
            text=plain(stored.text),
        )
