"""Reads on the outbox of a seminar, which is the log of every letter, and on what people have chosen of theirs."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.models import User
from notifications.models import ChosenLetters, Letter, LetterState


def letters_of(scope: str, *, state: str = "", words: str = "", person: str = "") -> QuerySet[Letter]:
    """The letters of a seminar, newest first: all, or those in a state, to a person (id), or with all of the words."""
    letters = Letter.objects.filter(scope=scope).select_related("user").defer("html")
    if state in LetterState.values:
        letters = letters.filter(state=state)
    if person.isdecimal():
        letters = letters.filter(user_id=int(person[:18]))
    for word in words.split()[:5]:
        fields = ("subject", "to_email", "user__given_names", "user__family_name", "user__display_name")
        found = Q()
        for field in fields:
            found |= Q(**{f"{field}__icontains": word})
        letters = letters.filter(found)
    return letters


def failed_letters(scope: str) -> QuerySet[Letter]:
    """Letters that could not be delivered, the newest first."""
    return letters_of(scope, state=LetterState.FAILED)


def choices_of(kind: str, user_ids: Iterable[int]) -> dict[int, str]:
    """User id → how many letters of this kind the person wants; who has chosen nothing is not in it."""
    return dict(ChosenLetters.objects.filter(kind=kind, user__in=list(user_ids)).values_list("user", "choice"))


def chosen_by(user: User) -> dict[str, str]:
    """Kind of letter → what this person has chosen."""
    return dict(ChosenLetters.objects.filter(user=user).values_list("kind", "choice"))
