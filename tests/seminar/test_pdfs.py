"""Every PDF that the program makes opens, is tagged, says what it should in glyphs, and is the same bytes for the same data."""

import io
import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pypdf
import pytest

from accounts.models import User
from grading.models import ReleasedGrade
from grading.services import record_pdf
from reviews.models import Review
from reviews.services import review_pdf
from tests.factories.world import World
from tests.grading.test_services import grade, release
from tests.reviews.test_services import first_of, hand_in, publish, write

pytestmark = pytest.mark.once
NAME = "Łucja Weiß 李思远"
HAN = (Path("/usr/share/fonts/truetype/droid"), Path("/usr/share/fonts-droid-fallback"))

needs_han = pytest.mark.skipif(
    not any(folder.exists() for folder in HAN) and os.environ.get("REQUIRE_SERVICES") != "1",
    reason="No font of this machine has Han characters: `apt-get install fonts-droid-fallback`.",
)


def record(world: World, now: datetime) -> bytes:
    return record_pdf(ReleasedGrade.objects.get(), now=now)


def review(world: World, _now: datetime) -> bytes:
    return review_pdf(Review.objects.get(reviewer=world.row("anna"), state="delivered"), world.row("olga"))


DOCUMENTS: dict[str, Callable[[World, datetime], bytes]] = {"record": record, "review": review}


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


@needs_han
@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_opens_is_tagged_and_says_it(named: World, now: datetime, name: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(DOCUMENTS[name](named, now)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert reader.metadata
    assert reader.metadata.title
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert NAME in words
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())  # it is in the file


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_the_same_for_the_same_data(named: World, now: datetime, name: str) -> None:
    assert DOCUMENTS[name](named, now) == DOCUMENTS[name](named, now)


@needs_han
@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_has_a_glyph_for_every_character(
    named: World, now: datetime, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="weasyprint")
    DOCUMENTS[name](named, now)
    assert [each.message for each in caplog.records if "notdef" in each.message] == []
