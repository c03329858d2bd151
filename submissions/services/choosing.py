"""Which version counts, and which one the public may read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Role
from courses.services import record, write_to
from milestones.queries import deadline_of
from milestones.services import accepts
from submissions.domain.declarations import PUBLICATION
from submissions.models import Publication, Submission, Version
from submissions.queries import latest_versions


@transaction.atomic
def choose_version(version: Version, *, by: User, now: datetime, began_at: datetime) -> None:
    """Let an earlier version count: its author while the slot is open, an organizer at any time. Choosing it again changes nothing."""
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=version.submission_id)
    slot, participant = version.submission.slot, version.submission.participant
    own = by == participant.user
    if own and not accepts(slot.milestone, deadline_of(slot.milestone, participant), began_at)[0]:
        sentence = _("The deadline for “%(slot)s” has passed; the version that counts stays as it is.")
        raise Refusal("deadline_passed", sentence % {"slot": slot.title}, status=403)
    old = latest_versions([slot], [participant.pk])[slot.pk, participant.pk]
    if old == version:
        return
    newest = submission.versions.first() == version
    submission.chosen = None if newest else version
    submission.save(update_fields=["chosen"])
    record(
        participant.seminar,
        gettext_noop("version that counts"),
        now=now,
        actor=by,
        participant=participant,
        old=f"{slot.key}: {old.number}",
        new=f"{slot.key}: {version.number}",
    )
    write_to(
        participant,
        f"chosen:{version.receipt}:{now.isoformat()}",
        "submissions/email/version_chosen",
        now=now,
        about=f"upload:{slot.pk}",
        slot=slot,
        version=version,
        chosen_by=by,
    )


@transaction.atomic
def publish(version: Version, *, by: User, now: datetime) -> None:
    """Let the public read a version whose author consented; an earlier publication of the same work is replaced."""
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=version.submission_id)
    if not version.declared.get(PUBLICATION):
        raise Refusal(
            "no_consent", _("The author has not consented to the publication of this version; nothing was published.")
        )
    if Publication.objects.filter(version=version).exists():
        return
    Publication.objects.filter(version__submission=submission).delete()
    Publication.objects.create(version=version, published_by=by, published_at=now)
    _note(version, by, now, "", version.canonical_name)


@transaction.atomic
def withdraw_publication(version: Version, *, by: User, now: datetime) -> None:
    """Take a version back from the public: its author or an organizer, at any time, without a reason."""
    deleted, _rows = Publication.objects.filter(version=version).delete()
    if deleted:
        _note(version, by, now, version.canonical_name, "")


def _note(version: Version, by: User, now: datetime, old: str, new: str) -> None:
    participant = version.submission.participant
    subject = gettext_noop("publication")
    record(participant.seminar, subject, now=now, actor=by, participant=participant, old=old, new=new)


def may_choose(version: Version, by: User, began_at: datetime, *, role: str) -> bool:
    """Whether a page offers the choice."""
    slot, participant = version.submission.slot, version.submission.participant
    if role == Role.ORGANIZER:
        return True
    return by == participant.user and accepts(slot.milestone, deadline_of(slot.milestone, participant), began_at)[0]
