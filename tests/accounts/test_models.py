"""People: one account per address, however it is written."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"display_name": "Dr. A. Lovelace", "given_names": "Ada", "family_name": "Lovelace"}, "Dr. A. Lovelace"),
        ({"given_names": "Ada", "family_name": "Lovelace"}, "Ada Lovelace"),
        ({"family_name": "Lovelace"}, "Lovelace"),
        ({}, "ada"),
    ],
)
def test_name_is_the_best_that_is_known(fields: dict[str, str], name: str) -> None:
    user = User(email="ada@example.org", **fields)
    assert (user.name, str(user), user.get_full_name()) == (name, name, name)


def test_create_user_writes_the_address_in_small_letters(db: None) -> None:
    assert User.objects.create_user(" Ada@Example.ORG ").email == "ada@example.org"


def test_create_user_without_a_password_cannot_sign_in_with_one(db: None) -> None:
    user = User.objects.create_user("ada@example.org")
    assert not user.has_usable_password()


def test_create_superuser_is_staff(db: None) -> None:
    user = User.objects.create_superuser("root@example.org", "a good pass phrase")
    assert (user.is_staff, user.is_superuser, user.check_password("a good pass phrase")) == (True, True, True)


def test_get_by_natural_key_ignores_case(db: None) -> None:
    user = User.objects.create_user("ada@example.org")
    assert User.objects.get_by_natural_key("ADA@example.org") == user


def test_address_in_other_letters_is_refused_by_the_database(db: None) -> None:
    User.objects.bulk_create([User(email="ada@example.org")])
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ADA@example.org")])
    assert User.objects.count() == 1
