"""Writing a letter: once per key, in the reader's language, under a Message-ID that never changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.services import ensure_user
from notifications.models import Letter
from notifications.services import Draft, as_mail, message_id, post_letter, post_text


@pytest.fixture
def draft(db: None, settings: Any, tmp_path: Path) -> Draft:
    """To Ada, with a template whose subject runs over two lines."""
    (tmp_path / "hello_subject.txt").write_text(
        "{% autoescape off %}Hello\n  {{ user.name }} & Co\n{% endautoescape %}"
    )
    (tmp_path / "hello_message.txt").write_text(
        "\n{{ word }} {{ base_url }} {% get_current_language as code %}{{ code }}\n"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
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
    html = fields.pop("html").replace("\n", "")
    assert '<p>Come <a href="http://testserver">http://testserver</a> en</p>' in html
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
        "frozen": False,
        "thread": "",
        "about": "",
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
    assert Letter.objects.get().subject == "x" * 249 + "…"


def test_message_id_follows_from_the_key_alone(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "The Seminar <seminar@uni.example>"
    assert message_id("topic:7") == message_id("topic:7") == "<c7f0b0eb2d5da19154d2b8aa21f5acf6@uni.example>"
    assert message_id("topic:7") != message_id("topic:8")


def thread_of(draft: Draft, now: datetime, **fields: Any) -> str:
    return post_letter(replace(draft, **fields), now=now).thread


def test_post_letter_about_the_same_thing_follows_the_first_one(draft: Draft, now: datetime) -> None:
    ben = ensure_user("ben@example.org")
    about = {"about": "milestone:7"}
    assert [
        thread_of(draft, now, key="one", **about),
        thread_of(draft, now, key="two", **about),
        thread_of(draft, now, key="three", **about),
        thread_of(draft, now, key="other thing", about="milestone:8"),
        thread_of(draft, now, key="other seminar", scope="other", **about),
        thread_of(draft, now, key="other person", user=ben, **about),
        thread_of(draft, now, key="nothing"),
        thread_of(draft, now, key="named", thread="two", **about),
    ] == ["", message_id("one"), message_id("one"), "", "", "", "", message_id("two")]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("small", {"List-Id": "<small.localhost>", "Precedence": "bulk"}), ("", {"List-Id": None, "Precedence": None})],
)
def test_as_mail_names_the_list_of_a_seminars_letter(draft: Draft, now: datetime, scope: str, expected: Any) -> None:
    letter = post_letter(replace(draft, scope=scope), now=now)
    message = as_mail(replace_thread(letter)).message()
    assert {name: message[name] for name in expected} == expected
    assert (message["In-Reply-To"], message["References"]) == ("<first@localhost>", "<first@localhost>")
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def replace_thread(letter: Letter) -> Letter:
    letter.thread = "<first@localhost>"
    return letter


def test_post_letter_to_somebody_with_a_hostile_name_has_one_subject_and_no_markup(draft: Draft, now: datetime) -> None:
    draft.user.display_name = 'Eve\r\nBcc: all@example.org\n\n<script src="https://evil.example/x.js">\x1b[2J'
    letter = post_letter(replace(draft, context={"word": draft.user.display_name}), now=now)
    assert letter.subject.startswith("[Small2023] Hello Eve Bcc: all@example.org <script")
    assert as_mail(letter).message()["Bcc"] is None
    assert ("<script" in letter.html, "\x1b" in letter.text + letter.html) == (False, False)
