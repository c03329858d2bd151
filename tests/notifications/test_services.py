"""Writing a letter: once per key, in the reader's language, under a Message-ID that never changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.services import ensure_user
from notifications.models import Letter
from notifications.services import Draft, message_id, post_letter, post_text


@pytest.fixture
def draft(db: None, settings: Any, tmp_path: Path) -> Draft:
    """To Ada, with a template whose subject runs over two lines."""
    (tmp_path / "hello_subject.txt").write_text(
        "{% autoescape off %}Hello\n  {{ user.name }} & Co\n{% endautoescape %}"
    )
    (tmp_path / "hello_message.txt").write_text(
        "\n{{ word }} {{ base_url }} {% get_current_language as code %}{{ code }}\n"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    return Draft(
        key="hello:1",
        kind="hello",
        template="hello",
        user=ensure_user("ada@example.org", given_names="Ada"),
        scope="small",
        tag="Small2023",
        reply_to="olga@example.org",
        context={"word": "Come"},
    )


def test_post_letter_writes_the_whole_letter(draft: Draft, now: datetime) -> None:
    letter = post_letter(replace(draft, expires_at=now + timedelta(days=1)), now=now)
    fields = Letter.objects.values().get()
    assert fields == {
        "id": letter.pk,
        "key": "hello:1",
        "kind": "hello",
        "scope": "small",
        "user_id": draft.user.pk,
        "to_email": "ada@example.org",
        "reply_to": "olga@example.org",
        "message_id": message_id("hello:1"),
        "subject": "[Small2023] Hello Ada & Co",
        "text": "Come http://testserver en\n",
        "state": "waiting",
        "created_at": now,
        "next_try_at": now,
        "expires_at": now + timedelta(days=1),
        "html": "",
        "thread": "",
        "attachment": "",
        "calendar": "",
        "lease_until": None,
        "attempts": 0,
        "sent_at": None,
        "reason": "",
    }


def test_post_letter_twice_keeps_the_first(draft: Draft, now: datetime) -> None:
    first = post_letter(draft, now=now)
    second = post_letter(replace(draft, context={"word": "Stay"}), now=now + timedelta(hours=1))
    assert (second.pk, second.text, second.created_at) == (first.pk, first.text, now)
    assert Letter.objects.count() == 1


def test_post_letter_speaks_the_language_of_its_reader(draft: Draft, now: datetime) -> None:
    draft.user.language = "de"
    assert post_letter(draft, now=now).text == "Come http://testserver de\n"


def test_post_letter_without_a_tag_has_no_brackets(draft: Draft, now: datetime) -> None:
    assert post_letter(replace(draft, tag=""), now=now).subject == "Hello Ada & Co"


def test_post_text_twice_keeps_the_first(db: None, now: datetime) -> None:
    words = {"kind": "test", "to_email": "ada@example.org", "subject": "Hello", "now": now}
    first = post_text(key="one", text="First", **words)
    assert post_text(key="one", text="Second", **words) == first
    assert list(Letter.objects.values_list("key", "text")) == [("one", "First")]


def test_post_text_cuts_a_subject_that_is_too_long(db: None, now: datetime) -> None:
    post_text(key="one", kind="test", to_email="ada@example.org", subject="x" * 300, text="", now=now)
    assert Letter.objects.get().subject == "x" * 250


def test_message_id_follows_from_the_key_alone(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "The Seminar <seminar@uni.example>"
    assert message_id("topic:7") == message_id("topic:7") == "<c7f0b0eb2d5da19154d2b8aa21f5acf6@uni.example>"
    assert message_id("topic:7") != message_id("topic:8")
