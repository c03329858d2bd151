"""Who is expected at a session: the fact from above, and an organizer's own choices."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import User
from courses import queries
from courses.domain.merging import merge
from courses.models import Expectation, Seminar, Session
from courses.services.history import record

WORDS = {True: gettext_noop("expected"), False: gettext_noop("not expected")}


@transaction.atomic
def name_expected(seminar: Seminar, named: Mapping[int, Collection[int] | None], *, now: datetime) -> None:
    """Write down whom sessions are for: session id → participant ids, None for everybody. Twice is one effect.

    A session of a day that is over keeps what was said of it; what organizers have chosen by hand stays.
    """
    today = now.astimezone(seminar.zone).date()
    coming = [
        session
        for session in Session.objects.filter(seminar=seminar, pk__in=list(named))
        if session.only_named is None or session.date >= today
    ]
    for session in coming:
        if session.only_named != (named[session.pk] is not None):
            Session.objects.filter(pk=session.pk).update(only_named=named[session.pk] is not None)
    rows = Expectation.objects.filter(session__in=coming)
    there = {(row.session_id, row.participant_id): row for row in rows}
    wanted = {(session.pk, person) for session in coming for person in named[session.pk] or ()}
    gone = [row.pk for key, row in there.items() if row.named and key not in wanted]
    Expectation.objects.filter(pk__in=gone, by_hand__isnull=True).delete()
    Expectation.objects.filter(pk__in=gone).update(named=False)
    Expectation.objects.filter(pk__in=[row.pk for key, row in there.items() if key in wanted and not row.named]).update(
        named=True
    )
    # Somebody may write the same at the same time; the next sweep sees to what was in the way.
    new = [Expectation(session_id=key[0], participant_id=key[1], named=True) for key in sorted(wanted - {*there})]
    Expectation.objects.bulk_create(new, ignore_conflicts=True)


@transaction.atomic
def choose_expected(
    session: Session, sent: Mapping[int, bool], *, shown: Mapping[int, bool], actor: User, now: datetime
) -> None:
    """Expect people by hand, or not: participant id → whether. Whoever is left as `shown` goes on following the rule.

    Two people who change the same box have said the same of it, so that no choice is overwritten.
    """
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    people = {person.pk: person for person in queries.students(session.seminar)}
    expects = queries.expectation_of(session.seminar)
    stored = {pk: expects(session, pk) for pk in people}
    writes, _clashes = merge(shown, {pk: value for pk, value in sent.items() if pk in people}, stored, empty=False)
    for pk, value in writes.items():
        record(
            session.seminar,
            f"expected:{session.key}",
            now=now,
            actor=actor,
            participant=people[pk],
            old=_(WORDS[stored[pk]]),
            new=_(WORDS[value]),
        )
        Expectation.objects.update_or_create(session=session, participant=people[pk], defaults={"by_hand": value})
