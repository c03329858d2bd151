"""Ranking by keyboard, finger and without script; and an organizer who compares, pins, edits, publishes and revises."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.account.models import EmailAddress
from playwright.sync_api import Browser, Page, expect

from accounts.services import ensure_user
from courses.models import Participant, ParticipantState, Seminar
from notifications.models import Letter
from seminar.services import withdraw
from seminar.services.invariants import broken_invariants
from tests.e2e.conftest import PASSWORD, Person, Watch
from tests.e2e.test_walk import CHOICES, NAMES, without_students
from tests.factories.world import load_text
from topics.models import AllocationRun, PreferenceRule, RunState
from topics.queries import ranking_of
from topics.services import save_preferences

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
BERLIN = ZoneInfo("Europe/Berlin")
HOME = "/seminars/deepdiffusion2023/"


class Class:
    """The real seminar after the kick-off, with seven students who have not ranked anything yet."""

    def __init__(self, browser: Browser, server: str, settings: Any, traveller: Any) -> None:
        self.browser, self.server, self.traveller = browser, server, traveller
        self.watch = Watch(server.removeprefix("http://"))
        whole = (Path(settings.BASE_DIR) / "examples" / "deepdiffusion2023.toml").read_text()
        now = datetime.now(BERLIN)
        self.seminar: Seminar = load_text(without_students(whole), now)
        self.rows = [self.student(number, *name, now) for number, name in enumerate(NAMES)]

    def student(self, number: int, given: str, family: str, now: datetime) -> Participant:
        user = ensure_user(f"class{number}@example.org", given_names=given, family_name=family)
        return Participant.objects.create(
            seminar=self.seminar, user=user, state=ParticipantState.ADMITTED, entered_at=now, name_public=True
        )

    def person(self, email: str, role: str, width: int, **context: Any) -> Person:
        user = ensure_user(email)
        user.set_password(PASSWORD)
        user.save()
        EmailAddress.objects.filter(user=user).update(verified=True)
        person = Person(self.browser, self.server, self.watch, email, role, width)
        if context:
            person.context = self.browser.new_context(
                base_url=self.server, viewport={"width": width, "height": 900}, **context
            )
            person.page = person.context.new_page()
            self.watch.attach(person.page, person.provoked)
        person.page.goto(HOME + "me/" if role == "student" else HOME + "manage/")
        person.sign_in_by_password()
        return person

    def rank_everything(self) -> None:
        rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get()
        for row, numbers in zip(self.rows, CHOICES, strict=True):
            save_preferences(row, rule, numbers, arrived_at=datetime.now(BERLIN))

    def at(self, text: str) -> None:
        self.traveller.move_to(datetime.fromisoformat(text).replace(tzinfo=BERLIN), tick=True)


@pytest.fixture
def course(browser: Browser, live_server: Any, settings: Any) -> Iterator[Class]:
    with time_machine.travel(datetime(2023, 10, 28, 12, 0, tzinfo=BERLIN), tick=True) as traveller:
        settings.BASE_URL = live_server.url
        course = Class(browser, live_server.url, settings, traveller)
        yield course
        assert course.watch.complaints == [], "\n".join(course.watch.complaints)
        assert broken_invariants() == []


def tab_to(page: Page, label: str) -> None:
    """Reach a control as somebody without a mouse does."""
    for _step in range(150):
        page.keyboard.press("Tab")
        if (
            page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
            == label
        ):
            return
    raise AssertionError(f"The keyboard does not reach “{label}”.")


def counts(page: Page, text: str) -> None:
    expect(page.locator("#saved")).to_contain_text(f"What counts: {text}")


def test_ranking_by_keyboard_only(course: Class) -> None:
    student = course.person("class0@example.org", "student", 1280)
    page = student.goto(HOME + "preferences/")
    for number, text in ((3, "3"), (5, "3 > 5"), (7, "3 > 5 > 7")):
        tab_to(page, f"Choose topic {number}")
        page.keyboard.press("Enter")
        counts(page, text)
    student.look()
    assert page.evaluate("document.activeElement.value") == "add:8"  # one stays in the catalogue
    assert "What counts: 3 > 5 > 7" in page.locator("#heard").inner_text()
    tab_to(page, "Topic 7 up")
    page.keyboard.press("Enter")
    counts(page, "3 > 7 > 5")
    assert page.evaluate("document.activeElement.value") == "up:7"  # the focus follows the topic
    page.keyboard.press("1")
    counts(page, "7 > 3 > 5")
    for key, text in (("ArrowDown", "3 > 7 > 5"), ("ArrowUp", "7 > 3 > 5"), ("ArrowDown", "3 > 7 > 5")):
        page.keyboard.press(key)
        counts(page, text)
    tab_to(page, "Remove topic 7")
    page.keyboard.press("Space")
    counts(page, "3 > 5")
    tab_to(page, "Mail me a receipt")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "on its way to you by mail" in student.text()
    letter = Letter.objects.get(kind="preferences_received")
    assert re.search(r"1\. 3 · .*\n2\. 5 · ", letter.text)
    assert ranking_of(course.rows[0]) == [[3], [5]]


def test_ranking_by_mouse_and_with_the_connection_gone(course: Class) -> None:
    student = course.person("class1@example.org", "student", 1280)
    page = student.goto(HOME + "preferences/")
    for number in (1, 2, 4):
        page.get_by_role("button", name=f"Choose topic {number}", exact=True).click()
        page.locator(f".ballot li[data-topic='{number}']").wait_for()
    assert not page.get_by_role("button", name="Choose topic 4", exact=True).is_visible()
    page.drag_and_drop(".ballot li[data-topic='4'] .rank", ".ballot li[data-topic='1'] .rank")
    counts(page, "4 > 1 > 2")
    page.context.set_offline(True)
    student.watch.complaints.clear()
    page.get_by_role("button", name="Topic 2 up", exact=True).click()
    expect(page.locator("#saved")).to_contain_text("Not saved: there is no connection")
    student.watch.complaints[:] = [c for c in student.watch.complaints if "ERR_INTERNET_DISCONNECTED" not in c]
    page.context.set_offline(False)
    page.get_by_role("button", name="Topic 2 up", exact=True).click()
    counts(page, "4 > 2 > 1")


def test_ranking_by_touch(course: Class) -> None:
    student = course.person("class2@example.org", "student", 390, has_touch=True)
    page = student.goto(HOME + "preferences/")
    for number in (6, 8):
        page.get_by_role("button", name=f"Choose topic {number}", exact=True).tap()
        page.locator(f".ballot li[data-topic='{number}']").wait_for()
    page.locator(".ballot").evaluate("""async (list) => {
        const [first, second] = list.querySelectorAll('li');
        const at = (item) => {
            const box = item.getBoundingClientRect();
            return new Touch({ identifier: 1, target: second, clientX: box.x + 10, clientY: box.y + 10 });
        };
        const fire = (kind, touch) => second.dispatchEvent(
            new TouchEvent(kind, { bubbles: true, cancelable: true, touches: [touch], changedTouches: [touch] }));
        second.scrollIntoView({ block: 'center' });
        fire('touchstart', at(second));
        await new Promise((resolve) => setTimeout(resolve, 300));
        fire('touchmove', at(first));
        fire('touchend', at(first));
    }""")
    counts(page, "8 > 6")


def test_ranking_without_script(course: Class) -> None:
    student = course.person("class3@example.org", "student", 390, java_script_enabled=False)
    page = student.page
    page.goto(HOME + "preferences/")
    for number in (9, 2):
        page.get_by_role("button", name=f"Choose topic {number}", exact=True).click()
    page.get_by_role("button", name="Topic 2 up", exact=True).click()
    counts(page, "2 > 9")


def test_organizer_compares_pins_edits_publishes_and_revises(course: Class, tmp_path: Path) -> None:
    course.rank_everything()
    course.at("2023-10-31T09:00")
    organizer = course.person("gerrit.grossmann@example.org", "organizer", 1280)
    page = organizer.goto(HOME + "allocation/")
    page.get_by_text("Pin or exclude").click()
    page.locator("#pair_student").select_option(label="Gwen O'Neill")
    page.locator("#pair_kind").select_option("pinned")
    page.locator("#pair_topic").select_option(label=page.locator("#pair_topic option").nth(3).inner_text())
    page.locator("#pair_reason").fill("She has worked on it.")
    organizer.press("Save")
    assert "pinned: 3 – She has worked on it." in organizer.text()
    organizer.press("Compute and compare")
    assert page.locator(".cards .card").count() == 3
    assert page.locator(".cards meter").count() == 3 * 5  # three choices, pinned, none
    publish(organizer, "greedy")
    assert AllocationRun.objects.get(state=RunState.PUBLISHED).objective == "greedy"
    explained(course, tmp_path)
    change_by_hand(organizer)
    revise(organizer)
    assert AllocationRun.objects.filter(state=RunState.SUPERSEDED).count() == 1
    assert AllocationRun.objects.count() == 6  # every run is kept


def publish(organizer: Person, objective: str) -> None:
    organizer.follow(f"Look at this one: {objective}")
    organizer.press("Publish and tell everybody")


def explained(course: Class, tmp_path: Path) -> None:
    """Each student reads why, and can compute it again with nothing but Python."""
    for number in range(7):
        student = course.person(f"class{number}@example.org", "student", 390)
        page = student.goto(HOME + "allocation/")
        text = student.text()
        assert "of your preferences" in text or "gave you this topic" in text or "you have no topic" in text
        if number == 0:
            with page.expect_download() as download:
                page.get_by_role("link", name="Download the computation").click()
            archive = tmp_path / download.value.suggested_filename
            download.value.save_as(archive)
            done = subprocess.run(
                [sys.executable, "-I", "-S", str(archive)], capture_output=True, text=True, check=False
            )
            assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "This is what was published.")
        student.context.close()


def change_by_hand(organizer: Person) -> None:
    page = organizer.goto(HOME + "allocation/")
    page.get_by_role("link", name="Change the topic of Amira Großmann").click()
    page.wait_for_url("**/students/*/")
    taken = page.locator("#topic option", has_text="(Bartek Wiśniewski)").get_attribute("value")
    page.locator("#topic").select_option(taken)
    organizer.press("Show the effect")
    effect = page.locator("main ul").first.inner_text()
    assert "Amira Großmann" in effect
    assert "Bartek Wiśniewski" in effect
    page.locator("#reason").fill("They asked for it.")
    organizer.press("Save and tell them")
    told = Letter.objects.filter(kind="topic_assigned", text__contains="They asked for it.")
    assert sorted(told.values_list("to_email", flat=True)) == ["class0@example.org", "class1@example.org"]


def revise(organizer: Person) -> None:
    page = organizer.goto(HOME + "allocation/")
    page.locator("#id_change_cost").fill("0")
    organizer.press("Compute and compare")
    page.get_by_role("link", name="Look at this one: generous").click()
    page.wait_for_url("**/runs/*/")
    assert "Who would change" in organizer.text()
    page.locator("form [name=reason]").evaluate("(field) => field.required = false")
    organizer.press("Publish and tell everybody", status=400)
    assert "Please say why" in organizer.text()
    page.locator("form [name=reason]").fill("A fairer one was found.")
    organizer.press("Publish and tell everybody")
    assert Letter.objects.filter(kind="topic_assigned", text__contains="A fairer one was found.").exists()


def test_two_students_swap_and_the_organizer_approves(course: Class) -> None:
    course.rank_everything()
    course.at("2023-10-31T09:00")
    organizer = course.person("gerrit.grossmann@example.org", "organizer", 1280)
    organizer.goto(HOME + "allocation/")
    organizer.press("Compute and compare")
    publish(organizer, "generous")
    asks, asked = (course.person(f"class{number}@example.org", "student", 390) for number in (0, 1))
    asks.goto(HOME + "exchange/")
    asks.press("Ask Bartek Wiśniewski to swap topics")
    assert "Your request is on its way" in asks.text()
    asked.goto(HOME + "me/")
    assert "asks you to swap" in asked.text()
    asked.goto(HOME + "exchange/")
    asked.press("Agree")
    before = {p.pk: p.assignment.seat.topic.number for p in Participant.objects.filter(role="student")}
    assert "1 change of topics waits for your approval" in organizer.goto(HOME + "manage/").locator("main").inner_text()
    organizer.goto(HOME + "allocation/")
    organizer.press("Approve: Amira Großmann")
    after = {p.pk: p.assignment.seat.topic.number for p in Participant.objects.filter(role="student")}
    first, second = course.rows[0].pk, course.rows[1].pk
    assert (after[first], after[second]) == (before[second], before[first])
    withdraw(course.rows[1], actor=organizer_user(), now=datetime.now(BERLIN))
    asks.goto(HOME + "exchange/")
    asks.press(f"Take topic {after[second]}")
    assert "The organizers have to approve it" in asks.text()


def organizer_user() -> Any:
    return Participant.objects.filter(role="organizer")[0].user
