"""Receiving a file: judged by the instant it began to arrive, kept whole or not at all, answered with a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction

from accounts.models import User
from courses.models import Participant
from courses.services import write_to
from milestones.queries import deadline_of
from milestones.services import accepts
from submissions.domain.claims import mistaken
from submissions.domain.declarations import declared, missing
from submissions.domain.naming import display_name, render_template
from submissions.models import Submission, UploadSlot, Version
from submissions.services import files
from submissions.services.arrival import no_room
from submissions.services.receipts import signature_of
from submissions.services.refusing import refusal
from topics.queries import topic_of, topics_by_family


@dataclass(frozen=True)
class Sent:
    """What came with a file: its declarations, whether its sender insists that it is the right one, and when it had all arrived."""

    arrived_at: datetime
    finished_at: datetime
    declared: Mapping[str, str] = field(default_factory=dict)
    insists: bool = False
    no_room: bool = False  # for the file, which was read and dropped


def receive_upload(
    slot: UploadSlot, participant: Participant, file: UploadedFile[bytes] | None, sent: Sent, *, uploaded_by: User
) -> Version:
    """Keep a file as the newest version of the participant's work, or refuse it and keep the earlier one in force.

    Sending the newest file once more gives the same receipt. What an organizer hands in for somebody is accepted at any
    time, without declarations, and marked as late where it is.
    """
    due = deadline_of(slot.milestone, participant)
    accepted, on_time = accepts(slot.milestone, due, sent.arrived_at)
    own = uploaded_by == participant.user
    if not accepted and due.shown and own:
        raise refusal(slot, participant, "deadline_passed", status=403)
    if sent.no_room:
        raise refusal(slot, participant, "no_room", status=507)
    extension = _checked_type(slot, participant, file)
    if file is None:  # pragma: no cover  (the check above has refused it; for the type checker)
        raise refusal(slot, participant, "file_missing")
    given = declared(slot.declarations, sent.declared)
    if own and (lacking := missing(slot.declarations, given)):
        raise refusal(slot, participant, f"{lacking[0]}_missing")
    if not sent.insists:
        _refuse_mistaken(slot, participant, file.name or "")
    version = Version(
        extension=extension,
        original_name=display_name(file.name or "", extension),
        canonical_name=_canonical(slot, participant, extension),
        received_at=sent.arrived_at,
        finished_at=sent.finished_at,
        deadline=due.shown,
        closed_at=due.closes,
        on_time=on_time,
        declared=given,
        uploaded_by=uploaded_by,
    )
    try:
        return _keep(slot, participant, file, version)
    except (OSError, OperationalError) as error:
        if not no_room(error):
            raise
        raise refusal(slot, participant, "no_room", status=507) from error


def _checked_type(slot: UploadSlot, participant: Participant, file: UploadedFile[bytes] | None) -> str:
    if file is None:
        raise refusal(slot, participant, "file_missing")
    extension = next((kind for kind in slot.extensions if (file.name or "").lower().endswith(kind)), "")
    if not extension:
        raise refusal(slot, participant, "wrong_type")
    if not file.size:
        raise refusal(slot, participant, "file_empty")
    if file.size > slot.max_megabytes * 1024 * 1024:
        raise refusal(slot, participant, "too_large", status=413)
    return str(extension)


def _refuse_mistaken(slot: UploadSlot, participant: Participant, name: str) -> None:
    """Catch the file of another topic or person by the name it was sent under."""
    own, user = topic_of(participant), participant.user
    found = mistaken(
        name,
        own_topic=own.number if own else None,
        own_family=user.family_name,
        others=topics_by_family(participant.seminar, but=participant),
        own_words=f"{user.given_names} {own.title if own else ''}",
    )
    if found:
        raise refusal(slot, participant, f"wrong_{found.kind}", said=found.said)


def _keep(slot: UploadSlot, participant: Participant, file: UploadedFile[bytes], version: Version) -> Version:
    incoming = files.take_in(file)
    try:
        if code := files.content_problem(incoming.path, version.extension):
            raise refusal(slot, participant, code)
        files.keep(incoming)
    finally:
        incoming.path.unlink(missing_ok=True)
    version.sha256, version.size = incoming.sha256, incoming.size
    return _register(slot, participant, version)


@transaction.atomic
def _register(slot: UploadSlot, participant: Participant, version: Version) -> Version:
    submission, _created = Submission.objects.get_or_create(slot=slot, participant=participant)
    submission = Submission.objects.select_for_update().get(pk=submission.pk)
    if submission.chosen_id:
        submission.chosen = None  # whoever sends a file means that one
        submission.save(update_fields=["chosen"])
    newest = submission.versions.first()
    if newest is not None and newest.sha256 == version.sha256:
        return newest
    version.submission, version.number = submission, newest.number + 1 if newest else 1
    version.save(force_insert=True)
    write_to(
        participant,
        f"receipt:{version.receipt}",
        "submissions/email/upload_received",
        now=version.finished_at or version.received_at,
        about=f"upload:{slot.pk}",
        slot=slot,
        version=version,
        signature=signature_of(version),
    )
    return version


def _canonical(slot: UploadSlot, participant: Participant, extension: str) -> str:
    topic = topic_of(participant)
    return render_template(
        slot.naming_template,
        topic_number=topic.number if topic else None,
        family_name=participant.user.family_name,
        title=topic.title if topic else slot.title,
        extension=extension,
    )
