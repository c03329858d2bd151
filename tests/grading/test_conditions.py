"""Conditions that follow from facts, and what a missing part means: reviews delivered, the notebook updated, and until when."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.domain.refusals import Refusal
from grading import queries
from grading.domain.grades import Result
from grading.models import GradingScheme, Part
from grading.services.wording import step_text
from reviews.models import ReviewRound
from reviews.services import add_review, deliver_review, save_review
from submissions.models import Version
from submissions.services import files
from tests.courses.crowd import add_students
from tests.factories.files import notebook
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, the_scheme

UPLOADED = datetime(2024, 2, 9, 12, 0, tzinfo=UTC)
WRITING = datetime(2024, 2, 20, 9, 0, tzinfo=UTC)
FINAL = datetime(2024, 2, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """How files are checked is not the matter here."""
    monkeypatch.setattr(files, "content_problem", lambda *_arguments: "")


@pytest.fixture
def part(world: World) -> Callable[..., Part]:
    def make(**fields: Any) -> Part:
        Part.objects.filter(scheme__seminar=world.seminar, key="revision").update(**fields)
        return Part.objects.get(scheme__seminar=world.seminar, key="revision")

    return make


def value_of(world: World, name: str = "anna", now: datetime = FINAL) -> object:
    return queries.compute(the_scheme(world), [world.row(name)], now=now)[0].values["revision"]


def hand_in(world: World, name: str, title: str, at: datetime) -> Version:
    row = world.row(name)
    return receive_upload(world.slot("notebook"), row, notebook(title=title), uploaded_by=row.user, arrived_at=at)


def review_by(world: World, reviewer: str, author: str, at: datetime | None) -> None:
    """A review that waits, or was delivered at a time."""
    round_ = ReviewRound.objects.get(milestone__seminar=world.seminar)
    row = add_review(round_, world.row(reviewer), world.row(author), actor=world.row("olga").user, now=UPLOADED)
    if at:
        texts = {prompt.pk: "Good." for prompt in round_.prompts.all()}
        deliver_review(save_review(row, texts, revision=0, arrived_at=at), arrived_at=at, now=at)


# --- what follows from facts --------------------------------------------------------------------------------


def test_delivered_reviews_count_once_all_of_them_are_delivered(world: World, part: Callable[..., Part]) -> None:
    part(source="reviews")
    assert value_of(world) is None  # nobody has said yet which reviews
    for name in ("boris", "carla"):
        hand_in(world, name, name, UPLOADED)
    review_by(world, "anna", "boris", WRITING)
    review_by(world, "anna", "carla", None)
    assert value_of(world) is None
    ReviewRound.objects.get(milestone__seminar=world.seminar).reviews.filter(delivered_at=None).delete()
    assert value_of(world) is True
    assert value_of(world, "boris") is None


def test_upload_counts_once_it_is_in(world: World, part: Callable[..., Part]) -> None:
    part(source="upload", upload="notebook")
    assert value_of(world) is None
    hand_in(world, "anna", "First", UPLOADED)
    assert (value_of(world), value_of(world, "boris")) == (True, None)


def test_update_is_newer_than_what_was_reviewed_and_not_the_same(world: World, part: Callable[..., Part]) -> None:
    part(source="upload", upload="notebook", updated=True)
    hand_in(world, "anna", "First", UPLOADED)
    assert value_of(world) is True  # no review says that there is anything to update
    review_by(world, "boris", "anna", WRITING)
    assert value_of(world) is None
    same = hand_in(world, "anna", "First again", FINAL)
    Version.objects.filter(pk=same.pk).update(sha256=Version.objects.earliest("pk").sha256)
    assert value_of(world) is None
    hand_in(world, "anna", "Second", FINAL)
    assert value_of(world) is True


def test_derived_part_is_not_entered_and_forgets_what_was_entered_before(
    world: World, part: Callable[..., Part], now: datetime
) -> None:
    enter(world, "anna", "revision", entry_of(value=True), now)
    part(source="upload", upload="notebook")
    assert value_of(world) is None
    with pytest.raises(Refusal) as refused:
        enter(world, "anna", "revision", entry_of(value=False), now, revision=1)
    assert refused.value.code == "derived_part"


def test_conditions_take_the_same_queries_for_one_and_for_thirty(world: World, part: Callable[..., Part]) -> None:
    part(source="upload", upload="notebook", updated=True)
    Part.objects.filter(scheme__seminar=world.seminar, key="attendance").update(source="reviews")
    people = [world.row("anna"), *add_students(world.seminar, 29)]
    hand_in(world, "anna", "First", UPLOADED)
    review_by(world, "boris", "anna", WRITING)
    scheme, counts = the_scheme(world), set()
    for some in (people[:1], people):
        with CaptureQueriesContext(connection) as captured:
            queries.compute(scheme, some, now=FINAL)
        counts.add(len(captured))
    assert counts == {9}


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Part, {"source": "upload"}),
        (Part, {"updated": True}),
        (GradingScheme, {"missing": "fail"}),
        (GradingScheme, {"undecided_margin": Decimal("-0.1")}),
    ],
)
def test_rule_that_contradicts_itself_is_refused_by_the_database(
    world: World, model: type, fields: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**fields)  # type: ignore[attr-defined]


# --- a missing part -----------------------------------------------------------------------------------------

UNTIL = datetime(2024, 3, 30, 23, 59)  # the night before summer time begins
LAST = datetime(2024, 3, 30, 22, 59, 59, 999999, tzinfo=UTC)


def result_of(world: World, now: datetime) -> Result:
    return queries.compute(the_scheme(world), [world.row("anna")], now=now)[0].result


def test_missing_part_waits_until_its_time_is_over_and_fails_then(world: World, now: datetime) -> None:
    grade(world, "anna", now, reviews=None)
    GradingScheme.objects.update(missing="fail", missing_date=UNTIL.date(), missing_time=UNTIL.time())
    waiting = result_of(world, LAST)
    assert (waiting.grade, waiting.reason, waiting.missing) == (None, "missing", ("reviews",))
    failed = result_of(world, LAST + timedelta(microseconds=1))
    assert (failed.grade, failed.passed, failed.failed, failed.missing) == (Decimal("5.0"), False, ("reviews",), ())
    words = [step_text(step) for step in failed.steps]
    assert words[2] == "Reviews: missing when its time was over, so not passed"
    assert words[-1] == "5.0, because not passed: Reviews"


def test_missing_part_that_need_not_be_passed_waits_for_ever(world: World, now: datetime) -> None:
    grade(world, "anna", now, reviews=None)
    GradingScheme.objects.update(missing="fail", missing_date=UNTIL.date(), missing_time=UNTIL.time())
    Part.objects.filter(key="reviews").update(must_pass=False)
    assert result_of(world, LAST + timedelta(days=400)).reason == "missing"


def test_margin_and_best_grade_of_the_rows_reach_the_rule(world: World, now: datetime) -> None:
    grade(world, "anna", now, presentation="1.3", notebook="1.7", reviews="1.3")  # 1.50 is the middle
    grade(world, "boris", now, presentation="1.3", notebook="1.7", reviews="1.0")  # 1.47 is not
    GradingScheme.objects.update(undecided_margin=Decimal("0.05"), best_grade=Decimal("1.0"), tie_break="worse")
    rule = queries.rule_of(the_scheme(world), now)
    assert (rule.undecided_margin, rule.best_grade, rule.missing) == (Decimal("0.05"), 1, "wait")
    computed = queries.compute(the_scheme(world), [world.row("anna"), world.row("boris")])
    assert [each.result.grade for each in computed] == [Decimal("1.7"), Decimal("1.7")]
