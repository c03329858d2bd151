"""Before its release a grade changes nothing that a student can get hold of; afterwards, nothing that another student can."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from courses.models import Seminar, Session
from courses.services import DISCUSSION, save_notes
from grading.models import BY_HAND, PartSource
from grading.queries import scheme_of
from grading.services import release_grades, release_part, save_part_grade
from grading.services.grades import Entry
from tests.factories.world import World
from tests.reviews.test_anonymity import Seen, reach

pytestmark = pytest.mark.once
SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _at_one_time(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


def steps(world: World, presentation: str, others: str, now: datetime) -> Iterator[str]:
    """Anna's grades come in, part by part, with words that tell much; the presentation is released before the rest."""
    scheme = scheme_of(world.seminar)
    assert scheme is not None
    olga, anna = world.row("olga").user, world.row("anna")
    Seminar.objects.filter(pk=world.seminar.pk).update(discussion_notes=True)
    yield "before"
    talks = Session.objects.select_related("seminar").get(seminar=world.seminar, key="talks")
    level = "3" if others == "1.0" else "0"
    save_notes(talks, DISCUSSION, {anna.pk: level}, actor=olga, now=now)
    first, *_rest = scheme.parts.all()
    for part in scheme.parts.filter(source__in=BY_HAND):
        grade = presentation if part == first else others
        graded = part.source == PartSource.GRADE
        value, passed = (Decimal(grade), None) if graded else (None, grade != "5.0")
        levels = {criterion.pk: int(Decimal(grade)) % 4 for criterion in part.criteria.all()}
        save_part_grade(part, anna, Entry(value, passed, f"This is a {grade}", levels), revision=0, actor=olga, now=now)
    yield "entered"
    release_part(scheme, first, actor=olga, now=now)
    yield "part released"
    release_grades(scheme, actor=olga, now=now)
    yield "released"


def seen_with(
    world: World, presentation: str, others: str, now: datetime, signed_in: SignIn, *, only: str = ""
) -> dict[tuple[str, str], Seen]:
    """What anna and boris get hold of after each step, or after one only."""
    seen = {}
    with transaction.atomic():
        for step in steps(world, presentation, others, now):
            if step == only or not only:
                seen |= {(name, step): reach(world, name, signed_in) for name in ("anna", "boris")}
        transaction.set_rollback(True)
    return seen


def differing(one: Seen, other: Seen) -> list[str]:
    return [key for key, each in one.items() if each != other[key]]


def test_grade_cannot_be_told_before_it_is_released(world: World, now: datetime, signed_in: SignIn) -> None:
    """All grades but the presentation's are as far apart as they can be; in the third world only the presentation differs."""
    good, bad = (seen_with(world, "2.0", others, now, signed_in) for others in ("1.0", "5.0"))
    for name, step in good.keys() - {("anna", "released")}:
        assert (name, step, differing(good[name, step], bad[name, step])) == (name, step, [])
    # Nor can it be told that there is one, and boris learns of no release.
    for name, step in (("anna", "entered"), ("boris", "entered"), ("boris", "part released"), ("boris", "released")):
        assert (name, step, differing(good[name, "before"], good[name, step])) == (name, step, [])
    told = differing(good["anna", "released"], bad["anna", "released"])
    assert any("grade_detail" in key for key in told)  # whoever looks here would see it
    other = seen_with(world, "3.0", "1.0", now, signed_in, only="part released")
    assert differing(good["boris", "part released"], other["boris", "part released"]) == []
    told = differing(good["anna", "part released"], other["anna", "part released"])
    assert {key.split()[1] for key in told} == {"grading:grade_detail", "me_detail"}
