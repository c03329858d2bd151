"""Before its release a grade changes nothing that a student can get hold of; afterwards, nothing that another student can."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from grading import services as grading_services
from grading.models import PartSource
from grading.queries import scheme_of
from grading.services import release_grades, save_part_grade
from grading.services.grades import Entry
from tests.factories.world import World
from tests.grading.test_services import grade, release
from tests.grading.test_statistics import graded
from tests.reviews.test_anonymity import Seen, reach

pytestmark = pytest.mark.once
SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _at_one_time(now: datetime, time_machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document is what it is printed from: drawing it is not the matter here."""
    monkeypatch.setattr(grading_services, "print_document", lambda document: str(document.facts).encode())
    time_machine.move_to(now, tick=False)


def steps(world: World, grade: str, now: datetime) -> Iterator[str]:
    """Anna's grades come in, part by part, with words that tell much, and are released."""
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    olga, anna = world.row("olga").user, world.row("anna")
    yield "before"
    for part in scheme.parts.exclude(source=PartSource.ATTENDANCE):
        graded = part.source == PartSource.GRADE
        value, passed = (Decimal(grade), None) if graded else (None, grade != "5.0")
        levels = {criterion.pk: int(Decimal(grade)) % 4 for criterion in part.criteria.all()}
        save_part_grade(part, anna, Entry(value, passed, f"This is a {grade}", levels), revision=0, actor=olga, now=now)
    yield "entered"
    release_grades(scheme, actor=olga, now=now)
    yield "released"


def seen_with(world: World, grade: str, now: datetime, signed_in: SignIn) -> dict[tuple[str, str], Seen]:
    seen = {}
    with transaction.atomic():
        for step in steps(world, grade, now):
            seen |= {(name, step): reach(world, name, signed_in) for name in ("anna", "boris")}
        transaction.set_rollback(True)
    return seen


def differing(one: Seen, other: Seen) -> list[str]:
    return [key for key, each in one.items() if each != other[key]]


def test_grade_cannot_be_told_before_it_is_released(world: World, now: datetime, signed_in: SignIn) -> None:
    good, bad = (seen_with(world, grade, now, signed_in) for grade in ("1.0", "5.0"))
    for name, step in (("anna", "before"), ("anna", "entered"), ("boris", "entered"), ("boris", "released")):
        assert (name, step, differing(good[name, step], bad[name, step])) == (name, step, [])
    # Nor can it be told that there is one.
    for name in ("anna", "boris"):
        assert (name, differing(good[name, "before"], good[name, "entered"])) == (name, [])
    told = differing(good["anna", "released"], bad["anna", "released"])
    assert any("grade_detail" in key for key in told)  # whoever looks here would see it


def test_grade_cannot_be_told_from_the_numbers_that_students_are_shown(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    """Boris sees how six grades came out, his among them; what anna gets after that changes nothing for him."""
    graded(world, 5, now)
    grade(world, "boris", now)
    release(world, now)
    page = signed_in(world.people["boris"]).get(world.url(f"grading/{world.row('boris').pk}/")).content.decode()
    assert "<figcaption>6 grades, 6 passed." in page
    good, bad = (seen_at_the_end(world, value, now, signed_in) for value in ("1.0", "5.0"))
    assert differing(good, bad) == []


def seen_at_the_end(world: World, value: str, now: datetime, signed_in: SignIn) -> Seen:
    with transaction.atomic():
        assert list(steps(world, value, now))[-1] == "released"
        seen = reach(world, "boris", signed_in)
        transaction.set_rollback(True)
    return seen
