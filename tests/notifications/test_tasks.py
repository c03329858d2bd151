from datetime import datetime

import pytest
from django.core import mail

from notifications.models import Heartbeat, Letter
from notifications.services import beat, post_text
from notifications.tasks import drain


def test_drain_task_sends_what_is_due(db: None, now: datetime) -> None:
    post_text(key="one", kind="test", to_email="ada@example.org", subject="Hello", text="Dear Ada", now=now)
    drain()
    assert [message.subject for message in mail.outbox] == ["Hello"]
    assert Letter.objects.get().state == "sent"


@pytest.mark.parametrize("times", [1, 2])
def test_beat_keeps_one_row_per_job(db: None, now: datetime, times: int) -> None:
    for _ in range(times):
        beat("sweep", now=now)
    assert list(Heartbeat.objects.values_list("name", "at")) == [("sweep", now)]
