"""One student's dossier: all of it for organizers, for the student what they may see, the same bytes for the same data."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from courses.models import Session
from courses.services import save_attendance
from grading.models import Meeting, ReleasedGrade
from grading.services import open_appeal
from notifications.models import Letter, LetterState
from reviews.models import Review, ReviewRound
from seminar.services.export import write_dossier
from submissions.models import Version
from tests.factories.world import World
from tests.grading.test_services import grade, release
from tests.reviews.test_anonymity import plant
from tests.reviews.test_services import first_of, hand_in, publish, write

pytestmark = pytest.mark.once
SignIn = Callable[..., Client]


@pytest.fixture
def lived(world: World, now: datetime) -> World:
    """Anna has handed in, reviews and was reviewed, was there, met, was graded and asked for another look."""
    anna, olga = world.row("anna"), world.row("olga").user
    hand_in(world)
    publish(world)
    write(first_of(world, "anna"), "- [cell 1] Say why.", deliver=True)
    write(Review.objects.filter(author=anna).order_by("pk")[0], "- [cell 1] Plot it.", deliver=True)
    session = Session.objects.select_related("seminar").get(seminar=world.seminar, key="kickoff")
    save_attendance(session, {anna.pk: "present"}, others="", actor=olga, now=now)
    at = {"begins_at": now, "ends_at": now + timedelta(minutes=20), "booked_at": now, "offered_by": olga}
    Meeting.objects.create(seminar=world.seminar, participant=anna, notes="Shaky on Bayes", outcome="held", **at)
    grade(world, "anna", now, presentation="1.3")
    release(world, now)
    open_appeal(ReleasedGrade.objects.get(), "=Why 1.7?", now=now)
    grade(world, "anna", now, notebook="2.3")  # not released yet
    Letter.objects.filter(user=anna.user, kind="grade_released").update(state=LetterState.SENT, sent_at=now)
    return world


def opened(world: World, reader: str, of: str = "anna") -> dict[str, bytes]:
    target = io.BytesIO()
    write_dossier(world.row(of), world.row(reader), target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def text(files: dict[str, bytes]) -> str:
    return "\n".join(f"{name}\n{content.decode('utf-8', 'replace')}" for name, content in files.items())


def test_dossier_for_the_student_has_what_they_handed_in_wrote_and_were_told(lived: World) -> None:
    files = opened(lived, "anna")
    names = list(files)
    assert names[0] == "index.html"
    assert [name for name in names if name.endswith(".pdf") and "/" not in name] == ["record.pdf", "certificate.pdf"]
    versions = Version.objects.filter(submission__participant=lived.row("anna"))
    assert len([name for name in names if name.startswith("uploads/")]) == versions.count() >= 1
    for version in versions:
        stem, _dot, ending = version.canonical_name.rpartition(".")
        place = f"{version.submission.slot.key}/{stem}_v1.{ending}"
        assert len(files[f"uploads/{place}"]) == version.size
        receipt = files[f"receipts/{place}.txt"].decode()
        assert f"receipt: {version.receipt}\nsha256: {version.sha256}\n" in receipt
        assert f"/receipts/{version.receipt}/?signature=" in receipt
    assert "Say why." in "".join(files[name].decode() for name in names if name.startswith("reviews/written/"))
    assert "Plot it." in "".join(files[name].decode() for name in names if name.startswith("reviews/received/"))
    assert "Rounded: 1.47 → 1.3" in files["grades/released_1.txt"].decode()
    assert files["attendance.csv"].decode() == "date,session,status\r\n2023-10-27,Kick-off,present\r\n"
    assert ",Anna Großmann,'=Why 1.7?,open" in files["appeals.csv"].decode()
    for name in names[1:]:
        assert f'<li><a href="{name}">{name}</a></li>' in files["index.html"].decode()


def test_dossier_for_the_student_has_nothing_that_they_have_not_been_shown(lived: World) -> None:
    files = opened(lived, "anna")
    assert {"grades/now.csv", "history.csv"} & set(files) == set()
    everything = text({name: content for name, content in files.items() if not name.startswith("uploads/")})
    for hidden in ("Shaky on Bayes", "2.3"):
        assert hidden not in everything
    waiting = Letter.objects.filter(user=lived.row("anna").user).exclude(state=LetterState.SENT)
    assert waiting.exists()
    assert len([name for name in files if name.startswith("letters/")]) == 1


def test_dossier_for_organizers_has_history_notes_and_what_stands_now(lived: World) -> None:
    files = opened(lived, "olga")
    assert "notebook,2.30,,,Olga Organizer," in files["grades/now.csv"].decode()
    assert "grade:notebook,1.7,2.3" in files["history.csv"].decode()
    assert "Shaky on Bayes" in files["meetings.csv"].decode()
    letters = Letter.objects.filter(user=lived.row("anna").user, scope="small")
    assert len([name for name in files if name.startswith("letters/")]) == letters.count() > 1
    received = [name for name in files if name.startswith("reviews/received/")]
    assert len(received) == Review.objects.filter(author=lived.row("anna")).count() > 1


def test_dossier_of_an_anonymous_round_names_no_reviewer_to_the_author(lived: World) -> None:
    ReviewRound.objects.update(anonymous=True)
    received = Review.objects.filter(author=lived.row("anna"), handed_over_at__isnull=False)[0]
    name = next(name for name in lived.people if lived.people[name] == received.reviewer.user)
    for row in Review.objects.filter(reviewer=lived.row("anna"), author=received.reviewer):
        row.delete()  # what anna writes about is named to nobody either
    tokens = plant(lived, name)
    own, whole = text(opened(lived, "anna")), text(opened(lived, "olga"))
    assert [token for token in tokens if token in own] == []
    assert f"Anonymous reviewer {received.pk}" in own
    assert "zqdisplayname" in whole


def test_dossier_is_the_same_bytes_for_the_same_data(lived: World) -> None:
    made = []
    for _ in range(2):
        target = io.BytesIO()
        write_dossier(lived.row("anna"), lived.row("anna"), target)
        made.append(target.getvalue())
    assert made[0] == made[1]


def test_dossier_before_anything_happened_says_so_with_empty_tables(world: World) -> None:
    files = opened(world, "anna")
    assert list(files) == ["index.html", "attendance.csv", "meetings.csv", "appeals.csv"]
    assert "Anna Großmann" in files["index.html"].decode()


def test_dossier_without_pango_has_all_else(lived: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from accounts.domain.refusals import Refusal
    from grading import services

    def without(*_args: object) -> bytes:
        raise Refusal("no_pdf", "No Pango here.", status=503)

    monkeypatch.setattr(services, "print_document", without)
    files = opened(lived, "anna")
    assert files["record.txt"] == b"No Pango here.\n"
    assert "grades/released_1.txt" in files


def test_dossier_download_is_an_attachment_for_oneself_and_organizers_only(lived: World, signed_in: SignIn) -> None:
    url = lived.url(f"participants/{lived.row('anna').pk}/dossier/")
    for name in ("anna", "olga"):
        response = signed_in(lived.people[name]).get(url)
        assert response.status_code == 200
        assert response["Content-Disposition"] == 'attachment; filename="SmallGrossmannDossier.zip"'
        assert (response["Content-Type"], response["Cache-Control"]) == ("application/zip", "private, no-store")
        assert zipfile.ZipFile(io.BytesIO(response.getvalue())).namelist()[0] == "index.html"
    refused = {
        name: signed_in(lived.people[name]).get(url).status_code for name in ("boris", "other_organizer", "gone")
    }
    assert refused == {"boris": 404, "other_organizer": 403, "gone": 404}


def test_dossier_asks_the_same_for_few_and_for_many_reviews(lived: World) -> None:
    asked = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            write_dossier(lived.row("anna"), lived.row("olga"), io.BytesIO())
        asked.append(len(captured))
        Review.objects.filter(author=lived.row("anna"), handed_over_at=None).delete()
        Review.objects.filter(reviewer=lived.row("anna"), delivered_at=None).delete()
    assert asked[0] == asked[1]
