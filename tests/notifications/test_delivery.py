"""Sending over a real server: nothing is lost, nothing goes out twice in two versions."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from notifications.models import Letter
from notifications.services import LEASE, MAKERS, Attached, drain, message_id, post_text, retry_letter
from tests.factories.smtp import SmtpServer

MINUTE = timedelta(minutes=1)
LATER = timedelta(hours=2)  # longer than any wait between two attempts


@pytest.fixture
def letter(db: None, now: datetime) -> Letter:
    return post(now)


def post(now: datetime, key: str = "topic:7", to_email: str = "ada@example.org", **fields: Any) -> Letter:
    words = {"kind": "test", "subject": "[Small2023] Größe & Co", "text": "Dear Ada,\n\ncome."}
    return post_text(key=key, now=now, to_email=to_email, **{**words, **fields})


def state(letter: Letter) -> tuple[str, int, str]:
    letter.refresh_from_db()
    return letter.state, letter.attempts, letter.reason


def test_drain_sends_the_letter_with_its_headers(smtp: SmtpServer, db: None, now: datetime) -> None:
    letter = post(now, reply_to="olga@example.org")
    assert drain(now) == 1
    (message,) = smtp.messages
    names = ("Subject", "From", "To", "Reply-To", "Message-ID", "Auto-Submitted")
    assert {name: message[name] for name in names} == {
        "Subject": "[Small2023] Größe & Co",
        "From": "seminar@localhost",
        "To": "ada@example.org",
        "Reply-To": "olga@example.org",
        "Message-ID": message_id("topic:7"),
        "Auto-Submitted": "auto-generated",
    }
    assert message.get_content().replace("\r\n", "\n").rstrip() == "Dear Ada,\n\ncome."
    assert state(letter) == ("sent", 1, "")
    assert (letter.sent_at, letter.lease_until) == (now, None)


def test_drain_without_an_address_for_answers_names_none(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    drain(now)
    assert smtp.messages[0]["Reply-To"] is None


def files_of(message: Any) -> list[tuple[str, str, bytes]]:
    return [(part.get_filename(), part.get_content_type(), part.get_content()) for part in message.iter_attachments()]


def test_drain_makes_the_attachment_of_a_letter(
    smtp: SmtpServer, db: None, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MAKERS, "echo", lambda of: (f"{of}.pdf", of.encode(), "application/pdf"))
    post(now, attachment="echo:7:8")
    assert drain(now) == 1
    (message,) = smtp.messages
    assert files_of(message) == [("7:8.pdf", "application/pdf", b"7:8")]
    assert message.get_body().get_content().strip().endswith("come.")


@pytest.mark.parametrize("attachment", ["echo:7", "unheard:7", "gone:7"])
def test_drain_sends_a_letter_whose_attachment_cannot_be_made(
    smtp: SmtpServer, db: None, now: datetime, monkeypatch: pytest.MonkeyPatch, attachment: str
) -> None:
    def broken(_of: str) -> Attached:
        raise RuntimeError

    monkeypatch.setitem(MAKERS, "echo", broken)
    monkeypatch.setitem(MAKERS, "gone", lambda _of: None)
    letter = post(now, attachment=attachment)
    assert drain(now) == 1
    assert files_of(smtp.messages[0]) == []
    assert state(letter) == ("sent", 1, "")


def test_drain_twice_sends_once(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    assert [drain(now), drain(now), drain(now + LATER)] == [1, 0, 0]
    assert len(smtp.messages) == 1


def test_drain_leaves_what_is_not_due(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    Letter.objects.update(next_try_at=now + MINUTE)
    assert drain(now) == 0
    assert state(letter) == ("waiting", 0, "")


def test_drain_without_a_server_waits_and_sends_when_it_is_back(
    smtp: SmtpServer, letter: Letter, now: datetime
) -> None:
    smtp.stop()
    assert drain(now) == 0
    assert state(letter) == ("waiting", 0, "[Errno 111] Connection refused")
    assert 48 <= (letter.next_try_at - now).total_seconds() <= 73
    smtp.start()
    assert drain(now + timedelta(seconds=47)) == 0
    assert drain(now + 2 * MINUTE) == 1  # however long the server was away
    assert state(letter) == ("sent", 1, "")
    assert [message["Message-ID"] for message in smtp.messages] == [letter.message_id]


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 1), (1, 2), (3, 8), (6, 60), (30, 60)])
def test_drain_waits_longer_after_each_attempt_but_never_much_more_than_an_hour(
    smtp: SmtpServer, letter: Letter, now: datetime, attempts: int, minutes: int
) -> None:
    smtp.answer = "451 4.7.1 greylisted, come back later"
    Letter.objects.update(attempts=attempts)
    drain(now)
    letter.refresh_from_db()
    assert 0.8 * minutes <= (letter.next_try_at - now) / MINUTE <= 1.2 * minutes + 0.1


def test_drain_of_an_address_that_is_refused_for_good_fails_with_the_reason(
    smtp: SmtpServer, letter: Letter, now: datetime
) -> None:
    smtp.answer = "550 5.1.1 no such user"
    assert [drain(now), drain(now + LATER)] == [0, 0]
    assert state(letter)[:2] == ("failed", 1)
    assert "no such user" in letter.reason


def test_retry_letter_sends_a_failed_one_again_unchanged(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    smtp.answer = "550 5.1.1 no such user"
    drain(now)
    smtp.answer = ""
    retry_letter(letter, now=now + MINUTE)
    assert state(letter) == ("waiting", 1, "")
    assert drain(now + MINUTE) == 1
    assert smtp.messages[0]["Message-ID"] == message_id("topic:7")
    assert state(letter) == ("sent", 2, "")


def test_retry_letter_of_one_that_was_sent_does_nothing(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    drain(now)
    retry_letter(letter, now=now)
    assert state(letter) == ("sent", 1, "")


def test_drain_of_an_address_that_is_refused_for_now_waits(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    smtp.answer = "451 4.7.1 greylisted, come back later"
    assert drain(now) == 0
    assert state(letter)[:2] == ("waiting", 1)
    assert "greylisted" in letter.reason
    smtp.answer = ""
    assert drain(now + LATER) == 1


@pytest.mark.parametrize(("answer", "after"), [("554 5.6.0 unwanted", "failed"), ("452 4.3.1 disk full", "waiting")])
def test_drain_of_a_text_that_is_refused_follows_the_code(
    smtp: SmtpServer, letter: Letter, now: datetime, answer: str, after: str
) -> None:
    smtp.data_answer = answer
    drain(now)
    assert state(letter)[0] == after
    assert answer[4:] in letter.reason


def test_drain_of_one_bad_address_sends_the_others(smtp: SmtpServer, db: None, now: datetime) -> None:
    """This address passes the form, but no mail can be built for it: in ASCII its domain is too long."""
    bad = post(now, "bad", f"ada@{'ü' * 60}.de")
    good = post(now, "good")
    assert drain(now) == 1
    assert state(bad)[0] == "failed"
    assert state(good)[0] == "sent"


def test_drain_of_an_expired_letter_drops_it_with_the_reason(smtp: SmtpServer, db: None, now: datetime) -> None:
    letter = post(now, expires_at=now + MINUTE)
    assert drain(now + 2 * MINUTE) == 0
    assert state(letter) == ("dropped", 0, "Its deadline had passed before it could be sent.")
    assert smtp.messages == []


def test_drain_sends_a_letter_until_it_expires(smtp: SmtpServer, db: None, now: datetime) -> None:
    post(now, expires_at=now + MINUTE)
    assert drain(now + MINUTE) == 1


def test_drain_sends_what_somebody_waits_for_before_all_that_is_older(
    smtp: SmtpServer, db: None, now: datetime
) -> None:
    for number in range(3):
        post(now, f"reminder:{number}", f"s{number}@example.org", scope="small")
    post(now + MINUTE, "account:1", "code@example.org")
    drain(now + MINUTE)
    assert [message["To"][:2] for message in smtp.messages] == ["co", "s0", "s1", "s2"]


def test_drain_leaves_a_letter_that_another_sender_has_claimed(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    Letter.objects.update(state="sending", lease_until=now + MINUTE, attempts=1)
    assert drain(now) == 0
    assert state(letter) == ("sending", 1, "")
    assert smtp.messages == []


def test_drain_sends_again_when_the_other_sender_has_died(smtp: SmtpServer, letter: Letter, now: datetime) -> None:
    drain(now)
    # As if the process had died between the server's answer and the commit.
    Letter.objects.update(state="sending", lease_until=now + LEASE, sent_at=None)
    assert drain(now + LEASE) == 0
    assert drain(now + LEASE + MINUTE) == 1
    assert state(letter) == ("sent", 2, "")
    assert [message["Message-ID"] for message in smtp.messages] == [message_id("topic:7")] * 2
    assert smtp.messages[0].get_content() == smtp.messages[1].get_content()


def test_drain_after_the_clock_went_back_an_hour_waits_for_nothing(smtp: SmtpServer, db: None, now: datetime) -> None:
    hour = timedelta(hours=1)
    fresh, died = post(now, "fresh"), post(now, "died")
    Letter.objects.filter(pk=died.pk).update(state="sending", lease_until=now + LEASE, attempts=1)
    drain(now - hour)
    assert [state(letter)[0] for letter in (fresh, died)] == ["sent", "sent"]


def test_drain_on_a_machine_whose_clock_is_a_little_behind_takes_nothing_from_another(
    smtp: SmtpServer, letter: Letter, now: datetime
) -> None:
    Letter.objects.update(state="sending", lease_until=now + LEASE, attempts=1)
    assert drain(now - 5 * MINUTE) == 0


def at_once(count: int, work: Any) -> None:
    """Run `work(number)` in as many threads, each with its own connection."""
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=20)
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_drain_by_many_senders_at_once_sends_each_letter_once(smtp: SmtpServer, now: datetime) -> None:
    for number in range(20):
        post(now, f"topic:{number}")
    at_once(8, lambda _number: drain(now))
    sent = sorted(message["Message-ID"] for message in smtp.messages)
    assert sent == sorted(message_id(f"topic:{number}") for number in range(20))
    assert set(Letter.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_post_text_by_many_at_once_writes_one_row(now: datetime) -> None:
    at_once(8, lambda number: post(now, text=f"Text {number}"))
    assert Letter.objects.count() == 1
