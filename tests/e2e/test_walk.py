"""The real seminar, lived through by two organizers and seven students in a browser."""

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from courses.models import HistoryEntry, Seminar
from notifications.models import Letter
from reviews.models import Review
from seminar.services import sweep
from seminar.services.demo import demo_notebook, demo_pdf
from seminar.services.invariants import broken_invariants
from submissions.models import UploadSlot, Version
from tests.e2e.conftest import Person, Watch
from tests.factories.world import load_text

pytestmark = [pytest.mark.browser, pytest.mark.minutes, pytest.mark.django_db(transaction=True)]
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = [
    ("Amira", "Großmann"),
    ("Bartek", "Wiśniewski"),
    ("Cem", "Öztürk"),
    ("Dora", "Nagy"),
    ("Emil", "Łukasik"),
    ("Farid", "Haddad"),
    ("Gwen", "O'Neill"),
]
CHOICES = [(3, 4, 1), (3, 5, 6), (4, 3, 8), (5, 7, 9), (1, 3, 10), (6, 5, 4), (9, 8, 7)]


class Walk:
    """The people of the walk and the clock they share."""

    def __init__(self, browser: Browser, server: str, traveller: Any) -> None:
        self.watch = Watch(server.removeprefix("http://"))
        self.traveller = traveller
        self.organizers = [
            Person(browser, server, self.watch, f"{name}@example.org", "organizer", width)
            for name, width in (("gerrit.grossmann", 1280), ("verena.wolf", 390))
        ]
        self.students = [
            Person(browser, server, self.watch, f"walk{number}@example.org", "student", 390 if number % 2 else 1280)
            for number in range(7)
        ]

        self.anonymous = Person(browser, server, self.watch, "", "nobody", 390)

    def at(self, text: str) -> None:
        """Set the clock to a wall time in the seminar's zone, and let the background do what is due."""
        self.traveller.move_to(datetime.fromisoformat(text).replace(tzinfo=BERLIN), tick=True)
        sweep(datetime.now(BERLIN))

    @property
    def home(self) -> str:
        return "/seminars/deepdiffusion2023/"


@pytest.fixture
def walk(browser: Browser, live_server: Any, settings: Any) -> Iterator[Walk]:
    with time_machine.travel(datetime(2023, 10, 20, 9, 0, tzinfo=BERLIN), tick=True) as traveller:
        whole = (Path(settings.BASE_DIR) / "examples" / "deepdiffusion2023.toml").read_text()
        load_text(without_students(whole), datetime.now(BERLIN))
        settings.BASE_URL = live_server.url
        yield Walk(browser, live_server.url, traveller)


def without_students(text: str) -> str:
    """The file as it was before anybody entered."""
    head, *people = text.split("[[people]]")
    return "[[people]]".join([head, *(person for person in people if 'role = "organizer"' in person)])


def test_the_seminar_from_entry_to_grade(walk: Walk) -> None:
    enter(walk)
    prefer(walk)
    allocate(walk)
    hand_in_slides(walk)
    hand_in_notebooks(walk)
    assign_and_write_reviews(walk)
    hand_in_final_notebooks(walk)
    grade(walk)
    release(walk)
    tour(walk)
    assert walk.watch.complaints == [], "\n".join(walk.watch.complaints)
    assert broken_invariants() == []
    kinds = {name for name, _role, _alerts in walk.watch.inspected}
    assert len(kinds) >= 35, sorted(kinds)


def tour(walk: Walk) -> None:
    """The pages that the walk itself has not passed."""
    organizer, student, nobody = walk.organizers[0], walk.students[1], walk.anonymous
    version = Version.objects.filter(submission__participant__user__email=student.email)[0]
    for path in (
        "attendance/",
        "attendance/kickoff/",
        "messages/",
        "sessions/kickoff/",
        "submissions/",
        "similarity/",
        "topics/",
        "milestones/m4/extensions/",
        "manage/",
        "places/",
        "participants/import/",
        "topics/new/",
        "topics/import/",
    ):
        organizer.goto(walk.home + path)
    for path in (
        "topics/",
        "milestones/",
        "submissions/",
        "reviews/",
        "me/",
        "entry/leave/",
        "exchange/",
        f"submissions/receipts/{version.receipt}/",
        f"submissions/versions/{version.receipt}/",
        "works/",
    ):
        student.goto(walk.home + path)
    for path in ("/", "/accounts/profile/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"):
        student.goto(path)
    for path in (
        "/",
        walk.home,
        walk.home + "topics/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
    ):
        nobody.goto(path)
    nobody.goto("/seminars/there-is-none/", status=404)


def enter(walk: Walk) -> None:
    for organizer in walk.organizers:
        organizer.sign_in_by_code()
    for student, (given, family) in zip(walk.students, NAMES, strict=True):
        student.sign_up(given, family)
        student.goto(walk.home)
        student.follow("Enter this seminar")
        for box in student.page.get_by_role("checkbox").all():
            box.check()
        student.press("Apply for a place")
        assert "Your application is in" in student.text()
    organizer = walk.organizers[0]
    assert "8 of 8 places are open" in organizer.goto(walk.home).locator("main").inner_text()
    for given, family in NAMES:
        organizer.goto(walk.home + "participants/")
        organizer.press(f"Admit: {given} {family}")
    assert "1 of 8 places is open" in organizer.goto(walk.home).locator("main").inner_text()


def choose(page: Page, numbers: tuple[int, ...]) -> None:
    for number in numbers:
        page.get_by_role("button", name=f"Choose topic {number}", exact=True).click()
        page.locator(f".ballot li[data-topic='{number}']").wait_for()


def prefer(walk: Walk) -> None:
    walk.at("2023-10-28T12:00")
    for student, numbers in zip(walk.students[:6], CHOICES, strict=False):
        student.goto(walk.home + "me/")
        student.follow("Choose my topics")
        choose(student.page, numbers)
        assert "What counts: " + " > ".join(map(str, numbers)) in student.text()
        student.look()
    greedy = walk.students[0]
    greedy.page.evaluate("""() => {
        const more = document.querySelector('[name=topic]').cloneNode();
        more.value = '12';
        document.querySelector('#ranking').append(more);
    }""")
    greedy.provoked.append(400)
    greedy.page.get_by_role("button", name="Topic 4 up", exact=True).click()
    greedy.page.get_by_role("alert").get_by_text("3 preferences are asked for; you sent 4").wait_for()
    assert "Your earlier list" in greedy.text()
    walk.at("2023-10-30T23:30")
    reminded = Letter.objects.filter(key__startswith="reminder:", key__contains=":3:2023").values_list(
        "to_email", flat=True
    )
    assert set(reminded) == {walk.students[6].email}
    late = walk.students[6]
    late.goto(walk.home + "preferences/")
    choose(late.page, CHOICES[6])
    walk.at("2023-10-31T00:00")
    late.provoked.append(403)
    late.page.get_by_role("button", name="Topic 7 up", exact=True).click()
    late.page.get_by_role("alert").get_by_text("The deadline for preferences has passed").wait_for()
    assert "What counts: 9 > 8 > 7" in late.text()


def allocate(walk: Walk) -> None:
    walk.at("2023-10-31T09:00")
    organizer = walk.organizers[0]
    organizer.goto(walk.home + "allocation/")
    organizer.press("Compute and compare")
    assert "Nobody but the organizers sees this" in organizer.text()
    assert "have not been given out" in walk.students[0].goto(walk.home + "allocation/").locator("main").inner_text()
    organizer.follow("Look at this one: generous")
    organizer.press("Publish and tell everybody")
    assert "The allocation is published" in organizer.text()
    seminar = Seminar.objects.get()
    got = {p.user.email: p.assignment.seat.topic.number for p in seminar.participants.filter(role="student")}
    for student, numbers in zip(walk.students, CHOICES, strict=True):
        assert got[student.email] in numbers
        student.goto(walk.home + "allocation/")
        assert "of your preferences" in student.text()
        assert f"{got[student.email]} ·" in student.goto(walk.home + "me/").locator("main").inner_text()


def slot_path(walk: Walk, key: str) -> str:
    return f"{walk.home}submissions/{UploadSlot.objects.get(key=key).pk}/"


def upload(student: Person, name: str, data: bytes) -> None:
    student.page.set_input_files("#file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
    for box in student.page.locator("#own_work").all():
        box.check()
    for field in student.page.locator("#sources").all():
        field.fill("none")
    student.page.locator("form[data-upload] button").click()


def hand_in(student: Person, path: str, name: str, data: bytes) -> str:
    student.goto(path)
    upload(student, name, data)
    student.page.wait_for_url("**/receipts/**")
    student.look()
    assert "it is in, on time" in student.text()
    return student.page.url


def hand_in_slides(walk: Walk) -> None:
    walk.at("2023-12-08T20:00")
    path = slot_path(walk, "slides")
    wrong = walk.students[0]
    wrong.goto(path)
    wrong.provoked.append(400)
    upload(wrong, "talk.pptx", b"PK\x03\x04")
    wrong.page.get_by_role("alert").get_by_text("This is not a .pdf file").wait_for()
    wrong.look()
    receipts = [hand_in(s, path, "my talk.pdf", demo_pdf(f"Talk of {s.email}")) for s in walk.students[:6]]
    stranger = walk.students[1]
    receipt = receipts[0].removeprefix(stranger.server)
    stranger.goto(receipt, status=404)
    stranger.goto(receipt.replace("receipts", "files"), status=404)
    late = walk.students[6]
    walk.at("2023-12-08T23:58")
    late.goto(path)
    walk.at("2023-12-09T00:01")
    late.provoked.append(403)
    upload(late, "late.pdf", demo_pdf("Late"))
    late.page.get_by_role("alert").get_by_text("has passed; this file was not accepted").wait_for()
    late.look()
    late.goto(path)
    assert "The deadline has passed" in late.text()
    extend(walk, late)
    hand_in(late, path, "late.pdf", demo_pdf("Late"))


def extend(walk: Walk, student: Person) -> None:
    organizer = walk.organizers[1]
    organizer.goto(walk.home + "manage/")
    assert "1 piece of work is missing" in organizer.text()
    organizer.goto(walk.home + "milestones/")
    organizer.goto(walk.home + "milestones/m2/")
    organizer.page.get_by_role("checkbox", name="Gwen O'Neill").check()
    form = organizer.page.locator("form", has=organizer.page.get_by_role("group", name="Students"))
    form.locator("[name=due_date]").fill("2023-12-11")
    form.locator("[name=due_time]").fill("23:59")
    form.locator("[name=reason]").fill("ill")
    organizer.press("Grant and tell them")
    assert "has more time and is told" in organizer.text()
    student.goto(walk.home + "me/")
    assert "Mon 11 Dec 2023, 23:59 CET" in student.text()


def hand_in_notebooks(walk: Walk) -> None:
    walk.at("2024-02-09T21:00")
    path = slot_path(walk, "notebook")
    for student in walk.students:
        hand_in(student, path, "Untitled (1).ipynb", demo_notebook(student.email))
    first = Version.objects.get(
        submission__slot__key="notebook", submission__participant__user__email="walk0@example.org"
    )
    assert re.fullmatch(r"Topic\d\d_Grossmann_[A-Za-z0-9]+\.ipynb", first.canonical_name)


def assign_and_write_reviews(walk: Walk) -> None:
    walk.at("2024-02-10T10:00")
    organizer = walk.organizers[0]
    organizer.goto(walk.home + "reviews/")
    organizer.follow("Assign reviews")
    organizer.press("Publish and tell the reviewers")
    assert "21 reviews are assigned" in organizer.text()
    for student in walk.students:
        review_all(walk, student)
    assert "21 of 21 reviews are delivered" in organizer.goto(walk.home + "reviews/").locator("main").inner_text()
    walk.at("2024-02-11T10:00")
    for person in (*walk.students, *walk.organizers):
        expected = 21 if person.role == "organizer" else 3
        delivered = Letter.objects.filter(kind="review_delivered", to_email=person.email, state="sent")
        assert delivered.count() == expected


def review_all(walk: Walk, student: Person) -> None:
    page = student.goto(walk.home + "reviews/")
    with page.expect_download() as archive:
        page.get_by_role("link", name="All files as one archive").click()
    names = zipfile.ZipFile(BytesIO(Path(archive.value.path()).read_bytes())).namelist()
    reviews = list(Review.objects.filter(reviewer__user__email=student.email).order_by("pk"))
    assert (len(names), len(reviews)) == (3, 3)
    with page.expect_download() as one:
        page.get_by_role("link", name=re.compile("Download the file")).first.click()
    assert one.value.suggested_filename in names
    for review in reviews:
        page = student.goto(f"{walk.home}reviews/{review.pk}/write/")
        for area in page.locator("main textarea").all():
            area.fill("Clear and **helpful**; cell 3 could say why.")
        student.press("Save for later")
        student.press("Deliver to the author")
        assert "Your review is delivered" in student.text()
    foreign = Review.objects.exclude(reviewer__user__email=student.email).exclude(author__user__email=student.email)
    student.goto(f"{walk.home}reviews/{foreign[0].pk}/", status=404)
    student.goto(f"{walk.home}reviews/{foreign[0].pk}/work/", status=404)


def hand_in_final_notebooks(walk: Walk) -> None:
    walk.at("2024-03-23T22:41")
    path = slot_path(walk, "final-notebook")
    for student in walk.students:
        page = student.goto(walk.home + "me/")
        assert page.get_by_role("heading", name="Reviews I received").count() == 1
        hand_in(student, path, "final.ipynb", demo_notebook(f"{student.email}, improved"))
        assert "Nothing is waiting for you right now" in student.goto(walk.home + "me/").locator("main").inner_text()


def grade(walk: Walk) -> None:
    walk.at("2024-03-25T10:00")
    early = walk.students[0]
    early.goto(walk.home + "grading/")
    assert "Grades have not been released yet" in early.text()
    early.goto(early.page.url.replace(early.server, "") + "record.pdf", status=404)
    first, second = walk.organizers
    rows = {p.user.email: p.pk for p in Seminar.objects.get().participants.filter(role="student")}
    contested = f"{walk.home}grading/{rows[walk.students[0].email]}/edit/"
    first.goto(contested)
    second.goto(contested)
    for number, student in enumerate(walk.students):
        first.goto(f"{walk.home}grading/{rows[student.email]}/edit/")
        enter_grades(first, presentation="5.0" if number == 6 else "1.7")
    enter_grades(second, presentation="2.0", status=409)
    assert "Dr. Gerrit Großmann has meanwhile entered 1.7" in second.text()
    assert "you entered 2.0" in second.text()
    assert HistoryEntry.objects.filter(subject="grade:presentation").count() == 7


def enter_grades(organizer: Person, *, presentation: str, status: int = 200) -> None:
    page = organizer.page
    organizer.provoked.append(status)  # the page saves itself, and may be told before the button is pressed
    values = {"presentation": presentation, "notebook": "2.0", "reviews": "1.3", "discussion": "1.0"}
    for part, value in values.items():
        page.locator(f"[name={part}-value]").select_option(value)
    page.locator("[name=revision-verdict]").select_option("yes")
    organizer.press("Save", status=status)


def release(walk: Walk) -> None:
    organizer = walk.organizers[0]
    organizer.goto(walk.home + "grading/")
    assert "7 of 7 grades are complete, 0 are released" in organizer.text()
    organizer.follow("Release grades")
    organizer.press("Release all complete grades")
    assert "7 grades are released" in organizer.text()
    passed, failed = walk.students[1], walk.students[6]
    passed.goto(walk.home + "grading/")
    for step in ("0.40 × 1.7 + 0.50 × 2.0 + 0.10 × 1.3 = 1.81", "1.81 → 1.7"):
        assert step in passed.text()
    failed.goto(walk.home + "grading/")
    assert "5.0, because not passed: Presentation" in failed.text()
    with passed.page.expect_download() as record:
        passed.page.locator("a[href*='record.pdf'][hreflang=en]").click()
    text = "".join(page.extract_text() for page in PdfReader(record.value.path()).pages)
    for words in ("Grade record", "Bartek Wiśniewski", "1.7", "1.81", "Presentation"):
        assert words in text
    walk.at("2024-03-25T12:00")
    assert Letter.objects.exclude(state="sent").count() == 0
    assert str(settings.BASE_URL) in Letter.objects.filter(kind="grade_released")[0].text
    other = next(p.pk for p in Seminar.objects.get().participants.all() if p.user.email == failed.email)
    passed.goto(f"{walk.home}grading/{other}/", status=404)
