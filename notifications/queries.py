"""Reads on the outbox of a seminar, which is the log of every letter, too."""

from django.db.models import Q, QuerySet

from notifications.models import Letter, LetterState


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
