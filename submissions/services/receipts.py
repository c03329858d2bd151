"""Receipts that anybody can check: signed by this server, and compared with a file without keeping it."""

from __future__ import annotations

import hashlib
from datetime import UTC
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, Signer

from submissions.models import Version

SIGNER = Signer(salt="submissions.receipt", sep=" ")


def signature_of(version: Version) -> str:
    """The server's signature under everything a receipt says; it holds as long as the server's key, or an earlier one, does."""
    return SIGNER.signature(_statement(version))


def signed_version(receipt: UUID, signature: str) -> Version | None:
    """The version that this receipt acknowledges; None for a receipt or a signature that is not this server's."""
    version = Version.objects.select_related("submission__slot__milestone__seminar").filter(receipt=receipt).first()
    if version is None:
        return None
    try:
        SIGNER.unsign(f"{_statement(version)}{SIGNER.sep}{signature}")
    except BadSignature:
        return None
    return version


def is_the_file(version: Version, file: UploadedFile[bytes]) -> bool:
    """Whether this is the file that was received, byte for byte; nothing of it is kept."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest() == version.sha256


def _statement(version: Version) -> str:
    received, deadline = (
        at.astimezone(UTC).isoformat() if at else "-" for at in (version.received_at, version.deadline)
    )
    words = [str(version.receipt), version.sha256, received, deadline, "on-time" if version.on_time else "late"]
    if version.finished_at:  # receipts of the first release name one instant only, and stay valid
        words.append(version.finished_at.astimezone(UTC).isoformat())
    return " ".join(words)
