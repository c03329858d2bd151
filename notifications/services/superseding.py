"""Letters that a newer one replaces before they have gone out, so that nobody is told what is no longer so."""

from collections.abc import Iterable

from notifications.models import Letter, LetterState


def waiting_letters(scope: str, prefix: str) -> dict[int, list[Letter]]:
    """By person (0: nobody's), a seminar's letters that have not gone out yet and whose key begins so."""
    found: dict[int, list[Letter]] = {}
    for letter in Letter.objects.filter(scope=scope, state=LetterState.WAITING, key__startswith=prefix):
        found.setdefault(letter.user_id or 0, []).append(letter)
    return found


def take_back(letters: Iterable[Letter], *, reason: str) -> list[Letter]:
    """Drop those that still wait, and return them. What a sender has claimed meanwhile is on its way."""
    return [
        letter
        for letter in letters
        if Letter.objects.filter(pk=letter.pk, state=LetterState.WAITING).update(
            state=LetterState.DROPPED, reason=reason
        )
    ]
