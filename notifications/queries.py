"""Reads on the outbox of a seminar, which is the log of every letter, and on what people have chosen of theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import User
from notifications.domain.ticks import LONGEST_SILENCE
from notifications.models import ChosenLetters, Heartbeat, Letter, LetterState

OPEN = (LetterState.WAITING, LetterState.SENDING)


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


def _is_overdue(now: datetime) -> Q:
    """What could not be sent waits for a time to come: it is due since it was written."""
    limit = now - LONGEST_SILENCE
    untried, tried = Q(next_try_at__lt=limit), Q(created_at__lt=limit) & (Q(attempts__gt=0) | ~Q(reason=""))
    return Q(state__in=OPEN) & (untried | tried)


def overdue(now: datetime) -> QuerySet[Letter]:
    """Letters that should have gone out more than five minutes ago."""
    return Letter.objects.filter(_is_overdue(now)).order_by()


@dataclass(frozen=True)
class Trouble:
    """What waits too long or was refused for good, of one seminar (by its slug) or of the site's own letters."""

    scope: str
    waiting: int
    since: datetime | None
    failed: int
    mark: str  # differs where something new has come to it


def troubles(now: datetime, *, but: str, failed_since: datetime) -> list[Trouble]:
    """One for each scope that has any, without letters of the kind `but`, which tell of it; one query."""
    late, failed = _is_overdue(now), Q(state=LetterState.FAILED, created_at__gte=failed_since)
    rows = (
        Letter.objects.filter(late | failed)
        .exclude(kind=but)
        .order_by()
        .values("scope")
        .annotate(
            waiting=Count("pk", filter=late),
            since=Min("created_at", filter=late),
            first=Min("pk", filter=late),
            failed=Count("pk", filter=failed),
            last=Max("pk", filter=failed),
        )
    )
    return [
        Trouble(row["scope"], row["waiting"], row["since"], row["failed"], f"{row['first'] or 0}-{row['last'] or 0}")
        for row in rows
    ]


def queue() -> list[dict[str, object]]:
    """Letters by state and kind, those that are not done yet with their age and attempts."""
    counted = Letter.objects.order_by("state", "kind").values("state", "kind")
    details = counted.filter(state__in=[*OPEN, LetterState.FAILED]).annotate(
        oldest=Min("created_at"), attempts=Max("attempts")
    )
    known = {(row["state"], row["kind"]): row for row in details}
    labels = dict(LetterState.choices)
    return [
        row | {"label": labels[row["state"]], **known.get((row["state"], row["kind"]), {})}
        for row in counted.annotate(count=Count("*"))
    ]


def failures() -> QuerySet[Letter]:
    """What was refused for good, the newest first; without their texts."""
    failed = Letter.objects.filter(state=LetterState.FAILED).order_by("-created_at", "-pk")
    return failed.only("kind", "scope", "to_email", "subject", "attempts", "reason", "created_at", "state")


def throughput(now: datetime) -> dict[str, int]:
    """How many letters went out within the last hour and the last day."""
    sent = Letter.objects.filter(sent_at__gt=now - timedelta(days=1), sent_at__lte=now).order_by()
    hour = Count("pk", filter=Q(sent_at__gt=now - timedelta(hours=1)))
    return sent.aggregate(hour=hour, day=Count("pk"))


def is_waiting(since: datetime) -> bool:
    """Whether a letter could have gone out before `since`, and nobody has tried."""
    waiting, left = (
        Q(state=LetterState.WAITING, next_try_at__lt=since),
        Q(state=LetterState.SENDING, lease_until__lt=since),
    )
    return Letter.objects.filter(waiting | left).exists()


def heartbeats() -> dict[str, datetime]:
    """When each background job last finished."""
    return dict(Heartbeat.objects.order_by("name").values_list("name", "at"))
