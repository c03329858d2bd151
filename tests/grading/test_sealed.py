"""Before its release a grade changes nothing that a student can get hold of; afterwards, nothing that another student can."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from grading.models import Part, PartSource
from grading.queries import scheme_of
from grading.services import hand_in_assessment, release_grades, save_assessment, save_part_grade, save_talk
from grading.services.grades import Entry
from tests.factories.world import World
from tests.reviews.test_anonymity import Seen, reach

pytestmark = pytest.mark.once
SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _at_one_time(now: datetime, time_machine: Any) -> None:
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
        remarks = dict.fromkeys(levels, f"A {grade} in this")
        entry = Entry(value, passed, f"This is a {grade}", levels, remarks)
        save_part_grade(part, anna, entry, revision=0, actor=olga, now=now)
        save_talk(part, anna, seconds=int(Decimal(grade) * 100), notes=f"Worth a {grade}", revision=0, actor=olga)
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
    (page,) = (seen for key, seen in good["anna", "released"].items() if "grade_detail" in key)
    assert "A 1.0 in this" in page
    assert "Worth a 1.0" not in str(good)  # notes on a talk stay with the organizers


def test_assessment_cannot_be_told_by_the_other_examiner_before_both_are_in(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    """Olga's comes in and is handed in, while otto, who examines with her, and anna look at everything they can reach."""
    part = Part.objects.get(scheme__seminar=world.seminar, key="presentation")
    part.examiners = 2
    part.save()
    anna, olga, otto = world.row("anna"), world.row("olga").user, world.row("otto").user
    before = {name: reach(world, name, signed_in, "anna") for name in ("otto", "anna")}
    levels = {criterion.pk: 3 for criterion in part.criteria.all()}
    entry = Entry(Decimal("1.0"), None, "This is a 1.0", levels, dict.fromkeys(levels, "A 1.0 in this"))
    save_assessment(part, anna, entry, revision=0, actor=olga)
    save_talk(part, anna, seconds=1000, notes="Worth a 1.0", revision=0, actor=olga)
    hand_in_assessment(part, anna, actor=olga, now=now)
    for name, seen in before.items():
        assert (name, differing(seen, reach(world, name, signed_in, "anna"))) == (name, [])
    save_assessment(part, anna, replace(entry, value=Decimal("3.0")), revision=0, actor=otto)
    hand_in_assessment(part, anna, actor=otto, now=now)
    told = differing(before["otto"], reach(world, "otto", signed_in, "anna"))
    assert any("grade_edit" in key for key in told)  # whoever looks here would see it
