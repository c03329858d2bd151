"""Which version counts, what is declared with it, and what the public may read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from courses.models import HistoryEntry
from notifications.models import Letter
from reviews.models import Review
from reviews.queries import round_of, works
from seminar.services.demo import demo_notebook
from seminar.services.invariants import broken_invariants
from submissions.domain.declarations import declared, missing
from submissions.models import Publication, Submission, UploadSlot, Version
from submissions.queries import latest_versions, upload_work
from submissions.services import publish
from tests.factories.files import notebook, pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World

SignIn = Callable[..., Client]
BEFORE = datetime(2023, 12, 8, 12, 0, tzinfo=UTC)
TOO_LATE = datetime(2023, 12, 8, 23, 0, tzinfo=UTC)  # 00:00 in Berlin
JSON = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(BEFORE, tick=False)


def hand_in(world: World, words: str, name: str = "anna", at: datetime = BEFORE) -> Version:
    row = world.row(name)
    return receive_upload(world.slot("slides"), row, pdf(words=words), uploaded_by=row.user, arrived_at=at)


def counting(world: World) -> Version:
    slot, row = world.slot("slides"), world.row("anna")
    return latest_versions([slot], [row.pk])[slot.pk, row.pk]


def choice(world: World, version: Version) -> str:
    return world.url(f"submissions/versions/{version.receipt}/choice/")


# --- which one counts ---------------------------------------------------------------------------------------------


def test_version_choose_lets_an_earlier_one_count_and_tells(world: World, signed_in: SignIn) -> None:
    first, second = hand_in(world, "one"), hand_in(world, "two", at=BEFORE - timedelta(hours=1))
    assert counting(world) == second
    client = signed_in(world.people["anna"])
    for _twice in range(2):
        assert client.post(choice(world, first)).status_code == 302
    assert counting(world) == first
    assert Letter.objects.filter(key__startswith=f"chosen:{first.receipt}").count() == 1
    assert HistoryEntry.objects.get(subject="version that counts").old == "slides: 2"
    page = client.get(world.url(f"submissions/versions/{second.receipt}/")).text
    assert "does not count" in page
    work = upload_work([world.milestone("m2")], [world.row("anna").pk])
    assert work[world.milestone("m2").pk, world.row("anna").pk].at == first.received_at
    assert broken_invariants() == []


def test_version_choose_of_the_newest_undoes_the_choice_and_so_does_a_new_version(
    world: World, signed_in: SignIn
) -> None:
    first, second = hand_in(world, "one"), hand_in(world, "two")
    client = signed_in(world.people["anna"])
    client.post(choice(world, first))
    client.post(choice(world, second))
    assert Submission.objects.get().chosen is None
    client.post(choice(world, first))
    assert hand_in(world, "three") == counting(world)
    client.post(choice(world, first))
    assert hand_in(world, "three").number == 3  # the same bytes: the same receipt, and it counts again
    assert counting(world).number == 3


def test_version_choose_after_the_deadline_is_refused_to_students_and_open_to_organizers(
    world: World, signed_in: SignIn, time_machine: Any
) -> None:
    first = hand_in(world, "one")
    second = hand_in(world, "two")
    time_machine.move_to(TOO_LATE, tick=False)
    client = signed_in(world.people["anna"])
    assert client.post(choice(world, first)).status_code == 403
    assert "Let this version count" not in client.get(world.url(f"submissions/versions/{first.receipt}/")).text
    assert counting(world) == second
    assert signed_in(world.people["olga"]).post(choice(world, first)).status_code == 302
    assert counting(world) == first


def test_a_refused_upload_leaves_the_chosen_version_in_force_and_says_so(world: World, signed_in: SignIn) -> None:
    first = hand_in(world, "one")
    hand_in(world, "two")
    client = signed_in(world.people["anna"])
    client.post(choice(world, first))
    sent = client.post(world.url(f"submissions/{world.slot('slides').pk}/"), {"file": notebook()}, headers=JSON)
    assert (sent.status_code, sent.json()["code"]) == (400, "wrong_type")
    assert "Version 1 stays in force." in sent.json()["message"]
    assert counting(world) == first


def test_a_reviewer_gets_the_version_that_counts(world: World, signed_in: SignIn) -> None:
    row, slot = world.row("carla"), world.slot("notebook")
    first, _second = (
        receive_upload(slot, row, notebook(title=title), uploaded_by=row.user, arrived_at=BEFORE)
        for title in ("one", "two")
    )
    signed_in(row.user).post(choice(world, first))
    review = Review.objects.create(
        round=round_of(world.seminar), reviewer=world.row("anna"), author=row, assigned_at=BEFORE
    )
    assert works([review]) == [(review, first)]


# --- what is declared ----------------------------------------------------------------------------------------------


def test_declared_keeps_only_what_was_asked_for() -> None:
    sent = {"own_work": "yes", "sources": " the paper ", "publication": "CC-BY-4.0", "more": "x"}
    assert declared(["sources", "publication"], sent) == {"sources": "the paper", "publication": "CC-BY-4.0"}
    assert declared(["publication"], {"publication": "all rights reserved"}) == {}
    assert len(declared(["sources"], {"sources": "x" * 9999})["sources"]) == 2000


def test_missing_never_names_the_consent() -> None:
    assert missing(["own_work", "sources", "publication"], {}) == ["own_work", "sources"]
    assert missing(["own_work"], {"own_work": "yes"}) == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "own_work_missing"),
        ({"own_work": "yes"}, "sources_missing"),
        ({"own_work": "yes", "sources": "  "}, "sources_missing"),
    ],
)
def test_submission_edit_without_a_declaration_is_refused(
    world: World, signed_in: SignIn, sent: dict[str, str], code: str
) -> None:
    UploadSlot.objects.filter(key="slides").update(declarations=["own_work", "sources"])
    client, address = signed_in(world.people["anna"]), world.url(f"submissions/{world.slot('slides').pk}/")
    refused = client.post(address, {"file": pdf(), **sent}, headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, code)
    assert Version.objects.count() == 0
    page = client.post(address, {"file": pdf(), **sent, "publication": "MIT"})
    assert page.status_code == 400


def test_submission_edit_keeps_declarations_and_offers_them_again(world: World, signed_in: SignIn) -> None:
    UploadSlot.objects.filter(key="slides").update(declarations=["own_work", "sources", "publication"])
    client, address = signed_in(world.people["anna"]), world.url(f"submissions/{world.slot('slides').pk}/")
    sent = {"own_work": "yes", "sources": "Ho et al. <2020>", "publication": "MIT"}
    assert client.post(address, {"file": pdf(), **sent}).status_code == 302
    version = Version.objects.get()
    assert version.declared == sent
    receipt = client.get(world.url(f"submissions/receipts/{version.receipt}/")).text
    assert "Ho et al. &lt;2020&gt;" in receipt
    again = client.get(address).text
    assert "Ho et al. &lt;2020&gt;</textarea>" in again
    assert '<option selected value="MIT">' in again


# --- the wrong file ------------------------------------------------------------------------------------------------


def test_submission_edit_catches_somebody_elses_file_by_its_name(world: World, signed_in: SignIn) -> None:
    client, address = signed_in(world.people["anna"]), world.url(f"submissions/{world.slot('slides').pk}/")
    other = world.row("boris").user.family_name
    name = f"Topic01_{other}_Slides.pdf"
    refused = client.post(address, {"file": pdf(name)}, headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (400, "wrong_person")
    assert other in refused.json()["message"]
    page = client.post(address, {"file": pdf(name)}).text
    assert "It is the right file, whatever its name says" in page
    assert client.post(address, {"file": pdf(name), "insists": "yes"}, headers=JSON).status_code == 200
    assert Version.objects.get().canonical_name.split("_")[1] == "Grossmann"


# --- what is public ------------------------------------------------------------------------------------------------


def consented(world: World, licence: str = "CC-BY-4.0") -> Version:
    UploadSlot.objects.filter(key="notebook").update(declarations=["publication"])
    row = world.row("anna")
    file = SimpleUploadedFile("work.ipynb", demo_notebook("A tutorial"))
    return receive_upload(
        world.slot("notebook"),
        row,
        file,
        uploaded_by=row.user,
        arrived_at=BEFORE,
        declared={"publication": licence} if licence else {},
    )


def test_publication_is_read_by_anybody_and_opens_in_colab(world: World, signed_in: SignIn) -> None:
    version, organizer = consented(world), signed_in(world.people["olga"])
    nobody, home = Client(), world.url(f"works/{version.receipt}/")
    assert nobody.get(home).status_code == 404
    assert organizer.post(world.url(f"submissions/versions/{version.receipt}/publication/")).status_code == 302
    page = nobody.get(home).text
    file = f"http%3A%2F%2Ftestserver{world.url(f'works/{version.receipt}/file/')}".replace("/seminars", "%2Fseminars")
    assert f"https://colab.research.google.com/#fileId={file.replace('/', '%2F')}" in page
    assert "https://creativecommons.org/licenses/by/4.0/" in page
    download = nobody.get(world.url(f"works/{version.receipt}/file/"))
    assert download["Access-Control-Allow-Origin"] == "*"
    assert b"".join(download.streaming_content) == demo_notebook("A tutorial")
    assert home in nobody.get(world.url("works/")).text
    assert world.url("works/") in nobody.get(world.url("")).text
    assert broken_invariants() == []


def test_publication_is_taken_back_by_its_author_at_any_time(
    world: World, signed_in: SignIn, time_machine: Any
) -> None:
    version, olga = consented(world), world.people["olga"]
    assert olga is not None
    publish(version, by=olga, now=BEFORE)
    time_machine.move_to(BEFORE + timedelta(days=400), tick=False)
    author = signed_in(world.people["anna"])
    assert author.post(world.url(f"submissions/versions/{version.receipt}/publication/end/")).status_code == 302
    for path in ("", "frame/", "file/"):
        assert Client().get(world.url(f"works/{version.receipt}/{path}")).status_code == 404
    assert HistoryEntry.objects.filter(subject="publication").count() == 2


def test_publication_without_consent_is_refused(world: World, signed_in: SignIn) -> None:
    version = consented(world, licence="")
    refused = signed_in(world.people["olga"]).post(
        world.url(f"submissions/versions/{version.receipt}/publication/"), headers=JSON
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "no_consent")
    assert Publication.objects.count() == 0
