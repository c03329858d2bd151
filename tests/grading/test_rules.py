"""The rule is published in words; a change of it is shown before, kept for ever and told to everybody whom it is about."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from courses.models import HistoryEntry, Participant, Seminar
from grading.models import GradingScheme, Part, PartGrade, RuleVersion
from grading.services import RuleEdit, change_rule, effect_of
from grading.services.rule_words import rule_changes, rule_data, rule_lines
from notifications.models import Letter
from seminar.services.export.archive import rules
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import SMALL, World, load_text
from tests.grading.test_services import enter, entry_of, grade, the_scheme
from tests.grading.test_views import text_of
from tests.seminar.test_seminar_file import small

SignIn = Callable[..., Client]
PARTS = {
    "presentation": (Decimal("0.4"), True),
    "notebook": (Decimal("0.5"), True),
    "reviews": (Decimal("0.1"), True),
    "revision": (Decimal(0), True),
    "attendance": (Decimal(0), True),
}
AS_IT_IS = {
    "rounding": "nearest_step",
    "fail_any_part": "before_rounding",
    "tie_break": "participation",
    "undecided_margin": Decimal(0),
    "missing": "wait",
    "missing_until": None,
    "parts": PARTS,
}


def edit_of(**changes: Any) -> RuleEdit:
    return RuleEdit(**{**AS_IT_IS, **changes})


def change(world: World, now: datetime, shown: int = 1, reason: str = "We agreed on it.", **changes: Any) -> Any:
    edit, actor = edit_of(**changes), world.row("olga").user
    return change_rule(world.seminar, edit, shown=shown, reason=reason, actor=actor, now=now)


def form_of(**changes: str) -> dict[str, str]:
    """What the page sends where nothing was changed but `changes`."""
    weights = {"weight_presentation": "40", "weight_notebook": "50", "weight_reviews": "10"}
    return {
        "shown": "1",
        "reason": "We agreed on it.",
        **weights,
        **{f"must_{key}": "on" for key in PARTS},
        "rounding": "nearest_step",
        "fail_any_part": "before_rounding",
        "tie_break": "participation",
        "undecided_margin": "0",
        "missing": "wait",
        "missing_date": "",
        "missing_time": "",
        **changes,
    }


# --- words --------------------------------------------------------------------------------------------------


def test_rule_in_words_says_everything_that_decides_a_grade(world: World) -> None:
    GradingScheme.objects.update(undecided_margin=Decimal("0.05"))
    assert rule_lines(rule_data(the_scheme(world))) == [
        "Presentation: 40 % · must be passed",
        "Notebook: 50 % · must be passed",
        "Reviews: 10 % · must be passed",
        "Revision: no weight · must be passed · passed or not",
        "Attendance: no weight · must be passed · attend all sessions",
        "The grades are 1.0, 1.3, 1.7, 2.0, 2.3, 2.7, 3.0, 3.3, 3.7, 4.0, 5.0.",
        "A part is passed with 4.0 or better (lower).",
        "Failing any part fails the whole seminar.",
        "The weighted mean is rounded to the nearest step of the scale.",
        "Undecided is a mean that is no further than 0.05 from the middle of two steps.",
        "When it is undecided: participation in discussions decides.",
        "A missing part is neither a zero nor a pass: there is no grade before it is there.",
    ]


@pytest.mark.parametrize(
    ("part", "scheme", "sentence"),
    [
        (
            {"source": "reviews"},
            {},
            "Revision: no weight · must be passed · all reviews that one has to write are delivered",
        ),
        (
            {"source": "upload", "upload": "notebook", "updated": True},
            {},
            "Revision: no weight · must be passed · “Notebook” is handed in, newer than what was reviewed",
        ),
        ({"source": "grade", "breaks_ties": True}, {}, "Revision: no weight · must be passed · decides when undecided"),
        ({"must_pass": False}, {}, "Revision: no weight · need not be passed · passed or not"),
        ({}, {"rounding": "none"}, "The weighted mean is not rounded."),
        ({}, {"fail_any_part": "never"}, "Presentation: 40 %"),
        ({}, {"scale": [], "best_grade": 1}, "Grades reach from 1.0 to 5.0, without steps."),
        (
            {},
            {"missing": "fail", "missing_date": datetime(2024, 3, 30), "missing_time": time(23, 59)},
            (
                "A missing part is neither a zero nor a pass: until Sat 30 Mar 2024, 23:59 CET there is no grade before it "
                "is there; after that, a missing part that must be passed counts as not passed."
            ),
        ),
    ],
)
def test_rule_in_words_of_other_seminars(
    world: World, part: dict[str, Any], scheme: dict[str, Any], sentence: str
) -> None:
    Part.objects.filter(key="revision").update(**part) if part else None
    GradingScheme.objects.update(**scheme) if scheme else None
    assert sentence in rule_lines(rule_data(the_scheme(world)))


def test_rule_changes_are_the_sentences_that_differ(world: World) -> None:
    old = rule_data(the_scheme(world))
    Part.objects.filter(key="reviews").update(key="essay", title="Essay")
    assert rule_changes(old, rule_data(the_scheme(world))) == [
        ("", "Essay: 10 % · must be passed"),
        ("Reviews: 10 % · must be passed", ""),
    ]


# --- changing it --------------------------------------------------------------------------------------------


def test_change_rule_is_kept_told_and_written_down(world: World, now: datetime) -> None:
    weights = {**PARTS, "presentation": (Decimal("0.5"), True), "notebook": (Decimal("0.4"), False)}
    version = change(world, now, rounding="cut_one_decimal", parts=weights)
    first, second = RuleVersion.objects.filter(scheme__seminar=world.seminar)
    assert (first.number, first.announced) == (1, False)
    assert (version, second.number, second.announced, second.reason) == (second, 2, True, "We agreed on it.")
    assert (second.at, second.actor, second.data) == (now, world.people["olga"], rule_data(the_scheme(world)))
    entry = HistoryEntry.objects.get(subject="rule")
    assert (entry.actor, entry.reason) == (world.people["olga"], "We agreed on it.")
    assert entry.old.startswith("Presentation: 40 % · must be passed Notebook: 50 % · must be passed The weighted")
    assert entry.new.startswith("Presentation: 50 % · must be passed Notebook: 40 % · need not be passed The weighted")
    letters = Letter.objects.filter(kind="rule_changed")
    assert {letter.to_email.partition("@")[0] for letter in letters} == {"anna", "boris", "carla", "dana"}
    text = letters.get(to_email="anna@example.org").text
    for line in ("The reason: We agreed on it.", "before: Presentation: 40 %", "now: Presentation: 50 %", "#passing"):
        assert line in text


def test_change_rule_twice_does_nothing_more(world: World, now: datetime) -> None:
    assert change(world, now, tie_break="worse") is not None
    assert change(world, now, tie_break="worse") is None
    assert (RuleVersion.objects.filter(scheme__seminar=world.seminar).count(), Letter.objects.count()) == (2, 4)


def test_change_rule_that_is_stale_names_both_rules(world: World, now: datetime) -> None:
    change(world, now, tie_break="worse")
    with pytest.raises(Conflict) as refused:
        change(world, now, tie_break="better")
    assert (refused.value.code, refused.value.status) == ("rule_changed", 409)
    for words in ("When it is undecided: the worse grade.", "When it is undecided: the better grade."):
        assert words in refused.value.message
    assert the_scheme(world).tie_break == "worse"


def test_change_rule_without_a_reason_changes_nothing(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        change(world, now, reason=" ", tie_break="worse")
    assert refused.value.code == "reason_missing"
    assert the_scheme(world).tie_break == "participation"


def test_change_rule_by_which_nothing_can_be_computed_is_refused(world: World, now: datetime) -> None:
    with pytest.raises(Refusal) as refused:
        change(world, now, undecided_margin=Decimal("0.2"))
    assert (refused.value.code, refused.value.status) == ("rule_impossible", 400)
    assert the_scheme(world).undecided_margin == 0


def test_change_rule_before_anybody_takes_part_tells_nobody(world: World, now: datetime) -> None:
    Participant.objects.filter(role="student").update(state="waiting")
    version = change(world, now, tie_break="worse")
    assert (version.announced, Letter.objects.count()) == (False, 0)


def test_effect_of_a_change_names_whose_grade_changes_and_saves_nothing(world: World, now: datetime) -> None:
    grade(world, "anna", now)  # 1.47
    grade(world, "boris", now, presentation="1.0", notebook="1.0", reviews="1.0")
    effect = effect_of(world.seminar, edit_of(rounding="cut_one_decimal"), now=now)
    grades = [(was.participant.user.given_names, was.result.grade, would.result.grade) for was, would in effect.grades]
    assert grades == [("Anna", Decimal("1.3"), Decimal("1.4"))]
    assert (
        next(new for _old, new in effect.sentences) == "The weighted mean is rounded to one decimal, the rest cut off."
    )
    assert the_scheme(world).rounding == "nearest_step"


def test_rule_versions_are_append_only(world: World) -> None:
    version = RuleVersion.objects.filter(scheme__seminar=world.seminar).get()
    for change_it in (version.save, version.delete, RuleVersion.objects.all().delete):
        with pytest.raises(TypeError, match="append-only"):
            change_it()
    version.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        version.save(force_insert=True)


# --- by the file --------------------------------------------------------------------------------------------


def test_file_that_is_loaded_twice_tells_nothing(world: World, now: datetime) -> None:
    load_text(SMALL.read_text(), now)
    assert RuleVersion.objects.filter(scheme__seminar=world.seminar).count() == 1
    assert not Letter.objects.exists()
    assert not HistoryEntry.objects.filter(subject="rule").exists()


def test_changed_file_tells_everybody_once(world: World, now: datetime) -> None:
    changed = small(
        ("absences_allowed = 0\n", "absences_allowed = 2\n"), ("[grading]", '[grading]\ntie_break = "worse"')
    )
    for _ in range(2):
        load_text(changed, now)
    version = RuleVersion.objects.get(scheme__seminar=world.seminar, number=2)
    assert (version.announced, version.actor) == (True, None)
    assert Letter.objects.filter(kind="rule_changed").count() == 4
    text = " ".join(Letter.objects.get(to_email="anna@example.org").text.split())
    assert "now: Attendance: no weight · must be passed · at most 2 sessions missed without excuse" in text
    assert "now: When it is undecided: the worse grade." in text


def test_rule_from_before_such_records_is_kept_as_it_was_when_it_changes(world: World, now: datetime) -> None:
    RuleVersion.objects.all()._raw_delete("default")
    load_text(small(("[grading]", '[grading]\ntie_break = "worse"')), now)
    versions = RuleVersion.objects.filter(scheme__seminar=world.seminar)
    assert [(each.number, each.data["tie_break"], each.announced) for each in versions] == [
        (1, "participation", False),
        (2, "worse", True),
    ]


def test_archive_holds_every_rule_in_words(world: World, now: datetime) -> None:
    change(world, now, tie_break="worse")
    (first, old), (second, new) = rules(world.seminar)
    assert (first, second) == ("rules/001.txt", "rules/002.txt")
    assert "When it is undecided: participation in discussions decides." in old
    assert "By: Olga Organizer\nReason: We agreed on it." in new
    assert "When it is undecided: the worse grade." in new


# --- pages --------------------------------------------------------------------------------------------------

PRESENT = datetime(2024, 3, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def olga(world: World, signed_in: SignIn, time_machine: Any) -> Client:
    time_machine.move_to(PRESENT, tick=False)
    return signed_in(world.people["olga"])


def test_rule_detail_shows_every_step_of_grades_in_the_address(world: World, olga: Client) -> None:
    typed = {"presentation": "1.3", "notebook": "1.7", "reviews": "1.0", "revision": "yes", "attendance": "yes"}
    words = text_of(olga.get(world.url("grading/rule/"), typed))
    assert "Result: 1.3" in words
    for step in ("Presentation: 1.3 ≤ 4.0, passed", "= 1.47", "Rounded: 1.47 → 1.3 (nearest step of the scale)"):
        assert step in words
    assert not PartGrade.objects.exists()
    words = text_of(olga.get(world.url("grading/rule/"), {"presentation": "1.3", "notebook": "5.0"}))
    assert "5.0, because not passed: Notebook" in words


def test_rule_detail_without_grades_has_no_result(world: World, olga: Client) -> None:
    assert "Result:" not in text_of(olga.get(world.url("grading/rule/")))


def test_rule_detail_takes_the_time_for_missing_parts_as_over(world: World, olga: Client) -> None:
    GradingScheme.objects.update(missing="fail", missing_date=datetime(2024, 6, 1), missing_time=time(23, 59))
    waiting = text_of(olga.get(world.url("grading/rule/"), {"presentation": "1.3"}))
    assert "Notebook: no grade yet" in waiting
    over = text_of(olga.get(world.url("grading/rule/"), {"presentation": "1.3", "over": "on"}))
    assert "Notebook: missing when its time was over, so not passed" in over


@pytest.mark.parametrize("value", ["4.1", "NaN", "²", "x" * 5000, "-1", "\x00"])
def test_rule_detail_of_what_is_no_grade_says_so(world: World, olga: Client, value: str) -> None:
    response = olga.get(world.url("grading/rule/"), {"presentation": value, "revision": "perhaps"})
    assert response.status_code == 400
    assert "Result:" not in text_of(response)
    GradingScheme.objects.update(scale=[], best_grade=1)
    assert olga.get(world.url("grading/rule/"), {"presentation": value}).status_code in {200, 400}


def test_rule_detail_without_steps_refuses_what_is_out_of_range(world: World, olga: Client) -> None:
    GradingScheme.objects.update(scale=[], best_grade=1)
    response = olga.get(world.url("grading/rule/"), {"presentation": "5.1"})
    assert response.status_code == 400
    assert "Ensure this value is less than or equal to 5" in text_of(response)


def post(client: Client, world: World, **changes: str) -> HttpResponse:
    return client.post(world.url("grading/rule/edit/"), form_of(**changes))


def test_rule_edit_shows_the_effect_first_and_saves_then(world: World, olga: Client) -> None:
    grade(world, "anna", PRESENT)
    words = text_of(olga.get(world.url("grading/rule/edit/")))
    assert "What would change" not in words
    words = text_of(post(olga, world, rounding="none"))
    assert "The weighted mean is not rounded." in words
    assert "Anna Großmann 1.3 1.47" in words
    assert the_scheme(world).rounding == "nearest_step"
    response = olga.post(world.url("grading/rule/edit/"), form_of(rounding="none", save="1"), follow=True)
    assert "The rule is changed. Everybody who takes part is told." in text_of(response)
    assert "Changed on Mon 25 Mar 2024, 10:00 CET , because: We agreed on it." in text_of(response)
    assert the_scheme(world).rounding == "none"


def test_rule_edit_saves_weights_and_the_time_for_missing_parts(world: World, olga: Client) -> None:
    fields = {"weight_presentation": "33.33", "weight_notebook": "56.67", "missing": "fail"}
    when = {"missing_date": "2024-03-30", "missing_time": "23:59"}
    assert post(olga, world, save="1", **fields, **when).status_code == 302
    scheme = the_scheme(world)
    assert [part.weight for part in scheme.parts.all()][:2] == [Decimal("0.3333"), Decimal("0.5667")]
    assert (scheme.missing, scheme.missing_until) == ("fail", datetime(2024, 3, 30, 23, 59))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weight_reviews": "11"}, "The weights sum to 101 %, not to 100 %."),
        ({"weight_reviews": "-10"}, "Ensure this value is greater than or equal to 0."),
        ({"weight_reviews": "ten"}, "Enter a number."),
        ({"weight_reviews": "1e400"}, "Ensure that there are no more than"),
        ({"undecided_margin": "0.2"}, "The undecided margin must be smaller than half the smallest step."),
        ({"missing": "fail"}, "Please say until when a missing part is waited for."),
        ({"rounding": "up"}, "Select a valid choice."),
        ({"reason": ""}, "Please say why: students read it beside the rule. Nothing was changed."),
    ],
)
def test_rule_edit_of_what_is_no_rule_says_so(
    world: World, olga: Client, changes: dict[str, str], sentence: str
) -> None:
    response = post(olga, world, **{"tie_break": "worse", "save": "1", **changes})
    assert response.status_code == 400
    assert sentence in text_of(response)
    assert RuleVersion.objects.filter(scheme__seminar=world.seminar).count() == 1


def test_rule_edit_that_is_stale_keeps_what_was_typed_and_goes_on_from_there(world: World, olga: Client) -> None:
    change(world, PRESENT, tie_break="worse")
    response = post(olga, world, tie_break="better", save="1")
    assert response.status_code == 409
    assert "When it is undecided: the worse grade." in text_of(response)
    page = response.content.decode()
    assert '<option value="better" selected>' in page
    assert 'name="shown" value="2"' in page
    assert post(olga, world, tie_break="better", save="1", shown="2").status_code == 302
    assert the_scheme(world).tie_break == "better"


@pytest.mark.parametrize(("name", "status"), [("anna", 403), ("outsider", 403), ("other_organizer", 403)])
def test_rule_pages_are_for_organizers(world: World, signed_in: SignIn, name: str, status: int) -> None:
    client = signed_in(world.people[name])
    answers = {client.get(world.url(path)).status_code for path in ("grading/rule/", "grading/rule/edit/")}
    assert answers == {status}


def test_rule_pages_of_a_seminar_without_grades_do_not_exist(world: World, olga: Client) -> None:
    GradingScheme.objects.filter(seminar=world.seminar).delete()
    assert {olga.get(world.url(path)).status_code for path in ("grading/rule/", "grading/rule/edit/")} == {404}


def test_changed_rule_stands_on_the_public_page_in_the_readers_language(
    world: World, client: Client, now: datetime
) -> None:
    Participant.objects.filter(role="student").update(name_public=False)
    change(world, now, tie_break="worse")
    page = text_of(client.get(world.url(), headers={"accept-language": "en"}))
    assert "Changed on Fri 27 Oct 2023, 17:00 CEST , because: We agreed on it." in page
    assert (
        "before now When it is undecided: participation in discussions decides. When it is undecided: the worse" in page
    )
    german = text_of(client.get(world.url(), headers={"accept-language": "de"}))
    assert "Geändert am Fr 27 Okt 2023, 17:00 CEST , weil: We agreed on it." in german


def test_rule_edit_takes_the_same_queries_for_one_and_for_thirty(world: World, olga: Client) -> None:
    enter(world, "anna", "presentation", entry_of("1.3"), PRESENT)
    url = world.url("grading/rule/edit/")
    one = queries_of(olga, url)
    add_students(Seminar.objects.get(pk=world.seminar.pk), 29)
    assert queries_of(olga, url) == one
