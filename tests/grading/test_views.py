"""Grades as organizers enter them and students read them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from courses.models import HistoryEntry, Participant, ParticipantState, Seminar
from courses.queries import sessions_of
from courses.services import DISCUSSION, save_notes
from grading.models import CriterionMark, Part, PartGrade, ReleasedGrade
from notifications.models import Letter
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from tests.grading.test_services import enter, entry_of, grade, part_of, release, the_scheme

SignIn = Callable[..., Client]
PRESENT = datetime(2024, 3, 25, 9, 0, tzinfo=UTC)
STRANGERS = ("apply", "wait", "gone", "outsider", "other_student", "other_organizer")
JSON = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(PRESENT, tick=False)


def text_of(response: HttpResponse) -> str:
    """The page's words, without tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def form_of(**fields: str) -> dict[str, str]:
    """What the form sends: `notebook` for a part's value, `notebook_comment` for another of its fields."""
    data = {f"{key}-revision": "0" for key in ("presentation", "notebook", "reviews", "revision")}
    for name, value in fields.items():
        key, _, field = name.partition("_")
        data[f"{key}-{field or ('verdict' if key == 'revision' else 'value')}"] = value
    return data


def values(world: World, name: str) -> dict[str, Decimal | bool | None]:
    rows = PartGrade.objects.filter(participant=world.row(name)).select_related("part")
    return {row.part.key: row.value if row.passed is None else row.passed for row in rows}


# --- entering -----------------------------------------------------------------------------------------------


def test_grade_edit_shows_every_part_that_is_entered_and_the_result(world: World, signed_in: SignIn) -> None:
    enter(world, "anna", "presentation", entry_of("1.3", "Clear."), PRESENT)
    response = signed_in(world.people["olga"]).get(world.url(f"grading/{world.row('anna').pk}/edit/"))
    page = response.content.decode()
    assert re.findall(r"<legend>(\w+)", page) == ["Presentation", "Notebook", "Reviews", "Revision"]
    assert '<option value="1.3" selected>1.3</option>' in page
    assert "Clear.</textarea>" in page
    assert "Result: –" in text_of(response)
    assert "Presentation: 1.3 ≤ 4.0, passed Notebook: no grade yet" in text_of(response)


def test_grade_edit_shows_organizers_how_the_student_took_part_in_discussions(world: World, signed_in: SignIn) -> None:
    """Beside the part that decides when undecided; nothing where the seminar judges no discussions."""
    anna, olga = world.row("anna"), signed_in(world.people["olga"])
    part = part_of(world, "presentation")
    Part.objects.filter(pk=part.pk).update(breaks_ties=True)
    for key, level in (("kickoff", "3"), ("talks", "2")):
        session = sessions_of(world.seminar).get(key=key)
        save_notes(session, DISCUSSION, {anna.pk: level}, actor=world.row("olga").user, now=PRESENT)
    url, sentence = world.url(f"grading/{anna.pk}/edit/"), "Discussion: judged at 2 sessions, 5 points in all"
    assert sentence not in olga.get(url).text
    Seminar.objects.filter(pk=world.seminar.pk).update(discussion_notes=True)
    page = olga.get(url).text
    assert page.count(sentence) == 1
    assert page.index("Presentation") < page.index(sentence) < page.index("<legend>Notebook")
    assert "Discussion: judged" not in olga.get(world.url(f"grading/{world.row('boris').pk}/edit/")).text


def test_grade_edit_saves_all_parts(world: World, signed_in: SignIn) -> None:
    first, second = part_of(world, "presentation").criteria.all()
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    data = form_of(presentation="1.3", notebook="1.7", reviews="1.0", revision="yes", presentation_comment="Clear.")
    data |= {f"presentation-c{first.pk}": "4", f"presentation-c{second.pk}": "0"}
    response = client.post(url, data, follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert "Anna Großmann: grades are saved." in text_of(response)
    assert "Result: 1.3" in text_of(response)
    assert values(world, "anna") == {
        "presentation": Decimal("1.3"),
        "notebook": Decimal("1.7"),
        "reviews": Decimal("1.0"),
        "revision": True,
    }
    marks = CriterionMark.objects.values_list("criterion", "level")
    assert set(marks) == {(first.pk, 4), (second.pk, 0)}
    assert Letter.objects.filter(kind="grade_released").count() == 0


def test_grade_edit_goes_to_the_next_who_lacks_a_grade_and_then_to_the_list(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["olga"])
    every = {"presentation": "1.7", "notebook": "2.0", "reviews": "1.3", "revision": "yes"}
    rows = {name: world.row(name).pk for name in ("anna", "boris", "carla", "dana")}
    way = ["boris"]
    for _student in rows:
        address = client.post(world.url(f"grading/{rows[way[-1]]}/edit/"), form_of(**every) | {"next": "1"}).url
        way.append(next((name for name, pk in rows.items() if f"/{pk}/edit/#id_" in address), address))
    assert sorted(way[:4]) == sorted(rows)
    assert way[4] == world.url("grading/")


def test_grade_edit_twice_is_one_effect(world: World, signed_in: SignIn) -> None:
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    for _ in range(2):
        assert client.post(url, form_of(presentation="1.3", revision="yes")).status_code == 302
    assert list(PartGrade.objects.values_list("revision", flat=True)) == [1, 1]
    assert HistoryEntry.objects.filter(subject__startswith="grade:").count() == 2


def test_grade_edit_that_is_stale_shows_both_values_and_saves_the_other_parts(world: World, signed_in: SignIn) -> None:
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    enter(world, "anna", "presentation", entry_of("1.3"), PRESENT, actor="otto")
    response = client.post(url, form_of(presentation="2.7", notebook="1.7"))
    assert response.status_code == 409
    words = text_of(response)
    assert re.search(r"Otto Organizer has meanwhile entered 1\.30? for “Presentation”; you entered 2\.7\.", words)
    assert "Nothing was overwritten." in words
    assert '<option value="2.7" selected>2.7</option>' in response.content.decode()
    assert values(world, "anna") == {"presentation": Decimal("1.3"), "notebook": Decimal("1.7")}


@pytest.mark.parametrize(
    "bad",
    [
        {"notebook": "1.5"},
        {"notebook": "excellent"},
        {"revision": "perhaps"},
        {"notebook_revision": "x"},
        {"notebook_revision": "-1"},
        {"notebook_comment": "x" * 4001},
    ],
)
def test_grade_edit_with_bad_input_saves_nothing(world: World, signed_in: SignIn, bad: dict[str, str]) -> None:
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    response = client.post(url, form_of(presentation="1.3", **bad))
    assert response.status_code == 400
    assert 'class="errorlist"' in response.content.decode() or 'class="errors"' in response.content.decode()
    assert not PartGrade.objects.exists()


def test_grade_edit_ignores_a_grade_for_a_derived_part(world: World, signed_in: SignIn) -> None:
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{world.row('anna').pk}/edit/")
    data = {**form_of(presentation="1.3"), "attendance-verdict": "no", "attendance-revision": "0"}
    assert client.post(url, data).status_code == 302
    assert values(world, "anna") == {"presentation": Decimal("1.3")}


@pytest.mark.parametrize("name", ["apply", "wait", "gone", "olga", "other_student"])
def test_grade_edit_of_who_is_no_student_here_is_not_found(world: World, signed_in: SignIn, name: str) -> None:
    seminar = world.other if name == "other_student" else world.seminar
    row = Participant.objects.get(seminar=seminar, user=world.people[name])
    client, url = signed_in(world.people["olga"]), world.url(f"grading/{row.pk}/edit/")
    assert (client.get(url).status_code, client.post(url, form_of(notebook="1.0")).status_code) == (404, 404)
    assert not PartGrade.objects.exists()


@pytest.mark.parametrize("name", ["anna", "boris", *STRANGERS])
def test_grade_edit_and_release_are_closed_to_others(world: World, signed_in: SignIn, name: str) -> None:
    grade(world, "boris", PRESENT)
    client, url = signed_in(world.people[name]), world.url(f"grading/{world.row('anna').pk}/edit/")
    assert client.get(url).status_code == 403
    assert client.post(url, form_of(notebook="1.0")).status_code == 403
    assert client.post(world.url("grading/release/")).status_code == 403
    assert values(world, "anna") == {}
    assert not ReleasedGrade.objects.exists()


@pytest.mark.parametrize("path", ["grading/", "grading/1/", "grading/1/edit/"])
def test_grading_pages_send_the_unknown_to_sign_in(world: World, client: Client, path: str) -> None:
    assert client.get(world.url(path)).url == f"/accounts/login/?next={world.url(path)}"


def test_grading_pages_of_a_seminar_without_a_scheme(world: World, signed_in: SignIn) -> None:
    the_scheme(world).delete()
    client, pk = signed_in(world.people["olga"]), world.row("anna").pk
    for path in ("grading/", f"grading/{pk}/edit/", "grading/download/", "grading/report/"):
        assert client.get(world.url(path)).status_code == 404
    for path in ("grading/release/", "grading/report/issue/"):
        assert client.post(world.url(path)).status_code == 404
    words = text_of(signed_in(world.people["anna"]).get(world.url(f"grading/{pk}/")))
    assert "Grades have not been released yet. You will get a letter when they are." in words
    assert "The rule" not in words


# --- the list and the release -------------------------------------------------------------------------------


def test_grade_list_shows_parts_results_and_what_changed_since(world: World, signed_in: SignIn) -> None:
    grade(world, "anna", PRESENT)
    enter(world, "boris", "notebook", entry_of("2.0"), PRESENT)
    release(world, PRESENT)
    enter(world, "anna", "notebook", entry_of("4.0"), PRESENT, revision=1)
    words = text_of(signed_in(world.people["olga"]).get(world.url("grading/")))
    assert "1 of 4 grades are complete, 1 are released." in words
    assert "Anna Großmann – 1.3 4.0 1.0 passed passed 2.7 1.3 changed since" in words
    assert "Boris Łukasik – – 2.0 – – passed – –" in words
    assert "Applied" not in words


def test_grade_list_sends_a_student_to_their_own_grade(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.people["anna"]).get(world.url("grading/"))
    assert (response.status_code, response.url) == (302, world.url(f"grading/{world.row('anna').pk}/"))


@pytest.mark.parametrize("name", STRANGERS)
def test_grade_list_is_closed_to_strangers(world: World, signed_in: SignIn, name: str) -> None:
    assert signed_in(world.people[name]).get(world.url("grading/")).status_code == 403


def test_grade_list_takes_the_same_queries_for_one_and_for_thirty_students(world: World, signed_in: SignIn) -> None:
    Participant.objects.filter(seminar=world.seminar, user__email__regex="^(boris|carla|dana)@").delete()
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    client, url = signed_in(world.people["olga"]), world.url("grading/")
    one, crowd = queries_of(client, url), add_students(world.seminar, 29)
    template = PartGrade.objects.get(part__key="notebook")
    fields = {"value": template.value, "graded_by": template.graded_by, "graded_at": PRESENT}
    PartGrade.objects.bulk_create(PartGrade(part=template.part, participant=row, **fields) for row in crowd)
    fields = {"grade": 1, "passed": True, "steps": [], "parts": [], "released_at": PRESENT}
    actor = world.row("olga").user
    ReleasedGrade.objects.bulk_create(ReleasedGrade(participant=row, released_by=actor, **fields) for row in crowd)
    assert queries_of(client, url) == one


def test_grade_release_says_how_many_and_twice_is_one_effect(world: World, signed_in: SignIn) -> None:
    grade(world, "anna", PRESENT)
    client, url = signed_in(world.people["olga"]), world.url("grading/release/")
    response = client.post(url, follow=True)
    assert response.redirect_chain == [(world.url("grading/"), 302)]
    assert "1 grade is released." in text_of(response)
    assert "There was nothing new to release." in text_of(client.post(url, follow=True))
    assert ReleasedGrade.objects.count() == Letter.objects.filter(kind="grade_released").count() == 1


# --- reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["grading/{}/", "me/"])
def test_grade_is_hidden_until_it_is_released(world: World, signed_in: SignIn, path: str) -> None:
    grade(world, "anna", PRESENT, notebook="3.3")  # 0.52 + 1.65 + 0.10 = 2.27, so 2.3
    enter(world, "anna", "reviews", entry_of("1.0", "A secret remark"), PRESENT, revision=1)
    client, url = signed_in(world.people["anna"]), world.url(path.format(world.row("anna").pk))
    page = client.get(url).content.decode().partition("The rule</h2>")[0]
    for secret in ("2.3", "3.3", "A secret remark"):
        assert secret not in page
    release(world, PRESENT)
    assert "2.3" in client.get(url).content.decode()


def test_grade_detail_shows_the_grade_with_every_step_and_the_rule(world: World, signed_in: SignIn) -> None:
    grade(world, "anna", PRESENT)
    enter(world, "anna", "presentation", entry_of("1.3", "Clear & <b>calm</b>."), PRESENT, revision=1)
    release(world, PRESENT)
    response = signed_in(world.people["anna"]).get(world.url(f"grading/{world.row('anna').pk}/"))
    words = text_of(response)
    assert words.startswith('id="main"> My grade 1.3 passed · released Mon 25 Mar 2024, 10:00 CET')
    assert "Weighted mean: 0.40 × 1.3 + 0.50 × 1.7 + 0.10 × 1.0 = 1.47" in words
    assert "Presentation 40 % 1.3 Clear &amp; &lt;b&gt;calm&lt;/b&gt;. Notebook 50 % 1.7 –" in words
    assert "Failing any part fails the whole seminar." in words


def test_grade_detail_keeps_what_was_released_when_a_grade_changes(world: World, signed_in: SignIn) -> None:
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    enter(world, "anna", "notebook", entry_of("4.0"), PRESENT, revision=1)
    client, url = signed_in(world.people["anna"]), world.url(f"grading/{world.row('anna').pk}/")
    assert "My grade 1.3 passed" in text_of(client.get(url))
    release(world, PRESENT)
    assert "My grade 2.7 passed" in text_of(client.get(url))


@pytest.mark.parametrize("name", ["boris", "apply", "wait", "gone"])
def test_grade_detail_of_somebody_else_is_not_found_like_a_missing_one(
    world: World, signed_in: SignIn, name: str
) -> None:
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    client = signed_in(world.people[name])
    answers = [client.get(world.url(f"grading/{pk}/"), headers=JSON) for pk in (world.row("anna").pk, 0)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(404, answers[1].content)] * 2


@pytest.mark.parametrize("name", ["outsider", "other_student", "other_organizer"])
def test_grade_detail_is_closed_to_strangers(world: World, signed_in: SignIn, name: str) -> None:
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    response = signed_in(world.people[name]).get(world.url(f"grading/{world.row('anna').pk}/"))
    assert response.status_code == 403
    other = f"/seminars/{world.other.slug}/grading/{world.row('anna').pk}/"
    assert signed_in(world.people["other_organizer"]).get(other).status_code == 404


def test_grade_detail_is_shown_to_organizers_under_the_students_name(world: World, signed_in: SignIn) -> None:
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    words = text_of(signed_in(world.people["otto"]).get(world.url(f"grading/{world.row('anna').pk}/")))
    assert words.startswith('id="main"> Anna Großmann 1.3 passed')


def test_grade_detail_stays_with_a_student_who_has_left(world: World, signed_in: SignIn) -> None:
    grade(world, "anna", PRESENT)
    release(world, PRESENT)
    Participant.objects.filter(pk=world.row("anna").pk).update(state=ParticipantState.WITHDRAWN)
    words = text_of(signed_in(world.people["anna"]).get(world.url(f"grading/{world.row('anna').pk}/")))
    assert "My grade 1.3 passed" in words
