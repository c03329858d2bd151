"""Every PDF that the program makes opens, is tagged, says what it should in glyphs, and is the same bytes for the same data."""

import io
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pytest
from django.utils import translation

from accounts.models import User
from courses.models import Seminar
from grading.models import IssuedDocument
from grading.queries import scheme_of
from grading.services import issue_report, print_document
from reviews.models import Review
from reviews.services import review_pdf
from tests.factories.world import World
from tests.grading.test_services import grade, release
from tests.reviews.test_services import first_of, hand_in, publish, write

pytestmark = pytest.mark.once
LATER = datetime(2024, 4, 1, tzinfo=UTC)
NAME = "Łucja Weiß 李思远"
HAN = (Path("/usr/share/fonts/truetype/droid"), Path("/usr/share/fonts-droid-fallback"))

needs_han = pytest.mark.skipif(
    not any(folder.exists() for folder in HAN) and os.environ.get("REQUIRE_SERVICES") != "1",
    reason="No font of this machine has Han characters: `apt-get install fonts-droid-fallback`.",
)


def record(_world: World) -> bytes:
    return print_document(IssuedDocument.objects.get(kind="record"))


def certificate(_world: World) -> bytes:
    return print_document(IssuedDocument.objects.get(kind="certificate"))


def report(world: World) -> bytes:
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    Seminar.objects.filter(pk=world.seminar.pk).update(subtitle=NAME)  # it names no student
    scheme.seminar.refresh_from_db()
    return print_document(issue_report(scheme, actor=world.row("olga").user, now=LATER))


def review(world: World) -> bytes:
    return review_pdf(Review.objects.get(reviewer=world.row("anna"), state="delivered"), world.row("olga"))


DOCUMENTS: dict[str, Callable[[World], bytes]] = {
    "record": record,
    "certificate": certificate,
    "report": report,
    "review": review,
}
LANGUAGES = ("en", "de")
every_document = pytest.mark.parametrize(
    ("name", "language"), [(name, language) for name in DOCUMENTS for language in LANGUAGES]
)


@pytest.fixture
def named(world: World, now: datetime) -> World:
    """Anna has a name that needs three scripts' worth of glyphs, a released grade, and a review that is delivered."""
    assert world.people["anna"]
    User.objects.filter(pk=world.people["anna"].pk).update(
        display_name=NAME, given_names="Łucja", family_name="Weiß 李思远"
    )
    User.objects.update(language="en")
    grade(world, "anna", now)
    release(world, now)
    hand_in(world)
    publish(world)
    write(first_of(world, "anna"), "- [cell 1] Größe, naïve, Łódź.", deliver=True)
    return world


def made(world: World, name: str, language: str) -> bytes:
    with translation.override(language):
        return DOCUMENTS[name](world)


@needs_han
@every_document
def test_document_opens_is_tagged_and_says_it(named: World, name: str, language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(named, name, language)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata
    assert reader.metadata.title
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert NAME in words
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())  # it is in the file
            assert "/ToUnicode" in font.get_object()  # and can be copied out of it


@every_document
def test_document_says_that_it_is_archival_and_accessible(named: World, name: str, language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made(named, name, language)))
    root = reader.trailer["/Root"]
    assert [intent["/S"] for intent in root["/OutputIntents"]] == ["/GTS_PDFA1"]
    assert root["/OutputIntents"][0]["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"  # an ICC profile
    assert len(reader.trailer["/ID"]) == 2
    assert {"/JavaScript", "/AA", "/OpenAction", "/AcroForm"} & set(root) == set()
    said = ElementTree.fromstring(root["/Metadata"].get_object().get_data())
    parts = {key: value for each in said.iter() for key, value in each.attrib.items() if key.endswith("}part")}
    assert parts == {
        "{http://www.aiim.org/pdfa/ns/id/}part": "3",
        "{http://www.aiim.org/pdfua/ns/id/}part": "1",
    }
    assert [each.text for each in said.iter("{http://www.aiim.org/pdfa/ns/schema#}prefix")] == ["pdfuaid"]


@every_document
def test_document_is_the_same_for_the_same_data(named: World, name: str, language: str) -> None:
    assert made(named, name, language) == made(named, name, language)


@needs_han
@every_document
def test_document_has_a_glyph_for_every_character(
    named: World, name: str, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="weasyprint")
    made(named, name, language)
    assert [each.message for each in caplog.records] == []
