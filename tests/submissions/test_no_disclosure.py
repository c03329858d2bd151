"""Swapping the id in the address of a file tells nothing: the answer is the one for an id that does not exist, byte for byte."""

import json
import re
import zipfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signing import Signer, TimestampSigner
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import ensure_user
from courses.models import Participant, ParticipantState, Role, Seminar
from notifications.models import Letter
from reviews import services as reviews_services
from reviews.models import Review
from reviews.queries import round_of
from reviews.services import deliver_review, hand_over_together, save_review
from seminar.services import withdraw
from seminar.services.generated import addresses
from submissions.domain import render_notebook
from submissions.models import SimilarityCase, UploadSlot, Version
from submissions.services import (
    MAX_PICTURE_AGE,
    comparing,
    derived,
    files,
    publish,
    reading,
    signature_of,
    withdraw_publication,
)
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.files.corpus_honest import png
from tests.reviews.test_services import WRITING, the_round

pytestmark = pytest.mark.once

SignIn = Callable[..., Client]
UPLOADED = datetime(2024, 2, 9, 12, 0, tzinfo=UTC)

# name of an address → method; what stands in it is a version's receipt, a review's number, or a case's
OF_VERSIONS = {
    "submissions:version_download": "GET",
    "submissions:version_detail": "GET",
    "submissions:version_frame": "GET",
    "submissions:version_diff": "GET",
    "submissions:version_choose": "POST",
    "submissions:receipt_detail": "GET",
    "submissions:publication_create": "POST",
    "submissions:publication_delete": "POST",
    "submissions:work_detail": "GET",
    "submissions:work_frame": "GET",
    "submissions:work_download": "GET",
    "submissions:similarity_detail": "GET",
    "receipt_check": "GET",
}
OF_WRITING = {
    "reviews:review_detail": "GET",
    "reviews:review_edit": "GET",
    "reviews:document_download": "GET",
    "reviews:work_download": "GET",
    "reviews:work_frame": "GET",
    "reviews:form_edit": "GET",
    "reviews:form_download": "GET",
    "reviews:length_detail": "GET",
}
OF_REVIEWS = OF_WRITING | {"reviews:work_diff": "GET", "reviews:rating_edit": "GET"}  # the latter once it is delivered
OF_POINTS = {"reviews:point_edit": "GET"}
OF_CASES = {"submissions:case_edit": "GET"}
ADDRESSES = OF_VERSIONS | OF_REVIEWS | OF_POINTS | OF_CASES
PEOPLE = (
    *("anna", "boris", "carla", "dana", "left", "apply", "wait", "gone", "outsider", "anonymous"),
    *("olga", "otto", "other_student", "other_organizer", "both"),
)


@dataclass
class House:
    """Two seminars with files, reviews and cases; `things` and `nothing`: key → id, of what is there and of what is not."""

    world: World
    versions: dict[str, Version] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    cases: dict[str, SimilarityCase] = field(default_factory=dict)

    def ids(self, name: str) -> dict[str, Any]:
        if name in OF_VERSIONS:
            return {key: version.receipt for key, version in self.versions.items()}
        if name in OF_POINTS:
            return {"of anna": self.reviews["of anna"].points.get(number=1).pk}
        rows: dict[str, Any] = {**self.reviews} if name in OF_REVIEWS else {**self.cases}
        return {key: row.pk for key, row in rows.items()}


@pytest.fixture(autouse=True)
def _reads_in_this_process(time_machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read of a file is not the matter here, but that there is something to be read."""

    def said_by(_script: str, path: str, *_words: str) -> str:
        return json.dumps(render_notebook.rendered(Path(path).read_bytes(), {}))

    monkeypatch.setattr(reading, "said_by", said_by)
    for module in (derived, comparing):
        monkeypatch.setattr(module, "said_by", lambda *_arguments: None)
    monkeypatch.setattr(files, "content_problem", lambda *_arguments: "")
    monkeypatch.setattr(reviews_services, "review_pdf", lambda review, _reader: f"%PDF-1.7 {review}".encode())
    monkeypatch.setattr(reviews_services, "pages_of", lambda _review, _reader: 1)
    time_machine.move_to(WRITING, tick=False)


def work(title: str) -> SimpleUploadedFile:
    """A notebook that says its title and has a picture of its own."""
    picture = b64encode(png(len(title), 9)).decode()
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}
    code = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": title, "outputs": [output]}
    text = {"cell_type": "markdown", "metadata": {}, "source": f"# {title}"}
    book = {"cells": [text, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return SimpleUploadedFile("work.ipynb", json.dumps(book).encode())


def hand_in(row: Participant, title: str) -> Version:
    slot = UploadSlot.objects.select_related("milestone__seminar").get(milestone__seminar=row.seminar, key="notebook")
    declared = {"publication": "CC-BY-4.0"}
    return receive_upload(slot, row, work(title), uploaded_by=row.user, arrived_at=UPLOADED, declared=declared)


def row_of(seminar: Seminar, user: User | None) -> Participant:
    return Participant.objects.select_related("user", "seminar").get(seminar=seminar, user=user)


def change(row: Participant, state: str) -> None:
    row.state = state
    row.save()


@pytest.fixture
def house(world: World) -> House:
    """`left` is a student who has withdrawn after handing in and beginning a review; otto has been an organizer; both is a
    student of the one seminar and organizes the other."""
    User.objects.update(language="en")
    UploadSlot.objects.update(declarations=["publication"])
    organizer, olga = world.people["other_organizer"], world.people["olga"]
    assert organizer
    assert olga
    admitted = {"state": ParticipantState.ADMITTED, "entered_at": WRITING}
    for name in ("left", "both"):
        world.people[name] = ensure_user(f"{name}@example.org", given_names="Lea", family_name=f"Name{name}")
        Participant.objects.create(seminar=world.seminar, user=world.people[name], **admitted)
    Participant.objects.create(seminar=world.other, user=world.people["both"], role=Role.ORGANIZER, **admitted)
    house = House(world)
    for name in ("anna", "boris", "left", "dana"):
        house.versions[name] = hand_in(world.row(name), f"Work of {name}")
    house.versions["anna again"] = hand_in(world.row("anna"), "Second work of anna")
    house.versions["abroad"] = hand_in(row_of(world.other, world.people["other_student"]), "Work from abroad")
    publish(house.versions["dana"], by=olga, now=UPLOADED)
    there = Participant.objects.filter(seminar=world.other, role=Role.STUDENT, state=ParticipantState.ADMITTED)
    pairs = {
        "of boris": (world.row("anna"), world.row("boris")),
        "of anna": (world.row("boris"), world.row("anna")),
        "of dana": (world.row("left"), world.row("dana")),
        "abroad": (
            there.exclude(user=world.people["other_student"])[0],
            house.versions["abroad"].submission.participant,
        ),
    }
    for number, (key, (reviewer, author)) in enumerate(pairs.items()):
        about = {"round": round_of(reviewer.seminar), "reviewer": reviewer, "author": author, "assigned_at": UPLOADED}
        house.reviews[key] = Review.objects.create(pk=700_000 + number, **about)
    for key in ("of anna", "of dana"):
        begin(house.reviews[key], deliver=key == "of anna")
    for number, (first, second, seminar) in enumerate(
        (("anna", "boris", world.seminar), ("abroad", "dana", world.other))
    ):
        seen = {"first": house.versions[first], "second": house.versions[second], "opened_by": organizer}
        evidence = {"score": 0.9, "text_score": 0.1, "passages": []}
        house.cases[first] = SimilarityCase.objects.create(
            pk=800_000 + number, seminar=seminar, opened_at=UPLOADED, evidence=evidence, **seen
        )
    change(world.row("left"), ParticipantState.WITHDRAWN)
    change(world.row("otto"), ParticipantState.WITHDRAWN)
    return house


def begin(review: Review, *, deliver: bool) -> Review:
    texts = {prompt.pk: "Plot it." for prompt in review.round.prompts.all()}
    review = save_review(review, texts, revision=0, arrived_at=WRITING)
    return deliver_review(review, arrived_at=WRITING, now=WRITING) if deliver else review


# --- what is asked and what is answered ---------------------------------------------------------------------


def path_of(name: str, slug: str, thing: Any) -> str:
    return reverse(name, args=[thing] if name == "receipt_check" else [slug, thing])


def nothing(name: str) -> Any:
    """An id as long as those that exist."""
    return "00000000-0000-4000-8000-000000000007" if name in OF_VERSIONS else 799_999


def ask(client: Client, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without the tokens that are new each time and without the address that was asked for."""
    response: HttpResponse = client.post(path) if method == "POST" else client.get(path)
    body = response.getvalue().decode("utf-8", "replace")
    for cookie in set(client.cookies) - {"sessionid"}:
        del client.cookies[cookie]
    here = response.wsgi_request.get_full_path()
    body = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", body).replace(escape(here), "HERE")
    headers = {name: re.sub("'nonce-[^']+'", "", value).replace(here, "HERE") for name, value in response.items()}
    headers.pop("Content-Length", "")  # the body says it, and it counts the letters of the address
    return response.status_code, headers, body


def may(house: House, who: str, name: str, slug: str, key: str) -> bool:
    """The rule in a few lines: what is one's own, what one organizes, what one was asked to review, and what is public."""
    home = house.world.other if key == "abroad" else house.world.seminar
    view = name.partition(":")[2]
    organizes = {"olga": "small", "other_organizer": "other", "both": "other"}.get(who) == home.slug
    owner = {"anna again": "anna", "abroad": "other_student"}.get(key, key)
    if name == "receipt_check" or (slug != home.slug and name not in OF_CASES):
        return False
    if name in OF_CASES:
        return organizes and slug == {"abroad": "other", "anna": "small"}[key]
    if view.startswith("work_") and name in OF_VERSIONS:
        return key == "dana"
    if name in OF_VERSIONS:
        possible = {
            "version_diff": key == "anna again" and (organizes or who == owner),
            "version_choose": organizes or (who == owner and who != "left"),
            "publication_create": organizes,
            "similarity_detail": False,  # it needs a second receipt; see below
        }
        return possible.get(view, organizes or who == owner)
    reviewer, author = {
        "of boris": ("anna", "boris"),
        "of anna": ("boris", "anna"),
        "of dana": ("left", "dana"),
        "abroad": ("", "other_student"),
    }[key]
    writes = who == reviewer and who != "left"
    return {
        **dict.fromkeys(
            ("review_detail", "document_download"), writes or organizes or (who == author and key == "of anna")
        ),
        **dict.fromkeys(("review_edit", "form_edit", "form_download", "length_detail"), writes),
        **dict.fromkeys(("rating_edit", "point_edit"), who == author and key == "of anna"),
        "work_diff": key == "of anna" and (writes or organizes or who == author),
    }.get(view, writes or organizes)


def test_no_address_of_a_file_is_forgotten() -> None:
    known = {each["name"] for each in addresses() if "<uuid:receipt>" in each["path"]}
    known |= {
        each["name"] for each in addresses() if re.search(r"/(reviews|reviews/points|cases)/<int:pk>[/.]", each["path"])
    }
    assert known == set(ADDRESSES)


@pytest.mark.parametrize("who", PEOPLE)
def test_id_that_one_may_not_know_of_answers_like_none(house: House, signed_in: SignIn, who: str) -> None:
    client = signed_in(house.world.people[who])
    unlike, shut = [], 0
    for name, method in ADDRESSES.items():
        for slug in ("small", "other") if name != "receipt_check" else ("",):
            nowhere = ask(client, path_of(name, slug, nothing(name)), method)
            opened = [key for key in house.ids(name) if may(house, who, name, slug, key)]
            assert nowhere[0] in ({404} if opened else {302, 403, 404}), (name, slug, nowhere[0])
            for key, thing in house.ids(name).items():
                if key in opened and method == "POST":
                    continue  # it would change what the others see
                there = ask(client, path_of(name, slug, thing), method)
                if key in opened:
                    written = name == "reviews:review_edit" and key == "of anna"  # it leads to what was delivered
                    assert (name, key, there[0]) == (name, key, 302 if written else 200)
                elif there != nowhere:
                    unlike.append((name, slug, key, there[0], nowhere[0]))
                else:
                    shut += 1
    assert unlike == []
    assert shut > 60


@pytest.mark.parametrize("who", ["olga", "other_organizer", "both"])
def test_work_beside_another_is_one_that_the_reader_organizes(house: House, signed_in: SignIn, who: str) -> None:
    """`?with=` names a second work: one may not know of it, either."""
    client, slug = signed_in(house.world.people[who]), "small" if who == "olga" else "other"
    first = house.versions["anna" if who == "olga" else "abroad"]
    page = path_of("submissions:similarity_detail", slug, first.receipt)
    none = ask(client, f"{page}?with={nothing('submissions:version_detail')}")
    answers = {key: ask(client, f"{page}?with={version.receipt}") for key, version in house.versions.items()}
    closed = {"abroad"} if who == "olga" else set(answers)
    assert none[0] == 404
    assert {key for key, answer in answers.items() if answer == none} >= closed
    if who == "olga":
        assert answers["boris"][0] != 404


def test_earlier_version_is_one_of_the_same_work(house: House, signed_in: SignIn) -> None:
    client = signed_in(house.world.people["anna"])
    page = path_of("submissions:version_diff", "small", house.versions["anna again"].receipt)
    none, before = ask(client, f"{page}?since=9"), ask(client, page)
    assert (none[0], before[0]) == (404, 200)
    assert ask(client, f"{page}?since=1")[0] == 200
    for since in ("2", "0", "00002", "٣"):
        assert ask(client, f"{page}?{urlencode({'since': since})}") == none
    for since in ("-1", "1e0", "x", str(house.versions["boris"].receipt), "9" * 20):  # no number: since the one before
        assert ask(client, f"{page}?{urlencode({'since': since})}") == before


@pytest.mark.parametrize("who", ["outsider", "other_student", "anonymous"])
def test_files_of_a_seminar_that_is_not_published_are_like_those_of_none(
    house: House, signed_in: SignIn, who: str
) -> None:
    Seminar.objects.filter(slug="small").update(published=False)
    client = signed_in(house.world.people[who])
    for name, method in ADDRESSES.items():
        if name != "receipt_check":
            for thing in house.ids(name).values():
                hidden, none = (ask(client, path_of(name, slug, thing), method) for slug in ("small", "nosuch"))
                assert (name, hidden) == (name, none)
                assert hidden[0] == 404 or (who, hidden[0]) == ("anonymous", 302)


def test_receipt_check_with_another_signature_is_like_that_of_no_receipt(house: House, client: Client) -> None:
    version, other = house.versions["anna"], house.versions["boris"]
    right, foreign = signature_of(version), signature_of(other)
    none = ask(client, f"/receipts/{nothing('receipt_check')}/?{urlencode({'signature': right})}")
    assert ask(client, f"/receipts/{version.receipt}/?{urlencode({'signature': right})}")[0] == 200
    assert none[0] == 404
    wrong = [
        "",
        foreign,
        right[:-1],
        f"{right}A",
        right.swapcase(),
        f" {right}",
        "\0",
        TimestampSigner().sign(str(version.receipt)),
    ]
    for signature in wrong:
        there = ask(client, f"/receipts/{version.receipt}/?{urlencode({'signature': signature})}")
        none = ask(client, f"/receipts/{nothing('receipt_check')}/?{urlencode({'signature': signature})}")
        assert there == none
    page = client.get(f"/receipts/{version.receipt}/", {"signature": right}).content.decode()
    assert not re.search("Anna|Großmann|Grossmann|Small|example.org", page)


def test_archive_holds_what_its_reader_reviews_and_nothing_else(house: House, signed_in: SignIn) -> None:
    archive = reverse("reviews:archive_download", args=["small"])
    held = {}
    for who in ("anna", "boris"):
        data = signed_in(house.world.people[who]).get(archive).getvalue()
        with zipfile.ZipFile(BytesIO(data)) as bundle:
            held[who] = [re.findall(r"# ([\w ]+)", bundle.read(name).decode()) for name in bundle.namelist()]
    assert held == {"anna": [["Work of boris"]], "boris": [["Second work of anna"]]}
    for who in ("carla", "both"):  # students without a review
        assert ask(signed_in(house.world.people[who]), archive)[0] == 404
    for who in ("left", "apply", "outsider", "otto", "other_organizer"):
        assert ask(signed_in(house.world.people[who]), archive)[0] == 403


# --- rights that end ----------------------------------------------------------------------------------------


def assert_shut(client: Client, names: Iterable[str], thing: Any) -> None:
    """Each address answers as for an id that does not exist, and not as before."""
    for name in names:
        there, nowhere = (ask(client, path_of(name, "small", each)) for each in (thing, nothing(name)))
        assert (name, there) == (name, nowhere)
        assert there[0] in (403, 404)


def assert_open(client: Client, names: Iterable[str], thing: Any) -> None:
    assert {name: ask(client, path_of(name, "small", thing))[0] for name in names} == dict.fromkeys(names, 200)


def test_reviewer_who_withdraws_sees_nothing_from_the_next_request_on(house: House, signed_in: SignIn) -> None:
    client, review = signed_in(house.world.people["anna"]), house.reviews["of boris"]
    assert_open(client, OF_WRITING, review.pk)
    change(house.world.row("anna"), ParticipantState.WITHDRAWN)
    assert_shut(client, OF_REVIEWS, review.pk)
    assert ask(client, reverse("reviews:archive_download", args=["small"]))[0] == 403
    assert_open(client, ["submissions:version_detail"], house.versions["anna"].receipt)  # their own work stays


def test_reviewer_whose_review_was_given_to_another_sees_nothing_any_more(house: House, signed_in: SignIn) -> None:
    client, review = signed_in(house.world.people["anna"]), house.reviews["of boris"]
    assert_open(client, OF_WRITING, review.pk)
    Review.objects.filter(pk=review.pk).update(reviewer=house.world.row("carla"))
    assert_shut(client, OF_REVIEWS, review.pk)
    assert ask(client, reverse("reviews:archive_download", args=["small"]))[0] == 404
    assert_open(signed_in(house.world.people["carla"]), OF_WRITING, review.pk)


def test_reviews_of_an_author_who_leaves_are_closed_to_their_reviewers(house: House, signed_in: SignIn) -> None:
    client, review, olga = signed_in(house.world.people["anna"]), house.reviews["of boris"], house.world.people["olga"]
    assert olga
    assert_open(client, OF_WRITING, review.pk)
    withdraw(house.world.row("boris"), actor=olga, now=WRITING, reason="")
    assert_shut(client, OF_REVIEWS, review.pk)


@pytest.mark.parametrize("state", [ParticipantState.WITHDRAWN, None])
def test_organizer_who_leaves_sees_nothing_from_the_next_request_on(
    house: House, signed_in: SignIn, state: str | None
) -> None:
    client, receipt = signed_in(house.world.people["olga"]), house.versions["anna again"].receipt
    of_versions = [name for name, method in OF_VERSIONS.items() if method == "GET"][:5]
    of_reviews = ["reviews:review_detail", "reviews:work_download", "reviews:work_frame"]
    assert_open(client, of_versions, receipt)
    assert_open(client, of_reviews, house.reviews["of boris"].pk)
    assert_open(client, OF_CASES, house.cases["anna"].pk)
    row = house.world.row("olga")
    if state:
        change(row, state)
    else:
        row.delete()
    assert_shut(client, of_versions, receipt)
    assert_shut(client, of_reviews, house.reviews["of boris"].pk)
    assert_shut(client, OF_CASES, house.cases["anna"].pk)


def test_work_taken_back_is_like_one_that_was_never_public(house: House, client: Client) -> None:
    version, olga = house.versions["dana"], house.world.people["olga"]
    assert olga
    names = ["submissions:work_detail", "submissions:work_frame", "submissions:work_download"]
    assert_open(client, names, version.receipt)
    withdraw_publication(version, by=olga, now=WRITING)
    assert_shut(client, names, version.receipt)
    page = client.get(reverse("submissions:work_list", args=["small"])).content.decode()
    assert "Demir" not in page
    assert str(version.receipt) not in page


# --- pictures -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """The address of a picture as a frame gives it: `/pictures/TOKEN/NAME`, and the folder that it lies in."""

    token: str
    name: str

    @property
    def folder(self) -> str:
        return unquote(self.token).partition(":")[0].replace("~", "/")


@pytest.fixture
def pictures(house: House, signed_in: SignIn) -> dict[str, Picture]:
    """By whose work they are."""
    found = {}
    for name in ("anna", "boris"):
        frame = path_of("submissions:version_frame", "small", house.versions[name].receipt)
        page = signed_in(house.world.people[name]).get(frame).content.decode()
        addresses_of_pictures = re.findall(r'<img src="/pictures/([^"/]+)/([^"/]+)"', page)
        found[name] = Picture(*addresses_of_pictures[0])
    assert found["anna"].name != found["boris"].name
    return found


def test_picture_is_for_those_who_were_given_its_address(pictures: dict[str, Picture], client: Client) -> None:
    for picture in pictures.values():
        response = client.get(f"/pictures/{picture.token}/{picture.name}")
        assert (response.status_code, response["Content-Type"]) == (200, "image/png")
        assert response.getvalue().startswith(b"\x89PNG")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        assert response["Content-Disposition"] == f'inline; filename="{picture.name}"'


def tampered(mine: Picture, other: Picture) -> Iterator[str]:
    """Tokens that this server never gave for a folder, with the name of a picture that is there."""
    folder, time, signature = unquote(mine.token).split(":")
    foreign = unquote(other.token).split(":")[0]
    yield f"{foreign}:{time}:{signature}"
    yield f"{folder}:{time}:{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}"
    yield f"{folder}:{time}:{signature.swapcase()}"
    yield f"{folder}:{time[:-1]}z:{signature}"
    yield f"{folder}:{time}:"
    yield f"{folder}:{signature}"
    yield folder
    yield "forged"
    for wrong in (f"{folder}~..", f"..~{folder}", "..", "../..", f"/{folder}", f"{folder}\0", f"{folder}~."):
        yield f"{wrong}:{time}:{signature}"
    for salt in ("submissions.receipt", "django.core.signing", "", "submissions.reading" + "signer"):
        yield TimestampSigner(salt=salt).sign(folder)
    yield Signer(salt="submissions.receipt").sign(folder)
    yield TimestampSigner(key="another key of another server", salt="submissions.reading").sign(folder)


def test_picture_with_a_token_that_was_not_given_is_not_found(pictures: dict[str, Picture], client: Client) -> None:
    mine, other = pictures["anna"], pictures["boris"]
    assert TimestampSigner(salt="submissions.reading").unsign(unquote(mine.token)) == mine.folder.replace("/", "~")
    none = ask(client, "/pictures/forged/none.png")
    assert none[0] == 404
    tokens = list(tampered(mine, other))
    for token in tokens:
        for name in (mine.name, other.name):
            assert (token, ask(client, f"/pictures/{quote(token, safe=':~')}/{name}")) == (token, none)
    assert len(tokens) > 15


def names_of_other_files(mine: Picture, other: Picture) -> Iterator[str]:
    """Names of files that are there, but are no pictures of this folder."""
    up = "../" * (mine.folder.count("/") + 1)
    yield from (path.name for path in Path(default_storage.path(mine.folder)).iterdir() if path.name != mine.name)
    yield from ("", ".", "..", "%2e", "%2e%2e", "%2e%2e/", "META.JSON", "meta%2ejson")
    yield other.name
    for step in (f"{up}{other.folder}/", f"{up}{mine.folder}/"):
        for name in (other.name, mine.name, "meta.json"):
            yield f"{step}{name}"
            yield quote(f"{step}{name}", safe="")
            yield f"{step}{name}".replace("..", "%2e%2e")
    absolute = default_storage.path(mine.folder)
    yield from (
        f"{absolute}/{mine.name}",
        f"/{absolute}/meta.json",
        quote(f"{absolute}/{mine.name}", safe=""),
        "/etc/passwd",
    )
    yield from (f"./{mine.name}", f"{mine.name}/", f"{mine.name}/.", f"{mine.name}/../meta.json", f"/{mine.name}")
    yield from (
        f"{mine.name}%00",
        f"{mine.name}%0a",
        f"%00{mine.name}",
        "meta.json%00.png",
        "..\\meta.json",
        "..%5cmeta.json",
    )
    yield from (mine.name.upper(), mine.name.replace("png", "html"), f"{mine.name}%20", "~/meta.json", "draft-x")


def test_picture_by_the_name_of_another_file_is_not_found(pictures: dict[str, Picture], client: Client) -> None:
    mine, other = pictures["anna"], pictures["boris"]
    folder = Path(default_storage.path(mine.folder))
    assert {path.name for path in folder.iterdir()} > {"meta.json", "inside.html", mine.name}
    none = ask(client, "/pictures/forged/none.png")
    for name in names_of_other_files(mine, other):
        assert (name, ask(client, f"/pictures/{mine.token}/{name}")) == (name, none)


def test_picture_with_a_token_that_is_too_old_is_not_found(
    pictures: dict[str, Picture], client: Client, time_machine: Any
) -> None:
    address = "/pictures/{0.token}/{0.name}".format(pictures["anna"])
    time_machine.move_to(WRITING + timedelta(seconds=MAX_PICTURE_AGE), tick=False)
    assert ask(client, address)[0] == 200
    time_machine.move_to(WRITING + timedelta(seconds=MAX_PICTURE_AGE + 1), tick=False)
    assert ask(client, address) == ask(client, "/pictures/forged/none.png")


# --- anonymous rounds ---------------------------------------------------------------------------------------


@pytest.fixture
def masked(house: House, signed_in: SignIn) -> House:
    """Anna reviews boris, and neither is to know of the other; olga has read the same work before, by its name."""
    newest = hand_in(house.world.row("boris"), "Neutral")
    Letter.objects.all().delete()
    round_ = the_round(house.world)
    round_.anonymous = True
    round_.save()
    Version.objects.filter(submission__participant=house.world.row("boris")).update(
        canonical_name="Topic01_Lukasik_Structured_Denoising.ipynb", original_name="boris_lukasik.ipynb"
    )
    page = path_of("submissions:version_frame", "small", Version.objects.get(sha256=newest.sha256).receipt)
    assert "Lukasik" in ask(signed_in(house.world.people["olga"]), page)[2]
    return house


def all_of(client: Client, paths: Iterable[str]) -> str:
    """Everything that is answered at these addresses, headers and names in archives included; bodies of files left out."""
    said = []
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200, path
        body = response.getvalue()
        said += [path, *(f"{name}: {unquote(value)}" for name, value in response.items())]
        if path.endswith(".zip"):
            with zipfile.ZipFile(BytesIO(body)) as bundle:
                said += [bundle.comment.decode()]
                said += [f"{info.filename} {info.comment!r} {info.extra!r}" for info in bundle.infolist()]
        elif not path.endswith("/work/"):
            said.append(body.decode())
    return "\n".join(said)


def pages_of_a_reviewer(review: Review, *, delivered: bool = False) -> list[str]:
    names = ["review_detail", "work_download", "work_frame", *([] if delivered else ["review_edit"])]
    pages = [reverse(f"reviews:{name}", args=["small", review.pk]) for name in names]
    lists = [reverse(f"reviews:{name}", args=["small"]) for name in ("review_list", "archive_download")]
    return [*pages, *lists, reverse("me_detail", args=["small"])]


def traces(text: str, *people: User | None) -> list[str]:
    """Lines that name somebody, in whatever spelling."""
    names = {word for person in people if person for word in (person.given_names, person.family_name, person.email)}
    names |= {word.replace("Ł", "L").replace("ß", "ss") for word in names}
    return [line[:200] for line in text.splitlines() if any(name.casefold() in line.casefold() for name in names)]


def letters_to(user: User | None) -> str:
    assert user
    letters = Letter.objects.filter(to_email=user.email, kind__startswith="review")
    return "\n".join(f"{letter.subject}\n{letter.text}" for letter in letters)


def test_reviewer_of_an_anonymous_round_reads_the_authors_name_nowhere(masked: House, signed_in: SignIn) -> None:
    world, review = masked.world, masked.reviews["of boris"]
    client, boris = signed_in(world.people["anna"]), world.people["boris"]
    receipts = [str(version.receipt) for version in Version.objects.filter(submission__participant=world.row("boris"))]
    said = all_of(client, pages_of_a_reviewer(review))
    assert traces(said, boris) == []
    assert [receipt for receipt in receipts if receipt in said] == []
    assert said.count("Work 700000") + said.count("Work_700000") >= 4
    begin(review, deliver=True)
    assert traces(all_of(client, pages_of_a_reviewer(review, delivered=True)), boris) == []
    assert traces(letters_to(world.people["anna"]), boris) == []
    round_ = the_round(world)  # and where the round is open, the same pages do name the author
    round_.anonymous = False
    round_.save()
    said = all_of(client, pages_of_a_reviewer(review, delivered=True))
    assert len(traces(said, boris)) >= 4
    assert 'filename="Topic01_Lukasik_Structured_Denoising.ipynb"' in said


def test_author_in_an_anonymous_round_reads_the_reviewers_name_nowhere(masked: House, signed_in: SignIn) -> None:
    world, review = masked.world, begin(masked.reviews["of boris"], deliver=True)
    hand_over_together(datetime(2024, 2, 24, tzinfo=UTC))
    client, anna = signed_in(world.people["boris"]), world.people["anna"]
    pages = [reverse("reviews:review_detail", args=["small", review.pk])]
    assert traces(all_of(client, [*pages, reverse("me_detail", args=["small"])]), anna) == []
    assert traces(letters_to(world.people["boris"]), anna) == []
    assert letters_to(world.people["boris"]) != ""
