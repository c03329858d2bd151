"""Whatever people do, in whatever order: no rule is broken, no finished work is lost, and the history tells who holds what."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Count, F, Q

from accounts.domain.refusals import Refusal
from courses import queries as courses_queries
from courses import services as courses_services
from courses.models import HistoryEntry, Participant, Role, Seminar
from grading.models import Part, PartGrade, PartSource
from grading.services import save_part_grade
from grading.services.grades import Entry
from reviews.models import Review, ReviewState
from reviews.queries import all_reviews, round_of
from reviews.services import deliver_review, draw_plan, publish_plan, save_review
from seminar.services import admit_late, withdraw
from seminar.services.invariants import broken_invariants
from submissions.models import Version
from submissions.services import files
from tests.factories.topics import STUDENTS, give_out, rule_of
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from topics import services as topics_services
from topics.models import OPEN_EXCHANGE, AllocationRun, Assignment, Exchange, SessionTopic, Topic

pytestmark = pytest.mark.once

STEPS = 25
GRADES = [Decimal("1.0"), Decimal("2.3"), Decimal("5.0")]


class Nobody(Exception):
    """There is nobody, or nothing, to do this with."""


class Life:
    """One seminar and what happens to it; each action does what its page would do, with people whom the page would offer."""

    def __init__(self, world: World, seed: int, now: datetime) -> None:
        self.world, self.random, self.now = world, Random(seed), now
        self.olga: Any = world.people["olga"]
        self.done: Counter[str] = Counter()
        self.log: list[str] = []
        world.seminar.milestones.filter(key="m1").update(due_date=date(2023, 12, 1))
        world.seminar.admission = ("decide", "direct")[seed // 3 % 2]
        world.seminar.save()
        policy = ("free", "approval", "off")[seed % 3]
        self.rule = rule_of(world, exchanges=policy, ties=bool(seed % 2), fill=bool(seed % 4))
        if seed % 5:
            self.begin()

    def begin(self) -> None:
        """In the middle of a term: topics are given out, notebooks are in, reviews are planned, somebody asks for a swap."""
        give_out(self.world, self.now, anna=[1, 2], boris=[2, 1], carla=[3])
        for name in STUDENTS:
            self.send(self.world.row(name), "notebook")
        self.plan_reviews()
        if self.rule.exchanges != "off":
            boris = self.world.row("boris")
            topics_services.ask_swap(self.world.row("anna"), boris, kind="topics", message="", now=self.now)

    def step(self) -> str:
        """Do something at random; a refusal is fine, anything else that is raised is a fault."""
        self.now += timedelta(minutes=self.random.randint(1, 36 * 60))
        while True:
            action = self.random.choice(ACTIONS)
            try:
                getattr(self, action)()
            except Nobody:
                continue
            except Refusal as refusal:
                self.log.append(f"{action}: {refusal.code}")
            else:
                self.log.append(action)
                self.done[action] += 1
            return action

    def some(self, choices: Any) -> Any:
        found = list(choices)
        if not found:
            raise Nobody
        return self.random.choice(found)

    def student(self) -> Participant:
        return self.some(courses_queries.students(self.world.seminar).select_related("seminar"))

    def row(self, *states: str) -> Participant:
        rows = Participant.objects.filter(seminar=self.world.seminar, role=Role.STUDENT, state__in=states)
        return self.some(rows.select_related("user", "seminar").order_by("pk"))

    def topic(self) -> Topic:
        return self.some(Topic.objects.filter(seminar=self.world.seminar))

    def request(self, *states: str) -> Exchange:
        return self.some(Exchange.objects.filter(state__in=states).order_by("pk"))

    # --- people -----------------------------------------------------------------------------------------------

    def enter(self) -> None:
        names = [name for name in self.world.people if name not in {"olga", "otto", "anonymous"}]
        user: Any = self.world.people[self.some(names)]
        courses_services.enter_seminar(self.world.seminar, user, available=True, name_public=False, now=self.now)

    def admit(self) -> None:
        courses_services.change_state(self.row("applied", "waiting"), "admitted", actor=self.olga, now=self.now)

    def change_places(self) -> None:
        seminar = Seminar.objects.get(pk=self.world.seminar.pk)
        seminar.capacity = self.random.randint(4, 7)
        courses_services.save_places(seminar, ["capacity"], actor=self.olga, now=self.now)

    def pass_on(self) -> None:
        courses_services.pass_on_offers(self.now)

    def accept(self) -> None:
        courses_services.accept_offer(self.row("offered"), now=self.now)

    def decline(self) -> None:
        courses_services.decline_offer(self.row("offered"), now=self.now)

    def leave(self) -> None:
        row = self.row("applied", "waiting", "offered", "admitted", "admitted")
        withdraw(row, actor=self.some([self.olga, row.user]), now=self.now, reason="moved")

    def come_late(self) -> None:
        row = self.row("withdrawn", "withdrawn", "waiting", "offered")
        milestone = self.world.milestone("m2")
        extensions = self.some([{}, {milestone: (self.now + timedelta(days=7)).date()}])
        topic = self.some([None, self.topic()])
        admit_late(row, topic=topic, extensions=extensions, actor=self.olga, now=self.now)

    # --- topics -----------------------------------------------------------------------------------------------

    def rank(self) -> None:
        numbers = self.random.sample([1, 2, 3, 4, 5], self.random.randint(1, 3))
        entries = [numbers] if self.random.random() < 0.2 else numbers
        topics_services.save_preferences(self.student(), self.rule, entries, arrived_at=self.now)

    def compare(self) -> None:
        cost = self.random.randint(0, 2)
        drafts = topics_services.compare_objectives(self.rule, actor=self.olga, now=self.now, change_cost=cost)
        if self.random.random() < 0.6:
            self.put_into_force(self.some(drafts))

    def publish_an_older_one(self) -> None:
        self.put_into_force(self.some(AllocationRun.objects.order_by("-pk")[:4]))

    def put_into_force(self, run: AllocationRun) -> None:
        topics_services.publish_allocation(run, actor=self.olga, now=self.now, reason="as agreed")

    def give_by_hand(self) -> None:
        student, topic = self.student(), self.some([None, *[self.topic()] * 4])
        holders = Assignment.objects.filter(
            seat__topic=topic, participant__in=courses_queries.students(self.rule.seminar)
        )
        holder = self.some([None, *(row.participant for row in holders.select_related("participant__user"))])
        options = {"displaced": holder if topic else None, "swap": self.random.random() < 0.5}
        topics_services.assign_topic(student, topic, reason="so", actor=self.olga, now=self.now, **options)

    def claim(self) -> None:
        topics_services.claim_topic(self.student(), self.topic(), now=self.now)

    def ask(self) -> None:
        student = self.student()
        others = courses_queries.students(self.world.seminar).exclude(pk=student.pk).select_related("seminar")
        kind = self.some(["topics", "talks"])
        topics_services.ask_swap(student, self.some(others), kind=kind, message="please", now=self.now)

    def answer(self) -> None:
        topics_services.answer_swap(self.request("asked"), agrees=self.random.random() < 0.8, now=self.now)

    def decide(self) -> None:
        exchange, approves = self.request(*OPEN_EXCHANGE, "done"), self.random.random() < 0.8
        topics_services.decide_exchange(exchange, approves=approves, reason="so", actor=self.olga, now=self.now)

    def take_back(self) -> None:
        topics_services.take_back_exchange(self.request(*OPEN_EXCHANGE), now=self.now)

    def pin_or_exclude(self) -> None:
        kind = self.some(["pinned", "excluded"])
        topics_services.set_pair(self.student(), self.topic(), kind=kind, reason="so", actor=self.olga, now=self.now)

    def change_seats(self) -> None:
        seats = self.random.randint(1, 3)
        topics_services.save_topic(self.topic(), seats=seats, prerequisites={}, actor=self.olga, now=self.now)

    # --- work -------------------------------------------------------------------------------------------------

    def upload(self) -> None:
        self.send(self.student(), self.some(["slides", "notebook"]))

    def send(self, student: Participant, key: str) -> None:
        name = {"slides": "slides.pdf", "notebook": "work.ipynb"}[key]
        file = SimpleUploadedFile(name, f"{student.pk} {self.random.randint(1, 3)}".encode())
        receive_upload(self.world.slot(key), student, file, uploaded_by=student.user, arrived_at=self.now)

    def plan_reviews(self) -> None:
        round_ = round_of(self.world.seminar)
        assert round_ is not None
        publish_plan(round_, digest=draw_plan(round_).digest, actor=self.olga, now=self.now)

    def write_review(self) -> None:
        mine = all_reviews().filter(reviewer__in=courses_queries.students(self.world.seminar))
        review = self.some(mine)
        texts = {prompt.pk: f"Remark {self.random.randint(1, 9)}" for prompt in review.round.prompts.all()}
        saved = save_review(review, texts, revision=review.revision, arrived_at=self.now)
        if self.random.random() < 0.7:
            deliver_review(saved, arrived_at=self.now, now=self.now)

    def grade(self) -> None:
        part, student = self.some(Part.objects.filter(source=PartSource.GRADE)), self.student()
        if part.scheme.seminar_id == self.world.seminar.pk:
            known = PartGrade.objects.filter(part=part, participant=student).first()
            entry = Entry(value=self.some(GRADES), passed=None, comment="", levels={})
            revision = known.revision if known else 0
            save_part_grade(part, student, entry, revision=revision, actor=self.olga, now=self.now)


SELDOM_POSSIBLE = ("accept", "accept", "decline", "decline", "answer", "decide", "take_back", "publish_an_older_one")
OFTEN = ("rank", "compare", "give_by_hand", "claim", "ask", "leave", "write_review", "write_review", *SELDOM_POSSIBLE)
ACTIONS = [
    *(name for name, value in vars(Life).items() if callable(value) and not name.startswith("_")),
    *OFTEN,
]
for helper in ("step", "some", "student", "row", "topic", "request", "put_into_force", "begin", "send"):
    ACTIONS.remove(helper)


def finished() -> set[Any]:
    """What nothing may take away: receipts, delivered reviews with their texts, who has a grade, and the history."""
    reviews = Review.objects.filter(state=ReviewState.DELIVERED).prefetch_related("answers")
    return {
        *(("version", *row) for row in Version.objects.values_list("receipt", "sha256", "received_at", "on_time")),
        *(("review", each.pk, *(answer.text for answer in each.answers.all())) for each in reviews),
        *(("grade", pk) for pk in PartGrade.objects.filter(value__isnull=False).values_list("pk", flat=True)),
        *(("line", *row) for row in HistoryEntry.objects.values_list()),
    }


def grades() -> dict[int, Decimal | None]:
    return dict(PartGrade.objects.values_list("pk", "value"))


def slots() -> tuple[Counter[int], Counter[int]]:
    """How many talks each session has, and how many each topic; a swap of dates leaves both as they are."""
    rows = list(SessionTopic.objects.values_list("session", "topic"))
    return Counter(session for session, _topic in rows), Counter(topic for _session, topic in rows)


def crowded() -> list[str]:
    """Topics that more students hold than there are seats."""
    present = Q(seats__assignment__participant__state="admitted")
    heads = Count("seats__assignment", filter=present, distinct=True)
    topics = Topic.objects.annotate(heads=heads, room=Count("seats", distinct=True))
    return [str(topic) for topic in topics.filter(heads__gt=F("room"))]


def untold(world: World) -> list[str]:
    """Students of whom the history says something else than what they hold."""
    held = {row.participant_id: str(row.seat.topic) for row in Assignment.objects.select_related("seat__topic")}
    entries = HistoryEntry.objects.filter(subject="topic").order_by("pk")
    said = dict(entries.values_list("participant", "new"))
    students = courses_queries.students(world.seminar)
    return [str(student) for student in students if said.get(student.pk, "") != held.get(student.pk, "")]


@pytest.fixture(autouse=True)
def _cheap_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """How files are checked is not the matter here."""
    monkeypatch.setattr(files, "content_problem", lambda *_args: "")


@pytest.mark.parametrize("seed", range(25))
def test_any_life_breaks_no_rule_and_loses_nothing(seed: int, world: World, now: datetime) -> None:
    life = Life(world, seed, now)
    before, marks, places = finished(), grades(), slots()
    for _ in range(STEPS):
        action = life.step()
        if action in {"enter", "admit", "accept"}:
            topics_services.note_returns(life.now)  # as the next sweep does
        after = finished()
        assert broken_invariants() == [], life.log
        assert before <= after, life.log
        assert action == "grade" or grades() == marks, life.log
        assert (crowded(), untold(world)) == ([], []), life.log
        assert slots() == places, life.log
        before, marks = after, grades()


def test_lives_reach_everything_that_can_be_done(world: World, now: datetime) -> None:
    """Lives in which most is refused would prove little."""
    done: Counter[str] = Counter()
    tried = 0
    for seed in range(100):
        if done.keys() >= set(ACTIONS):
            break
        with transaction.atomic():
            life = Life(world, seed, now)
            while len(life.log) < STEPS:
                life.step()
            transaction.set_rollback(True)
        done, tried = done + life.done, tried + STEPS
    assert set(ACTIONS) - set(done) == set()
    assert done.total() > tried / 2
