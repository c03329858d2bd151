"""Every address has a row in one policy table, and an object one may not know of answers like one that does not exist."""

import io
import logging
import re
import uuid
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from courses.models import Mailing, Participant, ParticipantState, Role, Seminar
from courses.queries import sessions_of
from courses.services import ask_excuse, change_state, publish_announcement, save_attendance
from grading import services as grading_services
from grading.models import IssuedDocument, Meeting, PartSource
from grading.queries import scheme_of
from grading.services.grades import Entry
from milestones.services import ask_extension
from notifications.models import Letter, LetterState
from notifications.services import beat, thinner_address
from reviews import services as reviews_services
from reviews.models import Review
from reviews.queries import round_of
from reviews.services import deliver_review, save_review
from seminar.services.generated import addresses
from submissions.models import SimilarityCase, UploadSlot, Version
from submissions.services import comparing, derived, files, publish, reading
from tests.factories.files import notebook, pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.policy_table import PEOPLE, ROWS, Row
from topics.models import PreferenceRule, TopicProposal
from topics.services import (
    ask_swap,
    assign_topic,
    propose_topic,
    publish_allocation,
    run_allocation,
    save_preferences,
    set_pair,
)

pytestmark = pytest.mark.once

NO_ROW = ("anonymous", "outsider", "other_student", "other_organizer")
REFUSED = {"login", "403", "404", "405"}
NOWHERE = {
    "session": "nowhere",
    "milestone": "nowhere",
    "version": uuid.UUID(int=7),
    "revised": uuid.UUID(int=7),
    "picture": "forged/picture.png",
    "document": "nowhere",
    "report": "nowhere",
}
READS, WRITES = ([row for row in ROWS if row.method == method] for method in ("GET", "POST"))
IN_SEMINAR = {each["name"] for each in addresses() if each["path"].startswith("/seminars/<slug:slug>/")}
Things = dict[str, Any]
SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _at_the_kick_off(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everybody asks while every deadline is ahead; how files are checked and PDFs are drawn is not the matter here."""
    monkeypatch.setattr(files, "content_problem", lambda *_args: "")
    for module in (reading, derived, comparing):
        monkeypatch.setattr(module, "said_by", lambda *_args: None)
    monkeypatch.setattr(grading_services, "print_document", lambda *_args, **_options: b"%PDF-1.7")
    monkeypatch.setattr(reviews_services, "review_pdf", lambda *_args, **_options: b"%PDF-1.7")
    monkeypatch.setattr(reviews_services, "pages_of", lambda *_args: 1)
    logging.disable(logging.WARNING)  # two thousand refusals are no news
    with time_machine.travel(now, tick=False):
        yield
    logging.disable(logging.NOTSET)


def inhabit(world: World, now: datetime) -> Things:
    """What anna and the organizers have made so far; name of a thing → what stands for it in an address."""
    olga, anna, carla = world.people["olga"], world.row("anna"), world.row("carla")
    assert olga is not None
    rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=world.seminar)
    topics = trade(world, rule, olga, now)
    slides = receive_upload(world.slot("slides"), anna, pdf(), uploaded_by=anna.user, arrived_at=now)
    receive_upload(world.slot("notebook"), carla, notebook(), uploaded_by=carla.user, arrived_at=now)
    revised = revise(world, now)
    written, planned, _of_boris, received = (
        Review.objects.create(
            round=round_of(world.seminar), reviewer=world.row(reviewer), author=world.row(author), assigned_at=now
        )
        for reviewer, author in (("anna", "carla"), ("anna", "dana"), ("boris", "carla"), ("boris", "anna"))
    )
    texts = {prompt.pk: "A remark." for prompt in written.round.prompts.all()}
    for review in (written, received):
        deliver_review(save_review(review, texts, revision=0, arrived_at=now), arrived_at=now, now=now)
    grade_everybody(world, olga, now)
    run = run_allocation(rule, objective="generous", actor=olga, now=now)  # a revision of what is in force
    Letter.objects.filter(key=f"receipt:{slides.receipt}").update(state=LetterState.FAILED)
    beat("sweep", now=now)
    longer = {"due_date": date(2024, 1, 8), "due_time": time(12), "reason": "a reason"}
    wish = ask_extension(world.milestone("m2"), anna, **longer, now=now)
    User.objects.filter(pk=anna.user_id).update(calendar_key=f"the-key-of-{anna.user_id}")
    meeting = Meeting.objects.create(
        seminar=world.seminar,
        begins_at=now + timedelta(days=3),
        ends_at=now + timedelta(days=3, minutes=20),
        offered_by=olga,
        participant=anna,
        booked_at=now,
    )
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    return {
        **miss(world, olga, now),
        "report": grading_services.issue_report(scheme, actor=olga, now=now).code,
        "meeting": meeting.pk,
        "document": IssuedDocument.objects.get(participant=anna, kind="record").code,
        "calendar": f"the-key-of-{anna.user_id}",
        "token": thinner_address(anna.user, "reminder").rstrip("/").rpartition("/")[2],
        "request": wish.pk,
        "student": anna.pk,
        "session": "talks",
        "letter": Letter.objects.get(key=f"receipt:{slides.receipt}").pk,
        "run": run.pk,
        "milestone": "m2",
        "slot": world.slot("slides").pk,
        "version": slides.receipt,
        "revised": revised.receipt,
        "case": SimilarityCase.objects.create(
            seminar=world.seminar, first=slides, second=revised, evidence={"score": 0.5}, opened_by=olga, opened_at=now
        ).pk,
        "picture": "forged/picture.png",
        "sample": "courses.place_offered.1.de",
        "mailing": Mailing.objects.create(
            seminar=world.seminar, audience="admitted", subject="Hello", text="Hello", created_by=olga, created_at=now
        ).pk,
        "news": publish_announcement(
            world.seminar, uuid.uuid4(), title="Hello", text="Hello", public=True, by_mail=False, actor=olga, now=now
        ).pk,
        "written": written.pk,
        "planned": planned.pk,
        "received": received.pk,
        "point": received.points.get(number=1).pk,
        **topics,
    }


def miss(world: World, olga: User, now: datetime) -> Things:
    """Anna was absent at the kick-off and asks to be excused from the talks; every switch of attendance is on."""
    Seminar.objects.filter(pk=world.seminar.pk).update(check_in=True, discussion_notes=True)
    anna, sessions = world.row("anna"), {session.key: session for session in sessions_of(world.seminar)}
    save_attendance(sessions["kickoff"], {anna.pk: "absent"}, actor=olga, now=now)
    excuse = ask_excuse(sessions["talks"], anna, reason="", now=now)
    return {"excuse": excuse.pk, "absence": anna.attendances.get().pk}


def revise(world: World, now: datetime) -> Version:
    """Anna's notebook in two versions, the second of them public."""
    anna, slot = world.row("anna"), world.slot("notebook")
    UploadSlot.objects.filter(pk=slot.pk).update(declarations=["publication"])
    slot.refresh_from_db()
    for title in ("First", "Second"):
        sent = {"uploaded_by": anna.user, "arrived_at": now, "declared": {"publication": "CC-BY-4.0"}}
        version = receive_upload(slot, anna, notebook(title=title), **sent)
    olga = world.people["olga"]
    assert olga is not None
    publish(version, by=olga, now=now)
    return version


def trade(world: World, rule: PreferenceRule, olga: User, now: datetime) -> Things:
    """An allocation in force, changed by hand since; a proposal of anna's, her request to carla, and a pair."""
    anna, carla = world.row("anna"), world.row("carla")
    PreferenceRule.objects.filter(pk=rule.pk).update(proposals=True)
    for row, numbers in ((anna, [2, 3]), (carla, [4])):
        save_preferences(row, rule, numbers, arrived_at=now)
    publish_allocation(run_allocation(rule, objective="generous", actor=olga, now=now), actor=olga, now=now)
    assign_topic(anna, world.topic(3), reason="", actor=olga, now=now)
    proposed = propose_topic(anna, TopicProposal(title="Flows", abstract="Because they flow."), now=now)
    asked = ask_swap(anna, carla, kind="topics", message="", now=now)
    fixed = set_pair(world.row("boris"), world.topic(1), kind="excluded", reason="agreed", actor=olga, now=now)
    return {"topic": 3, "proposal": proposed.pk, "exchange": asked.pk, "pair": fixed.pk}


def grade_everybody(world: World, olga: User, now: datetime) -> None:
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    for part in scheme.parts.exclude(source=PartSource.ATTENDANCE):
        graded = part.source == PartSource.GRADE
        entry = Entry(value=2 if graded else None, passed=None if graded else True, comment="", levels={})
        grading_services.save_part_grade(part, world.row("anna"), entry, revision=0, actor=olga, now=now)
    grading_services.release_grades(scheme, actor=olga, now=now)


@pytest.fixture
def things(world: World, now: datetime) -> Things:
    return inhabit(world, now)


def path_of(row: Row, slug: str, things: Things) -> str:
    """The row's address; a thing that `things` does not hold is one that does not exist."""
    args = [slug] if row.name in IN_SEMINAR else []
    return reverse(row.name, args=[*args, things.get(row.thing, 999_999_999)] if row.thing else args)


def ask(client: Client, method: str, path: str) -> HttpResponse:
    """One request, a form being sent empty; what it sets in cookies is forgotten."""
    response = client.post(path, {"csrfmiddlewaretoken": "-"}) if method == "POST" else client.get(path)
    content = response.getvalue()
    response.body = unzipped(content) if content[:2] == b"PK" else content.decode("utf-8", "replace")
    for cookie in set(client.cookies) - {"sessionid"}:
        del client.cookies[cookie]
    return response


def unzipped(content: bytes) -> str:
    """What somebody can read in an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "\n".join(f"{name}\n{archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist())


def cell(response: HttpResponse) -> str:
    sent_to_sign_in = response.status_code == 302 and response["Location"].startswith("/accounts/login/?next=")
    return "login" if sent_to_sign_in else str(response.status_code)


def answer(response: HttpResponse, path: str) -> tuple[str, dict[str, str], str]:
    """Everything somebody can learn from a response, without its tokens and the address they asked for."""
    body = re.sub(r'(csrfmiddlewaretoken" value=)"\w+"', r"\1", response.body).replace(path, "ADDRESS")
    headers = {name: re.sub(r"'nonce-[^']+'", "", value).replace(path, "ADDRESS") for name, value in response.items()}
    headers.pop("Content-Length", "")  # the body says it, and it counts the letters of the address
    return cell(response), headers, body


def client_of(who: str, world: World, signed_in: SignIn, now: datetime) -> Client:
    """`left` is anna: signed in as a student, withdrawn since."""
    client = signed_in(world.people["anna" if who == "left" else who])
    client.raise_request_exception = False
    if who == "left":
        change_state(world.row("anna"), ParticipantState.WITHDRAWN, actor=world.people["olga"], now=now)
    return client


def test_policy_table_names_every_address_of_the_project() -> None:
    assert {row.name for row in ROWS} == {each["name"] for each in addresses() if each["permission"] != "allauth"}
    assert [row.name for row in READS] == [row.name for row in WRITES]


def test_policy_table_leaves_out_only_pages_of_allauth() -> None:
    left_out = {each["name"] for each in addresses()} - {row.name for row in ROWS}
    assert {name for name in left_out if not name.startswith("account_")} == set()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables but sessions."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.label != "sessions.Session"]
    return {model._meta.label: list(model.objects.order_by("pk").values_list()) for model in models}


@pytest.mark.parametrize("who", PEOPLE)
def test_policy_table_holds_and_get_changes_nothing_for(
    who: str, world: World, things: Things, signed_in: SignIn, now: datetime
) -> None:
    client = client_of(who, world, signed_in, now)
    found = {}
    before = everything()
    for row in READS:
        found[row.key] = cell(ask(client, row.method, path_of(row, "small", things)))
    assert everything() == before
    for row in WRITES:
        with transaction.atomic():
            found[row.key] = cell(ask(client, row.method, path_of(row, "small", things)))
            transaction.set_rollback(True)
    assert found == {row.key: row.cells[who] for row in ROWS}


def test_policy_table_expects_no_failure() -> None:
    known = {"login", "200", "302", "400", "403", "404", "405", "409"}
    assert {status for row in ROWS for status in row.cells.values()} <= known


@pytest.mark.parametrize("who", PEOPLE)
def test_thing_one_may_not_know_of_answers_like_one_that_does_not_exist(
    who: str, world: World, things: Things, signed_in: SignIn, now: datetime
) -> None:
    client = client_of(who, world, signed_in, now)
    compared = 0
    for row in ROWS:
        if row.thing and row.cells[who] in REFUSED:
            real, none = path_of(row, "small", things), path_of(row, "small", NOWHERE)
            there, nowhere = (answer(ask(client, row.method, path), path) for path in (real, none))
            assert (row.key, there) == (row.key, nowhere)
            compared += 1
    assert compared >= 11


@pytest.mark.parametrize("who", ["anna", "olga"])
def test_thing_of_another_seminar_answers_like_one_that_does_not_exist(
    who: str, world: World, things: Things, signed_in: SignIn, now: datetime
) -> None:
    """Even to somebody who may see it under its own seminar's address."""
    people = {name: User.objects.filter(email=f"{name}@example.net").first() for name in world.people}
    others = inhabit(World(seminar=world.other, other=world.seminar, people=people), now)
    # Their names and numbers are the same in both; the secret address of a calendar or a document opens it to whoever knows it.
    everywhere = {"session", "milestone", "topic", "picture", "calendar", "token", "sample", "document"}
    foreign = {thing: value for thing, value in others.items() if thing not in everywhere}
    organizer_there = {"role": Role.ORGANIZER, "state": ParticipantState.ADMITTED, "entered_at": now}
    Participant.objects.create(seminar=world.other, user=world.people[who], **organizer_there)
    assert all(value != things[thing] for thing, value in foreign.items())
    client = client_of(who, world, signed_in, now)
    for row in ROWS:
        if row.thing in foreign:
            theirs, none = path_of(row, "small", foreign), path_of(row, "small", NOWHERE)
            there, nowhere = (answer(ask(client, row.method, path), path) for path in (theirs, none))
            assert (row.key, there) == (row.key, nowhere)
            assert there[0] in REFUSED


@pytest.mark.parametrize("who", NO_ROW)
def test_unpublished_seminar_answers_like_an_unknown_one(
    who: str, world: World, things: Things, signed_in: SignIn, now: datetime
) -> None:
    world.seminar.published = False
    world.seminar.save()
    client = client_of(who, world, signed_in, now)
    for row in ROWS:
        if row.name in IN_SEMINAR:
            hidden, none = path_of(row, "small", things), path_of(row, "nobody-knows", things)
            there, nowhere = (answer(ask(client, row.method, path), path) for path in (hidden, none))
            assert (row.key, there) == (row.key, nowhere)
            assert there[0] == ("login" if row.cells["anonymous"] == "login" and who == "anonymous" else "404")
    assert world.url() not in ask(client, "GET", "/").body


def test_unpublished_seminar_is_there_for_those_who_take_part(world: World, signed_in: SignIn) -> None:
    world.seminar.published = False
    world.seminar.save()
    found = {who: signed_in(world.people[who]).get(world.url()).status_code for who in ("anna", "gone", "olga")}
    assert found == {"anna": 200, "gone": 200, "olga": 200}


@pytest.mark.parametrize(("who", "path"), [("anna", "submissions/"), ("olga", "manage/")])
def test_rights_end_at_the_next_request(who: str, path: str, world: World, signed_in: SignIn) -> None:
    client, row = signed_in(world.people[who]), world.row(who)
    before = client.get(world.url(path)).status_code
    row.state = ParticipantState.WITHDRAWN
    row.save()
    assert (before, client.get(world.url(path)).status_code) == (200, 403)
