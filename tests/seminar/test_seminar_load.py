"""Loading a seminar from its file: twice changes nothing, a changed file changes what it names, nobody's work is lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from courses.models import Participant, Seminar, Session
from grading.models import Criterion, Part
from grading.services import save_part_grade
from grading.services.grades import Entry
from milestones.models import Milestone
from reviews.models import ReviewRound
from submissions.models import Submission, UploadSlot, Version
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import SMALL, World
from tests.seminar.test_seminar_file import EXAMPLES, MISTAKEN, MISTAKES, small
from topics.models import Assignment, Preference, PreferenceRule, SessionTopic, Topic, TopicPrerequisite
from topics.services import assign_topic, save_preferences

Load = Callable[..., str]


@pytest.fixture
def load(db: None, tmp_path: Path) -> Load:
    """Write a text to a file and load it; returns what the command says."""

    def run(text: str | bytes, **options: Any) -> str:
        path, out = tmp_path / "seminar.toml", StringIO()
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        call_command("seminar_load", str(path), stdout=out, **options)
        return out.getvalue()

    return run


def everything() -> dict[str, list[dict[str, object]]]:
    """All rows of all tables."""
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()}


def refused(load: Load, text: str | bytes, **options: Any) -> str:
    before = everything()
    with pytest.raises(CommandError) as error:
        load(text, **options)
    assert everything() == before
    return str(error.value)


# --- what is loaded -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("deepdiffusion2023.toml", (15, 12, 5, 3, 9)),
        ("hydrology2025.toml", (12, 8, 5, 3, 11)),
    ],
)
def test_seminar_load_of_an_example_is_complete_and_twice_changes_nothing(
    load: Load, name: str, counts: tuple[int, ...]
) -> None:
    text = (EXAMPLES / name).read_text()
    slug = name.removesuffix(".toml")
    assert load(text) == f"Loaded: {Seminar.objects.get().title} at /seminars/{slug}/\n"
    models = (Session, Topic, Milestone, UploadSlot, Participant)
    assert tuple(model.objects.count() for model in models) == counts
    before = everything()
    assert load(text).startswith("Brought up to date: ")
    assert everything() == before


def test_seminar_load_writes_what_the_file_says(load: Load) -> None:
    load(SMALL.read_text())
    seminar = Seminar.objects.get()
    facts = (seminar.slug, seminar.tag, seminar.weekday, seminar.starts_at, seminar.ects, seminar.absences_allowed)
    assert facts == ("small", "Small2023", 4, time(14, 15), 7, 0)
    slot = UploadSlot.objects.get(key="slides")
    assert (slot.extensions, slot.max_megabytes, slot.milestone.due_date) == ([".pdf"], 2, date(2023, 12, 8))
    talks = SessionTopic.objects.filter(session__key="talks").order_by("position")
    assert [(row.topic.number, row.minutes_min, row.minutes_max) for row in talks] == [
        (n, 15, 20) for n in (1, 2, 3, 4)
    ]
    people = Participant.objects.order_by("entered_at").values_list("user__email", "role", "state", "is_contact")
    assert list(people)[:3] + list(people)[-2:] == [
        ("olga@example.org", "organizer", "admitted", True),
        ("otto@example.org", "organizer", "admitted", False),
        ("anna@example.org", "student", "admitted", False),
        ("wait@example.org", "student", "waiting", False),
        ("gone@example.org", "student", "withdrawn", False),
    ]


def test_seminar_load_under_another_slug_is_another_seminar(load: Load) -> None:
    load(SMALL.read_text())
    assert load(SMALL.read_text(), slug="again") == "Loaded: A Small Seminar at /seminars/again/\n"
    assert set(Seminar.objects.values_list("slug", flat=True)) == {"small", "again"}
    assert Topic.objects.count() == 10


# --- a changed file -----------------------------------------------------------------------------------------


def test_seminar_load_of_a_changed_title_changes_only_that(load: Load) -> None:
    load(SMALL.read_text())
    before = everything()
    load(small(("A Small Seminar", "A Smaller Seminar"), ("Graph Generation", "Graphs")))
    after = everything()
    changed = {label for label in before if before[label] != after[label]}
    assert changed == {"courses.Seminar", "topics.Topic"}
    assert Seminar.objects.get().title == "A Smaller Seminar"
    assert Topic.objects.get(number=2).title == "Graphs"


def test_seminar_load_removes_what_nothing_hangs_on(load: Load) -> None:
    load(SMALL.read_text())
    out = load(small(('[[topics]]\nnumber = 5\ntitle = "Cold Diffusion"\n', "")))
    assert out == "Brought up to date: A Small Seminar at /seminars/small/\n"
    assert list(Topic.objects.values_list("number", flat=True)) == [1, 2, 3, 4]


def test_seminar_load_keeps_a_topic_that_somebody_holds_and_says_so(world: World, load: Load, now: datetime) -> None:
    assign_topic(world.row("anna"), world.topic(5), reason="", actor=world.row("olga").user, now=now)
    out = load(small(('[[topics]]\nnumber = 5\ntitle = "Cold Diffusion"\n', "")))
    assert out.splitlines()[0] == "Topic 5 is not in the file and was kept, because work belongs to it."
    assert Assignment.objects.get(participant=world.row("anna")).seat.topic == world.topic(5)


def test_seminar_load_keeps_preferences_for_a_topic_it_no_longer_names(world: World, load: Load, now: datetime) -> None:
    rule = PreferenceRule.objects.select_related("milestone__seminar").get(seminar=world.seminar)
    save_preferences(world.row("anna"), rule, [5, 1], arrived_at=now)
    load(small(('[[topics]]\nnumber = 5\ntitle = "Cold Diffusion"\n', "")))
    chosen = Preference.objects.filter(preference_list__participant=world.row("anna"))
    assert [row.topic.number for row in chosen] == [5, 1]


def test_seminar_load_keeps_a_seat_that_somebody_holds_and_says_so(world: World, load: Load, now: datetime) -> None:
    title = 'title = "Cold Diffusion"\n'
    load(small((title, title + "seats = 3\n")))
    actor = world.row("olga").user
    for name in ("anna", "boris"):
        assign_topic(world.row(name), world.topic(5), reason="", actor=actor, now=now)
    out = load(SMALL.read_text())
    assert out.splitlines()[0] == "Seat 2 of topic 5 was kept, because somebody holds it."
    assert world.topic(5).seats.count() == 2


def test_seminar_load_counts_seats_and_not_their_numbers(world: World, load: Load, now: datetime) -> None:
    topic = world.topic(5)
    topic.seats.all().delete()
    topic.seats.create(number=2)
    load(SMALL.read_text())
    assert list(topic.seats.values_list("number", flat=True)) == [2]


def test_seminar_load_without_preferences_keeps_their_rule_and_draw(world: World, load: Load) -> None:
    before = rule_of(world)
    text = SMALL.read_text()
    milestone = f"[[milestones]]{text.split('[[milestones]]')[1]}"
    preferences = "[preferences]" + text.split("[preferences]")[1].partition("[[")[0]
    out = load(small((milestone, ""), (preferences, "")))
    assert "Milestone m1 is not in the file and was kept, because work belongs to it." in out
    after = rule_of(world)
    assert (after.seed, *secrets_of(after)) == (before.seed, *secrets_of(before))


def test_seminar_load_keeps_uploads_of_a_milestone_it_no_longer_names(world: World, load: Load, now: datetime) -> None:
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    milestone = SMALL.read_text().split("[[milestones]]")[2]
    upload = SMALL.read_text().split("[[uploads]]")[1]
    out = load(small((f"[[milestones]]{milestone}", ""), (f"[[uploads]]{upload}", "")))
    assert "Milestone m2 is not in the file and was kept, because work belongs to it." in out
    assert Version.objects.count() == 1


def test_seminar_load_removes_an_upload_without_files_and_keeps_one_with_files(
    world: World, load: Load, now: datetime
) -> None:
    upload = SMALL.read_text().split("[[uploads]]")[1]
    changed = small((f"[[uploads]]{upload}", ""))
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    assert "slides is not in the file and was kept, because work belongs to it." in load(changed)
    assert Submission.objects.count() == 1
    load(SMALL.read_text(), slug="fresh")
    load(changed, slug="fresh")
    assert list(UploadSlot.objects.filter(milestone__seminar__slug="fresh").values_list("key", flat=True)) == [
        "notebook"
    ]


def test_seminar_load_moves_an_upload_to_another_milestone_with_its_files(
    world: World, load: Load, now: datetime
) -> None:
    row = world.row("anna")
    receive_upload(world.slot("slides"), row, pdf(), uploaded_by=row.user, arrived_at=now)
    load(small(('milestone = "m3"', 'milestone = "m2"')))
    load(small(('milestone = "m2"', 'milestone = "m3"')))
    slots = UploadSlot.objects.filter(milestone__seminar=world.seminar)
    assert set(slots.values_list("key", "milestone__key")) == {("slides", "m3"), ("notebook", "m3")}
    assert Submission.objects.get().slot == world.slot("slides")
    assert ReviewRound.objects.get(milestone__seminar=world.seminar).slot == world.slot("notebook")


def test_seminar_load_moves_the_reviews_to_another_milestone(world: World, load: Load) -> None:
    later = '[[milestones]]\nkey = "m5"\ntitle = "Later"\nkind = "reviews"\ndue = 2024-03-01T23:59:00\n\n[preferences]'
    load(small(("[preferences]", later), ('milestone = "m4"', 'milestone = "m5"')))
    assert ReviewRound.objects.get(milestone__seminar=world.seminar).milestone == world.milestone("m5")


def test_seminar_load_keeps_a_part_and_a_criterion_that_were_graded(world: World, load: Load, now: datetime) -> None:
    part = Part.objects.get(scheme__seminar=world.seminar, key="presentation")
    first, second = part.criteria.all()
    entry = Entry(value=None, passed=None, comment="", levels={second.pk: 3})
    save_part_grade(part, world.row("anna"), entry, revision=0, actor=world.row("olga").user, now=now)
    out = load(small(('criteria = ["Tells a story", "Has slide numbers"]', 'criteria = ["Tells a tale"]')))
    assert "Criterion of presentation 1 is not in the file and was kept" in out
    assert list(Criterion.objects.filter(part=part).values_list("pk", "text")) == [
        (first.pk, "Tells a tale"),
        (second.pk, "Has slide numbers"),
    ]


@pytest.mark.parametrize("name", ["otto", "nora"])
def test_seminar_load_moves_the_contact_to_another_organizer(world: World, load: Load, name: str) -> None:
    nora = '[[people]]\nemail = "nora@example.org"\nfamily = "New"\nrole = "organizer"\n\n'
    text = small(("contact = true\n", "")).replace('[[people]]\nemail = "anna', nora + '[[people]]\nemail = "anna')
    text = text.replace(f'email = "{name}@example.org"\n', f'email = "{name}@example.org"\ncontact = true\n')
    for _ in range(2):
        load(text)
        contact = Participant.objects.get(seminar=world.seminar, is_contact=True)
        assert contact.user.email == f"{name}@example.org"


def test_seminar_load_leaves_peoples_own_lives_alone(world: World, load: Load) -> None:
    from courses.services import change_state, set_name_public

    now = datetime.now().astimezone()
    change_state(world.row("anna"), "withdrawn", actor=world.row("olga").user, now=now)
    set_name_public(world.row("boris"), public=False, now=now)
    before = everything()
    load(SMALL.read_text())
    assert everything() == before


def test_seminar_load_takes_what_it_says_of_a_registration_only_for_new_people(world: World, load: Load) -> None:
    facts = "registration_needed = true\nregistered_on = 2023-11-02\n"
    nora = f'[[people]]\nemail = "nora@example.org"\nfamily = "New"\n{facts}\n'
    text = small(('given = "Anna"\n', f'given = "Anna"\n{facts}'))
    load(
        text.replace('[[people]]\nemail = "anna', nora + '[[people]]\nemail = "anna').replace(
            "capacity = 5", "capacity = 6"
        )
    )
    rows = {row.user.email: row for row in Participant.objects.filter(seminar=world.seminar).select_related("user")}
    seen = {
        name: (rows[f"{name}@example.org"].registration_needed, rows[f"{name}@example.org"].registered_on)
        for name in ("anna", "nora", "boris")
    }
    assert seen == {"anna": (None, None), "nora": (True, date(2023, 11, 2)), "boris": (None, None)}


# --- topics ask for something of their own ------------------------------------------------------------------


def with_prerequisites(*texts: str) -> str:
    """The small seminar with these prerequisites of topic 5."""
    title = 'title = "Cold Diffusion"\n'
    rows = [f'\n[[topics.prerequisites]]\nstrength = "helpful"\ntext = "{text}"\n' for text in texts]
    return small((title, title + "".join(rows)))


def prerequisites_of(topic: Topic) -> list[tuple[str, str, int]]:
    return list(topic.prerequisites.values_list("strength", "text", "position"))


def test_seminar_load_replaces_the_prerequisites_of_a_topic(world: World, load: Load) -> None:
    load(with_prerequisites("Algebra", "Courage"))
    own, theirs = world.topic(5), Topic.objects.get(seminar=world.other, number=5)
    TopicPrerequisite.objects.create(topic=theirs, strength="required", text="Theirs")
    assert prerequisites_of(own) == [("helpful", "Algebra", 0), ("helpful", "Courage", 1)]
    before = everything()
    load(with_prerequisites("Algebra", "Courage"))
    assert everything() == before
    load(with_prerequisites("Courage", "Patience", "Algebra"))
    assert [text for _strength, text, _position in prerequisites_of(own)] == ["Courage", "Patience", "Algebra"]
    load(SMALL.read_text())
    assert prerequisites_of(own) == []
    assert prerequisites_of(theirs) == [("required", "Theirs", 0)]


def test_seminar_load_reads_prerequisites_of_a_topic_in_one_line(load: Load) -> None:
    title = 'title = "Cold Diffusion"\n'
    load(small((title, title + 'notice = "In winter only"\nprerequisites = [{strength = "required", text = "Ice"}]\n')))
    topic = Topic.objects.get(number=5)
    assert (topic.notice, prerequisites_of(topic)) == ("In winter only", [("required", "Ice", 0)])


# --- the seed of the draw -----------------------------------------------------------------------------------

SEED_KEPT = "The seed of the draw was kept, because preferences have come in."


def rule_of(world: World) -> PreferenceRule:
    return PreferenceRule.objects.select_related("milestone__seminar").get(seminar=world.seminar)


def secrets_of(rule: PreferenceRule) -> tuple[str, str]:
    return rule.nonce, rule.salt


def seeded(seed: int) -> str:
    return small(("count = 3", f"count = 3\nseed = {seed}"))


def test_seminar_load_without_a_seed_draws_one_that_stays(world: World, load: Load) -> None:
    mine, theirs = rule_of(world), PreferenceRule.objects.get(seminar=world.other)
    assert (mine.seed, *secrets_of(mine)) != (theirs.seed, *secrets_of(theirs))
    load(SMALL.read_text())
    assert (rule_of(world).seed, *secrets_of(rule_of(world))) == (mine.seed, *secrets_of(mine))


@pytest.mark.parametrize("seed", [0, 2**31 - 1])
def test_seminar_load_takes_the_seed_of_the_file_while_nobody_has_chosen(
    world: World, load: Load, now: datetime, seed: int
) -> None:
    before = rule_of(world)
    theirs = PreferenceRule.objects.select_related("milestone__seminar").get(seminar=world.other)
    student = Participant.objects.filter(seminar=world.other, role="student", state="admitted")[0]
    save_preferences(student, theirs, [1], arrived_at=now)
    assert SEED_KEPT not in load(seeded(seed))
    assert (rule_of(world).seed, *secrets_of(rule_of(world))) == (seed, *secrets_of(before))


def test_seminar_load_keeps_the_seed_once_preferences_are_in_and_says_so(
    world: World, load: Load, now: datetime
) -> None:
    load(seeded(17))
    before = rule_of(world)
    save_preferences(world.row("anna"), before, [], arrived_at=now, any_topic=True)
    for text, said in ((seeded(18).replace("count = 3", "count = 4"), True), (seeded(17), False), (small(), False)):
        assert (SEED_KEPT in load(text).splitlines()) is said
        after = rule_of(world)
        assert (after.seed, *secrets_of(after), after.count) == (17, *secrets_of(before), 4 if said else 3)


def test_seminar_load_takes_the_seed_of_the_file_where_none_is_left_to_keep(
    world: World, load: Load, now: datetime
) -> None:
    save_preferences(world.row("anna"), rule_of(world), [5], arrived_at=now)
    rule_of(world).delete()
    assert SEED_KEPT not in load(seeded(17))
    assert rule_of(world).seed == 17


def test_seminar_load_keeps_the_draw_when_the_milestone_is_renamed(world: World, load: Load, now: datetime) -> None:
    before = rule_of(world)
    save_preferences(world.row("anna"), before, [5], arrived_at=now)
    load(SMALL.read_text().replace('"m1"', '"choice"'))
    after = rule_of(world)
    assert (after.seed, *secrets_of(after)) == (before.seed, *secrets_of(before))
    assert after.milestone.key == "choice"
    assert not Milestone.objects.filter(seminar=world.seminar, key="m1").exists()


# --- another term -------------------------------------------------------------------------------------------


def test_seminar_load_with_a_kickoff_moves_dates_by_whole_weeks(load: Load) -> None:
    load(SMALL.read_text(), kickoff="2026-04-17")
    assert list(Session.objects.values_list("date", flat=True)) == [
        date(2026, 4, 17),
        date(2026, 5, 8),
        date(2026, 5, 15),
        date(2026, 6, 5),
    ]
    assert list(Milestone.objects.values_list("due_date", "due_time")) == [
        (date(2026, 4, 20), time(23, 59)),
        (date(2026, 5, 29), time(23, 59)),
        (date(2026, 7, 31), time(23, 59)),
        (date(2026, 8, 14), time(23, 59)),
    ]


def test_seminar_load_with_a_kickoff_moves_the_days_of_entry_and_registration(load: Load) -> None:
    days = "entry_from = 2023-10-06\nentry_until = 2023-10-20\nregistration_until = 2023-11-10\n"
    anna = 'given = "Anna"\n'
    load(
        small(
            ("absences_allowed = 0\n", f"absences_allowed = 0\n{days}"), (anna, f"{anna}registered_on = 2023-11-02\n")
        ),
        kickoff="2026-04-17",
    )
    seminar = Seminar.objects.get()
    moved = (seminar.entry_opens_on, seminar.entry_closes_on, seminar.registration_until)
    assert moved == (date(2026, 3, 27), date(2026, 4, 10), date(2026, 5, 1))
    assert Participant.objects.get(user__email="anna@example.org").registered_on == date(2023, 11, 2)


def test_seminar_load_with_a_kickoff_across_the_change_of_the_clocks_keeps_the_wall_time(load: Load) -> None:
    from milestones.queries import general_deadline

    load(SMALL.read_text(), kickoff="2026-03-27")
    closes = [general_deadline(m).closes for m in Milestone.objects.select_related("seminar")]
    shown = [moment.isoformat(timespec="minutes") for moment in closes if moment]
    assert shown[0] == "2026-03-30T21:59+00:00"  # summer time since the night of 29 March
    assert {moment[-11:] for moment in shown} == {"21:59+00:00"}


@pytest.mark.parametrize(
    ("kickoff", "sentence"),
    [
        (
            "2026-04-15",
            "Dates move by whole weeks: the kick-off is a Friday; 2026-04-15 is a Wednesday. Choose 2026-04-10 or 2026-04-17.",
        ),
        ("tomorrow", "--kickoff tomorrow is not a date such as 2026-10-30."),
        ("2026-02-30", "--kickoff 2026-02-30 is not a date such as 2026-10-30."),
        ("9999-12-31", "--kickoff 9999-12-31 is too far away."),
    ],
)
def test_seminar_load_with_a_bad_kickoff_says_so(load: Load, kickoff: str, sentence: str) -> None:
    assert refused(load, SMALL.read_text(), kickoff=kickoff) == sentence


def test_seminar_load_with_a_kickoff_for_a_file_that_has_none(load: Load) -> None:
    sentence = refused(load, small(('kind = "kickoff"', 'kind = "other"')), kickoff="2026-04-17")
    assert sentence == "This file has no session of kind “kickoff”, so its dates cannot be moved."


# --- mistakes -----------------------------------------------------------------------------------------------


def test_seminar_load_reports_all_mistakes_at_once_and_writes_nothing(load: Load, tmp_path: Path) -> None:
    head, *problems = refused(load, MISTAKEN).split("\n  ")
    assert head == f"{tmp_path / 'seminar.toml'} has 10 mistakes; nothing was loaded:"
    assert set(problems) == MISTAKES


def test_seminar_load_of_one_mistake_into_a_running_seminar_changes_nothing(world: World, load: Load) -> None:
    sentence = refused(load, small(("A Small Seminar", "Other"), ("capacity = 5", "capacity = 0")))
    assert "has 1 mistake; nothing was loaded:" in sentence
    assert "line 9: seminar.capacity: Input should be greater than or equal to 1" in sentence


def test_seminar_load_of_what_is_not_toml_names_the_line(load: Load) -> None:
    sentence = refused(load, '[seminar]\nslug = "a"\nslug = "b"\n')
    assert "is not valid TOML: Cannot overwrite a value (at line 3, column 11)" in sentence
    assert sentence.endswith("Nothing was loaded.")


def test_seminar_load_of_what_is_not_utf_8(load: Load, tmp_path: Path) -> None:
    assert refused(load, SMALL.read_text().encode("utf-16")) == f"{tmp_path / 'seminar.toml'} is not UTF-8 text."
    assert refused(load, "# Großmann".encode("latin-1")) == f"{tmp_path / 'seminar.toml'} is not UTF-8 text."


def test_seminar_load_of_a_missing_file(db: None, tmp_path: Path) -> None:
    for path, why in ((tmp_path / "missing.toml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(CommandError) as error:
            call_command("seminar_load", str(path))
        assert str(error.value) == f"{path} cannot be read: {why}."


def test_seminar_load_as_a_process_fails_with_one_line_and_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "seminar.toml"
    path.write_text("[seminar\n")
    environment = {**os.environ, "DEBUG": "1", "DATA_DIR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""}
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "seminar_load", str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "DJANGO_SETTINGS_MODULE": "seminar.settings"},
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"CommandError: {path} is not valid TOML: ")
    assert done.stderr.count("\n") == 1
