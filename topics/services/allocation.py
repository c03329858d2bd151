"""Computed allocations: every one is kept with its input; one is in force."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import HistoryEntry, Participant, Seminar
from courses.services import write_to
from topics import queries
from topics.domain.allocation import OBJECTIVES, AllocationError
from topics.domain.ballot import Ranking
from topics.domain.evidence import code_of, solve
from topics.models import AllocationRun, Assignment, Pair, PairKind, PreferenceRule, RunState, Topic
from topics.services.assigning import occupy, settle, tell


def run_input(rule: PreferenceRule) -> AllocationRun:
    """Everything an allocation of all admitted students depends on, under their codes; not saved, no result yet."""
    seminar = rule.seminar
    rankings = queries.rankings(seminar)
    codes = {pk: code_of(rule.salt, pk) for pk in rankings}
    topics = queries.catalogue(seminar)
    pairs = list(Pair.objects.filter(participant__in=codes, topic__seminar=seminar).select_related("topic"))
    excluded = {(pair.participant_id, pair.topic.number) for pair in pairs if pair.kind == PairKind.EXCLUDED}
    numbers = [topic.number for topic in topics]
    preferences: dict[str, Ranking] = {}
    for pk, ranking in rankings.items():
        named = {number for rank in ranking for number in rank}
        rest = [number for number in numbers if number not in named and (pk, number) not in excluded]
        preferences[codes[pk]] = filled(ranking, rest, rule.count + 1) if rule.fill else ranking
    held = {row.participant_id: row.seat.topic.number for row in queries.held_seats(seminar)}
    return AllocationRun(
        seminar=seminar,
        seed=rule.seed,
        nonce=rule.nonce,
        fill_rank=rule.count + 1 if rule.fill else 0,
        people={code: pk for pk, code in codes.items()},
        preferences=preferences,
        capacities={
            **({str(-place): 0 for place in range(rule.count)} if rule.fill else {}),
            **{str(topic.number): len(topic.seats.all()) for topic in topics},
        },
        pinned={codes[pair.participant_id]: pair.topic.number for pair in pairs if pair.kind == PairKind.PINNED},
        forbidden=sorted([codes[pk], number] for pk, number in excluded),
        previous={codes[pk]: number for pk, number in held.items() if pk in codes},
    )


def filled(ranking: Ranking, rest: list[int], rank: int) -> Ranking:
    """The ranking with the unchosen topics at `rank`; numbers below 1 are no topics, they hold the places left empty."""
    if not rest:
        return ranking
    return [*ranking, *([-place] for place in range(rank - 1 - len(ranking))), rest]


def run_allocation(
    rule: PreferenceRule, *, objective: str, actor: User, now: datetime, change_cost: int = 0
) -> AllocationRun:
    """Compute an allocation of all admitted students and keep it with its input as a draft."""
    run = run_input(rule)
    run.objective, run.change_cost = objective, change_cost
    run.created_at, run.created_by = now, actor
    try:
        result = solve(queries.document_of(run))
    except AllocationError as error:
        raise Refusal("allocation_impossible", with_names(" ".join(error.problems), run.people)) from None
    run.assignment, run.profile = dict(result.assignment), list(result.profile)
    run.save()
    return run


def with_names(text: str, people: Mapping[str, int]) -> str:
    """What the rule says of codes, in the names that organizers know."""
    rows = Participant.objects.select_related("user").in_bulk(people.values())
    for code, pk in people.items():
        if code in text:
            text = text.replace(f"{code!r}", rows[pk].user.name)
    return text


@transaction.atomic
def compare_objectives(
    rule: PreferenceRule, *, actor: User, now: datetime, change_cost: int = 0
) -> list[AllocationRun]:
    """One draft for each objective, from the same input."""
    return [
        run_allocation(rule, objective=objective, actor=actor, now=now, change_cost=change_cost)
        for objective in OBJECTIVES
    ]


@transaction.atomic
def publish_allocation(run: AllocationRun, *, actor: User, now: datetime, reason: str = "") -> AllocationRun:
    """Put a draft into force: everybody's topic is as the run says, and everybody whose topic changed is told why."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=run.seminar_id)
    run = AllocationRun.objects.select_for_update().get(pk=run.pk)
    if run.state == RunState.PUBLISHED:
        return run
    students = {student.pk: student for student in courses_queries.students(seminar).select_related("seminar")}
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar)}
    given = run.topic_by_person()
    if run.state != RunState.DRAFT or set(given) != set(students) or _outdated(run):
        raise Conflict(
            "allocation_outdated",
            _("People or topics have changed since this was computed; nothing was published. Please compute it again."),
        )
    revised = queries.published_run(seminar)
    without = {pk for pk, number in revised.topic_by_person().items() if number is None} if revised else set()
    AllocationRun.objects.filter(seminar=seminar, state=RunState.PUBLISHED).update(state=RunState.SUPERSEDED)
    run.state, run.published_at, run.published_by, run.reason = RunState.PUBLISHED, now, actor, reason
    run.save(update_fields=["state", "published_at", "published_by", "reason"])
    before = {row.participant_id: row.seat.topic for row in queries.held_seats(seminar)}
    Assignment.objects.filter(seat__topic__seminar=seminar).delete()
    note = f"run:{run.pk} {reason}".strip()
    for pk, number in given.items():
        if number is not None:
            occupy(topics[number], students[pk], now)
    for pk, number in given.items():
        topic = topics[number] if number is not None else None
        tell(students[pk], before.get(pk), topic, note, actor=actor, now=now, why=reason if revised else "")
        if topic is None and pk not in before and pk not in without:
            write_to(students[pk], f"no_topic:{run.pk}:{pk}", "topics/email/topic_missing", now=now)
    settle(seminar, now=now)
    return run


def _outdated(run: AllocationRun) -> bool:
    """Whether topics, their seats, pairs, or who holds what have changed since the run was computed."""
    seats = {str(topic.number): len(topic.seats.all()) for topic in queries.catalogue(run.seminar)}
    changed = HistoryEntry.objects.filter(
        seminar=run.seminar, subject__in=("topic", "pair", "catalogue"), at__gt=run.created_at
    ).exclude(old=F("new"))
    return seats != {number: count for number, count in run.capacities.items() if int(number) > 0} or changed.exists()
