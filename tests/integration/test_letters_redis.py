"""Redis dies in the middle of it all, hangs, comes back empty, and is emptied under everybody's hands: people notice nothing.

It is away for as long as the people need for what they do; REDIS_AWAY_MINUTES=10 makes it ten minutes. Nothing in the program
depends on how long it is away but the worker's own tries to connect, which come every 32 seconds at the most after a long time.
"""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils import timezone

from accounts.models import User
from courses.models import Participant, ParticipantState, Session
from grading.models import PartGrade
from milestones.models import Milestone, OwnDeadline
from notifications.models import Letter, LetterState
from reviews.models import ReviewState
from submissions.models import Version
from tests.accounts.test_views import code_in
from tests.courses.crowd import add_students
from tests.factories.files import pdf
from tests.factories.kills import NEEDS_REDIS, Post
from tests.factories.postal import UNSETTLED, environment, noon_zone, wait_until
from tests.factories.visitor import Visitor, site
from tests.factories.world import World, build_world
from tests.grading.test_views import form_of
from tests.reviews.test_services import first_of, hand_in, publish
from tests.reviews.test_views import data_of
from topics.models import Preference

pytestmark = [pytest.mark.services, NEEDS_REDIS, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough password"
CROWD = 20
TWO_MINUTES = 120
AWAY = 60 * float(os.environ.get("REDIS_AWAY_MINUTES", "0"))


@pytest.fixture
def busy() -> World:
    """The small seminar in a week in which everything can be done at once, with a reminder due to everybody."""
    now = timezone.now()
    world = build_world(now - timedelta(days=30))
    world.seminar.time_zone = noon_zone(now)
    world.seminar.capacity = 100
    world.seminar.save()
    due = (now + timedelta(minutes=115)).astimezone(world.seminar.zone)
    for days, keys in ((0, ("m1",)), (100, ("m2", "m3")), (200, ("m4",))):
        milestones = Milestone.objects.filter(seminar=world.seminar, key__in=keys)
        milestones.update(due_date=due.date() + timedelta(days=days), due_time=due.time())
    for days, key in ((-30, "kickoff"), (50, "questions"), (60, "pause"), (70, "talks")):
        Session.objects.filter(seminar=world.seminar, key=key).update(date=due.date() + timedelta(days=days))
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1000)
    User.objects.filter(email__in=["olga@example.org", "anna@example.org", "outsider@example.org"]).update(
        password=password
    )
    hand_in(world, at=now)
    publish(world, at=now)
    Letter.objects.all().delete()
    add_students(world.seminar, CROWD)
    return world


def everybody_acts(world: World, address: str) -> None:
    """Every kind of thing that students and organizers do, each with its effect and in a sane time."""
    anna, olga, outsider = Visitor(address), Visitor(address), Visitor(address)
    for visitor, name in ((anna, "anna"), (olga, "olga"), (outsider, "outsider")):
        visitor.sign_in(f"{name}@example.org", PASSWORD)
    as_student(world, anna, outsider)
    as_organizer(world, olga)


def as_student(world: World, anna: Visitor, outsider: Visitor) -> None:
    outsider.post(world.url("entry/"), {"available": "on"})
    assert (
        Participant.objects.get(seminar=world.seminar, user=world.people["outsider"]).state == ParticipantState.APPLIED
    )
    anna.post(world.url("preferences/"), {"topic": ["3", "1", "2"]})
    assert Preference.objects.filter(preference_list__participant=world.row("anna")).count() == 3
    slides = world.slot("slides")
    declared = {"own_work": "yes", "sources": "none"}
    anna.post(world.url(f"submissions/{slides.pk}/"), declared, file=("talk.pdf", pdf().read()))
    assert Version.objects.filter(submission__slot=slides, submission__participant=world.row("anna")).count() == 1
    review = first_of(world, "anna")
    anna.post(world.url(f"reviews/{review.pk}/write/"), data_of(review, "Plot the noise.", deliver="1"))
    review.refresh_from_db()
    assert review.state == ReviewState.DELIVERED
    for page in ("", "me/", "topics/", "milestones/", "reviews/", "submissions/"):
        anna.get(world.url(page))


def as_organizer(world: World, olga: Visitor) -> None:
    applied = Participant.objects.get(seminar=world.seminar, user=world.people["outsider"])
    olga.post(world.url(f"participants/{applied.pk}/"), {"action": "admitted", "state": "admitted"})
    olga.post(world.url(f"grading/{world.row('boris').pk}/edit/"), form_of(presentation="1.3", revision="yes"))
    assert PartGrade.objects.filter(participant=world.row("boris")).count() == 2
    until = (timezone.now() + timedelta(days=120)).date()
    fields = {"participant": world.row("dana").pk, "due_date": until, "due_time": "23:59", "reason": "ill"}
    olga.post(world.url("milestones/m2/extensions/"), fields)
    assert OwnDeadline.objects.filter(participant=world.row("dana")).exists()
    olga.post(world.url("participants/remind/"))
    assert Letter.objects.filter(kind="registration").count() >= CROWD
    for page in ("manage/", "participants/", "messages/", "grading/", "allocation/", "reviews/", "attendance/"):
        olga.get(world.url(page))


def all_out(post: Post) -> bool:
    return not Letter.objects.filter(state__in=UNSETTLED).exists()


def assert_once_each(post: Post) -> None:
    accepted = sorted(letter.message_id for letter in post.server.accepted())
    assert accepted == sorted(Letter.objects.values_list("message_id", flat=True))
    assert set(Letter.objects.values_list("state", flat=True)) == {LetterState.SENT}


@pytest.mark.parametrize("away", ["killed", "silent"])
def test_everything_goes_on_while_redis_is_away_and_letters_follow(busy: World, tmp_path: Path, away: str) -> None:
    with Post(tmp_path, "celery") as post:
        broker = post.redis.process
        assert broker is not None
        post.server.order(seconds=0.2)
        with site(environment(tmp_path, post.server.port, REDIS_URL=post.redis.url)) as address:
            post.start()
            wait_until(lambda: len(post.server.accepted()) > 4)  # in the middle of it
            left = time.monotonic()
            if away == "killed":
                post.redis.kill()
            else:
                broker.send_signal(signal.SIGSTOP)
            everybody_acts(busy, address)
            time.sleep(max(0, AWAY - (time.monotonic() - left)))
            Visitor(address).get(busy.url(""))
            assert not all_out(post), "Nothing waited: this has shown nothing."
            post.server.order(seconds=0)
            if away == "killed":
                post.redis.start()
            else:
                broker.send_signal(signal.SIGCONT)
            redis.Redis.from_url(post.redis.url).flushall()
            wait_until(lambda: all_out(post), TWO_MINUTES)
            assert_once_each(post)


@pytest.mark.parametrize("away", ["killed", "silent"])
def test_somebody_signs_in_by_a_code_that_the_standby_sends_without_redis(
    busy: World, tmp_path: Path, away: str
) -> None:
    with Post(tmp_path, "celery") as post:
        broker = post.redis.process
        assert broker is not None
        with site(environment(tmp_path, post.server.port, REDIS_URL=post.redis.url)) as address:
            post.start()
            post.launch("manage.py", "sweep", "--loop", "1", "--standby", port=post.server.port)
            wait_until(lambda: len(post.server.accepted()) > 4)
            if away == "killed":
                post.redis.kill()
            else:
                broker.send_signal(signal.SIGSTOP)
            anna = Visitor(address)
            anna.get("/accounts/login/code/")
            page = anna.post("/accounts/login/code/", {"email": "anna@example.org"})
            assert "confirm" in page
            code = Letter.objects.filter(kind="login_code")
            wait_until(lambda: code.filter(state=LetterState.SENT).exists(), 60)
            anna.post("/accounts/login/code/confirm/", {"code": code_in(code.get())})
            assert any(cookie.name == "sessionid" for cookie in anna.cookies)
            anna.get(busy.url("me/"))
            wait_until(lambda: all_out(post), TWO_MINUTES)
            assert_once_each(post)


def test_letters_go_on_after_redis_is_emptied_under_everybodys_hands(busy: World, tmp_path: Path) -> None:
    with (
        Post(tmp_path, "celery") as post,
        site(environment(tmp_path, post.server.port, REDIS_URL=post.redis.url)) as address,
    ):
        post.start()
        wait_until(lambda: len(post.server.accepted()) > 4)
        client = redis.Redis.from_url(post.redis.url)
        client.flushall()
        everybody_acts(busy, address)
        client.flushall()
        wait_until(lambda: all_out(post), TWO_MINUTES)
        assert_once_each(post)
