"""Forms that depend on the seminar or on who takes part."""

from datetime import date

import pytest
from django.http import QueryDict

from courses.forms import EntryForm, ExpectedForm, NotesForm, ParticipantForm, PlacesForm, RegistrationForm, SessionForm
from courses.models import Seminar


def test_entry_form_asks_only_what_the_seminar_wants_to_know() -> None:
    plain = EntryForm(seminar=Seminar(names_public=False))
    full = EntryForm(seminar=Seminar(availability_text="I am free on Fridays.", names_public=True))
    assert list(plain.fields) == []
    assert {name: str(field.label)[:20] for name, field in full.fields.items()} == {
        "available": "I am free on Fridays",
        "name_public": "Show my name next to",
    }


def test_entry_form_without_the_confirmation_says_what_to_do() -> None:
    form = EntryForm({"name_public": "on"}, seminar=Seminar(availability_text="I am free on Fridays."))
    assert form.errors == {
        "available": ["Please confirm that you are available: the seminar meets in person at a fixed time."]
    }


VALUES = ["present", "absent"]


def notes(data: dict[str, str] | QueryDict) -> NotesForm:
    return NotesForm(data, participants=[1, 2], values=VALUES)


def test_notes_form_gives_a_value_for_every_participant_that_was_sent() -> None:
    form = notes({"p1": "present", "p2": "", "p9": "absent", "shown": '{"1": "absent"}'})
    assert form.is_valid()
    assert (form.sent(), form.cleaned_data["shown"]) == ({1: "present", 2: ""}, {1: "absent"})
    form = notes(QueryDict("p1=present"))
    assert form.is_valid()
    assert (form.sent(), form.cleaned_data["shown"]) == ({1: "present"}, {})


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"p1": "asleep"}, ["p1"]),
        ({"shown": "no JSON"}, ["shown"]),
        ({"shown": "[1]"}, ["shown"]),
        ({"shown": '{"x": "present"}'}, ["shown"]),
        ({"shown": '{"1": 7}'}, ["shown"]),
    ],
)
def test_notes_form_refuses_what_no_page_sends(data: dict[str, str], wrong: list[str]) -> None:
    assert list(notes(data).errors) == wrong


@pytest.mark.parametrize(
    ("query", "valid", "expected"),
    [("expected=1&expected=2&expected=x&shown=1 7", True, {1, 2}), ("shown=a", False, set()), ("x=", True, set())],
)
def test_expected_form_reads_ids(query: str, valid: bool, expected: set[int]) -> None:
    form = ExpectedForm(QueryDict(query))
    assert (form.is_valid(), form.cleaned_data["expected"]) == (valid, expected)


@pytest.mark.parametrize(("data", "wrong"), [({"state": "king"}, ["state"]), ({}, [])])
def test_participant_form_names_what_is_wrong(data: dict[str, str], wrong: list[str]) -> None:
    assert list(ParticipantForm(data).errors) == wrong


@pytest.mark.parametrize(("data", "wrong"), [({"on": "soon"}, ["on"]), ({"needed": "perhaps"}, ["needed"])])
def test_registration_form_names_what_is_wrong(data: dict[str, str], wrong: list[str]) -> None:
    assert list(RegistrationForm(data).errors) == wrong


@pytest.mark.parametrize(("needed", "value"), [("yes", True), ("no", False), ("", None)])
def test_registration_form_tells_no_from_not_said(needed: str, value: bool | None) -> None:
    form = RegistrationForm({"needed": needed, "on": "2023-11-02"})
    assert form.is_valid()
    assert form.cleaned_data == {"needed": value, "on": date(2023, 11, 2)}


def test_places_form_changes_nothing_else_of_a_seminar() -> None:
    assert list(PlacesForm.base_fields) == [
        "capacity",
        "admission",
        "entry_opens_on",
        "entry_closes_on",
        "offer_hours",
        "registration_until",
        "shown",
    ]


def test_session_form_never_moves_a_session_to_another_seminar() -> None:
    assert list(SessionForm.base_fields) == ["date", "starts_at", "ends_at", "room", "tentative", "note"]
