"""Rubrics, talks and examiners in a seminar's file: read with every mistake named, loaded twice, and written back."""

import tomllib
from datetime import datetime

import pytest

from grading.models import Criterion, Part
from grading.services.grades import Entry
from seminar.domain.seminar_file import read_seminar
from seminar.services.export.toml import seminar_toml
from seminar.services.loading import Loaded, load_seminar
from tests.factories.world import SMALL, World
from tests.grading.test_services import enter

PLAIN = 'criteria = ["Tells a story", "Has slide numbers"]'
RICH = """examiners = 2
upload = "slides"
criteria = [
  { text = "Tells a story", levels = ["none", "some", "told well"], help = "Beginning and end" },
  { text = "Has slide numbers", points = 15 },
  "Is clear",
]"""


def load(text: str, now: datetime) -> Loaded:
    file, problems = read_seminar(tomllib.loads(text), text)
    assert file is not None, problems
    return load_seminar(file, now=now)


def rubric() -> list[tuple[str, list[str], int, str]]:
    rows = Criterion.objects.filter(part__scheme__seminar__slug="small", part__key="presentation")
    return [(row.text, row.levels, row.points, row.help) for row in rows]


def test_rubric_is_loaded_and_written_back(world: World, now: datetime) -> None:
    text = SMALL.read_text().replace(PLAIN, RICH)
    for _twice in range(2):
        assert load(text, now).kept == []
    assert rubric() == [
        ("Tells a story", ["none", "some", "told well"], 2, "Beginning and end"),
        ("Has slide numbers", [], 15, ""),
        ("Is clear", [], 4, ""),
    ]
    part = Part.objects.select_related("slot").get(scheme__seminar=world.seminar, key="presentation")
    assert (part.examiners, part.slot, part.talk) == (2, world.slot("slides"), "talks")
    assert (part.minutes_min, part.minutes_max) == (15, 20)
    table = tomllib.loads(seminar_toml(world.seminar))["grading"]["parts"][0]
    given = tomllib.loads(text)["grading"]["parts"][0]
    names = ("examiners", "upload", "talk", "minutes", "criteria")
    assert {name: table[name] for name in names} == {name: given[name] for name in names}


def test_rubric_keeps_the_levels_on_which_marks_were_given(world: World, now: datetime) -> None:
    first = Criterion.objects.filter(part__scheme__seminar=world.seminar)[0]
    enter(world, "anna", "presentation", Entry(None, None, "", {first.pk: 4}), now)
    lines = load(SMALL.read_text().replace(PLAIN, RICH), now).kept
    assert lines == ["Criterion 1 of presentation keeps its levels, because marks were given on them."]
    assert [row[1:3] for row in rubric()] == [([], 4), ([], 15), ([], 4)]


@pytest.mark.parametrize(
    ("wrong", "place", "sentence"),
    [
        (PLAIN.replace('"Tells a story"', '""'), "criteria 1.text", "at least 1 character"),
        ('criteria = [{ text = "A", levels = ["one"] }]', "criteria 1", "`levels` needs two words or more"),
        ('criteria = [{ text = "A", levels = ["a", "b"], points = 3 }]', "criteria 1", "`levels` needs two words"),
        ('criteria = [{ text = "A", points = 21 }]', "criteria 1.points", "less than or equal to 20"),
        ('criteria = [{ text = "A", colour = "red" }]', "criteria 1.colour", "is not a known field"),
        ("examiners = 3", "examiners", "1 or 2"),
        ('upload = "nothing"', "upload", "there is no upload “nothing”"),
        ("minutes = [20, 15]", "grading.parts 1", "the least and the most"),
    ],
)
def test_rubric_with_a_mistake_is_refused_with_its_place(wrong: str, place: str, sentence: str) -> None:
    text = SMALL.read_text().replace(PLAIN, wrong).replace("minutes = [15, 20]\nminutes", "minutes")
    file, problems = read_seminar(tomllib.loads(text), text)
    assert file is None
    (problem,) = problems
    assert place in problem
    assert sentence in problem


def test_part_from_the_attendance_list_has_no_rubric() -> None:
    text = SMALL.read_text().replace('source = "attendance"', 'source = "attendance"\ncriteria = ["Was there"]')
    _file, problems = read_seminar(tomllib.loads(text), text)
    assert ["has no criteria, talk or examiners" in problem for problem in problems] == [True]
