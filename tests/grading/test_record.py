"""The grade record as a PDF."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pypdf
import pytest
from django.test import Client
from django.utils import translation

from courses.models import Seminar
from grading.models import Part, ReleasedGrade
from grading.services import record_pdf
from grading.services.wording import step_text
from tests.factories.world import World
from tests.grading.test_services import grade, release

pytestmark = pytest.mark.once

PRINTED = datetime(2024, 3, 30, 11, 0, tzinfo=UTC)


def words_of(pdf: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.fixture
def released(world: World, now: datetime) -> ReleasedGrade:
    grade(world, "anna", now)
    release(world, now)
    return ReleasedGrade.objects.get()


def test_record_pdf_holds_the_name_the_grade_and_every_step(released: ReleasedGrade) -> None:
    pdf = record_pdf(released, now=PRINTED)
    assert pdf.startswith(b"%PDF-")
    words = words_of(pdf)
    for fact in ("A Small Seminar", "Anna Großmann", "2580001", "Winter 2023/24", "Grade 1.3 passed"):
        assert fact in words
    assert [step for step in map(step_text, released.steps) if step not in words] == []
    assert "Released Fri 27 Oct 2023, 17:00 CEST · printed Sat 30 Mar 2024, 12:00 CET" in words


def test_record_pdf_is_written_in_the_language_of_its_reader(released: ReleasedGrade) -> None:
    with translation.override("de"):
        pdf = record_pdf(released, now=PRINTED)
    assert pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == "de"
    words = words_of(pdf)
    assert "Anna Großmann" in words
    assert "1.3" in words or "1,3" in words


def test_record_pdf_shows_hostile_words_as_words(world: World, now: datetime) -> None:
    hostile = '<img src="file:///etc/hostname"> <link rel=attachment href="file:///etc/hostname">'
    Part.objects.filter(scheme__seminar=world.seminar, key="notebook").update(title=hostile)
    Seminar.objects.filter(pk=world.seminar.pk).update(subtitle="</style><script>x</script>")
    grade(world, "anna", now)
    release(world, now)
    pdf = record_pdf(ReleasedGrade.objects.get(), now=PRINTED)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert dict(reader.attachments) == {}
    assert [image for page in reader.pages for image in page.images] == []
    assert '<img src="file:///etc/hostname">' in words_of(pdf)


def test_record_download_is_an_attachment_named_after_the_student(
    world: World, released: ReleasedGrade, signed_in: Callable[..., Client]
) -> None:
    url = world.url(f"grading/{released.participant_id}/record.pdf")
    response = signed_in(world.people["anna"]).get(url)
    assert response.status_code == 200
    wanted = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="SmallGrossmannRecord.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    assert {name: response.headers[name] for name in wanted} == wanted
    assert "Anna Großmann" in words_of(response.content)
    assert signed_in(world.people["anna"]).post(url).status_code == 405


def test_record_download_before_the_release_says_so(
    world: World, now: datetime, signed_in: Callable[..., Client]
) -> None:
    grade(world, "anna", now)
    url = world.url(f"grading/{world.row('anna').pk}/record.pdf")
    for name in ("anna", "olga"):
        response = signed_in(world.people[name]).get(url, headers={"accept": "application/json"})
        assert (response.status_code, response.json()) == (
            404,
            {
                "code": "not_released",
                "message": "There is no record yet: the grades have not been released.",
            },
        )


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("boris", 404),
        ("apply", 404),
        ("gone", 404),
        ("outsider", 403),
        ("other_student", 403),
        ("other_organizer", 403),
        ("anonymous", 302),
    ],
)
def test_record_download_is_closed_to_others(
    world: World, released: ReleasedGrade, signed_in: Callable[..., Client], name: str, status: int
) -> None:
    client = signed_in(world.people[name])
    response = client.get(world.url(f"grading/{released.participant_id}/record.pdf"))
    assert response.status_code == status
    assert b"%PDF" not in response.content
    if status == 404:
        theirs, missing = (
            client.get(world.url(f"grading/{pk}/record.pdf"), headers={"accept": "application/json"}).content
            for pk in (released.participant_id, 0)
        )
        assert theirs == missing
