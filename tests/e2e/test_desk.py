"""A review is written with the connection gone and in two tabs, and nothing typed is lost; its author answers each point."""

import time
from collections.abc import Iterator
from datetime import date

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from reviews.domain.points import read_points
from reviews.models import Review, ReviewState
from reviews.services import set_pair_rule
from tests.e2e.conftest import Watch
from tests.factories.files import notebook
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.reviews.test_services import first_of, hand_in, publish, write, written

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
OFFLINE = "Not saved: the server cannot be reached."
PATIENCE = 60_000


class Desk:
    """Anna, signed in, with her first review; `page` is the tab in which she writes it."""

    def __init__(self, browser: Browser, server: str, world: World) -> None:
        User.objects.update(language="en")
        world.seminar.milestones.update(due_date=date(2100, 1, 1))
        hand_in(world)
        publish(world)
        self.review = first_of(world, "anna")
        self.address = world.url(f"reviews/{self.review.pk}/write/")
        self.watch = Watch(server.removeprefix("http://"))
        self.context: BrowserContext = browser.new_context(base_url=server, locale="en-GB")
        self.context.set_default_timeout(PATIENCE)
        self.server = server
        self.sign_in(world.people["anna"])
        self.page = self.tab()

    def sign_in(self, user: User | None) -> None:
        assert user
        client = Client()
        client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
        cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
        self.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.server}])

    def tab(self, address: str = "") -> Page:
        page = self.context.new_page()
        self.watch.attach(page, [400, 409])
        page.goto(address or self.address)
        self.watch.inspect(page, "student")
        return page

    def follow(self, page: Page, link: str) -> None:
        """Follow a link by keyboard, and look at the page it leads to."""
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("link", name=link).first.press("Enter")
        self.watch.inspect(page, "student")

    def text(self) -> str:
        return written(self.review).get("enhancements", "")

    def state(self) -> str:
        return Review.objects.get(pk=self.review.pk).state


@pytest.fixture
def desk(browser: Browser, live_server: object, world: World) -> Iterator[Desk]:
    desk = Desk(browser, live_server.url, world)  # type: ignore[attr-defined]
    yield desk
    desk.context.close()
    disconnected = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    assert [one for one in desk.watch.complaints if not any(each in one for each in disconnected)] == []


def says(page: Page, words: str) -> None:
    expect(page.locator("#saved")).to_contain_text(words, timeout=PATIENCE)


def test_review_saves_itself_and_is_delivered_by_keyboard(desk: Desk) -> None:
    page = desk.page
    page.get_by_label("Enhancements").focus()
    page.keyboard.type("- [cell 1] Plot it.")
    says(page, "Saved")
    assert (desk.text(), desk.state()) == ("- [cell 1] Plot it.", ReviewState.STARTED)
    page.keyboard.type(" Both axes.")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.get_by_role("button", name="Deliver to the author").press("Enter")
    assert (desk.text(), desk.state()) == ("- [cell 1] Plot it. Both axes.", ReviewState.DELIVERED)
    assert [(point.text, point.places) for point in desk.review.points.all()] == [("Plot it. Both axes.", [1])]
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('draft:'))") == []


def test_point_about_a_cell_is_begun_by_keyboard(desk: Desk) -> None:
    page = desk.page
    page.get_by_text("Begin a point about a cell").press("Enter")
    for place, weight, words in (("3, 7-9", "major", "The sign is wrong."), ("", "", "Plot it.")):
        page.get_by_label("Number").focus()
        page.keyboard.type(place)
        page.get_by_label("Weight").select_option(weight)
        page.get_by_label("Number").press("Enter")
        expect(page.get_by_label("Enhancements")).to_be_focused()
        page.keyboard.type(words)
    expect(page.get_by_label("Enhancements")).to_have_value("- [cell 3, 7-9, major] The sign is wrong.\n- Plot it.")
    says(page, "Saved")
    points = [(point.text, point.places, point.weight) for point in read_points(desk.text())]
    assert points == [("The sign is wrong.", (3, 7, 8, 9), "major"), ("Plot it.", (), "normal")]


def test_length_on_paper_follows_what_is_saved(desk: Desk) -> None:
    page, length = desk.page, desk.page.locator("#length")
    expect(length).to_have_text("1 page on paper.", timeout=PATIENCE)
    page.get_by_label("Enhancements").fill("- One more remark.\n" * 200)
    says(page, "Saved")
    expect(length).to_contain_text("more than was asked for (1 to 2)", timeout=PATIENCE)


def test_review_written_without_a_connection_is_sent_when_it_is_back(desk: Desk) -> None:
    page, field = desk.page, desk.page.get_by_label("Enhancements")
    desk.context.set_offline(True)
    field.fill("Written in a tunnel.")
    says(page, OFFLINE)
    assert desk.text() == ""
    desk.context.set_offline(False)
    says(page, "Saved")
    assert desk.text() == "Written in a tunnel."


def test_review_comes_back_after_the_tab_was_closed_without_a_connection(desk: Desk) -> None:
    desk.context.set_offline(True)
    desk.page.get_by_label("Enhancements").fill("Written in a tunnel.")
    says(desk.page, OFFLINE)
    desk.page.close()
    desk.context.set_offline(False)
    page = desk.tab()
    expect(page.get_by_label("Enhancements")).to_have_value("Written in a tunnel.")
    # Nobody pressed anything; the browser may even have sent it while the tab was being closed.
    until = time.monotonic() + PATIENCE / 1000
    while desk.text() != "Written in a tunnel.":
        assert time.monotonic() < until
        page.wait_for_timeout(50)


def test_review_in_two_tabs_overwrites_nothing(desk: Desk) -> None:
    first, second = desk.page, desk.tab()
    first.get_by_label("Enhancements").fill("From the first tab.")
    says(first, "Saved")
    second.get_by_label("Enhancements").fill("From the second tab.")
    says(second, "saved in another window")
    assert desk.text() == "From the first tab."
    # The second tab is asked what to do by the server's page, which shows both.
    with second.expect_navigation():
        second.get_by_role("button", name="Save for later").click()
    assert "From the first tab." in second.locator("main").inner_text()
    expect(second.get_by_label("Enhancements")).to_have_value("From the second tab.")
    for _press in ("which overwrites", "with nothing new to save"):
        with second.expect_navigation():
            second.get_by_role("button", name="Save for later").click()
        assert desk.text() == "From the second tab."


def test_text_of_an_earlier_state_is_shown_beside_the_fields(desk: Desk) -> None:
    first, second = desk.page, desk.tab()
    second.get_by_label("Enhancements").fill("Of the second tab.")
    says(second, "Saved")
    first.get_by_label("Enhancements").fill("Of the first tab.")
    says(first, "saved in another window")
    first.reload()
    expect(first.get_by_label("Enhancements")).to_have_value("Of the second tab.")
    expect(first.locator("#kept pre")).to_have_text("Of the first tab.")
    first.get_by_role("button", name="I do not need it any more").click()
    first.reload()
    expect(first.locator("#kept")).to_be_hidden()


def test_author_goes_from_point_to_difference_by_keyboard(desk: Desk, world: World) -> None:
    review = write(desk.review, "- [cell 1, major] The sign is wrong.\n- Plot it.", deliver=True)
    author = review.author
    receive_upload(
        world.slot("notebook"), author, notebook(title="mended"), uploaded_by=author.user, arrived_at=timezone.now()
    )
    desk.sign_in(author.user)
    page = desk.tab(world.url("me/"))
    desk.follow(page, "Answer them")
    assert "2 of 2 points have no answer yet." in page.locator("main").inner_text()
    desk.follow(page, "Answer 1")
    page.get_by_label("What I did").select_option("partly")
    page.get_by_label("Cells of my new version").fill("1")
    for reason, alert in (("", "Please say why"), ("The first of two.", "")):
        page.get_by_label("How, or why not").fill(reason)
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name="Save the answer").press("Enter")
        desk.watch.inspect(page, "student")
        assert alert in page.locator("main").inner_text()
    assert "1 of 2 points have no answer yet." in page.locator("main").inner_text()
    desk.follow(page, "What changed since this review")
    words = page.locator("main").inner_text()
    for each in ("changed", "The sign is wrong.", "partly done", "The first of two.", "cell 1 of the new version"):
        assert each in words
    desk.sign_in(review.reviewer.user)
    page = desk.tab(world.url(f"reviews/{review.pk}/"))
    desk.follow(page, "What changed since this review")
    assert "The first of two." in page.locator("main").inner_text()
    page = desk.tab(world.url(f"reviews/{Review.objects.filter(reviewer=review.reviewer).last().pk}/form/"))


def test_edit_of_the_matrix_that_breaks_a_rule_is_refused_with_its_reason(desk: Desk, world: World) -> None:
    desk.sign_in(world.people["olga"])
    page = desk.tab(world.url("reviews/"))
    reviews = Review.objects.count()
    taken = desk.review.author.user.name

    def choose(reviewer: str, author: str) -> None:
        page.goto(world.url("reviews/"))
        page.get_by_label("Reviewer", exact=True).select_option(label=reviewer)
        page.get_by_label("Author", exact=True).select_option(label=author)
        with page.expect_navigation(wait_until="load"):
            page.get_by_role("button", name="Look, and change it").press("Enter")
        desk.watch.inspect(page, "organizer")

    choose("Anna Großmann", taken)
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="Take it out of the plan").press("Enter")
    assert Review.objects.count() == reviews - 1
    # Meanwhile, in another window, the pair is excluded; this window still offers to put it back.
    set_pair_rule(
        desk.review.round, desk.review.reviewer, desk.review.author, kind="excluded", reason="They share a flat.",
        actor=world.row("otto").user, now=timezone.now(),
    )  # fmt: skip
    with page.expect_navigation(wait_until="load"):
        page.get_by_role("button", name="Add it, and tell the reviewer").press("Enter")
    assert f"Anna Großmann must not review {taken}: They share a flat. Nothing was changed." in page.inner_text("main")
    desk.watch.inspect(page, "organizer")
    assert Review.objects.count() == reviews - 1
