"""Signing up, signing in and one's own data, over the pages that people use."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from accounts.services import ensure_user
from notifications.models import Letter
from notifications.services import drain

PASSWORD = "correct-horse-battery"
NEW = {
    "email": "ada@example.org",
    "password1": PASSWORD,
    "password2": PASSWORD,
    "given_names": "Ada",
    "family_name": "Lovelace",
}
PROFILE = {"given_names": "Ada", "family_name": "King", "language": "de", "degree": "master"}


@pytest.fixture
def ada(db: None) -> User:
    user = ensure_user("ada@example.org", given_names="Ada", family_name="Lovelace")
    user.set_password(PASSWORD)
    user.save()
    return user


def who(client: Client) -> str | None:
    """The primary key in the session."""
    return client.session.get("_auth_user_id")


def link_in(letter: Letter) -> str:
    found = re.search(r"http://testserver(/\S+)", letter.text)
    assert found, letter.text
    return found[1]


def code_in(letter: Letter) -> str:
    found = re.search(r"^([A-Z0-9-]{6,})$", letter.text, re.MULTILINE)
    assert found, letter.text
    return found[1]


# --- sign-up ------------------------------------------------------------------------------------------------


def test_signup_writes_the_confirmation_into_the_outbox(client: Client, db: None) -> None:
    response = client.post("/accounts/signup/", NEW)
    assert (response.status_code, response.url, who(client)) == (302, "/accounts/confirm-email/", None)
    user = User.objects.get()
    assert (user.email, user.given_names, user.family_name) == ("ada@example.org", "Ada", "Lovelace")
    letter = Letter.objects.get()
    assert (letter.to_email, letter.user, letter.kind, letter.scope, letter.state) == (
        "ada@example.org",
        user,
        "email_confirmation_signup",
        "",
        "waiting",
    )
    assert mail.outbox == []


def test_signup_confirmed_by_the_link_of_the_letter(client: Client, db: None) -> None:
    client.post("/accounts/signup/", NEW)
    link = link_in(Letter.objects.get())
    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified  # GET changes nothing
    client.post(link)
    assert EmailAddress.objects.get().verified
    assert client.post("/accounts/login/", {"login": NEW["email"], "password": PASSWORD}).url == "/"


def test_signup_is_of_no_use_before_it_is_confirmed(client: Client, db: None) -> None:
    client.post("/accounts/signup/", NEW)
    response = Client().post("/accounts/login/", {"login": NEW["email"], "password": PASSWORD})
    assert response.url == "/accounts/confirm-email/"
    assert client.get("/accounts/profile/").url == "/accounts/login/?next=/accounts/profile/"


@pytest.mark.parametrize(
    "change",
    [
        {"family_name": ""},
        {"given_names": ""},
        {"email": "no address"},
        {"password2": "something else entirely"},
        {"password1": "short", "password2": "short"},
    ],
)
def test_signup_with_a_mistake_makes_no_account(client: Client, db: None, change: dict[str, str]) -> None:
    response = client.post("/accounts/signup/", {**NEW, **change})
    assert (response.status_code, set(response.context["form"].errors)) in [
        (200, {next(iter(change))}),
        (200, {"password2"}),
    ]
    assert (User.objects.count(), Letter.objects.count()) == (0, 0)


def test_signup_of_a_known_address_looks_like_any_other(ada: User) -> None:
    known, unknown = Client(), Client()
    answers = [
        known.post("/accounts/signup/", {**NEW, "email": "ADA@example.org"}),
        unknown.post("/accounts/signup/", {**NEW, "email": "new@example.org"}),
    ]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/accounts/confirm-email/")] * 2
    assert set(Letter.objects.values_list("to_email", "kind")) == {
        ("ada@example.org", "account_already_exists"),
        ("new@example.org", "email_confirmation_signup"),
    }
    ada.refresh_from_db()
    assert (User.objects.count(), ada.check_password(PASSWORD)) == (2, True)


# --- sign-in ------------------------------------------------------------------------------------------------


def test_login_with_the_password(client: Client, ada: User) -> None:
    response = client.post("/accounts/login/", {"login": "Ada@Example.org", "password": PASSWORD})
    assert (response.status_code, response.url, who(client)) == (302, "/", str(ada.pk))


def test_login_says_the_same_of_a_wrong_password_and_an_unknown_address(client: Client, ada: User) -> None:
    errors = [
        client.post("/accounts/login/", {"login": login, "password": "wrong"}).context["form"].errors
        for login in ("ada@example.org", "nobody@example.org")
    ]
    assert errors[0] == errors[1] != {}
    assert who(client) is None


def test_login_with_a_code_from_the_letter(client: Client, ada: User) -> None:
    response = client.post("/accounts/login/code/", {"email": "ada@example.org"})
    assert response.url == "/accounts/login/code/confirm/"
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email, mail.outbox) == ("login_code", "ada@example.org", [])
    assert client.post(response.url, {"code": code_in(letter)}).status_code == 302
    assert who(client) == str(ada.pk)


def test_login_code_says_how_long_it_is_good_and_is_not_sent_after_that(client: Client, ada: User) -> None:
    client.post("/accounts/login/code/", {"email": "ada@example.org"})
    letter = Letter.objects.get()
    assert "It is valid for 15 minutes." in letter.text
    assert letter.expires_at == letter.created_at + timedelta(minutes=15)
    assert drain(letter.created_at + timedelta(minutes=15, seconds=1)) == 0
    letter.refresh_from_db()
    assert (letter.state, mail.outbox) == ("dropped", [])


@pytest.mark.parametrize(("minutes", "works"), [(14, True), (16, False)])
def test_login_code_is_good_for_a_quarter_of_an_hour(client: Client, ada: User, minutes: int, works: bool) -> None:
    with time_machine.travel(datetime(2023, 10, 27, 15, 0, tzinfo=UTC), tick=False) as clock:
        confirm = client.post("/accounts/login/code/", {"email": "ada@example.org"}).url
        clock.shift(timedelta(minutes=minutes))
        client.post(confirm, {"code": code_in(Letter.objects.get())})
        assert (who(client) == str(ada.pk)) == works


def test_login_with_a_wrong_code_is_refused(client: Client, ada: User) -> None:
    response = client.post("/accounts/login/code/", {"email": "ada@example.org"})
    again = client.post(response.url, {"code": "WRONG1"})
    assert (again.status_code, list(again.context["form"].errors), who(client)) == (200, ["code"], None)


def test_login_with_the_code_of_another_browser_is_refused(ada: User) -> None:
    mine, theirs = Client(), Client()
    mine.post("/accounts/login/code/", {"email": "ada@example.org"})
    code = code_in(Letter.objects.get())
    theirs.post("/accounts/login/code/", {"email": "nobody@example.org"})
    theirs.post("/accounts/login/code/confirm/", {"code": code})
    assert who(theirs) is None


def test_login_with_a_code_does_not_tell_who_has_an_account(ada: User) -> None:
    answers = [
        Client().post("/accounts/login/code/", {"email": email}) for email in ("ada@example.org", "nobody@example.org")
    ]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/accounts/login/code/confirm/")] * 2
    assert set(Letter.objects.values_list("to_email", "kind", "user")) == {
        ("ada@example.org", "login_code", ada.pk),
        ("nobody@example.org", "unknown_account", None),
    }


def test_logout_needs_a_post(client: Client, ada: User) -> None:
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/accounts/logout/")
    assert who(client) == str(ada.pk)
    client.post("/accounts/logout/")
    assert who(client) is None


# --- password -----------------------------------------------------------------------------------------------


def test_password_reset_by_the_link_of_the_letter(client: Client, ada: User) -> None:
    response = client.post("/accounts/password/reset/", {"email": "ada@example.org"})
    assert response.url == "/accounts/password/reset/done/"
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email, mail.outbox) == ("password_reset_key", "ada@example.org", [])
    form = client.get(link_in(letter)).url
    client.post(form, {"password1": "another-good-phrase", "password2": "another-good-phrase"})
    ada.refresh_from_db()
    assert ada.check_password("another-good-phrase")


def test_password_reset_link_works_once(client: Client, ada: User) -> None:
    client.post("/accounts/password/reset/", {"email": "ada@example.org"})
    link = link_in(Letter.objects.get())
    client.post(client.get(link).url, {"password1": "another-good-phrase", "password2": "another-good-phrase"})
    later = Client().get(link)
    assert later.status_code == 200
    assert later.context["token_fail"] is True


def test_password_reset_does_not_tell_who_has_an_account(ada: User) -> None:
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, "/accounts/password/reset/done/")] * 2
    assert dict(Letter.objects.values_list("to_email", "kind")) == {
        "ada@example.org": "password_reset_key",
        "nobody@example.org": "unknown_account",
    }


# --- own data -----------------------------------------------------------------------------------------------


@pytest.fixture
def as_ada(client: Client, ada: User) -> Client:
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_profile_edit_shows_what_is_known(as_ada: Client) -> None:
    response = as_ada.get("/accounts/profile/")
    assert response.status_code == 200
    assert 'value="Lovelace"' in response.text


def test_profile_edit_saves(as_ada: Client, ada: User) -> None:
    response = as_ada.post("/accounts/profile/", {**PROFILE, "matriculation_number": "2580001", "display_name": "A."})
    assert (response.status_code, response.url) == (302, "/accounts/profile/")
    ada.refresh_from_db()
    assert (ada.family_name, ada.language, ada.degree, ada.matriculation_number, ada.name) == (
        "King",
        "de",
        "master",
        "2580001",
        "A.",
    )


@pytest.mark.parametrize("change", [{"family_name": " "}, {"degree": "doctor"}, {"language": "fr"}])
def test_profile_edit_with_a_mistake_saves_nothing(as_ada: Client, ada: User, change: dict[str, str]) -> None:
    response = as_ada.post("/accounts/profile/", {**PROFILE, "given_names": "Augusta", **change})
    assert response.status_code == 400
    assert 'class="errors"' in response.text
    ada.refresh_from_db()
    assert (ada.given_names, ada.family_name, ada.language, ada.degree) == ("Ada", "Lovelace", "en", "")


def test_profile_edit_changes_neither_address_nor_rights(as_ada: Client, ada: User) -> None:
    as_ada.post("/accounts/profile/", {**PROFILE, "email": "root@example.org", "is_staff": "1", "is_superuser": "1"})
    ada.refresh_from_db()
    assert (ada.email, ada.is_staff, ada.is_superuser) == ("ada@example.org", False, False)


def test_profile_edit_without_an_account_leads_to_the_sign_in(client: Client, db: None) -> None:
    assert client.get("/accounts/profile/").url == "/accounts/login/?next=/accounts/profile/"
    assert client.post("/accounts/profile/", PROFILE).url == "/accounts/login/?next=/accounts/profile/"


def test_profile_edit_of_an_account_that_was_closed_is_over_at_the_next_request(as_ada: Client, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert as_ada.get("/accounts/profile/").status_code == 302


def test_profile_edit_knows_no_other_method(as_ada: Client) -> None:
    assert as_ada.delete("/accounts/profile/").status_code == 405
