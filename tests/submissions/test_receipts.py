"""Receipts that anybody can check, and files that an organizer hands in for somebody."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.signing import Signer
from django.test import Client

from milestones.queries import general_deadline
from notifications.models import Letter
from submissions.models import Version
from submissions.services import receipts, signature_of
from tests.factories.files import notebook, pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World

SignedIn = Callable[..., Client]


@pytest.fixture
def version(world: World, now: datetime) -> Version:
    row = world.row("anna")
    return receive_upload(world.slot("slides"), row, pdf(words="Anna's"), uploaded_by=row.user, arrived_at=now)


def address(version: Version, signature: str | None = None) -> str:
    return f"/receipts/{version.receipt}/?signature={signature_of(version) if signature is None else signature}"


def files() -> set[Path]:
    return {path for path in Path(default_storage.path("")).rglob("*") if path.is_file()}


# --- checking -------------------------------------------------------------------------------------------------


def test_receipt_check_says_what_was_received_and_names_nobody(version: Version) -> None:
    page = Client().get(address(version))
    assert page.status_code == 200
    assert "Fri 27 Oct 2023, 17:00 CEST</strong>, on time" in page.text
    assert version.sha256 in page.text
    for name in ("Anna", "Großmann", "anna@", "small", "Slides", version.canonical_name):
        assert name not in page.text


@pytest.mark.parametrize("signature", ["", "x", "A" * 43])
def test_receipt_check_without_the_signature_answers_like_no_receipt(version: Version, signature: str) -> None:
    answers = [
        Client().get(address(version, signature)),
        Client().get(f"/receipts/00000000-0000-0000-0000-000000000007/?signature={signature}"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_receipt_check_with_the_signature_of_another_receipt_finds_nothing(world: World, version: Version) -> None:
    other = receive_upload(
        world.slot("slides"),
        world.row("boris"),
        pdf(),
        uploaded_by=world.row("boris").user,
        arrived_at=version.received_at,
    )
    assert Client().get(address(version, signature_of(other))).status_code == 404


@pytest.mark.parametrize("change", [{"on_time": False}, {"sha256": "0" * 64}, {"received_at": "2023-10-27T14:59:59Z"}])
def test_a_receipt_whose_row_was_changed_is_not_genuine_any_more(version: Version, change: dict[str, Any]) -> None:
    before = address(version)
    Version.objects.filter(pk=version.pk).update(**change)
    assert Client().get(before).status_code == 404


def test_a_receipt_outlives_a_new_key(version: Version, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before, old = address(version), settings.SECRET_KEY
    monkeypatch.setattr(receipts, "SIGNER", Signer(key="new", salt="submissions.receipt", sep=" ", fallback_keys=[old]))
    assert Client().get(before).status_code == 200
    monkeypatch.setattr(receipts, "SIGNER", Signer(key="new", salt="submissions.receipt", sep=" ", fallback_keys=[]))
    assert Client().get(before).status_code == 404


@pytest.mark.parametrize(("words", "sentence"), [("Anna's", "This is the file"), ("Forged", "This is another file")])
def test_receipt_check_compares_a_file_and_keeps_nothing(version: Version, words: str, sentence: str) -> None:
    before = files()
    page = Client().post(address(version), {"file": pdf(words=words)})
    assert (page.status_code, sentence in page.text) == (200, True)
    assert files() == before


def test_receipt_detail_and_the_letter_show_the_address(version: Version, world: World, signed_in: SignedIn) -> None:
    link = f"/receipts/{version.receipt}/?signature={signature_of(version)}"
    page = signed_in(world.people["anna"]).get(world.url(f"submissions/receipts/{version.receipt}/")).text
    assert f'href="{link}"' in page
    assert f"http://testserver{link}" in Letter.objects.get(kind="upload_received").text


# --- on behalf ------------------------------------------------------------------------------------------------


def hand_in(client: Client, world: World, **fields: Any) -> Any:
    url = world.url(f"submissions/{world.slot('slides').pk}/for-a-student/")
    return client.post(url, {"participant": world.row("anna").pk, "file": pdf(), **fields})


def test_submission_create_after_the_deadline_is_accepted_and_marked(world: World, signed_in: SignedIn) -> None:
    closes = general_deadline(world.milestone("m2")).closes
    assert closes is not None
    with time_machine.travel(closes + timedelta(minutes=1), tick=False):
        client = signed_in(world.people["olga"])
        answer = hand_in(client, world)
        version = Version.objects.get()
        assert answer.url == world.url(f"submissions/receipts/{version.receipt}/")
        assert "<dd>Olga Organizer</dd>" in client.get(answer.url).text
    assert (version.on_time, version.submission.participant) == (False, world.row("anna"))
    letter = Letter.objects.get(kind="upload_received")
    assert (letter.to_email, "Olga Organizer has handed it in for you." in letter.text) == ("anna@example.org", True)


def test_submission_create_twice_is_one_version(world: World, signed_in: SignedIn, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        client = signed_in(world.people["olga"])
        assert hand_in(client, world).url == hand_in(client, world).url
    assert Version.objects.count() == 1


def test_submission_create_of_a_wrong_type_keeps_what_is_in_force(
    world: World, signed_in: SignedIn, version: Version, now: datetime
) -> None:
    with time_machine.travel(now, tick=False):
        answer = hand_in(signed_in(world.people["olga"]), world, file=notebook())
    assert (answer.status_code, "This is not a .pdf file" in answer.text) == (400, True)
    assert "Version 1 stays in force." in answer.text


@pytest.mark.parametrize("name", ["apply", "gone", "olga", "other_student"])
def test_submission_create_is_for_admitted_students_of_the_seminar(
    world: World, signed_in: SignedIn, name: str
) -> None:
    user = world.people[name]
    assert user is not None
    row = user.participations.first()
    assert hand_in(signed_in(world.people["olga"]), world, participant=row.pk).status_code == 400
    assert Version.objects.count() == 0


def test_a_students_own_late_upload_is_still_refused(world: World, version: Version) -> None:
    closes = general_deadline(world.milestone("m2")).closes
    assert closes is not None
    row = world.row("anna")
    with pytest.raises(Exception, match="has passed; this file was not accepted"):
        receive_upload(
            world.slot("slides"),
            row,
            pdf(words="later"),
            uploaded_by=row.user,
            arrived_at=closes + timedelta(seconds=1),
        )
