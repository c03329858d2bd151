"""Grades as German pages write them: with a comma, in every place where somebody reads one, and in none that a program reads."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import User
from grading.models import GradingScheme
from grading.services.rule_words import rule_data, rule_lines
from tests.factories.world import World
from tests.grading.test_services import grade, release, the_scheme
from tests.grading.test_views import text_of

SignIn = Callable[..., Client]
POINT = re.compile(r"\b\d\.\d\d?\b(?!\.\d)")


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("anna", "me/", ["Deine Note ist freigegeben: 1,3"]),
        ("anna", "grading/{pk}/", ["1,3", "1,47"]),
        ("olga", "grading/", ["1,7"]),
        ("olga", "grading/{pk}/edit/", ["1,3"]),
        ("olga", "grading/rule/", ["1,0; 1,3"]),
    ],
)
def test_german_pages_write_grades_with_a_comma(
    world: World, signed_in: SignIn, now: datetime, name: str, path: str, words: list[str]
) -> None:
    grade(world, "anna", now)
    release(world, now)
    User.objects.filter(pk=world.row(name).user_id).update(language="de")
    user = User.objects.get(pk=world.row(name).user_id)
    response = signed_in(user, **{"accept-language": "de"}).get(world.url(path.format(pk=world.row("anna").pk)))
    assert response.status_code == 200
    text = text_of(response)
    assert [word for word in words if word not in text] == []
    assert POINT.findall(text) == []


def test_rule_in_german_has_no_point_in_a_number(world: World) -> None:
    scheme = the_scheme(world)
    GradingScheme.objects.filter(pk=scheme.pk).update(undecided_margin=Decimal("0.05"))
    scheme = the_scheme(world)
    with translation.override("de"):
        lines = " ".join(rule_lines(rule_data(scheme)))
    assert ("0,05" in lines, "1,0; 1,3; 1,7" in lines, POINT.findall(lines)) == (True, True, [])
    with translation.override("en"):
        assert "1.0, 1.3, 1.7" in " ".join(rule_lines(rule_data(scheme)))
