"""Accounts made by the program."""

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.services import ensure_user


def test_ensure_user_makes_an_account_with_a_verified_address_and_no_password(db: None) -> None:
    user = ensure_user("Ada@Example.org", given_names="Ada", family_name="Lovelace", language="de")
    assert (user.email, user.given_names, user.family_name, user.language) == (
        "ada@example.org",
        "Ada",
        "Lovelace",
        "de",
    )
    assert not user.has_usable_password()
    rows = EmailAddress.objects.values_list("user", "email", "verified", "primary")
    assert list(rows) == [(user.pk, "ada@example.org", True, True)]


def test_ensure_user_finds_the_account_in_whatever_letters(db: None) -> None:
    assert ensure_user("ada@example.org") == ensure_user("ADA@Example.ORG")
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 1)


def test_ensure_user_fills_only_what_is_empty(db: None) -> None:
    ensure_user("ada@example.org", given_names="Ada", family_name="")
    ensure_user("ada@example.org", given_names="Augusta", family_name="King", programme="Mathematics", degree="")
    user = User.objects.get()
    assert (user.given_names, user.family_name, user.programme, user.degree) == ("Ada", "King", "Mathematics", "")


def test_ensure_user_keeps_the_password_of_its_owner(db: None) -> None:
    User.objects.create_user("ada@example.org", "a good pass phrase")
    assert ensure_user("ada@example.org", family_name="Lovelace").check_password("a good pass phrase")
