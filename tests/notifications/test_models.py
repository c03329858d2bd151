"""The outbox holds one row per key, whoever writes it."""

from datetime import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from notifications.models import LETTER_TRANSITIONS, Heartbeat, Letter, LetterState


def letter(now: datetime, **fields: Any) -> Letter:
    return Letter(key="one", subject="Hello", to_email="ada@example.org", created_at=now, next_try_at=now, **fields)


def test_letter_with_a_key_that_is_taken_is_refused_by_the_database(db: None, now: datetime) -> None:
    Letter.objects.bulk_create([letter(now)])
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.bulk_create([letter(now)])
    assert Letter.objects.count() == 1


def test_letter_reads_as_subject_and_address(now: datetime) -> None:
    assert str(letter(now)) == "Hello → ada@example.org"


def test_heartbeat_reads_as_name_and_time(now: datetime) -> None:
    assert str(Heartbeat(name="sweep", at=now)) == "sweep 2023-10-27 15:00:00"


def test_letter_that_was_sent_or_dropped_stays_so() -> None:
    assert set(LETTER_TRANSITIONS) == set(LetterState)
    assert [state for state, after in LETTER_TRANSITIONS.items() if not after] == ["sent", "dropped"]
