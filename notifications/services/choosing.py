"""How many letters of a kind a person wants, chosen on a page or by the button that mail programs show."""

from collections.abc import Mapping

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from accounts.models import User
from notifications.models import CHOICES, ChosenLetters

SALT = "letters"


@transaction.atomic
def choose_letters(user: User, choices: Mapping[str, str]) -> None:
    """Keep what somebody wants of each kind of letter."""
    for kind, choice in choices.items():
        if choice not in CHOICES[kind]:
            raise ValueError(f"{choice} is no choice for {kind}.")
        ChosenLetters.objects.update_or_create(user=user, kind=kind, defaults={"choice": choice})


def thinner_address(user: User, kind: str) -> str:
    """The address at which a person gets fewer letters of a kind, without signing in; the same for every letter of it."""
    token = signing.Signer(salt=SALT).sign_object([user.pk, kind])
    return f"{settings.BASE_URL}{reverse('notifications:choice_update', args=[token])}"


def read_token(token: str) -> tuple[User, str] | None:
    """Whose letters of which kind an address is about; None for one that nobody was given."""
    try:
        pk, kind = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    return (user, kind) if user is not None and kind in CHOICES else None
