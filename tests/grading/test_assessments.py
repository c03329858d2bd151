"""Two examiners: blind to each other until both have handed in, then side by side, and agreed upon or decided."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from accounts.services import ensure_user
from courses.models import HistoryEntry, Participant, Role
from grading import queries
from grading.domain.rubric import agreed, length_problem, seconds_of
from grading.models import Assessment, Criterion, CriterionMark, Part, PartGrade
from grading.services import hand_in_assessment, save_assessment, save_part_grade, take_back_assessment
from grading.services.grades import Entry
from seminar.services.export.archive import marks as marks_tables
from seminar.services.invariants import broken_invariants
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, part_of, release, the_scheme
from tests.grading.test_views import PRESENT, form_of, text_of

SignIn = Callable[[User | None], Client]


@pytest.fixture
def world(world: World) -> World:
    """Two examine the presentation."""
    Part.objects.filter(key="presentation").update(examiners=2)
    return world


def draft(world: World, who: str, entry: Entry, revision: int = 0) -> Assessment | None:
    part = part_of(world, "presentation")
    return save_assessment(part, world.row("anna"), entry, revision=revision, actor=world.row(who).user)


def hand_in(world: World, who: str, now: datetime) -> Assessment:
    part = part_of(world, "presentation")
    return hand_in_assessment(part, world.row("anna"), actor=world.row(who).user, now=now)


def assess(world: World, who: str, entry: Entry, now: datetime) -> Assessment:
    draft(world, who, entry)
    return hand_in(world, who, now)


def lines(world: World) -> list[tuple[str, str | None, str, str, str]]:
    entries = HistoryEntry.objects.filter(seminar=world.seminar, participant=world.row("anna")).order_by("pk")
    return [(e.subject, e.actor.email if e.actor else None, e.old, e.new, e.reason) for e in entries]


# --- the rules, without a database ----------------------------------------------------------------------------


def test_agreed_is_what_both_say() -> None:
    assert agreed({1: 4, 2: 3, 3: 0}, {1: 4, 2: 2, 4: 1}) == {1: 4}


@pytest.mark.parametrize(("text", "seconds"), [("17", 1020), ("17:30", 1050), (" 5:05 ", 305), ("0:00", 0)])
def test_seconds_of_minutes_as_people_write_them(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "17:60", "17:5", "-3", "17.5", "1:00:00", "٣"])
def test_seconds_of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  (what it says is the text itself)
        seconds_of(text)
    assert str(refused.value) == text


@pytest.mark.parametrize(
    ("length", "minutes"), [("14:59", -1), ("15:00", 0), ("20:59", 0), ("21:00", 1), ("30:00", 10), ("3:00", -12)]
)
def test_length_problem_counts_the_minutes_beside_the_target(length: str, minutes: int) -> None:
    assert length_problem(seconds_of(length), 15, 20) == minutes
    assert length_problem(seconds_of(length), None, None) == 0


# --- handing in -----------------------------------------------------------------------------------------------


def test_assessment_of_one_makes_no_grade_and_no_history(world: World, now: datetime) -> None:
    own = assess(world, "olga", entry_of("1.3", "Clear."), now)
    assert (own.place, own.handed_in_at) == (1, now)
    assert not PartGrade.objects.exists()
    assert lines(world) == []
    assert broken_invariants() == []


def test_assessments_that_agree_become_the_grade_by_themselves(world: World, now: datetime) -> None:
    first, second = part_of(world, "presentation").criteria.all()
    later = now + timedelta(hours=2)
    one = Entry(Decimal("1.3"), None, "Clear.", {first.pk: 4, second.pk: 2}, {first.pk: "Told well"})
    other = Entry(Decimal("1.30"), None, "Calm.", {first.pk: 4, second.pk: 1}, {first.pk: "A thread"})
    assess(world, "olga", one, now)
    assess(world, "otto", other, later)
    row = PartGrade.objects.get()
    assert (row.value, row.comment, row.revision) == (Decimal("1.3"), "Clear.\n\nCalm.", 1)
    marks = set(CriterionMark.objects.values_list("criterion", "level", "comment"))
    assert marks == {(first.pk, 4, "Told well / A thread")}  # on the second criterion they differ
    olga, otto = "olga@example.org", "otto@example.org"
    assert lines(world) == [
        ("assessment:presentation", olga, "", "1.3", ""),
        ("assessment:presentation", otto, "", "1.3", ""),
        ("grade:presentation", otto, "", "1.3", "both examiners say so"),
    ]
    times = HistoryEntry.objects.filter(subject__startswith="assessment").order_by("pk").values_list("at", flat=True)
    assert list(times) == [now, later]
    assert broken_invariants() == []


def test_assessments_that_differ_are_decided_with_a_reason(world: World, now: datetime) -> None:
    assess(world, "olga", entry_of("1.3"), now)
    assess(world, "otto", entry_of("2.0"), now)
    assert not PartGrade.objects.exists()
    part, olga = part_of(world, "presentation"), world.row("olga").user
    with pytest.raises(Refusal) as refused:
        save_part_grade(part, world.row("anna"), entry_of("1.7"), revision=0, actor=olga, now=now)
    assert refused.value.code == "reason_missing"
    for fact in ("Olga Organizer: 1.3", "Otto Organizer: 2.0", "1.7"):
        assert fact in refused.value.message
    reason = {"reason": "Between the two.", "actor": olga, "now": now}
    save_part_grade(part, world.row("anna"), entry_of("1.7"), revision=0, **reason)
    assert lines(world)[2:] == [("grade:presentation", "olga@example.org", "", "1.7", "Between the two.")]
    # Words about it can be changed without another reason.
    enter(world, "anna", "presentation", entry_of("1.7", "Clear."), now, revision=1)
    assert PartGrade.objects.get().comment == "Clear."


def test_assessments_that_differ_wait_in_the_overview_until_somebody_decides(
    world: World, now: datetime, signed_in: SignIn
) -> None:
    olga, edit = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")

    def waits() -> bool:
        page = olga.get(world.url("manage/"))
        links = f'href="{edit}">Decide' in page.content.decode()
        assert links == (f"The two assessments of {world.people['anna'].name} differ: Presentation" in text_of(page))
        return links

    assess(world, "olga", entry_of("1.3"), now)
    assert not waits(), "one alone tells nothing"
    assess(world, "otto", entry_of("2.0"), now)
    assert waits()
    enter(world, "anna", "presentation", entry_of("1.7"), now)
    assert not waits()


def test_part_grade_before_both_are_in_is_refused(world: World, now: datetime) -> None:
    for entry in (entry_of("1.3"), entry_of(None, "Only words.")):
        with pytest.raises(Refusal) as refused:
            enter(world, "anna", "presentation", entry, now)
        assert refused.value.code == "assessment_missing"
    assert not PartGrade.objects.exists()


def test_part_grade_of_before_there_were_two_examiners_stays(world: World, now: datetime) -> None:
    Part.objects.filter(key="presentation").update(examiners=1)
    enter(world, "anna", "presentation", entry_of("1.3"), now)
    Part.objects.filter(key="presentation").update(examiners=2)
    enter(world, "anna", "presentation", entry_of("1.7"), now, revision=1)
    with pytest.raises(Conflict) as refused:
        draft(world, "olga", entry_of("2.0"))
    assert refused.value.code == "assessments_in"
    assert broken_invariants() == []


def test_assessment_without_a_grade_is_not_handed_in(world: World, now: datetime) -> None:
    draft(world, "olga", entry_of(None, "Words only."))
    with pytest.raises(Refusal) as refused:
        hand_in(world, "olga", now)
    assert refused.value.code == "assessment_empty"


def test_assessment_handed_in_twice_is_one_effect(world: World, now: datetime) -> None:
    assess(world, "olga", entry_of("1.3"), now)
    assert hand_in(world, "olga", now + timedelta(days=1)).handed_in_at == now
    assert Assessment.objects.count() == 1


def test_assessment_is_taken_back_only_before_the_other_is_in(world: World, now: datetime) -> None:
    part, anna, olga = part_of(world, "presentation"), world.row("anna"), world.row("olga").user
    assess(world, "olga", entry_of("1.3"), now)
    with pytest.raises(Conflict) as refused:
        draft(world, "olga", entry_of("1.7"), revision=1)
    assert refused.value.code == "handed_in"
    for value in ("1.3", "1.7"):
        assert value in refused.value.message
    take_back_assessment(part, anna, actor=olga)
    draft(world, "olga", entry_of("1.7"), revision=1)
    assess(world, "otto", entry_of("1.7"), now)
    assert not PartGrade.objects.exists()
    hand_in(world, "olga", now)  # after the other, whose place is the first now
    assert PartGrade.objects.get().value == Decimal("1.7")
    with pytest.raises(Conflict):
        take_back_assessment(part, anna, actor=olga)


def test_assessment_that_is_stale_names_both_values(world: World) -> None:
    draft(world, "olga", entry_of("1.3", "First window."))
    with pytest.raises(Conflict) as refused:
        draft(world, "olga", entry_of("2.7", "Second window."))
    assert (refused.value.code, refused.value.status) == ("assessment_changed", 409)
    for fact in ("1.3", "First window.", "2.7", "Second window."):
        assert fact in refused.value.message
    assert draft(world, "olga", entry_of("1.3", "First window.")) is not None  # the same once more is no conflict


def test_assessment_of_a_third_examiner_is_refused_once_two_are_in(world: World, now: datetime) -> None:
    third = ensure_user("third@example.org", given_names="Thea", family_name="Third")
    Participant.objects.create(seminar=world.seminar, user=third, role=Role.ORGANIZER, state="admitted", entered_at=now)
    part, anna = part_of(world, "presentation"), world.row("anna")
    save_assessment(part, anna, entry_of("3.0"), revision=0, actor=third)
    for who in ("olga", "otto"):
        assess(world, who, entry_of("1.3"), now)
    with pytest.raises(Conflict) as refused:
        hand_in_assessment(part, anna, actor=third, now=now)
    assert refused.value.code == "assessments_in"


def test_assessment_of_a_part_with_one_examiner_is_refused(world: World) -> None:
    Part.objects.update(examiners=1)
    with pytest.raises(Refusal) as refused:
        draft(world, "olga", entry_of("1.3"))
    assert refused.value.code == "one_examiner"


def test_assessment_off_the_rubric_is_refused(world: World) -> None:
    first = part_of(world, "presentation").criteria.all()[0]
    foreign = Criterion.objects.filter(part__scheme__seminar=world.other).first()
    assert foreign is not None
    for levels in ({first.pk: 5}, {first.pk: -1}, {foreign.pk: 1}):
        with pytest.raises(Refusal) as refused:
            draft(world, "olga", entry_of("1.3", levels=levels))
        assert refused.value.code == "off_rubric"
    assert not Assessment.objects.exists()


@pytest.mark.parametrize("fields", [{"place": 3}, {"place": None}, {"handed_in_at": None}])
def test_assessments_that_break_a_rule_are_refused_by_the_database(
    world: World, now: datetime, fields: dict[str, object]
) -> None:
    assess(world, "olga", entry_of("1.3"), now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.update(**fields)


def test_assessments_in_the_same_place_are_refused_by_the_database(world: World, now: datetime) -> None:
    assess(world, "olga", entry_of("1.3"), now)
    draft(world, "otto", entry_of("1.7"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(place=None).update(place=1, handed_in_at=now)


def test_invariants_name_a_grade_that_one_examiner_made_alone(world: World, now: datetime) -> None:
    own = assess(world, "olga", entry_of("1.3"), now)
    fields = {"value": Decimal("1.3"), "graded_by": world.row("olga").user, "graded_at": now}
    row = PartGrade.objects.create(part=own.part, participant=own.participant, **fields)
    alone = f"Assessment {own.pk}: there is a grade, but the second assessment is missing."
    assert broken_invariants() == [alone]
    row.delete()
    other = Assessment(part=own.part, participant=own.participant, examiner=world.row("otto").user, value=own.value)
    other.place, other.handed_in_at = 2, now
    other.save()
    assert broken_invariants() == [f"Assessment {own.pk}: both examiners agree, but there is no grade."]


def test_archive_opens_assessments_with_both(world: World, now: datetime) -> None:
    for who, told in (("olga", False), ("otto", True)):
        assess(world, who, entry_of("1.3", f"Words of {who}"), now)
        table = dict(marks_tables(world.seminar))["assessments.csv"]
        assert ("Words of olga" in table, "Words of otto" in table) == (told, told)


# --- blind ----------------------------------------------------------------------------------------------------


def pages(world: World, client: Client) -> dict[str, str]:
    anna, boris = world.row("anna").pk, world.row("boris").pk
    paths = ("grading/", f"grading/{anna}/edit/", f"grading/{boris}/edit/", f"grading/{anna}/talk/", "manage/")
    return {path: text_of(client.get(world.url(path))) for path in (*paths, f"grading/{anna}/", "participants/")}


def test_pages_of_an_examiner_do_not_tell_whether_or_what_the_other_has_entered(
    world: World, signed_in: SignIn, time_machine: Any
) -> None:
    time_machine.move_to(PRESENT, tick=False)
    client = signed_in(world.people["otto"])
    draft(world, "otto", entry_of("2.0", "Mine."))
    before = pages(world, client)
    first = part_of(world, "presentation").criteria.all()[0]
    entry = Entry(Decimal("1.3"), None, "Theirs.", {first.pk: 4}, {first.pk: "Secret"})
    draft(world, "olga", entry)
    assert pages(world, client) == before
    hand_in(world, "olga", PRESENT)
    assert pages(world, client) == before
    hand_in(world, "otto", PRESENT)
    page = pages(world, client)[f"grading/{world.row('anna').pk}/edit/"]
    for word in ("Both examiners have handed in", "Olga Organizer", "Theirs.", "Secret", "Mine."):
        assert word in page


def test_released_grade_needs_both_examiners(world: World, now: datetime) -> None:
    for key, value in (("notebook", "1.7"), ("reviews", "1.0"), ("revision", True)):
        enter(world, "anna", key, entry_of(value), now)
    assess(world, "olga", entry_of("1.3"), now)
    assert release(world, now) == 0
    assess(world, "otto", entry_of("1.3"), now)
    assert release(world, now) == 1


def test_progress_counts_what_needs_nothing_more_of_oneself(world: World, now: datetime) -> None:
    scheme, anna, part = the_scheme(world), world.row("anna"), part_of(world, "presentation").pk

    def done(who: str) -> set[int]:
        return queries.progress(scheme, [anna], world.row(who).user)[anna.pk]

    assess(world, "olga", entry_of("1.3"), now)
    assert (done("olga"), done("otto")) == ({part}, set())
    assess(world, "otto", entry_of("2.0"), now)
    assert (done("olga"), done("otto")) == (set(), set())  # somebody has to decide
    options = {"revision": 0, "actor": world.row("olga").user, "now": now, "reason": "Heard twice."}
    save_part_grade(part_of(world, "presentation"), anna, entry_of("1.3"), **options)
    assert (done("olga"), done("otto")) == ({part}, {part})


# --- the page -------------------------------------------------------------------------------------------------


def own_form(**fields: str) -> dict[str, str]:
    """What the page sends while the presentation is still assessed by each alone."""
    data = {name: value for name, value in form_of(**fields).items() if not name.startswith("presentation")}
    own = {f"own-{name}": value for name, value in form_of(**fields).items() if name.startswith("presentation")}
    return {**data, **own}


def test_grade_edit_hands_in_and_takes_back(world: World, signed_in: SignIn) -> None:
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    empty = client.post(url, {**own_form(), "hand_in": "presentation"})
    assert empty.status_code == 400
    assert "has no grade yet; it was not handed in." in text_of(empty)
    page = client.post(url, {**own_form(presentation="1.3"), "hand_in": "presentation"}, follow=True)
    assert "You have handed in: 1.3" in text_of(page)
    assert 'name="own-presentation-value"' not in page.content.decode()
    page = client.post(url, {**form_of(), "take_back": "presentation"}, follow=True)
    assert 'name="own-presentation-value"' in page.content.decode()
    assert Assessment.objects.get().place is None


def test_grade_edit_that_shows_ones_own_never_becomes_the_grade(world: World, signed_in: SignIn) -> None:
    """A page from before the second assessment came in: what it sends is refused, not taken for the grade."""
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    draft(world, "olga", entry_of("1.3"))
    page = client.get(url).content.decode()
    names = re.findall(r'name="([\w-]*presentation-(?:value|revision))"', page)
    hand_in(world, "olga", PRESENT)
    assess(world, "otto", entry_of("2.0"), PRESENT)
    sent = {name: "5.0" if name.endswith("value") else "1" for name in names}
    response = client.post(url, form_of() | sent)
    assert response.status_code == 409
    assert "Both assessments of “Presentation” are in meanwhile" in text_of(response)
    assert not PartGrade.objects.filter(part__key="presentation").exists()


def test_grade_edit_decides_with_a_reason(world: World, signed_in: SignIn) -> None:
    for who, value in (("olga", "1.3"), ("otto", "2.0")):
        assess(world, who, entry_of(value), PRESENT)
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    refused = client.post(url, form_of(presentation="1.7"))
    assert refused.status_code == 400
    assert "Please give a reason for 1.7" in text_of(refused)
    assert client.post(url, form_of(presentation="1.7", presentation_reason="Between.")).status_code == 302
    assert PartGrade.objects.get().value == Decimal("1.7")
    assert HistoryEntry.objects.filter(reason="Between.").count() == 1


def test_grade_of_one_examiner_is_entered_as_before(world: World, now: datetime) -> None:
    Part.objects.update(examiners=1)
    grade(world, "anna", now)
    assert PartGrade.objects.count() == 4
    assert not Assessment.objects.exists()
