"""Dates as organizers type them."""

import pytest

from milestones.forms import DeadlineForm, ExtensionForm
from tests.factories.world import World

GOOD = {"due_date": "2023-11-02", "due_time": "23:59", "reason": "ill"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"reason": ""}, []),
        ({"due_date": ""}, ["due_date"]),
        ({"due_date": "30.2.2023"}, ["due_date"]),
        ({"due_time": "24:00"}, ["due_time"]),
        ({"reason": "x" * 251}, ["reason"]),
    ],
)
def test_deadline_form_names_what_is_wrong(change: dict[str, str], wrong: list[str]) -> None:
    assert list(DeadlineForm({**GOOD, **change}).errors) == wrong


def test_extension_form_offers_the_admitted_students_of_its_seminar(world: World) -> None:
    rows = list(ExtensionForm(seminar=world.seminar).fields["participant"].queryset)
    assert set(rows) == {world.row(name) for name in ("anna", "boris", "carla", "dana")}


def test_extension_form_wants_a_reason(world: World) -> None:
    form = ExtensionForm({**GOOD, "participant": [world.row("anna").pk], "reason": " "}, seminar=world.seminar)
    assert list(form.errors) == ["reason"]
