"""Receiving files: whole or not at all, judged by the instant, answered with a receipt."""

from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.domain.refusals import Refusal
from notifications.models import Letter
from submissions.models import Version
from tests.factories.files import notebook, pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from topics.services import assign_topic

LAST = datetime(2023, 12, 8, 22, 59, 59, 999000, tzinfo=UTC)  # 23:59:59.999 in Berlin
TOO_LATE = datetime(2023, 12, 8, 23, 0, tzinfo=UTC)


def send(world: World, file: SimpleUploadedFile | None, at: datetime = LAST, key: str = "slides") -> Version:
    anna = world.row("anna")
    return receive_upload(world.slot(key), anna, file, uploaded_by=anna.user, arrived_at=at)


def test_receive_upload_in_the_last_millisecond_is_on_time(world: World) -> None:
    version = send(world, pdf())
    assert (version.number, version.on_time, version.received_at) == (1, True, LAST)
    with default_storage.open(version.stored_name) as stored:
        assert stored.read().startswith(b"%PDF-")
    assert Letter.objects.filter(key=f"receipt:{version.receipt}").count() == 1


def test_receive_upload_after_the_deadline_is_refused_and_keeps_the_earlier_one(world: World) -> None:
    first = send(world, pdf())
    with pytest.raises(Refusal) as refused:
        send(world, pdf(words="Another"), at=TOO_LATE)
    assert (refused.value.code, refused.value.status) == ("deadline_passed", 403)
    assert "Version 1 stays in force" in refused.value.message
    assert list(Version.objects.all()) == [first]


def test_receive_upload_late_is_marked_where_the_milestone_says_so(world: World) -> None:
    version = send(world, notebook(), at=datetime(2024, 2, 10, 8, 0, tzinfo=UTC), key="notebook")
    assert version.on_time is False


def test_receive_upload_twice_gives_the_same_receipt(world: World) -> None:
    assert send(world, pdf()).receipt == send(world, pdf()).receipt
    assert Version.objects.count() == 1


def test_receive_upload_of_a_new_file_makes_a_version_and_keeps_the_old(world: World) -> None:
    old, new = send(world, pdf()), send(world, pdf(words="Better"))
    assert (old.number, new.number) == (1, 2)
    assert default_storage.exists(old.stored_name)


def test_receive_upload_names_the_file_after_topic_and_family(world: World, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(3), reason="", actor=world.row("olga").user, now=now)
    version = send(world, notebook("Untitled (3).ipynb"), key="notebook")
    assert version.canonical_name == "Topic03_Grossmann_GeometricLatentDiffusionModelsFor3DMoleculeGeneration.ipynb"
    assert version.original_name == "Untitled (3).ipynb"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("slides.pptx", b"PK", "wrong_type"),
        ("slides.pdf", b"", "file_empty"),
        ("slides.pdf", b"<html></html>", "not_a_pdf"),
        ("slides.pdf", b"%PDF-1.7 and then nothing", "pdf_cut_off"),
        ("slides.pdf", b"%PDF-" + b"x" * 2_100_000, "too_large"),
    ],
)
def test_receive_upload_of_a_bad_file_says_what_is_wrong(world: World, name: str, data: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        send(world, SimpleUploadedFile(name, data))
    assert refused.value.code == code
    assert refused.value.message.endswith("Nothing has been handed in yet.")
    assert not Version.objects.exists()


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"cells": []}', b"[" * 200_000])
def test_receive_upload_of_a_broken_notebook_is_refused(world: World, data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        send(world, SimpleUploadedFile("work.ipynb", data), key="notebook")
    assert refused.value.code in {"notebook_unreadable", "not_a_notebook"}


def test_receive_upload_leaves_nothing_behind_when_it_is_refused(world: World) -> None:
    with pytest.raises(Refusal):
        send(world, SimpleUploadedFile("slides.pdf", b"no pdf"))
    assert default_storage.listdir("incoming")[1] == []


def test_receive_upload_with_an_extension_counts_until_its_own_end(world: World, now: datetime) -> None:
    from milestones.services import grant_extension

    day = datetime(2023, 12, 12, 23, 59)
    organizer = world.row("olga").user
    milestone = world.milestone("m2")
    grant_extension(
        milestone, world.row("anna"), due_date=day.date(), due_time=day.time(), reason="ill", actor=organizer, now=now
    )
    assert send(world, pdf(), at=datetime(2023, 12, 12, 22, 59, 59, tzinfo=UTC)).on_time
