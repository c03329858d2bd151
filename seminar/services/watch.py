"""Telling people that letters do not get through: once a day at most, and by a letter that itself waits until they do."""

from datetime import datetime, timedelta

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Seminar
from courses.services import write_to
from notifications.models import Letter
from notifications.queries import Trouble, troubles
from notifications.services import Draft, post_letter

KIND = "letters_stuck"
TEMPLATE = f"seminar/email/{KIND}"
PAUSE = timedelta(days=1)
RECENT = timedelta(days=14)  # who has let a refused letter lie for two weeks knows of it


def warn(now: datetime) -> int:
    """Write to the organizers of each seminar, and to the operators, what waits too long or was refused; return how many letters."""
    found = troubles(now, but=KIND, failed_since=now - RECENT)
    if not found:
        return 0
    told = set(Letter.objects.filter(kind=KIND, created_at__gt=now - PAUSE).values_list("scope", "user"))
    seminars = Seminar.objects.filter(slug__in=[trouble.scope for trouble in found]).in_bulk(field_name="slug")
    count = 0
    for trouble in found:
        if (seminar := seminars.get(trouble.scope)) is None:
            continue
        for organizer in courses_queries.organizers(seminar).select_related("seminar"):
            if (seminar.slug, organizer.user_id) not in told:
                key = f"{KIND}:{seminar.pk}:{organizer.pk}:{trouble.mark}"
                write_to(organizer, key, TEMPLATE, now=now, trouble=trouble, at=now)
                count += 1
    return count + _warn_operators(found, told, now)


def _warn_operators(found: list[Trouble], told: set[tuple[str, int]], now: datetime) -> int:
    starts = [trouble.since for trouble in found if trouble.since]
    whole = Trouble(
        scope="",
        waiting=sum(trouble.waiting for trouble in found),
        since=min(starts, default=None),
        failed=sum(trouble.failed for trouble in found),
        mark="+".join(sorted(trouble.mark for trouble in found))[:100],
    )
    operators = [user for user in User.objects.filter(is_staff=True, is_active=True) if ("", user.pk) not in told]
    for user in operators:
        context = {"trouble": whole, "at": now}
        key = f"{KIND}:{user.pk}:{whole.mark}"
        post_letter(Draft(key=key, kind=KIND, template=TEMPLATE, user=user, context=context), now=now)
    return len(operators)
