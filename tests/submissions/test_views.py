"""Handing in, receipts and downloads, as browsers and programs meet them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import FileResponse, HttpResponse
from django.test import Client

from accounts.models import User
from courses.models import Participant, ParticipantState, Seminar
from notifications.models import Letter
from seminar.services.demo import demo_pdf
from submissions.models import Submission, Version
from submissions.services import attachment
from submissions.services.downloads import sealed
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import notebook, pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World

SignIn = Callable[..., Client]
BEFORE = datetime(2023, 12, 8, 12, 0, tzinfo=UTC)
TOO_LATE = datetime(2023, 12, 8, 23, 0, tzinfo=UTC)  # 00:00 in Berlin
JSON = {"accept": "application/json"}
NOT_STUDENTS = ("olga", "apply", "wait", "gone", "outsider", "other_student", "other_organizer")


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(BEFORE, tick=False)


def page_of(world: World, key: str = "slides") -> str:
    return world.url(f"submissions/{world.slot(key).pk}/")


def hand_in(world: World, name: str = "anna", file: SimpleUploadedFile | None = None) -> Version:
    row = world.row(name)
    return receive_upload(world.slot("slides"), row, file or pdf(), uploaded_by=row.user, arrived_at=BEFORE)


def text_of(response: HttpResponse) -> str:
    """The page's words, without tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def status_of(client: Client, url: str) -> int:
    """The status, once a streamed body has been read and its file is closed."""
    response = client.get(url)
    if response.streaming:
        b"".join(response.streaming_content)
    return response.status_code


# --- handing in ---------------------------------------------------------------------------------------------


def test_submission_edit_shows_what_is_asked_for_and_until_when(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.people["anna"]).get(page_of(world))
    assert response.status_code == 200
    words = text_of(response)
    assert "Slides until Fri 8 Dec 2023, 23:59 CET" in words
    assert "One file: .pdf, at most 2 MB." in words
    assert "Nothing has been handed in yet." in words


def test_submission_edit_upload_leads_to_the_receipt(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["anna"])
    response = client.post(page_of(world), {"file": pdf()})
    version = Version.objects.get()
    assert (response.status_code, response.url) == (302, world.url(f"submissions/receipts/{version.receipt}/"))
    assert (version.number, version.on_time, version.received_at) == (1, True, BEFORE)
    assert (version.submission.participant, version.uploaded_by) == (world.row("anna"), world.people["anna"])
    assert "Version 1" in text_of(client.get(page_of(world)))


def test_submission_edit_upload_as_json_answers_with_the_receipt(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.people["anna"]).post(page_of(world), {"file": pdf()}, headers=JSON)
    version = Version.objects.get()
    assert response.status_code == 200
    assert response.json() == {
        "receipt": str(version.receipt),
        "sha256": version.sha256,
        "received_at": "2023-12-08T12:00:00+00:00",
        "on_time": True,
        "version": 1,
    }


def test_submission_edit_upload_twice_gives_the_same_receipt(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["anna"])
    answers = [client.post(page_of(world), {"file": pdf()}, headers=JSON).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert Version.objects.count() == 1
    assert Letter.objects.filter(kind="upload_received").count() == 1


@pytest.mark.parametrize(
    ("file", "status", "code", "sentence"),
    [
        (None, 400, "file_missing", "No file arrived. Please choose one and send it again."),
        (
            SimpleUploadedFile("slides.pptx", b"PK"),
            400,
            "wrong_type",
            "This is not a .pdf file, which is what “Slides” asks for.",
        ),
        (
            SimpleUploadedFile("slides.pdf", b""),
            400,
            "file_empty",
            "The file is empty. Please check it and send it again.",
        ),
        (
            SimpleUploadedFile("slides.pdf", b"%PDF-" + b"x" * 2_100_000),
            413,
            "too_large",
            "The file is larger than 2 MB, which is the limit here.",
        ),
    ],
    ids=["missing", "wrong-type", "empty", "too-large"],
)
def test_submission_edit_refuses_a_bad_file(
    world: World, signed_in: SignIn, file: SimpleUploadedFile | None, status: int, code: str, sentence: str
) -> None:
    client, kept = signed_in(world.people["anna"]), "Nothing has been handed in yet."
    data = {"file": file} if file else {}
    response = client.post(page_of(world), data, headers=JSON)
    assert (response.status_code, response.json()) == (status, {"code": code, "message": f"{sentence} {kept}"})
    if file:
        file.seek(0)
    response = client.post(page_of(world), data)
    assert response.status_code == status
    assert f"{sentence} {kept}" in text_of(response)
    assert not Version.objects.exists()


def test_submission_edit_after_the_deadline_keeps_the_earlier_version(
    world: World, signed_in: SignIn, time_machine: Any
) -> None:
    client, version = signed_in(world.people["anna"]), hand_in(world)
    time_machine.move_to(TOO_LATE, tick=False)
    sentence = "The deadline for “Slides” has passed; this file was not accepted. Version 1 stays in force."
    response = client.post(page_of(world), {"file": pdf(words="Another")}, headers=JSON)
    assert (response.status_code, response.json()) == (403, {"code": "deadline_passed", "message": sentence})
    response = client.post(page_of(world), {"file": pdf(words="Another")})
    assert response.status_code == 403
    assert sentence in text_of(response)
    assert list(Version.objects.all()) == [version]


def test_submission_edit_late_where_late_work_is_marked(world: World, signed_in: SignIn, time_machine: Any) -> None:
    time_machine.move_to(datetime(2024, 2, 9, 23, 0, tzinfo=UTC), tick=False)
    client = signed_in(world.people["anna"])
    answer = client.post(page_of(world, "notebook"), {"file": notebook()}, headers=JSON).json()
    assert answer["on_time"] is False
    assert "Notebook: it is in, late" in text_of(client.get(world.url(f"submissions/receipts/{answer['receipt']}/")))


@pytest.mark.parametrize("name", NOT_STUDENTS)
def test_submission_edit_is_refused_to_who_is_no_student_here(world: World, signed_in: SignIn, name: str) -> None:
    client = signed_in(world.people[name])
    assert client.get(page_of(world)).status_code == 403
    response = client.post(page_of(world), {"file": pdf()}, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert not Submission.objects.exists()


def test_submission_edit_sends_strangers_to_sign_in(world: World, client: Client) -> None:
    response = client.post(page_of(world), {"file": pdf()})
    assert (response.status_code, response.url) == (302, f"/accounts/login/?next={page_of(world)}")
    assert not Submission.objects.exists()


def test_submission_edit_of_a_hidden_seminar_is_not_found(world: World, signed_in: SignIn) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(published=False)
    assert signed_in(world.people["other_student"]).get(page_of(world)).status_code == 404
    assert signed_in(world.people["anna"]).get(page_of(world)).status_code == 200


def test_submission_edit_with_the_slot_of_another_seminar_is_not_found(world: World, signed_in: SignIn) -> None:
    theirs = world.other.milestones.get(key="m2").upload_slots.get()
    response = signed_in(world.people["anna"]).post(world.url(f"submissions/{theirs.pk}/"), {"file": pdf()})
    assert response.status_code == 404
    assert not Submission.objects.exists()


def test_submission_edit_answers_get_and_post_only(world: World, signed_in: SignIn) -> None:
    assert signed_in(world.people["anna"]).put(page_of(world)).status_code == 405


# --- receipts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anna", "olga", "otto"])
def test_receipt_detail_names_everything_with_the_zone(world: World, signed_in: SignIn, name: str) -> None:
    version = hand_in(world)
    response = signed_in(world.people[name]).get(world.url(f"submissions/receipts/{version.receipt}/"))
    assert response.status_code == 200
    words = text_of(response)
    assert "Slides: it is in, on time" in words
    assert "Received Fri 8 Dec 2023, 13:00 CET · deadline Fri 8 Dec 2023, 23:59 CET" in words
    for fact in ("Anna Großmann", "NoTopic_Grossmann_Slides.pdf", "slides.pdf", version.sha256, str(version.receipt)):
        assert fact in words


@pytest.mark.parametrize("view", ["receipts", "files"])
@pytest.mark.parametrize("name", ["boris", "apply", "gone"])
def test_receipt_and_file_of_somebody_else_answer_like_missing_ones(
    world: World, signed_in: SignIn, name: str, view: str
) -> None:
    client = signed_in(world.people[name])
    theirs = world.url(f"submissions/{view}/{hand_in(world).receipt}/")
    missing = world.url(f"submissions/{view}/00000000-0000-4000-8000-000000000000/")
    found = [client.get(url, headers=JSON) for url in (theirs, missing)]
    assert [(answer.status_code, answer.content) for answer in found] == [(404, found[1].content)] * 2
    pages = [client.get(url).content.decode().replace(url, "") for url in (theirs, missing)]
    pages = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page) for page in pages]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("view", ["receipts", "files"])
@pytest.mark.parametrize(("name", "status"), [("outsider", 403), ("other_organizer", 403), ("anonymous", 302)])
def test_receipt_and_file_are_closed_to_strangers(
    world: World, signed_in: SignIn, name: str, status: int, view: str
) -> None:
    version = hand_in(world)
    response = signed_in(world.people[name]).get(world.url(f"submissions/{view}/{version.receipt}/"))
    assert response.status_code == status
    assert version.canonical_name not in response.content.decode()


@pytest.mark.parametrize("view", ["receipts", "files"])
def test_receipt_and_file_under_another_seminars_address_are_not_found(
    world: World, signed_in: SignIn, view: str
) -> None:
    version = hand_in(world)
    address = f"/seminars/{world.other.slug}/submissions/{view}/{version.receipt}/"
    assert signed_in(world.people["other_organizer"]).get(address).status_code == 404


@pytest.mark.parametrize("view", ["receipts", "files"])
def test_receipt_and_file_stay_with_a_student_who_has_left(world: World, signed_in: SignIn, view: str) -> None:
    version = hand_in(world)
    Participant.objects.filter(pk=world.row("anna").pk).update(state=ParticipantState.WITHDRAWN)
    client = signed_in(world.people["anna"])
    assert status_of(client, world.url(f"submissions/{view}/{version.receipt}/")) == 200
    assert client.post(page_of(world), {"file": pdf(words="More")}).status_code == 403


@pytest.mark.parametrize("view", ["receipts", "files"])
def test_receipt_and_file_with_bad_input_are_not_found_and_only_read(
    world: World, signed_in: SignIn, view: str
) -> None:
    client = signed_in(world.people["anna"])
    assert client.get(world.url(f"submissions/{view}/17/")).status_code == 404
    assert client.post(world.url(f"submissions/{view}/{hand_in(world).receipt}/")).status_code == 405


# --- downloads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anna", "olga"])
def test_version_download_is_an_attachment_that_never_runs(world: World, signed_in: SignIn, name: str) -> None:
    version = hand_in(world)
    response = signed_in(world.people[name]).get(world.url(f"submissions/files/{version.receipt}/"))
    wanted = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="NoTopic_Grossmann_Slides.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    }
    assert {name: response.headers[name] for name in wanted} == wanted
    assert b"".join(response.streaming_content) == demo_pdf("A talk")


def test_version_download_of_an_unknown_type_is_plain_bytes(world: World) -> None:
    version = hand_in(world)
    version.extension = ".html"
    response = attachment(version, "page.html")
    response.file_to_stream.close()
    assert response["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Topic03_Lukasik.pdf", 'attachment; filename="Topic03_Lukasik.pdf"'),
        ("Größe „3“.pdf", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%E2%80%9E3%E2%80%9C.pdf"),
        ('a"b\\c.pdf', 'attachment; filename="a\\"b\\\\c.pdf"'),
    ],
)
def test_version_download_name_follows_rfc_6266(name: str, header: str) -> None:
    assert sealed(FileResponse(BytesIO()), name)["Content-Disposition"] == header


def test_version_download_is_sealed_whatever_the_middleware_adds() -> None:
    response = sealed(FileResponse(BytesIO(), content_type="application/pdf"), "a.pdf")
    wanted = {
        "Content-Disposition": 'attachment; filename="a.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    assert {name: response.headers[name] for name in wanted} == wanted


def test_version_download_keeps_older_versions(world: World, signed_in: SignIn) -> None:
    old, new = hand_in(world), hand_in(world, file=pdf(words="Better"))
    client = signed_in(world.people["anna"])
    bodies = [b"".join(client.get(world.url(f"submissions/files/{v.receipt}/")).streaming_content) for v in (old, new)]
    assert bodies == [demo_pdf("A talk"), demo_pdf("Better")]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("..\\..\\evil.pdf", "evil.pdf"),
        ("/etc/cron.d/job.pdf", "job.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
        ("bell\x07 and\x1b[31m.pdf", "bell and[31m.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "&lt;img src=x onerror=alert(1)&gt;.pdf"),
        ("\u2067\u200b.pdf", "Untitled.pdf"),
    ],
)
def test_receipt_detail_shows_a_hostile_name_harmless(world: World, signed_in: SignIn, sent: str, shown: str) -> None:
    client = signed_in(world.people["anna"])
    response = client.post(page_of(world), {"file": pdf(sent)}, follow=True)
    assert f"<dd>{shown}</dd>" in response.content.decode()
    version = Version.objects.get()
    assert version.canonical_name == "NoTopic_Grossmann_Slides.pdf"
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{64}", version.stored_name)


def test_receive_upload_of_a_hostile_name_is_harmless_past_djangos_parser(world: World) -> None:
    file = pdf()
    file._name = "../\u202e\x00\n<b>" + "x" * 400 + ".PDF"
    version = hand_in(world, file=file)
    assert version.original_name == "<b>" + "x" * 113 + ".PDF"


# --- the list -----------------------------------------------------------------------------------------------


def test_submission_list_of_a_student_shows_only_their_own(world: World, signed_in: SignIn) -> None:
    hand_in(world, "anna")
    hand_in(world, "boris")
    words = text_of(signed_in(world.people["anna"]).get(world.url("submissions/")))
    assert "Version 1 is in — received Fri 8 Dec 2023, 13:00 CET, on time." in words
    assert "until Fri 9 Feb 2024, 23:59 CET" in words
    assert "Łukasik" not in words


def test_submission_list_of_an_organizer_shows_everybody(world: World, signed_in: SignIn) -> None:
    hand_in(world, "anna")
    words = text_of(signed_in(world.people["olga"]).get(world.url("submissions/")))
    assert "Anna Großmann – NoTopic_Grossmann_Slides.pdf v1 Fri 8 Dec 2023, 13:00 CET" in words
    assert "Boris Łukasik – – due Fri 8 Dec 2023, 23:59 CET" in words
    for name in ("apply", "wait", "gone"):
        assert world.row(name).user.family_name not in words


def test_submission_list_of_a_seminar_without_uploads(world: World, signed_in: SignIn) -> None:
    for slot in (world.slot("slides"), world.slot("notebook")):
        slot.review_rounds.all().delete()
        slot.delete()
    words = text_of(signed_in(world.people["anna"]).get(world.url("submissions/")))
    assert words.endswith("This seminar asks for no files.")


@pytest.mark.parametrize(
    ("name", "status"),
    [("apply", 403), ("wait", 403), ("gone", 403), ("outsider", 403), ("other_organizer", 403), ("anonymous", 302)],
)
def test_submission_list_is_closed_to_others(world: World, signed_in: SignIn, name: str, status: int) -> None:
    response = signed_in(world.people[name]).get(world.url("submissions/"))
    assert response.status_code == status
    assert signed_in(world.people["olga"]).post(world.url("submissions/")).status_code == 405


def versions_of(world: World, students: list[Participant], uploaded_by: User) -> None:
    slot = world.slot("slides")
    rows = Submission.objects.bulk_create(Submission(slot=slot, participant=student) for student in students)
    Version.objects.bulk_create(
        Version(
            submission=row,
            number=1,
            sha256="0" * 64,
            size=1,
            extension=".pdf",
            canonical_name="A.pdf",
            received_at=BEFORE,
            on_time=True,
            uploaded_by=uploaded_by,
        )
        for row in rows
    )


def test_submission_list_takes_the_same_queries_for_one_row_and_for_thirty(world: World, signed_in: SignIn) -> None:
    Participant.objects.filter(seminar=world.seminar, user__email__regex="^(boris|carla|dana)@").delete()
    hand_in(world, "anna")
    client, url = signed_in(world.people["olga"]), world.url("submissions/")
    one = queries_of(client, url)
    versions_of(world, add_students(world.seminar, 29), world.row("olga").user)
    assert queries_of(client, url) == one
    assert client.get(url).content.decode().count('<th scope="row">') == 2 * 30


def test_submission_edit_takes_the_same_queries_for_one_version_and_for_thirty(world: World, signed_in: SignIn) -> None:
    version = hand_in(world)
    client = signed_in(world.people["anna"])
    one = queries_of(client, page_of(world))
    for number in range(2, 31):
        version.pk, version.receipt, version.number = None, f"00000000-0000-4000-8000-0000000000{number:02}", number
        version.save(force_insert=True)
    assert queries_of(client, page_of(world)) == one
