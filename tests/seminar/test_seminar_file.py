"""The schema of a seminar's file: every mistake at once, each at its line; and the same file in another term."""

import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest

from seminar.domain.seminar_file import SeminarFile, moved, read_seminar
from tests.factories.world import SMALL

EXAMPLES = Path(__file__).parents[2] / "examples"
MISTAKEN = """\
[seminar]
slug = "Not a Slug"
title = "Mistakes"
tag = "Mistakes"
term = "Winter"
ects = 7
time_zone = "Europe/Atlantis"
capacity = 5
weekday = "friday"
starts = 14:15:00
ends = 16:00:00
colour = "blue"

[[sections]]
key = "overview"
title = "Overview"

[[sessions]]
key = "kickoff"
kind = "kickoff"
date = 2023-10-27
topics = [1, 9]

[[sessions]]
key = "kickoff"
kind = "talks"
date = 2023-12-15

[[topics]]
number = 1
title = "Structured Denoising"

[[milestones]]
key = "m2"
title = "Slides"
kind = "upload"

[[uploads]]
key = "slides"
milestone = "m2"
title = "Slides"
types = [".pdf"]
naming = "{nonsense}"

[grading]

[[grading.parts]]
key = "presentation"
title = "Presentation"
weight = 0.4

[[grading.parts]]
key = "notebook"
title = "Notebook"
weight = 0.5

[[people]]
email = "anna@example.org"
family = "Großmann"
topic = 7
"""
MISTAKES = {
    "line 2: seminar.slug: use small letters, digits and hyphens only",
    "line 7: seminar.time_zone: “Europe/Atlantis” is not an IANA time zone; an example is Europe/Berlin",
    "line 12: seminar.colour: is not a known field; see docs/seminar-file.md",
    "line 14: sections 1.body: is missing",
    "line 22: sessions 1.topics: there is no topic 9",
    "line 24: sessions 2: “kickoff” is used twice",
    "line 33: milestones 1: give either `due` or `days_after_own_talk`",
    "line 43: uploads 1.naming: The template may use only the fields {topic}, {family} and {title}.",
    "line 45: grading: The weights sum to 0.9, not to 1.",
    "line 60: people 1.topic: there is no topic 7",
}


def problems_of(text: str) -> list[str]:
    file, problems = read_seminar(tomllib.loads(text), text)
    assert (file is None) == bool(problems)
    return problems


def small(*changes: tuple[str, str]) -> str:
    """The small seminar with words replaced, each exactly once."""
    text = SMALL.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


# --- mistakes -----------------------------------------------------------------------------------------------


def test_read_seminar_reports_ten_mistakes_at_once_with_their_lines() -> None:
    problems = problems_of(MISTAKEN)
    assert len(problems) == 10
    assert set(problems) == MISTAKES


@pytest.mark.parametrize("path", [SMALL, *sorted(EXAMPLES.glob("*.toml"))], ids=lambda path: path.name)
def test_read_seminar_of_a_right_file_has_no_problems(path: Path) -> None:
    assert problems_of(path.read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "sentence"),
    [
        ('kind = "kickoff"', 'kind = "party"', "sessions 1.kind", "Input should be 'kickoff'"),
        ("capacity = 5", "capacity = 3", "seminar.capacity", "4 students are admitted, but there are 3 places"),
        ("ects = 7", "ects = -7", "seminar.ects", "Input should be greater than or equal to 0"),
        ("ects = 7", "ects = 7.25", "seminar.ects", "no more than 1 decimal place"),
        ("number = 2\n", "number = 0\n", "topics 2.number", "greater than or equal to 1"),
        ('"otto@example.org"', '"otto"', "people 2.email", "value is not a valid email address"),
        ('upload = "notebook"', 'upload = "essay"', "reviews.upload", "there is no upload “essay”"),
        ('milestone = "m1"', 'milestone = "m2"', "preferences.milestone", "no milestone “m2” of kind “preferences”"),
        ('milestone = "m3"', 'milestone = "m9"', "uploads 2.milestone", "no milestone “m9” of kind “upload”"),
        ("due = 2023-10-30T23:59:00", "due = 2023-10-30T23:59:00Z", "milestones 1.due", "without an offset"),
        ("weight = 0.4", "weight = 0.40001", "grading.parts 1.weight", "no more than 4 decimal places"),
        ("[grading]", '[grading]\nmissing = "fail"', "grading", "`missing_until` goes with `missing"),
        ("[grading]", "[grading]\nmissing_until = 2024-03-30T23:59:00", "grading", "`missing_until` goes with"),
        ("[grading]", "[grading]\nundecided_margin = 0.15", "grading", "must be smaller than half the smallest step"),
        (
            "due = 2023-12-08T23:59:00",
            'session = "x"\ndue = 2023-12-08T23:59:00',
            "milestones 2.session",
            "no session “x”",
        ),
        ("ects = 7", 'admission = "lottery"\nects = 7', "seminar.admission", "Input should be 'decide' or 'direct'"),
        ("ects = 7", "offer_hours = 337\nects = 7", "seminar.offer_hours", "less than or equal to 336"),
        ("ects = 7", "offer_hours = -1\nects = 7", "seminar.offer_hours", "greater than or equal to 0"),
        ("ects = 7", 'entry_from = "soon"\nects = 7', "seminar.entry_from", "Input should be a valid date"),
        ("ects = 7", 'registration_until = "soon"\nects = 7', "seminar.registration_until", "valid date"),
        (
            "ects = 7",
            "entry_until = 2023-10-10\nentry_from = 2023-10-11\nects = 7",
            "seminar.entry_until",
            "entry would close before it opens on 2023-10-11",
        ),
        ("number = 5\n", f'notice = "{"x" * 251}"\nnumber = 5\n', "topics 5.notice", "at most 250 characters"),
        (
            "number = 5\n",
            'prerequisites = [{strength = "vital", text = "Courage"}]\nnumber = 5\n',
            "topics 5.prerequisites 1.strength",
            "Input should be 'required', 'recommended' or 'helpful'",
        ),
        ("count = 3", 'exchanges = "sometimes"\ncount = 3', "preferences.exchanges", "'off', 'approval' or 'free'"),
        ("count = 3", 'ties = "often"\ncount = 3', "preferences.ties", "Input should be a valid boolean"),
        ("count = 3", 'fill = "often"\ncount = 3', "preferences.fill", "Input should be a valid boolean"),
        ("count = 3", 'demand_visible = "no one"\ncount = 3', "preferences.demand_visible", "valid boolean"),
        ("count = 3", 'proposals = "many"\ncount = 3', "preferences.proposals", "valid boolean"),
        ("count = 3", "seed = 2147483648\ncount = 3", "preferences.seed", "Input should be less than 2147483648"),
        ("count = 3", 'nonce = "00ff"\ncount = 3', "preferences.nonce", "is not a known field"),
        ('given = "Anna"', 'registered_on = "soon"\ngiven = "Anna"', "people 3.registered_on", "valid date"),
        (
            'given = "Anna"',
            'registration_needed = "so"\ngiven = "Anna"',
            "people 3.registration_needed",
            "valid boolean",
        ),
        (
            'given = "Anna"',
            'state = "offered"\ngiven = "Anna"',
            "people 3.state",
            "Input should be 'applied', 'waiting'",
        ),
    ],
)
def test_read_seminar_names_the_place_of_a_mistake(old: str, new: str, place: str, sentence: str) -> None:
    text = small((old, new))
    (problem,) = [problem for problem in problems_of(text) if f": {place}: " in problem]
    assert problem.startswith(f"line {line_of(text, new.splitlines()[0])}: ")
    assert sentence in problem


def test_read_seminar_finds_the_line_in_a_table_below_a_topic() -> None:
    title = 'title = "Cold Diffusion"\n'
    text = small((title, f'{title}\n[[topics.prerequisites]]\nstrength = "vital"\ntext = "Courage"\n'))
    (problem,) = problems_of(text)
    assert problem.startswith(f"line {line_of(text, 'vital')}: topics 5.prerequisites 1.strength: Input should be")


def test_read_seminar_takes_a_seminar_that_is_open_for_one_day() -> None:
    assert problems_of(small(("ects = 7", "entry_from = 2023-10-10\nentry_until = 2023-10-10\nects = 7"))) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "name"),
    [
        ("number = 5\n", "number = 4\n", "topics 5", "4"),
        ('email = "otto@example.org"', 'email = "Olga@example.org"', "people 2", "olga@example.org"),
        ('key = "mistakes"', 'key = "enhancements"', "reviews.prompts 2", "enhancements"),
        ('key = "m2"', 'key = "m1"', "milestones 2", "m1"),
        ('key = "pause"', 'key = "kickoff"', "sessions 3", "kickoff"),
    ],
)
def test_read_seminar_names_the_row_that_repeats_a_name(old: str, new: str, place: str, name: str) -> None:
    header = line_of(SMALL.read_text(), old.strip()) - 1
    assert f"line {header}: {place}: “{name}” is used twice" in problems_of(small((old, new)))


def test_read_seminar_of_one_that_must_not_note_attendance_names_what_needs_it() -> None:
    switches = "attendance = false\ncheck_in = true\ndiscussion_notes = true\n"
    text = small(("absences_allowed = 0\n", f"absences_allowed = 0\n{switches}"))
    part = line_of(text, 'source = "attendance"')
    assert problems_of(text) == [
        f"line {line_of(text, words)}: {place}: needs the attendance list, and `attendance` is false"
        for words, place in (
            ("check_in", "seminar.check_in"),
            ("discussion_notes", "seminar.discussion_notes"),
            ("absences_allowed", "seminar.absences_allowed"),
        )
    ] + [f"line {part}: grading.parts 5.source: needs the attendance list, and `attendance` is false"]


def test_read_seminar_reports_two_contacts_at_the_second() -> None:
    text = small(
        ('family = "Organizer"\nrole = "organizer"\n\n', 'family = "Organizer"\nrole = "organizer"\ncontact = true\n\n')
    )
    number = [i for i, line in enumerate(text.splitlines(), 1) if line == "contact = true"][1]
    assert problems_of(text) == [f"line {number}: people 2.contact: only one person can be the contact"]


def test_read_seminar_reports_more_holders_than_seats() -> None:
    text = small(('given = "Anna"', 'given = "Anna"\ntopic = 1'), ('given = "Boris"', 'given = "Boris"\ntopic = 1'))
    (problem,) = problems_of(text)
    assert problem.endswith("people 4.topic: topic 1 has 1 seat(s) only")


def test_read_seminar_reports_a_moderator_of_a_topic_that_does_not_exist() -> None:
    text = small(('given = "Anna"', 'given = "Anna"\nmoderates = [1, 99]'))
    assert problems_of(text) == [f"line {line_of(text, 'moderates')}: people 3.moderates: there is no topic 99"]


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ("[[topicss]]\nnumber = 1\n", "line {}: topicss: is not a known field; see docs/seminar-file.md"),
        ("[extra]\nx = 1\n", "line {}: extra: is not a known field; see docs/seminar-file.md"),
    ],
)
def test_read_seminar_finds_the_line_of_an_unknown_table(extra: str, problem: str) -> None:
    text = SMALL.read_text() + "\n" + extra
    assert problems_of(text) == [problem.format(line_of(text, extra.splitlines()[0]))]


def test_read_seminar_finds_the_line_of_a_field_before_all_tables() -> None:
    assert problems_of("# A seminar\nversion = 2\n" + SMALL.read_text()) == [
        "line 2: version: is not a known field; see docs/seminar-file.md"
    ]


@pytest.mark.parametrize(
    "text", ["", "seminar = 3\n", "[seminar]\n", "[[seminar]]\nslug = 3\n", "topics = 3\npeople = [1]\n"]
)
def test_read_seminar_of_nonsense_is_refused_and_never_fails(text: str) -> None:
    assert problems_of(text)


def test_read_seminar_reports_wrong_types_once_and_goes_on_with_the_rest() -> None:
    text = small(
        ("topics = [1, 2]\n", 'topics = "all"\n'),
        ("capacity = 5", 'capacity = "many"'),
        ("number = 5\n", 'number = "five"\n'),
        ("due = 2023-12-08T23:59:00", 'due = "soon"'),
        ("weight = 0.5", 'weight = "half"'),
        ('key = "m4"', "key = 4"),
        ('upload = "notebook"', 'upload = "essay"'),
    )
    places = [problem.split(": ")[1] for problem in problems_of(text)]
    assert sorted(places) == sorted(
        [
            "sessions 2.topics",
            "seminar.capacity",
            "topics 5.number",
            "milestones 2.due",
            "grading.parts 2.weight",
            "milestones 4.key",
            "reviews.milestone",
            "reviews.upload",
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "place", "sentence"),
    [
        ('"pass"', '"upload"\nupload = "essay"', "grading.parts 4.upload", "there is no upload “essay”"),
        ('"pass"', '"upload"', "grading.parts 4", '`source = "upload"` needs `upload`'),
        (
            '"pass"',
            '"pass"\nupdated = true',
            "grading.parts 4",
            '`source = "upload"` needs `upload`, and `updated` goes with it alone',
        ),
        ('"pass"', '"pass"\nweight = 0.1', "grading", "Revision: only a part with a grade can have a weight"),
        ("[grading]", "[grading]\nscale = []", "grading", "A scheme without steps needs a best grade."),
    ],
)
def test_read_seminar_names_what_is_wrong_with_the_parts_of_a_grade(
    old: str, new: str, place: str, sentence: str
) -> None:
    (problem,) = problems_of(small((old, new)))
    assert f": {place}: {sentence}" in problem


# --- another term -------------------------------------------------------------------------------------------


def file_of(text: str) -> SeminarFile:
    file, problems = read_seminar(tomllib.loads(text), text)
    assert file is not None, problems
    return file


def test_moved_shifts_every_date_by_whole_weeks_and_keeps_times_of_day() -> None:
    days = "entry_from = 2023-10-06\nentry_until = 2023-10-20\nregistration_until = 2023-11-10\n"
    text = small(("absences_allowed = 0\n", f"absences_allowed = 0\n{days}"))
    before, after = file_of(text), moved(file_of(text), date(2026, 4, 17))
    shift = date(2026, 4, 17) - date(2023, 10, 27)
    assert [row.date - shift for row in after.sessions] == [row.date for row in before.sessions]
    facts = after.seminar
    assert (facts.entry_from, facts.entry_until) == (date(2026, 3, 27), date(2026, 4, 10))
    assert facts.registration_until == date(2026, 5, 1)
    # Autumn and winter become spring and summer; 23:59 stays 23:59 on both sides of a change of the clocks.
    assert [row.due for row in after.milestones] == [
        datetime(2026, 4, 20, 23, 59),
        datetime(2026, 5, 29, 23, 59),
        datetime(2026, 7, 31, 23, 59),
        datetime(2026, 8, 14, 23, 59),
    ]


def test_moved_leaves_what_people_have_done_on_its_day() -> None:
    file = file_of(small(('given = "Anna"', 'given = "Anna"\nregistered_on = 2023-11-02')))
    assert moved(file, date(2026, 4, 17)).people == file.people
    assert file.people[2].registered_on == date(2023, 11, 2)


def test_moved_shifts_the_day_after_which_missing_parts_fail() -> None:
    text = small(("[grading]", '[grading]\nmissing = "fail"\nmissing_until = 2024-03-30T23:59:00'))
    after = moved(file_of(text), date(2026, 4, 17)).grading
    assert after is not None
    assert after.missing_until == datetime(2026, 9, 19, 23, 59)


def test_moved_changes_nothing_but_dates() -> None:
    file = file_of(SMALL.read_text())
    assert moved(moved(file, date(2026, 4, 17)), date(2023, 10, 27)) == file
    assert moved(file, date(2023, 10, 27)) == file


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (
            date(2026, 4, 15),
            "Dates move by whole weeks: the kick-off is a Friday; 2026-04-15 is a Wednesday. Choose 2026-04-10 or 2026-04-17.",
        ),
        (
            date(2020, 1, 4),
            "Dates move by whole weeks: the kick-off is a Friday; 2020-01-04 is a Saturday. Choose 2020-01-03 or 2020-01-10.",
        ),
    ],
)
def test_moved_to_another_weekday_names_the_two_nearest_days(day: date, sentence: str) -> None:
    with pytest.raises(ValueError, match="whole weeks") as refused:
        moved(file_of(SMALL.read_text()), day)
    assert str(refused.value) == sentence


def test_moved_without_a_kickoff_says_so() -> None:
    file = file_of(small(('kind = "kickoff"', 'kind = "other"')))
    with pytest.raises(ValueError, match="no session of kind “kickoff”"):
        moved(file, date(2026, 4, 17))


def test_moved_keeps_deadlines_that_hang_on_the_own_talk() -> None:
    hydrology = file_of((EXAMPLES / "hydrology2025.toml").read_text())
    after = moved(hydrology, date(2026, 9, 9))
    own = [row for row in after.milestones if row.days_after_own_talk is not None]
    assert [(row.due, row.days_after_own_talk) for row in own] == [(None, -2), (None, 7)]
