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
from courses.models import Seminar, Session
from courses.services import DISCUSSION, save_notes
from grading import services as grading_services
from grading.models import BY_HAND, Part, PartSource
from grading.queries import scheme_of
from grading.services import (
    hand_in_assessment,
    release_grades,
    release_part,
    save_assessment,
    save_part_grade,
    save_talk,
)
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
        remarks = dict.fromkeys(levels, f"A {grade} in this")
        entry = Entry(value, passed, f"This is a {grade}", levels, remarks)
        save_part_grade(part, anna, entry, revision=0, actor=olga, now=now)
        save_talk(part, anna, seconds=int(Decimal(grade) * 100), notes=f"Worth a {grade}", revision=0, actor=olga)
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
    (page,) = (seen for key, seen in good["anna", "released"].items() if "grade_detail" in key)
    assert "A 2.0 in this" in page
    assert "Worth a" not in str(good)  # notes on a talk stay with the organizers


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
        assert list(steps(world, "2.0", value, now))[-1] == "released"
        seen = reach(world, "boris", signed_in)
        transaction.set_rollback(True)
    return seen
