"""Accounts made by the program: for people a seminar's file or a roster names."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


@transaction.atomic
def ensure_user(email: str, **fields: Any) -> User:
    """The account with this address; a new one has no password and is entered by a mailed code.

    An existing account keeps what its owner wrote: only empty fields are filled.
    """
    user: User | None = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, None, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user
    empty = {name: value for name, value in fields.items() if value and not getattr(user, name)}
    for name, value in empty.items():
        setattr(user, name, value)
    if empty:
        user.save(update_fields=list(empty))
    return user
