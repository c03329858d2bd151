"""What people write about themselves."""

import pytest

from accounts.forms import ProfileForm, SignupForm
from accounts.models import User

GOOD = {"given_names": "Ada", "family_name": "Lovelace", "language": "en"}


def test_profile_form_never_offers_the_address_or_rights() -> None:
    assert list(ProfileForm.base_fields) == [
        "given_names",
        "family_name",
        "display_name",
        "matriculation_number",
        "programme",
        "degree",
        "language",
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"family_name": "  "}, "family_name"),
        ({"given_names": "x" * 101}, "given_names"),
        ({"degree": "doctor"}, "degree"),
        ({"language": "fr"}, "language"),
    ],
)
def test_profile_form_names_the_field_that_is_wrong(change: dict[str, str], field: str) -> None:
    assert list(ProfileForm({**GOOD, **change}, instance=User()).errors) == [field]


def test_signup_form_asks_for_both_names() -> None:
    assert set(SignupForm({"given_names": " ", "family_name": ""}).errors) == {"given_names", "family_name"}
