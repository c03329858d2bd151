"""An anonymous round: who wrote a review changes nothing that its author, or any other student, can get hold of."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from notifications.models import Letter
from reviews.models import Review, ReviewRound
from reviews.services import add_review, answer_point, deliver_review, rate_review, save_review
from seminar.services import sweep
from submissions.services import derived, files, reading
from tests.factories.files import notebook
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.policy_table import Row
from tests.reviews.test_services import hand_in, the_round
from tests.test_policy import READS, answer, ask, path_of

pytestmark = pytest.mark.once

PLANNED = datetime(2024, 2, 10, 9, 0, tzinfo=UTC)
HANDED_OVER = datetime(2024, 2, 23, 23, 5, tzinfo=UTC)
RECEIPT = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:[\w-]+|/\?signature=[\w-]+)?"
)  # a random number and its signature
SignIn = Callable[[User | None], Client]
Seen = dict[str, Any]


@pytest.fixture(autouse=True)
def _reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """How files are checked and shown is not the matter here."""
    monkeypatch.setattr(files, "content_problem", lambda *_arguments: "")
    for module in (derived, reading):
        monkeypatch.setattr(module, "said_by", lambda *_arguments: None)


@pytest.fixture
def anonymous(world: World, settings: Any, time_machine: Any) -> World:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    time_machine.move_to(PLANNED, tick=False)
    hand_in(world)
    ReviewRound.objects.update(anonymous=True)
    return world


def steps(world: World, reviewer: str, time_machine: Any) -> Iterator[str]:
    """The walk of one review of anna's notebook: assigned, begun, delivered, handed over, answered, and the notebook revised."""
    olga, anna = world.row("olga").user, world.row("anna")
    review = add_review(the_round(world), world.row(reviewer), anna, actor=olga, now=PLANNED)
    yield "assigned"
    texts = {prompt.pk: "- [cell 1] Say why.\n- Plot it." for prompt in review.round.prompts.all()}
    begun = PLANNED + timedelta(days=1)
    time_machine.move_to(begun, tick=False)
    saved = save_review(review, texts, revision=0, arrived_at=begun)
    yield "begun"
    deliver_review(saved, arrived_at=begun, now=begun)
    yield "delivered"
    time_machine.move_to(HANDED_OVER, tick=False)
    sweep(HANDED_OVER)
    review = Review.objects.get(pk=review.pk)
    yield "handed over"
    point = review.points.get(number=1)
    answer_point(point, state="done", reason="", cells=[1], revision=0, now=HANDED_OVER)
    rate_review(review, helpful=True, reason="")
    again = {"uploaded_by": anna.user, "arrived_at": HANDED_OVER}
    receive_upload(world.slot("notebook"), anna, notebook(title="anna again"), **again)
    yield "answered"


def reach(world: World, name: str, signed_in: SignIn, student: str = "") -> Seen:
    """All that somebody gets hold of: each address with each review and point in it, and their letters as they are sent.

    Where an address names a student it is oneself, or `student`.
    """
    user = world.people[name]
    reviews = list(Review.objects.values_list("pk", flat=True))
    points = [pk for review in Review.objects.all() for pk in review.points.values_list("pk", flat=True)]
    User.objects.filter(pk=world.row(name).user_id).update(calendar_key=f"key-of-{name}")
    known = {
        "calendar": f"key-of-{name}",
        "student": world.row(student or name).pk,
        "session": "talks",
        "milestone": "m4",
        "slot": world.slot("notebook").pk,
    }
    numbers = {"written": reviews, "planned": reviews, "received": reviews, "point": points}
    client, seen = signed_in(user), {}
    client.raise_request_exception = False
    for row in READS:
        for thing in numbers.get(row.thing, [known.get(row.thing, "")]):
            path = address_of(row, thing)
            if path:
                seen[f"{row.key} {thing}"] = RECEIPT.sub("RECEIPT", repr(answer(ask(client, row.method, path), path)))
    letters = Letter.objects.filter(user=user).order_by("pk").values_list("subject", "text", "message_id", "created_at")
    return {**seen, "letters": [letter for letter in letters if not RECEIPT.search(letter[1])]}


def address_of(row: Row, thing: object) -> str:
    if row.thing and not thing:
        return ""  # of things that have no part in the walk
    return path_of(row, "small", {row.thing: thing})


def walked(
    world: World, reviewer: str, readers: dict[str, tuple[str, ...]], signed_in: SignIn, time_machine: Any
) -> dict[str, Seen]:
    """What each reader sees after each step, in a database of its own."""
    seen = {}
    with transaction.atomic():
        for step in steps(world, reviewer, time_machine):
            seen |= {f"{name}, {step}": reach(world, name, signed_in) for name in readers.get(step, ("anna",))}
        transaction.set_rollback(True)
    time_machine.move_to(PLANNED, tick=False)
    return seen


def test_two_databases_that_differ_in_the_reviewer_are_the_same_to_everybody_else(
    anonymous: World, signed_in: SignIn, time_machine: Any
) -> None:
    readers = {"answered": ("anna", "dana")}
    by_boris, by_carla = (
        walked(anonymous, reviewer, readers, signed_in, time_machine) for reviewer in ("boris", "carla")
    )
    for moment, seen in by_boris.items():
        differing = [key for key, each in seen.items() if each != by_carla[moment][key]]
        assert (moment, differing) == (moment, [])
    review = [key for key in by_boris["anna, handed over"] if key.startswith("GET reviews:document_download")]
    assert [by_boris["anna, handed over"][key][:6] for key in review] == ["('200'"]


def plant(world: World, reviewer: str) -> list[str]:
    """Put a token into every field of a reviewer that holds words; return the tokens."""
    row = world.row(reviewer)
    tokens = []
    for owner in (row.user, row):
        for field in owner._meta.get_fields():
            words = getattr(field, "max_length", None) and not getattr(field, "choices", None)
            if words and field.name not in {"password"}:
                token = f"zq{field.name.replace('_', '')}"[:20]
                tokens.append(token)
                setattr(owner, field.name, f"{token}@example.org" if field.name == "email" else token)
        owner.save()
    assert len(tokens) >= 6
    return tokens


def test_nothing_of_a_reviewer_is_anywhere_an_author_can_reach(
    anonymous: World, signed_in: SignIn, time_machine: Any
) -> None:
    tokens = plant(anonymous, "boris")
    found = []
    for step in steps(anonymous, "boris", time_machine):
        for key, each in reach(anonymous, "anna", signed_in).items():
            found += [(step, key, token) for token in tokens if token in repr(each)]
    assert found == []
    matrix = ask(signed_in(anonymous.people["olga"]), "GET", anonymous.url("reviews/"))
    assert "zqdisplayname" in matrix.body  # they are seen where they belong
