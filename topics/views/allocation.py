"""Computed allocations: compared and published by organizers, explained to each student."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones.queries import general_deadline
from topics import queries, services
from topics.domain.ballot import as_text
from topics.domain.evidence import commitment
from topics.domain.explain import explain
from topics.forms import CompareForm, PairForm, PublishForm
from topics.models import AllocationRun, Pair, PreferenceRule, RunState, Topic
from topics.views.preferences import rule_of


@dataclass(frozen=True)
class Column:
    """One computed allocation beside others: its bars, how many of its people move, and its number for each person."""

    run: AllocationRun
    bars: list[tuple[str, int]]
    moved: int
    given: dict[int, tuple[int | None, int | None]]  # participant id → topic number, rank


def column(run: AllocationRun, held: dict[int, Topic]) -> Column:
    given = {
        pk: (run.assignment[code], run.rank(code, run.assignment[code]))
        for code, pk in run.people.items()
        if code in run.assignment
    }
    return Column(
        run=run,
        bars=bars(run),
        moved=sum(1 for pk, (number, _r) in given.items() if pk in held and held[pk].number != number),
        given=given,
    )


def bars(run: AllocationRun) -> list[tuple[str, int]]:
    """Label → how many: each choice, topics that were fixed without having been chosen, and none."""
    found = [
        (_("not chosen") if rank == run.fill_rank else _("choice %(rank)d") % {"rank": rank}, count)
        for rank, count in enumerate(run.profile, 1)
    ]
    none = sum(1 for number in run.assignment.values() if number is None)
    fixed = len(run.assignment) - none - sum(run.profile)
    return [*found, *([(_("pinned, not chosen"), fixed)] if fixed else []), (_("no topic"), none)]


@seminar_page("topics.allocation_detail")
@require_safe
def allocation_detail(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row = own_row(request, seminar)
    show = organizer_allocation if row.role == Role.ORGANIZER else student_allocation
    return show(request, seminar, row)


def student_allocation(request: HttpRequest, seminar: Seminar, row: Participant) -> HttpResponse:
    run, topic = queries.published_run(seminar), queries.topic_of(row)
    context: dict[str, object] = {"seminar": seminar, "run": run, "topic": topic}
    if run is not None:
        code = next((code for code, pk in run.people.items() if pk == row.pk), "")
        titles = {each.number: each for each in queries.catalogue(seminar)}
        better = [
            item
            for item in explain(code, queries.document_of(run))
            if item.topic in titles and item.rank != run.fill_rank
        ]
        context |= {
            "code": code,
            "computed": code in run.assignment,
            "commitment": commitment(run.seed, run.nonce),
            "rank": run.rank(code, topic.number if topic else None),
            "better": [(item, titles[item.topic]) for item in better],
            "bars": bars(run),
            "by_hand": code in run.assignment and run.assignment[code] != (topic.number if topic else None),
            "pinned": code in run.pinned,
            "excluded": {pair.topic.number: pair.reason for pair in row.pairs.select_related("topic")},
        }
    return render(request, "topics/allocation_student.html", context)


def organizer_allocation(request: HttpRequest, seminar: Seminar, _row: Participant) -> HttpResponse:
    rule = PreferenceRule.objects.filter(seminar=seminar).select_related("milestone__seminar").first()
    students = list(courses_queries.students(seminar))
    topics = queries.catalogue(seminar)
    held = queries.topics_of_participants(student.pk for student in students)
    rankings = queries.rankings(seminar)
    wanted = queries.demand(seminar)
    published = queries.published_run(seminar)
    columns = [column(run, held) for run in queries.latest_drafts(seminar)]
    current = column(published, held) if published else None
    pairs: dict[int, list[Pair]] = {}
    for pair in Pair.objects.filter(participant__seminar=seminar).select_related("topic"):
        pairs.setdefault(pair.participant_id, []).append(pair)
    rows = []
    for student in students:
        cells = [each.given.get(student.pk, (None, None)) for each in columns]
        rows.append(
            {
                "student": student,
                "ranking": as_text(rankings[student.pk]),
                "cells": cells,
                "differs": len({number for number, _rank in cells}) > 1,
                "topic": held.get(student.pk),
                "pairs": pairs.get(student.pk, []),
            }
        )
    context = {
        "seminar": seminar,
        "rule": rule,
        "due": general_deadline(rule.milestone) if rule else None,
        "now": timezone.now(),
        "rows": rows,
        "missing": [student for student in students if rule and not rankings[student.pk]],
        "columns": columns,
        "published": published,
        "current": current,
        "runs": queries.runs(seminar),
        "requests": queries.open_exchanges(seminar),
        "demand": [(topic, *wanted.get(topic.pk, (0, 0))) for topic in topics] if rule else [],
        "form": CompareForm(initial={"change_cost": 1 if published else 0}),
        "pair_form": PairForm(
            students=courses_queries.students(seminar), topics=Topic.objects.filter(seminar=seminar), auto_id="pair_%s"
        ),
        "commitment": commitment(rule.seed, rule.nonce) if rule else "",
    }
    return render(request, "topics/allocation_detail.html", context)


@seminar_page("topics.allocation_create")
@require_POST
def allocation_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    form = CompareForm(request.POST)
    if not form.is_valid():
        raise Refusal("unreadable", _("A change counts as 0 to 20 ranks; nothing was computed."))
    services.compare_objectives(
        rule_of(seminar), actor=signed_in(request), now=timezone.now(), change_cost=form.cleaned_data["change_cost"]
    )
    return redirect("topics:allocation_detail", seminar.slug)


@seminar_page("topics.run_detail")
@require_safe
def run_detail(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """One computed allocation: who would get what, and who would change."""
    run = get_object_or_404(AllocationRun.objects.select_related("created_by", "published_by"), pk=pk, seminar=seminar)
    return _run_page(request, seminar, run, PublishForm(revises=queries.published_run(seminar) is not None))


def _run_page(request: HttpRequest, seminar: Seminar, run: AllocationRun, form: PublishForm) -> HttpResponse:
    people = Participant.objects.filter(pk__in=run.people.values()).select_related("user")
    titles = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar)}
    held = queries.topics_of_participants(run.people.values())
    given = column(run, held).given
    rows = [
        (person, titles.get(given[person.pk][0] or 0), given[person.pk][1], held.get(person.pk))
        for person in people.order_by("user__family_name", "user__given_names", "pk")
        if person.pk in given
    ]
    context = {
        "seminar": seminar,
        "run": run,
        "bars": bars(run),
        "rows": rows,
        "changes": [row for row in rows if row[3] is not None and row[1] != row[3]],
        "revises": queries.published_run(seminar),
        "is_draft": run.state == RunState.DRAFT,
        "form": form,
    }
    return render(request, "topics/run_detail.html", context, status=400 if form.errors else 200)


@seminar_page("topics.allocation_publish")
@require_POST
def allocation_publish(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    run = get_object_or_404(AllocationRun, pk=pk, seminar=seminar)
    published = queries.published_run(seminar)
    form = PublishForm(request.POST, revises=published is not None and published != run)
    if not form.is_valid():
        return _run_page(request, seminar, run, form)
    services.publish_allocation(run, actor=signed_in(request), now=timezone.now(), reason=form.cleaned_data["reason"])
    messages.success(request, _("The allocation is published. Everybody is told their topic."))
    return redirect("topics:allocation_detail", seminar.slug)
