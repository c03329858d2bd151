"""The page on which one grades: the rubric with words, saved while one types, and the page that one holds during a talk."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from grading.models import Criterion, CriterionMark, Part, PartGrade, ReleasedGrade, TalkRecord
from grading.queries import talk_target
from grading.services import save_assessment, save_talk
from grading.services.grades import Entry
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import pdf
from tests.factories.topics import give_out
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, part_of, release
from tests.grading.test_views import JSON, PRESENT, form_of, text_of
from topics.models import SessionTopic

SignIn = Callable[[User | None], Client]


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(PRESENT, tick=False)


@pytest.fixture
def rubric(world: World) -> tuple[Criterion, Criterion]:
    """The first criterion has words from 0 to 2, the second up to 15 points."""
    first, second = part_of(world, "presentation").criteria.all()
    first.levels, first.points, first.help = ["none", "some", "told well"], 2, "Beginning, middle, end"
    second.points = 15
    first.save()
    second.save()
    return first, second


def address(world: World, name: str = "anna", page: str = "edit") -> str:
    return world.url(f"grading/{world.row(name).pk}/{page}/")


# --- the rubric -----------------------------------------------------------------------------------------------


def test_grade_edit_keeps_levels_and_words_of_each_criterion(
    world: World, signed_in: SignIn, rubric: tuple[Criterion, Criterion]
) -> None:
    first, second = rubric
    client, url = signed_in(world.people["olga"]), address(world)
    page = client.get(url).content.decode()
    assert "<span>2 told well</span>" in page
    assert f'<input type="number" name="presentation-c{second.pk}" min="0" max="15"' in page
    marks = {f"presentation-c{first.pk}": "2", f"presentation-c{second.pk}": "11"}
    words = {f"presentation-r{second.pk}": "Numbers <missing> on two"}
    assert client.post(url, form_of(presentation="1.3") | marks | words).status_code == 302
    stored = set(CriterionMark.objects.values_list("criterion", "level", "comment"))
    assert stored == {(first.pk, 2, ""), (second.pk, 11, "Numbers <missing> on two")}
    assert "13 of 17 points" in text_of(client.get(url))


def test_grade_edit_keeps_words_without_a_level(
    world: World, signed_in: SignIn, rubric: tuple[Criterion, Criterion]
) -> None:
    first, _second = rubric
    data = form_of() | {f"presentation-r{first.pk}": "Not seen yet"}
    assert signed_in(world.people["olga"]).post(address(world), data).status_code == 302
    assert list(CriterionMark.objects.values_list("level", "comment")) == [(None, "Not seen yet")]


@pytest.mark.parametrize(("place", "level"), [(0, "3"), (0, "-1"), (0, "x"), (1, "16"), (1, "-1"), (1, "1.5")])
def test_grade_edit_refuses_levels_off_the_rubric(
    world: World, signed_in: SignIn, rubric: tuple[Criterion, Criterion], place: int, level: str
) -> None:
    data = form_of(presentation="1.3") | {f"presentation-c{rubric[place].pk}": level}
    response = signed_in(world.people["olga"]).post(address(world), data)
    assert response.status_code == 400
    assert 'class="errorlist"' in response.content.decode()
    assert not PartGrade.objects.exists()


def test_save_part_grade_refuses_levels_off_the_rubric(
    world: World, now: datetime, rubric: tuple[Criterion, Criterion]
) -> None:
    foreign = Criterion.objects.filter(part__scheme__seminar=world.other)[0]
    for levels in ({rubric[0].pk: 3}, {rubric[1].pk: 16}, {foreign.pk: 1}):
        with pytest.raises(Refusal) as refused:
            enter(world, "anna", "presentation", entry_of("1.3", levels=levels), now)
        assert refused.value.code == "off_rubric"
    assert not PartGrade.objects.exists()


def test_stale_levels_are_named_on_both_sides(world: World, now: datetime) -> None:
    first, second = part_of(world, "presentation").criteria.all()
    enter(world, "anna", "presentation", entry_of("1.3", levels={first.pk: 4}), now, actor="otto")
    with pytest.raises(Conflict) as refused:
        enter(world, "anna", "presentation", entry_of("1.3", levels={first.pk: 2, second.pk: 1}), now)
    assert "1.3 (4)" in refused.value.message
    assert "1.3 (2, 1)" in refused.value.message


def test_seminar_page_shows_the_levels_of_the_rubric(
    world: World, client: Client, rubric: tuple[Criterion, Criterion]
) -> None:
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", client.get(world.url()).content.decode()))
    assert "Tells a story Beginning, middle, end (none – some – told well)" in page
    assert "Has slide numbers (0 to 15 points)" in page


def test_grade_detail_shows_marks_and_words_only_after_the_release(
    world: World, signed_in: SignIn, rubric: tuple[Criterion, Criterion]
) -> None:
    first, second = rubric
    grade(world, "anna", PRESENT)
    entry = Entry(Decimal("1.3"), None, "", {first.pk: 2, second.pk: 11}, {second.pk: "Two <lack> one"})
    enter(world, "anna", "presentation", entry, PRESENT, revision=1)
    client, url = signed_in(world.people["anna"]), world.url(f"grading/{world.row('anna').pk}/")
    assert "Two" not in client.get(url).content.decode().partition("<main")[2].partition("<h2>The rule")[0]
    release(world, PRESENT)
    words = text_of(client.get(url))
    assert "Tells a story 2 of 2 told well Has slide numbers 11 of 15 Two &lt;lack&gt; one" in words
    shown = ReleasedGrade.objects.get().parts
    assert shown[0]["criteria"] == [
        {"text": "Tells a story", "level": 2, "most": 2, "word": "told well", "comment": ""},
        {"text": "Has slide numbers", "level": 11, "most": 15, "word": "", "comment": "Two <lack> one"},
    ]
    assert ["criteria" in part for part in shown[1:]] == [False] * 4
    CriterionMark.objects.update(comment="Changed since")
    assert "Changed since" not in client.get(url).content.decode()
    assert release(world, PRESENT) == 1


# --- saved while one types ------------------------------------------------------------------------------------


def test_grade_edit_in_place_answers_revisions_sums_and_the_result(world: World, signed_in: SignIn) -> None:
    first = part_of(world, "presentation").criteria.all()[0]
    client, url = signed_in(world.people["olga"]), address(world)
    data = form_of(presentation="1.3", notebook="1.7", reviews="1.0", revision="yes")
    answer = client.post(url, data | {f"presentation-c{first.pk}": "3"}, headers=JSON)
    assert answer.status_code == 200
    said = answer.json()
    keys = ("presentation", "notebook", "reviews", "revision")
    assert said["revisions"] == {f"{key}-revision": 1 for key in keys}
    assert said["sums"] == {"presentation": "3 of 8 points", "notebook": "", "reviews": "", "revision": ""}
    assert "<h2>Result: 1.3</h2>" in said["result"]
    assert "Rounded: 1.47 → 1.3" in said["result"]


def test_grade_edit_in_place_that_is_stale_is_a_conflict_with_both_values(world: World, signed_in: SignIn) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), PRESENT, actor="otto")
    data = form_of(presentation="2.7", notebook="1.7")
    answer = signed_in(world.people["olga"]).post(address(world), data, headers=JSON)
    assert answer.status_code == 409
    said = answer.json()
    assert said["code"] == "grade_changed"
    for fact in ("Otto Organizer", "1.3", "2.7", "Nothing was overwritten."):
        assert fact in said["message"]


def test_grade_edit_in_place_with_bad_input_says_what(world: World, signed_in: SignIn) -> None:
    answer = signed_in(world.people["olga"]).post(address(world), form_of(notebook="1.5"), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "form_invalid")
    assert "1.5" in answer.json()["message"]


def test_grade_edit_in_place_hands_nothing_in(world: World, signed_in: SignIn) -> None:
    Part.objects.filter(key="presentation").update(examiners=2)
    data = {name: value for name, value in form_of().items() if not name.startswith("presentation")}
    data |= {"own-presentation-revision": "0", "own-presentation-value": "1.3", "hand_in": "presentation"}
    answer = signed_in(world.people["olga"]).post(address(world), data, headers=JSON)
    assert (answer.status_code, answer.json()["revisions"]["own-presentation-revision"]) == (200, 1)
    assert part_of(world, "presentation").assessments.get().place is None


def test_grade_edit_after_a_conflict_can_be_saved_once_more(world: World, signed_in: SignIn) -> None:
    """Both values are on the page; the second press is a decision."""
    enter(world, "anna", "presentation", entry_of("1.3"), PRESENT, actor="otto")
    client, url = signed_in(world.people["olga"]), address(world)
    refused = client.post(url, form_of(presentation="2.7", notebook="1.7"))
    assert refused.status_code == 409
    page = refused.content.decode()
    for key in ("presentation", "notebook"):
        assert f'name="{key}-revision" value="1"' in page
    again = form_of(presentation="2.7", notebook="2.0") | {"presentation-revision": "1", "notebook-revision": "1"}
    assert client.post(url, again).status_code == 302
    assert {str(row.value) for row in PartGrade.objects.all()} == {"2.70", "2.00"}


# --- what stands beside the marks -----------------------------------------------------------------------------


def test_grade_edit_shows_the_file_of_each_part_in_its_frame(world: World, now: datetime, signed_in: SignIn) -> None:
    anna = world.row("anna")
    Part.objects.filter(pk=part_of(world, "presentation").pk).update(slot=world.slot("slides"))
    assert "Slides: nothing was handed in yet." in text_of(signed_in(world.people["olga"]).get(address(world)))
    version = receive_upload(world.slot("slides"), anna, pdf(), uploaded_by=anna.user, arrived_at=now)
    page = signed_in(world.people["olga"]).get(address(world)).content.decode()
    assert re.search(rf'<iframe name="work" src="[^"]*{version.receipt}[^"]*" sandbox="allow-popups', page)
    assert re.search(rf'<fieldset data-frame="[^"]*{version.receipt}', page)


def test_grade_edit_goes_to_the_previous_who_lacks_a_mark(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["olga"])
    students = client.get(address(world)).content.decode().partition('class="students"')[2].partition("</nav>")[0]
    order = re.findall(r"/grading/(\d+)/edit/", students)
    assert len(order) == 4
    place = order.index(str(world.row("carla").pk))
    answer = client.post(address(world, "carla"), form_of() | {"previous": "1"})
    assert f"/grading/{order[place - 1]}/edit/#id_" in answer.url


def test_grade_edit_takes_the_same_queries_for_four_and_for_thirty_students(world: World, signed_in: SignIn) -> None:
    Part.objects.filter(key="notebook").update(examiners=2)
    client, url = signed_in(world.people["olga"]), address(world)
    few, crowd = queries_of(client, url), add_students(world.seminar, 29)
    for row in crowd[:5]:
        entry = Entry(Decimal("1.3"), None, "", {})
        save_assessment(part_of(world, "notebook"), row, entry, revision=0, actor=world.row("otto").user)
    fields = {"part": part_of(world, "presentation"), "value": 1, "graded_by": world.row("olga").user}
    PartGrade.objects.bulk_create(PartGrade(participant=row, graded_at=PRESENT, **fields) for row in crowd)
    assert queries_of(client, url) == few


# --- the talk -------------------------------------------------------------------------------------------------


def talk_form(**fields: str) -> dict[str, str]:
    return {"talk-revision": "0", "presentation-revision": "0", **{n.replace("_", "-"): v for n, v in fields.items()}}


def test_talk_edit_keeps_length_notes_and_levels_and_nothing_else_changes(world: World, signed_in: SignIn) -> None:
    first, second = part_of(world, "presentation").criteria.all()
    entry = Entry(Decimal("1.3"), None, "Clear.", {first.pk: 1}, {first.pk: "A thread"})
    enter(world, "anna", "presentation", entry, PRESENT)
    client, url = signed_in(world.people["olga"]), address(world, page="talk")
    data = talk_form(talk_length="23:05", talk_notes="Asked about seeds.") | {"presentation-revision": "1"}
    data |= {f"presentation-c{first.pk}": "4", f"presentation-c{second.pk}": "2"}
    assert client.post(url, data).status_code == 302
    row = TalkRecord.objects.get()
    assert (row.seconds, row.notes, row.organizer) == (23 * 60 + 5, "Asked about seeds.", world.people["olga"])
    stored = PartGrade.objects.get()
    assert (stored.value, stored.comment, stored.revision) == (Decimal("1.3"), "Clear.", 2)
    marks = set(CriterionMark.objects.values_list("criterion", "level", "comment"))
    assert marks == {(first.pk, 4, "A thread"), (second.pk, 2, "")}
    words = text_of(signed_in(world.people["otto"]).get(address(world)))
    assert "target 15 to 20 minutes · Olga Organizer: 23:05 3 minutes too long Notes of Olga Organizer" in words
    student = signed_in(world.people["anna"])
    for path in (world.url(f"grading/{world.row('anna').pk}/"), world.url("me/"), world.url()):
        assert "Asked about seeds." not in student.get(path).content.decode()


def test_talk_edit_in_place_answers_both_revisions(world: World, signed_in: SignIn) -> None:
    first = part_of(world, "presentation").criteria.all()[0]
    data = talk_form(talk_length="17") | {f"presentation-c{first.pk}": "4"}
    answer = signed_in(world.people["olga"]).post(address(world, page="talk"), data, headers=JSON)
    assert (answer.status_code, answer.json()) == (
        200,
        {"revisions": {"talk-revision": 1, "presentation-revision": 1}},
    )


def test_talk_edit_that_is_stale_names_both_and_keeps_what_was_typed(world: World, signed_in: SignIn) -> None:
    part, anna, olga = part_of(world, "presentation"), world.row("anna"), world.row("olga").user
    save_talk(part, anna, seconds=1020, notes="On the phone.", revision=0, actor=olga)
    client, url = signed_in(world.people["olga"]), address(world, page="talk")
    data = talk_form(talk_length="18", talk_notes="On the laptop.")
    answer = client.post(url, data, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "talk_changed")
    for fact in ("17:00", "On the phone.", "18:00", "On the laptop."):
        assert fact in answer.json()["message"]
    page = client.post(url, data)
    assert page.status_code == 409
    assert "On the laptop.</textarea>" in page.content.decode()
    assert 'name="talk-revision" value="1"' in page.content.decode()
    assert TalkRecord.objects.get().notes == "On the phone."


@pytest.mark.parametrize("length", ["17:60", "soon", "-4", "1:00:00", "9999"])
def test_talk_edit_with_a_length_that_is_none_saves_nothing(world: World, signed_in: SignIn, length: str) -> None:
    data = talk_form(talk_length=length, talk_notes="Kept on the page.")
    page = signed_in(world.people["olga"]).post(address(world, page="talk"), data)
    assert page.status_code == 400
    assert "Write minutes, or minutes and seconds" in text_of(page) or "at most 6" in text_of(page)
    assert "Kept on the page.</textarea>" in page.content.decode()
    assert not TalkRecord.objects.exists()


def test_talk_edit_of_the_short_talk_about_the_notebook(world: World, signed_in: SignIn) -> None:
    Part.objects.filter(key="notebook").update(talk="notebooks", minutes_min=4, minutes_max=6)
    client, url = signed_in(world.people["olga"]), address(world, page="talk")
    assert f'href="{url}?part=notebook"' in client.get(url).content.decode()
    page = client.get(f"{url}?part=notebook")
    assert "Notebook presentation" in text_of(page)
    assert "target 4 to 6 minutes" in text_of(page)
    data = {"talk-revision": "0", "talk-length": "5", "notebook-revision": "0"}
    assert client.post(f"{url}?part=notebook", data).url == f"{url}?part=notebook"
    assert TalkRecord.objects.get().part == part_of(world, "notebook")
    assert client.get(f"{url}?part=reviews").status_code == 404


def test_talk_edit_where_no_part_has_a_talk_is_not_found(world: World, signed_in: SignIn) -> None:
    Part.objects.update(talk="")
    assert signed_in(world.people["olga"]).get(address(world, page="talk")).status_code == 404


def test_talk_edit_after_handing_in_keeps_notes_only(world: World, signed_in: SignIn) -> None:
    Part.objects.filter(key="presentation").update(examiners=2)
    client, url = signed_in(world.people["olga"]), address(world, page="talk")
    first = part_of(world, "presentation").criteria.all()[0]
    data = {"talk-revision": "0", "own-presentation-revision": "0", f"own-presentation-c{first.pk}": "3"}
    assert client.post(url, data).status_code == 302
    own = part_of(world, "presentation").assessments.get()
    assert list(own.marks.values_list("level", flat=True)) == [3]
    type(own).objects.update(value=1, place=1, handed_in_at=PRESENT)
    assert "You have handed in your assessment" in text_of(client.get(url))
    assert client.post(url, {"talk-revision": "0", "talk-notes": "Later."}).status_code == 302
    assert TalkRecord.objects.get().notes == "Later."


def test_talk_target_comes_from_the_session_before_the_part(world: World, now: datetime) -> None:
    give_out(world, now, anna=[1])
    part = part_of(world, "presentation")
    part.minutes_min, part.minutes_max = 8, 9
    assert talk_target(part, world.topic(1)) == (15, 20)
    SessionTopic.objects.update(minutes_min=None, minutes_max=None)
    assert talk_target(part, world.topic(1)) == talk_target(part, None) == (8, 9)


def test_save_talk_twice_is_one_effect(world: World) -> None:
    part, anna, olga = part_of(world, "presentation"), world.row("anna"), world.row("olga").user
    for _ in range(2):
        save_talk(part, anna, seconds=1020, notes="", revision=0, actor=olga)
    assert TalkRecord.objects.get().revision == 1
    assert save_talk(part, world.row("boris"), seconds=None, notes="", revision=0, actor=olga) is None


@pytest.mark.parametrize("name", ["anna", "boris", "apply", "outsider", "other_student", "other_organizer"])
def test_talk_edit_is_closed_to_others(world: World, signed_in: SignIn, name: str) -> None:
    client, url = signed_in(world.people[name]), address(world, page="talk")
    assert (client.get(url).status_code, client.post(url, talk_form(talk_length="5")).status_code) == (403, 403)
    assert not TalkRecord.objects.exists()
