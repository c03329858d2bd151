"""Letters that a newer one replaces before they have gone out, so that nobody is told what is no longer so."""

from collections.abc import Iterable

from notifications.models import Letter, LetterState


def take_back(letters: Iterable[Letter], *, reason: str) -> list[Letter]:
    """Drop those that still wait, and return them. What a sender has claimed meanwhile is on its way."""
    return [
        letter
        for letter in letters
        if Letter.objects.filter(pk=letter.pk, state=LetterState.WAITING).update(
            state=LetterState.DROPPED, reason=reason
        )
    ]
