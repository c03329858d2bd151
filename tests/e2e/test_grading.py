"""A class is graded without a mouse, and the roster of a session is a matter of a few taps on a phone."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, Page

from accounts.models import User
from courses.models import Attendance
from grading.models import PartGrade
from grading.queries import compute, scheme_of
from tests.courses.crowd import add_students
from tests.e2e.conftest import Watch
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
Open = Callable[[str, int], Page]


@pytest.fixture
def opened(browser: Browser, live_server: object, world: World) -> Iterator[Open]:
    """Pages as olga sees them: path and width → page; seven students take part."""
    User.objects.update(language="en")
    add_students(world.seminar, 3)
    server = live_server.url  # type: ignore[attr-defined]
    watch, contexts = Watch(server.removeprefix("http://")), []
    client = Client()
    client.force_login(world.row("olga").user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]

    def page_of(path: str, width: int) -> Page:
        context = browser.new_context(
            base_url=server, locale="en-GB", viewport={"width": width, "height": 800}, has_touch=width < 500
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server}])
        page = context.new_page()
        watch.attach(page, [])
        page.goto(path)
        watch.inspect(page, "organizer")
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
