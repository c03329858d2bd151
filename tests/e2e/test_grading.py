"""A class is graded without a mouse, a roster takes a few taps on a phone, and a grade is looked at again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from courses.models import Attendance, Seminar
from grading.models import Assessment, Criterion, CriterionMark, Meeting, Part, PartGrade, TalkRecord
from grading.queries import compute, scheme_of
from grading.services import offer_meetings, save_part_grade
from grading.services.grades import entry_of as stored_entry
from tests.courses.crowd import add_students
from tests.e2e.conftest import Watch
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, release

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, live_server: object, world: World) -> Iterator[Open]:
    """Pages as olga sees them, or somebody else: path, width and name → page; seven students take part."""
    User.objects.update(language="en")
    add_students(world.seminar, 3)
    server = live_server.url  # type: ignore[attr-defined]
    watch, contexts = Watch(server.removeprefix("http://")), []

    def page_of(path: str, width: int, who: str = "olga") -> Page:
        client = Client()
        client.force_login(world.row(who).user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
        context = browser.new_context(
            base_url=server, locale="en-GB", viewport={"width": width, "height": 800}, has_touch=width < 500
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server}])
        page = context.new_page()
        watch.attach(page, [409])
        page.goto(path)
        watch.inspect(page, "organizer" if who == "olga" else "student")
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert watch.complaints == []


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()"))


def tab_to(page: Page, name: str, most: int = 60) -> None:
    for _press in range(most):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab; the keyboard is at {focused(page)}.")


def test_class_of_seven_is_graded_by_keyboard_only(opened: Open, world: World) -> None:
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    page = opened(world.url("grading/"), 1280)
    names = page.locator("main tbody th a").all_inner_texts()
    assert len(names) == 7
    first, second = Criterion.objects.filter(part__scheme=scheme)
    tab_to(page, names[0])
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    opened(world.url(f"grading/{world.row('anna').pk}/edit/"), 1280)  # inspected
    for _student in names:
        for criterion, key in ((first, "3"), (second, "4")):
            tab_to(page, f"presentation-c{criterion.pk}")
            page.keyboard.press(key)
        for field, typed in (
            ("presentation-value", "1.7"),
            ("notebook-value", "2.0"),
            ("reviews-value", "1.3"),
            ("discussion-value", "1.0"),
            ("revision-verdict", "p"),
        ):
            if page.locator(f"[name={field}]").count():
                tab_to(page, field)
                page.keyboard.type(typed)
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Control+Enter")
    assert page.url.partition("#")[0].endswith("/grading/")  # nobody is left
    assert len(compute(scheme, list(world.seminar.participants.filter(role="student", state="admitted")))) == 7
    assert {str(grade.value) for grade in PartGrade.objects.filter(part__key="presentation")} == {"1.70"}
    assert PartGrade.objects.filter(part__key="presentation").count() == 7
    marks = CriterionMark.objects.values_list("criterion", "level").order_by("pk")
    assert sorted(marks) == sorted([(first.pk, 3), (second.pk, 4)] * 7)


def test_marks_save_themselves_and_the_result_follows(opened: Open, world: World) -> None:
    anna, olga = world.row("anna"), world.row("olga").user
    for key, value in (("notebook", "1.7"), ("reviews", "1.0"), ("revision", True)):
        enter(world, "anna", key, entry_of(value), timezone.now())
    page = opened(world.url(f"grading/{anna.pk}/edit/"), 1280)
    saved, first = page.locator("#saved"), Criterion.objects.filter(part__key="presentation")[0]
    page.locator(f"[name=presentation-c{first.pk}]").first.focus()
    page.keyboard.press("2")
    page.keyboard.press("Delete")
    page.keyboard.press("4")
    page.locator("[name=presentation-value]").select_option("1.3")
    expect(page.locator("#result h2")).to_have_text("Result: 1.3")
    expect(page.locator("[data-sum=presentation]")).to_have_text("4 of 8 points")
    expect(saved).to_contain_text("Saved")
    # The other organizer has been here meanwhile: nothing is overwritten, and what was typed stays on the page.
    row = PartGrade.objects.get(part__key="presentation", participant=anna)
    entry = replace(stored_entry(row), value=Decimal("2.0"))
    save_part_grade(row.part, anna, entry, revision=row.revision, actor=world.row("otto").user, now=timezone.now())
    page.locator("[name=presentation-comment]").fill("Clear.")
    expect(saved).to_contain_text("Otto Organizer has meanwhile entered 2.0")
    expect(saved).to_contain_text("Clear.")
    expect(page.locator("[name=presentation-comment]")).to_have_value("Clear.")
    row.refresh_from_db()
    assert (row.value, row.comment, row.graded_by == olga) == (Decimal("2.0"), "", False)
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Control+s")
    assert "Nothing was overwritten." in page.locator("[role=alert]").first.inner_text()
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Control+s")
    row.refresh_from_db()
    assert (row.value, row.comment) == (Decimal("1.3"), "Clear.")


def test_key_enter_in_a_line_hands_nothing_in(opened: Open, world: World) -> None:
    Part.objects.update(examiners=2)
    page = opened(world.url(f"grading/{world.row('anna').pk}/edit/"), 1280)
    page.locator("[name=own-notebook-value]").select_option("1.3")
    page.locator(".criterion input[type=text]").first.fill("Told well")
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    assert set(Assessment.objects.values_list("part__key", "place")) == {("notebook", None), ("presentation", None)}
    with page.expect_navigation(wait_until="load"):
        page.locator("button[name=hand_in][value=notebook]").press("Enter")
    assert "You have handed in: 1.3" in page.locator("main").inner_text()
    assert Assessment.objects.get(part__key="notebook").place == 1


def test_talk_is_timed_and_marked_on_a_phone(opened: Open, world: World) -> None:
    page = opened(world.url(f"grading/{world.row('anna').pk}/talk/"), 390)
    first = Criterion.objects.filter(part__key="presentation")[0]
    page.clock.install()
    page.reload()
    page.get_by_role("button", name="Start").tap()
    page.clock.run_for(16 * 60_000)
    expect(page.get_by_role("timer")).to_have_text("16:00")
    expect(page.locator("#clock .state")).to_have_text("in the target")
    page.reload()  # the phone has slept
    page.clock.run_for(5 * 60_000 + 1000)
    expect(page.locator("#clock .state")).to_have_text("over the time")
    page.get_by_role("button", name="Stop").tap()
    page.locator(f"label:has([name=presentation-c{first.pk}][value='3'])").tap()
    page.get_by_label("Notes").fill("Asked about seeds.")
    page.clock.run_for(3000)
    expect(page.locator("#saved")).to_contain_text("Saved")
    row = TalkRecord.objects.get()
    assert (21 * 60 <= (row.seconds or 0) <= 22 * 60, row.notes) == (True, "Asked about seeds.")
    assert list(CriterionMark.objects.values_list("criterion", "level")) == [(first.pk, 3)]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_roster_of_a_session_takes_few_taps_on_a_phone(opened: Open, world: World) -> None:
    page, taps = opened(world.url("attendance/talks/"), 390), 0
    for group, status in ((1, "absent"), (4, "excused")):
        page.locator(".segments").nth(group).locator("label", has_text=status).tap()
        taps += 1
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="Save; all others are present").tap()
    taps += 1
    assert taps < 15
    statuses = sorted(Attendance.objects.values_list("status", flat=True))
    assert statuses == ["absent", "excused", *["present"] * 5]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_student_checks_in_on_a_phone_with_the_code_on_the_wall(opened: Open, world: World) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(check_in=True, discussion_notes=True)
    wall = opened(world.url("attendance/talks/check-in/"), 1280)
    with wall.expect_navigation(wait_until="load"):
        wall.get_by_role("button", name="Open the check-in").click()
    phone = opened(world.url("check-in/"), 390, "anna")
    phone.get_by_label("The code on the wall").fill(wall.locator(".code").inner_text())
    with phone.expect_navigation(wait_until="load"):
        phone.get_by_role("button", name="I am here").tap()
    assert "You are noted as present" in phone.locator("main").inner_text()
    roster = opened(world.url("attendance/talks/"), 390)
    assert roster.locator("[data-counts]").inner_text().startswith("1 present · 0 excused · 0 absent · 6 not noted")
    roster.locator(".segments", has_text="Conti").locator("label", has_text="absent").tap()
    assert roster.locator("[data-counts]").inner_text().startswith("1 present · 0 excused · 1 absent · 5 not noted")
    for path in ("attendance/", "attendance/talks/discussion/", "attendance/talks/expected/"):
        page = opened(world.url(path), 390)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_grade_is_looked_at_again_from_opening_to_decision(opened: Open, world: World) -> None:
    present = timezone.now()
    grade(world, "anna", present)
    release(world, present)
    student = opened(world.url("grading/"), 390, "anna")
    with student.expect_navigation(wait_until="load"):
        student.get_by_role("link", name="Another look at the grade").tap()
    address = student.url

    def say(page: Page, words: str, button: str) -> None:
        page.get_by_label("What you write").fill(words)
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name=button, exact=True).press("Enter")

    say(student, "The second question was about another paper.", "Send to the organizers")
    organizer = opened(world.url("manage/"), 1280)
    with organizer.expect_navigation(wait_until="load"):
        organizer.get_by_role("link", name="Decide Anna Großmann").press("Enter")
    assert organizer.url == address
    say(organizer, "You are right; I will enter a 1.0.", "Send, and the grade is changed")
    student.reload()
    words = student.locator("main").inner_text()
    assert "the grade is changed" in words
    assert "You are right; I will enter a 1.0." in words
    assert student.get_by_label("What you write").count() == 0
    opened(urlsplit(address).path, 390, "anna")  # inspected once more, decided


def test_meeting_is_booked_moved_and_cancelled_on_a_phone(opened: Open, world: World) -> None:
    day = timezone.now().date() + timedelta(days=7)
    times = {"begins": time(10), "ends": time(11), "minutes": 30, "place": "Room 3"}
    offer_meetings(world.seminar, day=day, **times, actor=world.row("olga").user, now=timezone.now())
    page = opened(world.url("me/"), 390, "anna")

    def press(role: str, name: str) -> str:
        with page.expect_navigation(wait_until="load"):
            page.get_by_role(role, name=name).first.tap()  # type: ignore[arg-type]
        return page.locator("main").inner_text()

    assert "10:30" in press("link", "Choose a time for my meeting")
    assert "Cancel my meeting" in press("button", "Book")
    first, second = Meeting.objects.order_by("begins_at")
    assert first.participant == world.row("anna")
    opened(world.url("meetings/"), 390, "anna")  # inspected with a booking
    press("button", "Move")
    second.refresh_from_db()
    assert second.participant == world.row("anna")
    assert "Choose a time" in press("button", "Cancel my meeting")
    assert Meeting.objects.filter(participant=None).count() == 2
    organizer = opened(world.url("meetings/"), 1280)
    assert organizer.get_by_role("heading", name="Offer times").count() == 1
    opened(world.url(f"meetings/{first.pk}/"), 1280)
