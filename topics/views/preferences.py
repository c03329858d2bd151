"""A student's ranking; every press of a button saves it."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from courses.models import Participant, Seminar
from courses.permissions import own_row, seminar_page
from milestones.queries import deadline_of
from milestones.services import accepts
from topics import queries, services
from topics.domain.ballot import Ranking, as_text, from_fields, move
from topics.domain.evidence import code_of, commitment
from topics.forms import chosen_action, chosen_numbers
from topics.models import PairKind, PreferenceList, PreferenceRule


def rule_of(seminar: Seminar) -> PreferenceRule:
    rule = PreferenceRule.objects.filter(seminar=seminar).select_related("seminar", "milestone__seminar").first()
    if rule is None:
        raise Http404
    return rule


@seminar_page("topics.preference_edit")
@require_http_methods(["GET", "POST"])
def preference_edit(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row, rule = own_row(request, seminar), rule_of(seminar)
    refusal: Refusal | None = None
    ranking = queries.ranking_of(row)
    if request.method == "POST":
        began_at: datetime = request.began_at  # type: ignore[attr-defined]
        ranking = _sent(request, rule)
        try:
            return _save(request, row, rule, ranking, began_at)
        except Refusal as error:
            refusal = error
    return _page(request, row, rule, ranking, refusal)


def _sent(request: HttpRequest, rule: PreferenceRule) -> Ranking:
    """The ranking as the form has it, after the button that was pressed."""
    topics, tied = (chosen_numbers(request.POST.getlist(name)) for name in ("topic", "tie"))
    ranking = from_fields(topics, tied, ranked=rule.ranked)
    action = chosen_action(request.POST.get("do", ""))
    if action is None:
        return ranking
    name, number, place = action
    moved = move(ranking, name, number, place)
    return moved if rule.ranked else [sorted(number for rank in moved for number in rank)]


def _save(
    request: HttpRequest, row: Participant, rule: PreferenceRule, ranking: Ranking, began_at: datetime
) -> HttpResponse:
    do, shown = request.POST.get("do", ""), request.POST.get("shown")
    ranking = [rank for rank in ranking if rank]
    if do == "receipt":
        services.send_receipt(row, now=timezone.now())
        messages.success(request, _("Your list is on its way to you by mail."))
    elif do == "any":
        services.save_preferences(row, rule, [], arrived_at=began_at, any_topic=True, shown=shown)
    elif not ranking and do:
        services.clear_preferences(row, rule, arrived_at=began_at, shown=shown)
    else:
        services.save_preferences(row, rule, ranking, arrived_at=began_at, shown=shown)
    return redirect(reverse("topics:preference_edit", args=[row.seminar.slug]) + "#ballot")


def _page(
    request: HttpRequest, row: Participant, rule: PreferenceRule, ranking: Ranking, refusal: Refusal | None
) -> HttpResponse:
    seminar, due = rule.seminar, deadline_of(rule.milestone, row)
    topics = queries.catalogue(seminar)
    by_number = {topic.number: topic for topic in topics}
    excluded = row.pairs.filter(kind=PairKind.EXCLUDED).select_related("topic")
    chosen = [
        (rank, place, by_number[number])
        for rank, numbers in enumerate(ranking, 1)
        for place, number in enumerate(numbers)
        if number in by_number
    ]
    context = {
        "seminar": seminar,
        "rule": rule,
        "due": due,
        "topics": topics,
        "chosen": chosen,
        "ranks": len(ranking),
        "numbers": {topic.number for _rank, _place, topic in chosen},
        "full": len(chosen) >= rule.count,
        "excluded": {pair.topic_id: pair.reason for pair in excluded},
        "demand": queries.demand(seminar) if rule.demand_visible else None,
        "is_open": accepts(rule.milestone, due, request.began_at)[0],  # type: ignore[attr-defined]
        "received": PreferenceList.objects.filter(participant=row).first(),
        "in_force": as_text(queries.ranking_of(row)),
        "refusal": refusal,
        "commitment": commitment(rule.seed, rule.nonce),
        "code": code_of(rule.salt, row.pk),
    }
    return render(request, "topics/preference_edit.html", context, status=refusal.status if refusal else 200)
