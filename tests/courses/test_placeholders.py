"""Placeholders in a letter that an organizer writes."""

import pytest

from courses.domain.placeholders import filled, unknown

VALUES = {"name": "Ada {topic}", "topic": "3 · Flows"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Dear {name}, {topic}!", "Dear Ada {topic}, 3 · Flows!"),
        ("{{name}} is {name}", "{name} is Ada {topic}"),
        ("{other} { name } {} {\n}", "{other} { name } {} {\n}"),
        ("100 % {name} \\1 \\g<0>", "100 % Ada {topic} \\1 \\g<0>"),
    ],
)
def test_filled_replaces_each_placeholder_once(text: str, shown: str) -> None:
    assert filled(text, VALUES) == shown


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{name} {nmae} {topic} {nmae} {}", ["nmae", ""]),
        ("{{nmae}} {name}", []),
        ("no braces", []),
        ("{Name}", ["Name"]),
    ],
)
def test_unknown_names_what_is_none(text: str, names: list[str]) -> None:
    assert unknown(text, VALUES) == names
