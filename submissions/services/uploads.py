"""Receiving a file: judged by the instant it began to arrive, kept whole or not at all, answered with a receipt."""

from __future__ import annotations

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Participant
from courses.services import write_to
from milestones.queries import deadline_of
from milestones.services import accepts
from submissions.domain.naming import display_name, render_template
from submissions.models import Submission, UploadSlot, Version
from submissions.services import files
from topics.queries import topic_of


def receive_upload(
    slot: UploadSlot,
    participant: Participant,
    file: UploadedFile[bytes] | None,
    *,
    uploaded_by: User,
    arrived_at: datetime,
) -> Version:
    """Keep a file as the newest version of the participant's work, or refuse it and keep the earlier one in force.

    Sending the file that is already in force once more gives the same receipt.
    """
    due = deadline_of(slot.milestone, participant)
    accepted, on_time = accepts(slot.milestone, due, arrived_at)
    if not accepted and due.shown:
        raise _refusal(slot, participant, "deadline_passed", status=403)
    extension = _checked_type(slot, participant, file)
    if file is None:  # pragma: no cover  (the check above has refused it; for the type checker)
        raise _refusal(slot, participant, "file_missing")
    incoming = files.take_in(file)
    try:
        if code := files.content_problem(incoming.path, extension):
            raise _refusal(slot, participant, code)
        files.keep(incoming)
    finally:
        incoming.path.unlink(missing_ok=True)
    return _register(
        slot, participant, incoming, file.name or "", extension, uploaded_by, arrived_at, due.closes, on_time=on_time
    )


def _checked_type(slot: UploadSlot, participant: Participant, file: UploadedFile[bytes] | None) -> str:
    if file is None:
        raise _refusal(slot, participant, "file_missing")
    extension = next((kind for kind in slot.extensions if (file.name or "").lower().endswith(kind)), "")
    if not extension:
        raise _refusal(slot, participant, "wrong_type")
    if not file.size:
        raise _refusal(slot, participant, "file_empty")
    if file.size > slot.max_megabytes * 1024 * 1024:
        raise _refusal(slot, participant, "too_large", status=413)
    return str(extension)


@transaction.atomic
def _register(
    slot: UploadSlot,
    participant: Participant,
    incoming: files.Incoming,
    original_name: str,
    extension: str,
    uploaded_by: User,
    arrived_at: datetime,
    deadline: datetime | None,
    *,
    on_time: bool,
) -> Version:
    submission, _created = Submission.objects.get_or_create(slot=slot, participant=participant)
    Submission.objects.select_for_update().get(pk=submission.pk)
    latest = submission.versions.first()
    if latest is not None and latest.sha256 == incoming.sha256:
        return latest
    version = Version.objects.create(
        submission=submission,
        number=latest.number + 1 if latest else 1,
        sha256=incoming.sha256,
        size=incoming.size,
        extension=extension,
        original_name=display_name(original_name, extension),
        canonical_name=_canonical(slot, participant, extension),
        received_at=arrived_at,
        deadline=deadline,
        on_time=on_time,
        uploaded_by=uploaded_by,
    )
    write_to(
        participant,
        f"receipt:{version.receipt}",
        "submissions/email/upload_received",
        now=timezone.now(),
        slot=slot,
        version=version,
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


def _refusal(slot: UploadSlot, participant: Participant, code: str, *, status: int = 400) -> Refusal:
    """Say why, and what stays in force."""
    types = ", ".join(slot.extensions)
    sentences = {
        "deadline_passed": _("The deadline for “%(slot)s” has passed; this file was not accepted."),
        "file_missing": _("No file arrived. Please choose one and send it again."),
        "wrong_type": _("This is not a %(types)s file, which is what “%(slot)s” asks for."),
        "file_empty": _("The file is empty. Please check it and send it again."),
        "too_large": _("The file is larger than %(megabytes)d MB, which is the limit here."),
        "not_a_pdf": _("The file is named .pdf, but it is not a PDF. Please export it as PDF and send it again."),
        "pdf_cut_off": _(
            "The PDF ends too early: it did not arrive whole, or it was not saved whole. Please send it again."
        ),
        "notebook_unreadable": _("The notebook cannot be read as JSON. Please save it again in Jupyter or Colab."),
        "not_a_notebook": _("The file is named .ipynb, but it is not a Jupyter notebook."),
        "unreadable": _("The file could not be checked in reasonable time and was not accepted."),
    }
    values = {"slot": slot.title, "types": types, "megabytes": slot.max_megabytes}
    latest = Version.objects.filter(submission__slot=slot, submission__participant=participant).first()
    kept = (
        _("Version %(number)d stays in force.") % {"number": latest.number}
        if latest
        else _("Nothing has been handed in yet.")
    )
    return Refusal(code, f"{sentences[code] % values} {kept}", status=status)
