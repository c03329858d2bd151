"""A class is graded without a mouse, a roster takes a few taps on a phone, and a grade is looked at again."""

from collections.abc import Callable, Iterator
from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page

from accounts.models import User
from courses.models import Attendance, Seminar
from grading.models import Meeting, PartGrade
from grading.queries import compute, scheme_of
from grading.services import offer_meetings
from tests.courses.crowd import add_students
from tests.e2e.conftest import Watch
from tests.factories.world import World
from tests.grading.test_services import grade, release

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
        watch.attach(page, [])
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
    tab_to(page, names[0])
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    for _student in names:
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
        tab_to(page, "next")
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Enter")
    assert page.url.partition("#")[0].endswith("/grading/")  # nobody is left
    assert len(compute(scheme, list(world.seminar.participants.filter(role="student", state="admitted")))) == 7
    assert {str(grade.value) for grade in PartGrade.objects.filter(part__key="presentation")} == {"1.70"}
    assert PartGrade.objects.filter(part__key="presentation").count() == 7


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
