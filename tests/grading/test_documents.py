"""Documents: what they say is kept when they are issued; printed the same for ever, and verified by a code."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdf
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from accounts.models import User
from courses.models import HistoryEntry, Seminar
from grading import queries
from grading.models import IssuedDocument, Part, ReleasedGrade
from grading.services import issue_again, issue_missing, print_document
from grading.services.documents import fingerprint_of
from grading.services.guessing import MOST_WRONG
from tests.factories.world import World
from tests.grading.test_services import grade, release

pytestmark = pytest.mark.once
SignIn = Callable[..., Client]
LATER = timedelta(days=3)


def words_of(pdf: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def printed(kind: str, language: str = "en", name: str = "anna", world: World | None = None) -> str:
    documents = IssuedDocument.objects.filter(kind=kind).order_by("-pk")
    with translation.override(language):
        return words_of(print_document(documents[0] if world is None else documents.get(participant=world.row(name))))


@pytest.fixture(autouse=True)
def _nobody_has_guessed() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def released(world: World, now: datetime) -> ReleasedGrade:
    grade(world, "anna", now)
    release(world, now)
    return ReleasedGrade.objects.get()


# --- what they say -------------------------------------------------------------------------------------------


def test_record_says_the_course_the_grade_in_number_and_words_and_every_step(released: ReleasedGrade) -> None:
    words = printed("record")
    for fact in (
        "Grade record A Small Seminar — For tests",
        "Name Anna Großmann Matriculation number 2580001",
        "Term Winter 2023/24 Dates Oct. 27, 2023 – Dec. 15, 2023 ECTS 7 Language English",
        "Organizers Olga Organizer, Otto Organizer",
        "Grade 1.3 one point three – very good · passed",
        "Presentation 40 % 1.3 Notebook 50 % 1.7 Reviews 10 % 1.0 Revision – passed Attendance – passed",
        "0.40 × 1.3 + 0.50 × 1.7 + 0.10 × 1.0 = 1.47",
        "Date of the grade: Oct. 27, 2023",
        f"{IssuedDocument.objects.get(kind='record').shown_code} · http",
    ):
        assert fact in words


def test_record_in_german_has_german_words_dates_and_decimal_signs(released: ReleasedGrade) -> None:
    words = printed("record", "de")
    for fact in ("1,3 eins Komma drei – sehr gut · bestanden", "27. Oktober 2023 – 15. Dezember 2023", "= 1,47"):
        assert fact in words
    assert "1.3" not in words


def test_certificate_attests_the_seminar_and_has_no_steps(released: ReleasedGrade) -> None:
    words = printed("certificate")
    assert "Anna Großmann" in words
    assert "has taken part in the seminar “A Small Seminar” (Winter 2023/24) with success." in words
    assert "1.3 one point three – very good" in words
    assert "1.47" not in words


def test_failed_grade_has_a_record_and_no_certificate(world: World, now: datetime, signed_in: SignIn) -> None:
    grade(world, "anna", now, notebook="5.0")
    release(world, now)
    assert [each.kind for each in IssuedDocument.objects.all()] == ["record"]
    assert "5.0 five point zero – insufficient · failed" in printed("record")
    response = signed_in(world.people["anna"]).get(
        world.url(f"grading/{world.row('anna').pk}/certificate.pdf"), headers={"accept": "application/json"}
    )
    assert (response.status_code, response.json()["code"]) == (404, "not_passed")


def test_document_shows_hostile_words_as_words(world: World, now: datetime) -> None:
    hostile = '<img src="file:///etc/hostname"> <link rel=attachment href="file:///etc/hostname">'
    Part.objects.filter(scheme__seminar=world.seminar, key="notebook").update(title=hostile)
    Seminar.objects.filter(pk=world.seminar.pk).update(subtitle="</style><script>x</script>")
    grade(world, "anna", now)
    world.seminar.refresh_from_db()
    release(world, now)
    pdf = print_document(IssuedDocument.objects.get(kind="record"))
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    assert dict(reader.attachments) == {}
    assert [image for page in reader.pages for image in page.images] == []
    assert '<img src="file:///etc/hostname">' in words_of(pdf)


# --- the same for ever ---------------------------------------------------------------------------------------


def test_document_says_what_was_true_when_it_was_issued(world: World, released: ReleasedGrade) -> None:
    before = {each.pk: print_document(each) for each in IssuedDocument.objects.all()}
    User.objects.filter(pk=world.people["anna"].pk).update(family_name="Neu", matriculation_number="1")  # type: ignore[union-attr]
    Seminar.objects.filter(pk=world.seminar.pk).update(title="Renamed", ects=3)
    assert {each.pk: print_document(each) for each in IssuedDocument.objects.all()} == before


PRINT = """
import hashlib, json, sys
import django
django.setup()
from django.utils import translation
from grading.models import IssuedDocument
from grading.services import print_document
for kept in json.load(sys.stdin):
    with translation.override(kept.pop("language")):
        print(hashlib.sha256(print_document(IssuedDocument(**kept))).hexdigest())
"""


def test_documents_are_the_same_bytes_in_other_processes_at_other_times(released: ReleasedGrade) -> None:
    rows = [
        {"code": each.code, "kind": each.kind, "facts": each.facts, "language": language}
        for each in IssuedDocument.objects.all()
        for language in ("en", "de")
    ]
    said = []
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima")):
        # The order of keys is nothing that a database promises.
        turned = [{**row, "facts": dict(reversed(row["facts"].items()))} for row in rows] if seed == "2" else rows
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        asked, command = json.dumps(turned), [sys.executable, "-c", PRINT]
        answer = subprocess.check_output(command, input=asked, cwd=settings.BASE_DIR, text=True, env=environment)
        said.append(answer.split())
    assert len(set(said[0])) == len(rows) == 4
    assert said[0] == said[1]


# --- issuing -------------------------------------------------------------------------------------------------


def test_release_issues_documents_once(world: World, released: ReleasedGrade, now: datetime) -> None:
    rows = IssuedDocument.objects.all()
    assert [(each.kind, each.participant, each.released, each.issued_at) for each in rows] == [
        ("record", world.row("anna"), released, now),
        ("certificate", world.row("anna"), released, now),
    ]
    assert [each.fingerprint for each in rows] == [fingerprint_of(each.facts) for each in rows]
    assert len({each.code for each in rows}) == 2
    assert release(world, now + LATER) == 0
    assert issue_missing(now + LATER) == 0
    assert issue_again(world.row("anna"), actor=world.row("olga").user, now=now + LATER) == 0
    assert IssuedDocument.objects.count() == 2


def test_issue_again_takes_a_corrected_name_and_is_remembered(
    world: World, released: ReleasedGrade, now: datetime
) -> None:
    old = IssuedDocument.objects.get(kind="record")
    User.objects.filter(pk=world.row("anna").user_id).update(family_name="Grossmann")
    olga = world.row("olga").user
    assert issue_again(world.row("anna"), actor=olga, now=now + LATER) == 2
    assert "Anna Grossmann" in printed("record")
    replacing = queries.replaced_by(old)
    assert replacing is not None
    assert (replacing.kind, replacing.issued_at) == ("record", now + LATER)
    line = HistoryEntry.objects.get(subject="documents issued")
    assert (line.actor, line.participant, line.new) == (olga, world.row("anna"), "2")


def test_issue_missing_issues_for_grades_that_were_released_before_there_were_documents(
    world: World, now: datetime
) -> None:
    grade(world, "anna", now)
    release(world, now)
    grade(world, "anna", now, notebook="3.0")
    grade(world, "boris", now)
    release(world, now + LATER)
    IssuedDocument.objects.all().delete()
    assert issue_missing(now + LATER) == 4
    assert {each.released for each in IssuedDocument.objects.all()} == set(
        queries.released([world.row("anna"), world.row("boris")]).values()
    )
    assert issue_missing(now + LATER) == 0


def test_release_of_many_asks_for_documents_with_the_same_number_of_queries(
    world: World, now: datetime, django_assert_num_queries: Any
) -> None:
    from grading.services.documents import issue_documents

    for name in ("anna", "boris", "carla"):
        grade(world, name, now)
    release(world, now)
    IssuedDocument.objects.all().delete()
    rows = list(queries.released([world.row(name) for name in ("anna", "boris", "carla")]).values())
    for some in (rows[:1], rows):
        with django_assert_num_queries(8), transaction.atomic():
            issue_documents(world.seminar, some, now=now)
        IssuedDocument.objects.all().delete()


def test_document_without_its_person_is_refused_by_the_database(world: World, now: datetime) -> None:
    for wrong in ({"kind": "record"}, {"kind": "report", "participant": world.row("anna")}):
        with pytest.raises(IntegrityError), transaction.atomic():
            IssuedDocument.objects.create(
                code="0" * 16, seminar=world.seminar, facts={}, fingerprint="f", issued_at=now, **wrong
            )


# --- the way to them -----------------------------------------------------------------------------------------


def test_record_download_is_an_attachment_named_after_the_student(
    world: World, released: ReleasedGrade, signed_in: SignIn
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


@pytest.mark.parametrize(
    ("who", "query", "language"),
    [("anna", "", "en"), ("anna", "?language=de", "de"), ("carla", "", "de"), ("carla", "?language=xx", "de")],
)
def test_document_is_in_the_language_one_asks_for_or_else_reads(
    world: World, now: datetime, signed_in: SignIn, who: str, query: str, language: str
) -> None:
    grade(world, who, now)
    release(world, now)
    url = world.url(f"grading/{world.row(who).pk}/certificate.pdf{query}")
    pdf = signed_in(world.people[who]).get(url).content
    assert pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Lang"] == language


@pytest.mark.parametrize("kind", ["record", "certificate"])
def test_document_download_before_the_release_says_so(
    world: World, now: datetime, signed_in: SignIn, kind: str
) -> None:
    grade(world, "anna", now)
    url = world.url(f"grading/{world.row('anna').pk}/{kind}.pdf")
    for name in ("anna", "olga"):
        response = signed_in(world.people[name]).get(url, headers={"accept": "application/json"})
        assert (response.status_code, response.json()) == (
            404,
            {"code": "not_released", "message": "There is no document yet: the grades have not been released."},
        )


@pytest.mark.parametrize("kind", ["record", "certificate"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        *(("boris", 404), ("apply", 404), ("gone", 404), ("outsider", 403)),
        *(("other_student", 403), ("other_organizer", 403), ("anonymous", 302)),
    ],
)
def test_document_download_is_closed_to_others(
    world: World, released: ReleasedGrade, signed_in: SignIn, kind: str, name: str, status: int
) -> None:
    client = signed_in(world.people[name])
    response = client.get(world.url(f"grading/{released.participant_id}/{kind}.pdf"))
    assert response.status_code == status
    assert b"%PDF" not in response.content
    if status == 404:
        theirs, missing = (
            client.get(world.url(f"grading/{pk}/{kind}.pdf"), headers={"accept": "application/json"}).content
            for pk in (released.participant_id, 0)
        )
        assert theirs == missing


def test_document_issue_says_whether_anything_changed(world: World, released: ReleasedGrade, signed_in: SignIn) -> None:
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{released.participant_id}/documents/")
    assert "Nothing has changed" in client.post(url, follow=True).content.decode()
    User.objects.filter(pk=world.row("anna").user_id).update(matriculation_number="7")
    assert "issued anew" in client.post(url, follow=True).content.decode()
    assert IssuedDocument.objects.count() == 4


# --- verifying -----------------------------------------------------------------------------------------------


def verified(code: str, **data: Any) -> tuple[int, str]:
    response = Client().post(f"/documents/{code}/", data) if data else Client().get(f"/documents/{code}/")
    page = re.sub(r'name="(next|csrfmiddlewaretoken)" value="[^"]*"', "", response.content.decode())
    return response.status_code, " ".join(page.split())


@pytest.mark.parametrize("write", [str, str.lower, lambda code: code.replace("-", ""), lambda code: f" {code}–"])
def test_document_check_says_what_the_document_says_however_its_code_is_typed(
    released: ReleasedGrade, write: Callable[[str], str]
) -> None:
    status, page = verified(write(IssuedDocument.objects.get(kind="record").shown_code))
    assert status == 200
    for fact in ("This document is genuine", "Anna Großmann", "A Small Seminar", "1.3 · passed", "Oct. 27, 2023"):
        assert fact in page
    for more in ("2580001", "1.47", "Notebook", "anna@", "Otto"):
        assert more not in page


def test_document_check_tells_nobody_more_than_the_code(released: ReleasedGrade) -> None:
    code = IssuedDocument.objects.get(kind="record").shown_code
    response = Client().get(f"/documents/{code}/")
    wanted = {"X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    assert {name: response.headers[name] for name in wanted} == wanted


def test_document_check_of_a_wrong_code_is_one_answer(released: ReleasedGrade) -> None:
    code = IssuedDocument.objects.get(kind="record").shown_code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    answers = {verified(each) for each in (wrong, "x", "0" * 16, "%00", code + "0", "u" * 16, "-", "☃" * 300)}
    assert [status for status, _page in answers] == [404]
    assert "There is no document with this code" in next(iter(answers))[1]


def test_document_check_after_a_later_release_says_replaced_and_no_grade(
    world: World, released: ReleasedGrade, now: datetime
) -> None:
    old = {each.kind: each.shown_code for each in IssuedDocument.objects.all()}
    grade(world, "anna", now, notebook="5.0")
    release(world, now + LATER)  # fails: there is no certificate in place of the old one, which holds no longer
    for code in old.values():
        status, page = verified(code)
        assert (status, "This document was replaced" in page, "Oct. 30, 2023" in page) == (200, True, True)
        for said in ("Anna", "1.3", "5.0", "passed"):
            assert said not in page
    assert "5.0 · failed" in verified(IssuedDocument.objects.latest("pk").shown_code)[1]


def test_document_of_somebody_who_has_left_stays_in_force(world: World, released: ReleasedGrade, now: datetime) -> None:
    from courses.services import change_state

    change_state(world.row("anna"), "withdrawn", actor=None, now=now)
    assert "This document is genuine" in verified(IssuedDocument.objects.get(kind="certificate").shown_code)[1]


@pytest.mark.parametrize(("language", "named"), [("en", "in English"), ("de", "in German")])
def test_document_check_compares_a_file(released: ReleasedGrade, language: str, named: str) -> None:
    document = IssuedDocument.objects.get(kind="record")
    with translation.override(language):
        pdf = print_document(document)
    for content, answer in ((pdf, f"{named}, byte for byte"), (pdf + b" ", "This file is not, byte for byte")):
        status, page = verified(document.code, file=SimpleUploadedFile("a.pdf", content))
        assert (status, answer in page) == (200, True)


def test_document_search_leads_to_the_page_of_the_code(released: ReleasedGrade) -> None:
    document = IssuedDocument.objects.get(kind="record")
    assert Client().get("/documents/").status_code == 200
    for typed, target in ((document.shown_code.lower(), document.code), ("nonsense", "-"), ("https://evil/", "-")):
        response = Client().get("/documents/", {"code": typed})
        assert (response.status_code, response["Location"]) == (302, f"/documents/{target}/")


def test_document_check_lets_somebody_guess_only_so_often(released: ReleasedGrade) -> None:
    code = IssuedDocument.objects.get(kind="record").code
    for _ in range(5):
        assert verified(code)[0] == 200  # who holds a code guesses nothing
    assert {verified("0" * 16)[0] for _ in range(MOST_WRONG)} == {404}
    assert [verified("0" * 16)[0], verified(code)[0]] == [429, 429]
    assert Client().get(f"/documents/{code}/", REMOTE_ADDR="192.0.2.7").status_code == 200


def test_document_check_works_while_the_cache_is_away(
    released: ReleasedGrade, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    gone = {"BACKEND": "seminar.cache.ForgivingRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": gone}
    assert verified(IssuedDocument.objects.get(kind="record").code)[0] == 200
    assert {verified("0" * 16)[0] for _ in range(MOST_WRONG + 3)} == {404}


def test_guesses_behind_a_trusted_proxy_are_counted_for_each_client(released: ReleasedGrade, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1/32"]
    ask = lambda client: Client().get("/documents/x/", REMOTE_ADDR="127.0.0.1", headers={"x-forwarded-for": client})  # noqa: E731
    for _ in range(MOST_WRONG):
        ask("forged, 2001:db8::1")
    statuses = [ask(each).status_code for each in ("2001:db8::2", "2001:db8:0:1::1", "192.0.2.7")]
    assert statuses == [429, 404, 404]


def test_issued_time_is_no_part_of_a_document(released: ReleasedGrade) -> None:
    document = IssuedDocument.objects.get(kind="record")
    pdf = print_document(document)
    document.issued_at = datetime(2030, 1, 1, tzinfo=UTC)
    assert print_document(document) == pdf
