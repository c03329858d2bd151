"""An organizer writes to some people and looks at every letter; nothing that a letter says runs or calls home."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from notifications.models import Letter
from tests.e2e.test_grading import opened  # noqa: F401  (a fixture)
from tests.factories.world import World

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
Open = Callable[..., Page]


def press(page: Page, name: str) -> None:
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("width", [390, 1280])
def test_letter_to_some_is_chosen_written_looked_at_and_sent(world: World, opened: Open, width: int) -> None:  # noqa: F811
    page = opened(world.url("messages/new/"), width)
    page.get_by_label("Message").select_option(label="everybody who is admitted")
    press(page, "Show who that is")
    page.get_by_label("Subject").fill("About <b>{topic}</b>")
    page.locator("#id_text").fill("Dear {name},\n\n- <img src=https://evil.example/x.png>\n- https://maps.example/mar")
    page.get_by_role("checkbox", name="Boris").uncheck()
    press(page, "Save and look at it")
    frame = page.frame_locator("iframe.letter")
    assert frame.locator("li").first.inner_text() == "<img src=https://evil.example/x.png>"
    assert frame.locator("li a").last.get_attribute("href") == "https://maps.example/mar"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(page, "Send now")
    assert "6 letters are on their way." in page.locator("main").inner_text()
    assert Letter.objects.filter(kind="mailing").exclude(user=world.people["boris"]).count() == 6


@pytest.mark.parametrize("width", [390, 1280])
def test_rows_that_the_filter_shows_are_ticked_at_once_and_written_to(world: World, opened: Open, width: int) -> None:  # noqa: F811
    page = opened(world.url("manage/"), width)
    everybody = page.get_by_role("checkbox", name="Tick everybody who is shown")
    page.get_by_label("Filter by name").fill("boris")
    everybody.check()
    page.get_by_label("Filter by name").fill("")
    page.get_by_role("checkbox", name="Dana").check()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    press(page, "Write to those who are ticked")
    ticked = page.get_by_role("checkbox", checked=True).evaluate_all("boxes => boxes.map(box => box.value)")
    assert set(ticked) == {str(world.row(name).pk) for name in ("boris", "dana")}


@pytest.mark.parametrize("path", ["messages/", "messages/preview/", "announcements/"])
def test_pages_of_letters_fit_a_phone(world: World, opened: Open, path: str) -> None:  # noqa: F811
    page = opened(world.url(path), 390)
    for each in page.locator("details").all()[:3]:
        each.evaluate("element => { element.open = true }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
