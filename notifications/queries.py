"""What people have chosen of their letters."""

from collections.abc import Iterable

from accounts.models import User
from notifications.models import ChosenLetters


def choices_of(kind: str, user_ids: Iterable[int]) -> dict[int, str]:
    """User id → how many letters of this kind the person wants; who has chosen nothing is not in it."""
    return dict(ChosenLetters.objects.filter(kind=kind, user__in=list(user_ids)).values_list("user", "choice"))


def chosen_by(user: User) -> dict[str, str]:
    """Kind of letter → what this person has chosen."""
    return dict(ChosenLetters.objects.filter(user=user).values_list("kind", "choice"))
