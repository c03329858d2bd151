from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from courses.permissions import membership, own_row, seminar_page
from milestones.queries import deadline_of, general_deadline
from milestones.services import accepts
from topics import queries, services
from topics.domain.explain import explain, rank_of
from topics.forms import AssignmentForm, ObjectiveForm, chosen_numbers
from topics.models import AllocationRun, PreferenceList, PreferenceRule, RunState


@seminar_page("topics.topic_list", public=True)
@require_safe
def topic_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    member = membership(request.user, seminar)
    context = {
        "seminar": seminar,
        "topics": queries.catalogue(seminar),
        "sees_names": member is not None and member.is_active,
    }
    return render(request, "topics/topic_list.html", context)


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
    chosen = [preference.topic.number for preference in queries.preferences_of(row)]
    if request.method == "POST":
        try:
            sent = chosen_numbers(request.POST.getlist("topic"))
            services.save_preferences(row, rule, sent, arrived_at=request.began_at)  # type: ignore[attr-defined]
        except Refusal as error:
            refusal, chosen = error, sent
        else:
            messages.success(request, _("Your preferences are in. You may change them until the deadline."))
            return redirect("topics:preference_edit", seminar.slug)
    due = deadline_of(rule.milestone, row)
    chosen_or_empty = chosen[: rule.count] + [0] * (rule.count - len(chosen))
    context = {
        "seminar": seminar,
        "rule": rule,
        "due": due,
        "topics": queries.catalogue(seminar),
        "choices": list(enumerate(chosen_or_empty, 1)),
        "is_open": accepts(rule.milestone, due, request.began_at)[0],  # type: ignore[attr-defined]
        "received": PreferenceList.objects.filter(participant=row).first(),
        "refusal": refusal,
    }
    return render(request, "topics/preference_edit.html", context, status=refusal.status if refusal else 200)


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
        capacities = {int(number): seats for number, seats in run.capacities.items()}
        titles = {each.number: each for each in queries.catalogue(seminar)}
        better = explain(str(row.pk), run.preferences, capacities, run.assignment)
        context["rank"] = rank_of(run.preferences.get(str(row.pk), []), topic.number if topic else None)
        context["better"] = [(item, titles.get(item.topic)) for item in better]
        context["by_hand"] = run.assignment.get(str(row.pk)) != (topic.number if topic else None)
    return render(request, "topics/allocation_student.html", context)


def organizer_allocation(request: HttpRequest, seminar: Seminar, _row: Participant) -> HttpResponse:
    rule = PreferenceRule.objects.filter(seminar=seminar).select_related("milestone__seminar").first()
    students = list(courses_queries.students(seminar))
    topics = queries.catalogue(seminar)
    held = queries.topics_of_participants(student.pk for student in students)
    preferences = queries.preferences_by_student(seminar)
    draft = AllocationRun.objects.filter(seminar=seminar, state=RunState.DRAFT).first()
    published = queries.published_run(seminar)
    if draft and published and draft.created_at < published.created_at:
        draft = None
    titles = {topic.number: topic for topic in topics}
    rows = []
    for student in students:
        number = draft.assignment.get(str(student.pk)) if draft else None
        rank = rank_of(draft.preferences.get(str(student.pk), []), number) if draft else None
        rows.append((student, preferences[student.pk], held.get(student.pk), titles.get(number or 0), rank))
    context = {
        "seminar": seminar,
        "rule": rule,
        "due": general_deadline(rule.milestone) if rule else None,
        "now": timezone.now(),
        "rows": rows,
        "missing": [student for student in students if rule and not preferences[student.pk]],
        "topics": topics,
        "draft": draft,
        "published": published,
        "form": ObjectiveForm(initial={"objective": draft.objective if draft else rule.objective if rule else ""}),
    }
    return render(request, "topics/allocation_detail.html", context)


@seminar_page("topics.allocation_create")
@require_POST
def allocation_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    form = ObjectiveForm(request.POST)
    if not form.is_valid():
        raise Refusal("unknown_objective", _("This objective does not exist; nothing was computed."))
    services.run_allocation(
        rule_of(seminar), objective=form.cleaned_data["objective"], actor=signed_in(request), now=timezone.now()
    )
    return redirect("topics:allocation_detail", seminar.slug)


@seminar_page("topics.allocation_publish")
@require_POST
def allocation_publish(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    run = get_object_or_404(AllocationRun, pk=pk, seminar=seminar)
    services.publish_allocation(run, actor=signed_in(request), now=timezone.now())
    messages.success(request, _("The allocation is published. Everybody is told their topic."))
    return redirect("topics:allocation_detail", seminar.slug)


@seminar_page("topics.assignment_update")
@require_POST
def assignment_update(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    participant = get_object_or_404(courses_queries.students(seminar).select_related("seminar"), pk=pk)
    form = AssignmentForm(request.POST, seminar=seminar)
    if not form.is_valid():
        raise Refusal("unknown_topic", _("This topic does not exist in this seminar; nothing was changed."))
    services.assign_topic(participant, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
    messages.success(request, _("%(name)s: saved.") % {"name": participant.user.name})
    return redirect("topics:allocation_detail", seminar.slug)
