"""Rules of uploads that the database itself keeps."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction

from submissions.models import Submission, UploadSlot, Version
from tests.factories.world import World

SHA256 = "ab" + "0" * 62


def version_of(submission: Submission, number: int, now: datetime, **fields: object) -> Version:
    values: dict[str, object] = {
        "sha256": SHA256,
        "size": 1,
        "extension": ".pdf",
        "original_name": "a.pdf",
        "canonical_name": "A.pdf",
        "received_at": now,
        "on_time": True,
        "uploaded_by": submission.participant.user,
    }
    return Version.objects.create(submission=submission, number=number, **{**values, **fields})


@pytest.fixture
def submission(world: World) -> Submission:
    return Submission.objects.create(slot=world.slot("slides"), participant=world.row("anna"))


def test_submission_of_one_person_and_slot_twice_is_refused(world: World, submission: Submission) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.create(slot=submission.slot, participant=submission.participant)
    Submission.objects.create(slot=world.slot("notebook"), participant=submission.participant)
    Submission.objects.create(slot=submission.slot, participant=world.row("boris"))
    assert Submission.objects.count() == 3


def test_version_number_twice_is_refused(submission: Submission, now: datetime) -> None:
    version_of(submission, 1, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        version_of(submission, 1, now)
    version_of(submission, 2, now)
    assert [version.number for version in submission.versions.all()] == [2, 1]


def test_version_receipt_twice_is_refused(submission: Submission, now: datetime) -> None:
    first = version_of(submission, 1, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        version_of(submission, 2, now, receipt=first.receipt)


def test_version_stored_name_is_the_servers_own_and_not_the_senders(submission: Submission, now: datetime) -> None:
    version = version_of(submission, 1, now, original_name="../../etc/passwd")
    assert version.stored_name == f"ab/{SHA256}"


def test_upload_slot_key_twice_in_a_milestone_is_refused(world: World) -> None:
    slot = world.slot("slides")
    with pytest.raises(IntegrityError), transaction.atomic():
        UploadSlot.objects.create(milestone=slot.milestone, key="slides", title="Twice", extensions=[".pdf"])


def test_submission_with_versions_cannot_be_deleted(submission: Submission, now: datetime) -> None:
    from django.db.models import ProtectedError

    version_of(submission, 1, now)
    for row in (submission, submission.slot, submission.participant):
        with pytest.raises(ProtectedError):
            row.delete()
