"""Accounts made by the program: for people a seminar's file or a roster names."""

from collections.abc import Iterable, Mapping
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import User


def ensure_user(email: str, **fields: Any) -> User:
    """The account with this address; see `ensure_users`."""
    return ensure_users([{"email": email, **fields}])[email.lower()]


@transaction.atomic
def ensure_users(people: Iterable[Mapping[str, Any]]) -> dict[str, User]:
    """The accounts of people given as fields with an `email` each, by lower-case address.

    A new account has no password and is entered by a mailed code. An existing one keeps what its owner wrote: only empty fields
    are filled.
    """
    wanted = {str(person["email"]).lower(): person for person in people}
    found = User.objects.annotate(address=Lower("email")).filter(address__in=list(wanted))
    known: dict[str, User] = {user.email.lower(): user for user in found}
    for address, user in known.items():
        empty = {n: v for n, v in wanted[address].items() if v and n != "email" and not getattr(user, n)}
        for name, value in empty.items():
            setattr(user, name, value)
        if empty:
            user.save(update_fields=list(empty))
    new = [User(**{**person, "email": address}) for address, person in wanted.items() if address not in known]
    for user in new:
        user.set_unusable_password()
    User.objects.bulk_create(new)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in new
    )
    return known | {user.email: user for user in new}
