"""Forms that depend on the seminar or on who takes part."""

from datetime import date

import pytest
from django.http import QueryDict

from courses.forms import AttendanceForm, EntryForm, ParticipantForm, PlacesForm, RegistrationForm, SessionForm
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


def test_attendance_form_gives_a_status_for_every_participant() -> None:
    form = AttendanceForm({"p1": "present", "p2": "", "p9": "absent"}, participants=[1, 2])
    assert form.is_valid()
    assert form.statuses() == {1: "present", 2: ""}


def test_attendance_form_says_nothing_of_somebody_whom_the_page_did_not_show() -> None:
    form = AttendanceForm(QueryDict("p1=present"), participants=[1, 2])
    assert form.is_valid()
    assert form.statuses() == {1: "present"}


def test_attendance_form_refuses_an_unknown_status() -> None:
    assert list(AttendanceForm({"p1": "asleep"}, participants=[1]).errors) == ["p1"]


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
