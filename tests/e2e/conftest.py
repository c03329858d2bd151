"""A real browser, people in it, and the eyes that watch every page they see."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from django.urls import resolve
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from notifications.models import Letter
from notifications.services import drain

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
PASSWORD = "a long enough password 7"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("Chromium is not there: `apt-get install chromium`, or set CHROMIUM to its path.")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


class Watch:
    """Collects what must not happen on any page, and looks at each kind of page once for each role and colour scheme."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.complaints: list[str] = []
        self.inspected: set[tuple[str, str, int]] = set()

    def attach(self, page: Page, expected: list[int]) -> None:
        def console(message: Any) -> None:
            # Chromium reports every answer of 400 and above; those that a test provokes are expected.
            provoked = re.search(r"status of (\d+)", message.text)
            if message.type == "error" and not (provoked and int(provoked.group(1)) in expected):
                self.complaints.append(f"{page.url}: console: {message.text}")

        def request(sent: Request) -> None:
            if urlsplit(sent.url).scheme in {"http", "https"} and urlsplit(sent.url).netloc != self.host:
                self.complaints.append(f"{page.url}: asks another host: {sent.url}")

        page.on("console", console)
        page.on("request", request)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def inspect(self, page: Page, role: str) -> None:
        """Run axe in light and dark on a kind of page that this role has not shown before."""
        name = resolve(urlsplit(page.url).path).view_name
        status = len(page.locator("[role=alert]:visible").all())
        if (name, role, status) in self.inspected:
            return
        self.inspected.add((name, role, status))
        if os.environ.get("TEST_REDIS_URL"):  # the pages are those of the pass on SQLite, which looks at each
            return
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.evaluate(AXE)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            for violation in found["violations"]:
                where = [node["html"][:120] for node in violation["nodes"][:3]]
                self.complaints.append(f"{name} ({role}, {scheme}): {violation['id']}: {where}")


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, server: str, watch: Watch, email: str, role: str, width: int) -> None:
        self.email, self.role, self.server, self.watch = email, role, server, watch
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": 900}, locale="en-GB", base_url=server, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.provoked: list[int] = []
        watch.attach(self.page, self.provoked)

    def goto(self, path: str, status: int = 200) -> Page:
        if status >= 400:
            self.provoked.append(status)
        answer = self.page.goto(path)
        if "/accounts/login/?next=" in self.page.url:  # the session has ended: a term is longer than eight weeks
            self.sign_in_again()
            answer = self.page.goto(path)
        assert answer is not None
        assert answer.status == status, (path, answer.status, self.page.locator("main").inner_text()[:400])
        self.look()
        return self.page

    def look(self) -> None:
        self.watch.inspect(self.page, self.role)

    def follow(self, link: str) -> None:
        """Follow a link and wait for the page that it leads to: a click alone returns while the old page is still there."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.get_by_role("link", name=link).click()
        self.look()

    def press(self, button: str, *, status: int = 200) -> None:
        """Press a button and wait for the page that follows."""
        if status >= 400:
            self.provoked.append(status)
        with self.page.expect_navigation(wait_until="load") as navigation:
            self.page.get_by_role("button", name=button, exact=True).first.click()
        assert navigation.value.status == status, (button, navigation.value.status, self.text()[:600])
        self.look()

    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def sign_up(self, given: str, family: str) -> None:
        page = self.goto("/accounts/signup/")
        page.get_by_label("Email", exact=False).first.fill(self.email)
        page.get_by_label("Given names").fill(given)
        page.get_by_label("Family name").fill(family)
        page.locator("[name=password1]").fill(PASSWORD)
        page.locator("[name=password2]").fill(PASSWORD)
        page.locator("main form button").first.click()
        page.wait_for_url("**/confirm-email/")
        self.look()
        link = re.search(r"/accounts/confirm-email/\S+", self.last_letter())
        assert link
        self.goto(link.group(0))
        with page.expect_navigation():
            page.locator("main form button").first.click()
        if "login" in page.url:
            self.look()
            page.locator("[name=login]").fill(self.email)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("main form button").first.click()
            page.wait_for_url(self.server + "/")

    def sign_in_by_code(self) -> None:
        page = self.goto("/accounts/login/code/")
        page.locator("[name=email]").fill(self.email)
        page.locator("main form button").first.click()
        page.wait_for_url("**/code/confirm/")
        self.look()
        drain(timezone.now())  # a code is not sent any more when it is good no more
        code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", self.last_letter(), re.MULTILINE)
        assert code, self.last_letter()
        page.locator("[name=code]").fill(code.group(1))
        page.locator("main form button").first.click()
        page.wait_for_url(self.server + "/")
        self.look()

    def sign_in_again(self) -> None:
        if self.role == "organizer":
            self.sign_in_by_code()
        else:
            self.sign_in_by_password()

    def sign_in_by_password(self) -> None:
        self.page.locator("[name=login]").fill(self.email)
        self.page.locator("[name=password]").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.locator("main form button").first.click()

    def last_letter(self) -> str:
        return Letter.objects.filter(to_email=self.email).order_by("-pk")[0].text
