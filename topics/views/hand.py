"""What organizers decide by hand: one student's topic, with the effect shown first, and pairs that are fixed or excluded."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.refusals import Conflict, Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from topics import queries, services
from topics.domain.explain import profile_of, rank_of
from topics.forms import AssignmentForm, PairForm
from topics.models import Pair, Topic


@dataclass(frozen=True)
class Effect:
    """What a change by hand does to one person."""

    participant: Participant
    old: Topic | None
    new: Topic | None
    old_rank: int | None
    new_rank: int | None


@seminar_page("topics.assignment_edit")
@require_http_methods(["GET", "POST"])
def assignment_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """Choose a topic, see the effect, save. A GET with a choice shows its effect; only a POST changes anything."""
    participant = get_object_or_404(courses_queries.students(seminar).select_related("seminar"), pk=pk)
    form = AssignmentForm(request.POST if request.method == "POST" else request.GET, seminar=seminar)
    if "displaced" in form.errors:
        raise Conflict(
            "topic_changed", _("Who was to make room no longer takes part; nothing was changed. Please look again.")
        )
    if not form.is_valid():
        raise Refusal("unknown_topic", _("This topic does not exist in this seminar; nothing was changed."))
    if request.method == "POST":
        services.assign_topic(participant, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("%(name)s: saved.") % {"name": participant.user.name})
        return redirect("topics:allocation_detail", seminar.slug)
    held = queries.topics_of_participants(student.pk for student in courses_queries.students(seminar))
    current = held.get(participant.pk)
    chosen: Topic | None = form.cleaned_data["topic"] if "topic" in request.GET else current
    holders = _holders(seminar, chosen) if chosen and chosen != current else []
    displaced = form.cleaned_data["displaced"] or (holders[0] if holders else None)
    displaced = displaced if displaced in holders else None
    swap = bool(form.cleaned_data["swap"]) or "displaced" not in request.GET
    after: dict[int, Topic | None] = {**held, participant.pk: chosen}
    if displaced is not None:
        after[displaced.pk] = current if swap else None
    rankings = queries.rankings(seminar)
    effects = [_effect(person, held, after, rankings) for person in (participant, displaced) if person is not None]
    context = {
        "seminar": seminar,
        "participant": participant,
        "topics": queries.catalogue(seminar),
        "current": current,
        "chosen": chosen,
        "changed": chosen != current,
        "holders": holders,
        "displaced": displaced,
        "swap": swap,
        "effects": effects,
        "profiles": _profiles(rankings, held, after),
        "excluded": queries.exclusion(participant, chosen) if chosen else None,
        "days": queries.talk_days(seminar),
    }
    return render(request, "topics/assignment_edit.html", context)


def _holders(seminar: Seminar, topic: Topic) -> list[Participant]:
    """Who would have to make room; nobody where a seat is free."""
    full = next(each for each in queries.catalogue(seminar) if each.pk == topic.pk)
    return [] if full.free > 0 else list(full.holders)  # type: ignore[attr-defined]


def _effect(
    person: Participant, held: dict[int, Topic], after: dict[int, Topic | None], rankings: dict[int, list[list[int]]]
) -> Effect:
    old, new, ranking = held.get(person.pk), after.get(person.pk), rankings.get(person.pk, [])
    return Effect(
        participant=person,
        old=old,
        new=new,
        old_rank=rank_of(ranking, old.number if old else None),
        new_rank=rank_of(ranking, new.number if new else None),
    )


def _profiles(
    rankings: dict[int, list[list[int]]], held: dict[int, Topic], after: dict[int, Topic | None]
) -> list[tuple[int, int, int]]:
    """(rank, how many now, how many then) for each rank; rank 0 stands for those without a topic that they chose."""
    now = profile_of(rankings, {pk: topic.number for pk, topic in held.items()})
    then = profile_of(rankings, {pk: topic.number if topic else None for pk, topic in after.items()})
    ranks = [*range(1, len(now)), 0]
    return list(zip(ranks, now, then, strict=True))


@seminar_page("topics.pair_create")
@require_POST
def pair_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    students = courses_queries.students(seminar).select_related("seminar")
    form = PairForm(request.POST, students=students, topics=Topic.objects.filter(seminar=seminar))
    if not form.is_valid():
        raise Refusal(
            "unreadable",
            _("A pair needs a student, a topic and a reason that the student will read. Nothing was changed."),
        )
    data = form.cleaned_data
    services.set_pair(
        data["student"],
        data["topic"],
        kind=data["kind"],
        reason=data["reason"],
        actor=signed_in(request),
        now=timezone.now(),
    )
    messages.success(request, _("Saved. It counts from the next computation on."))
    return redirect("topics:allocation_detail", seminar.slug)


@seminar_page("topics.pair_delete")
@require_POST
def pair_delete(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    pairs = Pair.objects.filter(participant__seminar=seminar).select_related("participant__seminar", "topic")
    pair = get_object_or_404(pairs, pk=pk)
    services.remove_pair(pair, actor=signed_in(request), now=timezone.now())
    messages.success(request, _("Removed. It counts from the next computation on."))
    return redirect("topics:allocation_detail", seminar.slug)
