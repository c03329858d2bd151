"""Where an organizer grades one student: the work beside the rubric, saved while one types, on to the next."""

from collections.abc import Iterable

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.forms import LevelsForm, PartGradeForm
from grading.models import GradingScheme
from grading.views.entering import scheme_or_404
from grading.views.places import Place, page_of, places_of, points_of
from submissions.views.uploads import wants_json


@seminar_page("grading.grade_edit")
@require_http_methods(["GET", "POST"])
def grade_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    scheme, actor = scheme_or_404(seminar), signed_in(request)
    student = get_object_or_404(courses_queries.students(seminar).select_related("seminar"), pk=pk)
    places, shown = places_of(scheme, student, actor), queries.shown_parts(student)
    forms = {
        place: PartGradeForm(
            request.POST or None,
            scheme=scheme,
            decides=bool(place.seen and place.seen.both) or place.part.pk in shown,
            **place.options(),
        )
        for place in places
        if not place.is_handed_in
    }
    valid = request.method == "POST" and all(form.is_valid() for form in forms.values())
    refusals: list[Refusal] = opened_meanwhile(request, places)
    if valid and not refusals:
        revisions, refusals = save_forms(forms, student, actor)
        refusals += [] if wants_json(request) else hand_over(request, places, student, actor)
        if wants_json(request) and not refusals:
            return saved_in_place(scheme, student, actor, revisions)
        if not refusals:
            messages.success(request, _("%(name)s: grades are saved.") % {"name": student.user.name})
            return redirect(after_saving(request, scheme, student, next(iter(forms.values()), None)))
    if request.method == "POST" and wants_json(request):
        return refused_in_place(forms.values(), refusals)
    status = max((refusal.status for refusal in refusals), default=200 if request.method == "GET" else 400)
    context = page_of(scheme, student, actor, places, forms)
    return render(request, "grading/grade_edit.html", {**context, "refusals": refusals}, status=status)


def opened_meanwhile(request: HttpRequest, places: list[Place]) -> list[Refusal]:
    """A page that still shows an assessment of one's own, while both are in."""
    return [
        Conflict(
            "assessments_in",
            _(
                "Both assessments of “%(part)s” are in meanwhile: look at them below. What you typed there was not taken."
            )
            % {"part": place.part},
        )
        for place in places
        if place.is_open and f"own-{place.part.key}-revision" in request.POST
    ]


def save_forms(
    forms: dict[Place, PartGradeForm], student: Participant, actor: User
) -> tuple[dict[str, int], list[Refusal]]:
    """Save every part that can be saved; a part that somebody else changed is refused by itself."""
    revisions: dict[str, int] = {}
    refusals: list[Refusal] = []
    for place, form in forms.items():
        name = form.add_prefix("revision")
        try:
            revisions[name] = place.save(form, student, actor)
        except Refusal as refusal:
            refusals.append(refusal)
            # Both values are on the page now: who saves once more has compared them.
            revisions[name] = place.revision_now(student, actor)
        form.data = {**dict(form.data.items()), name: revisions[name]}
    return revisions, refusals


def hand_over(request: HttpRequest, places: list[Place], student: Participant, actor: User) -> list[Refusal]:
    """Hand an assessment in, or take it back, where a button of its part was pressed."""
    try:
        for place in places:
            if request.POST.get("hand_in") == place.part.key:
                services.hand_in_assessment(place.part, student, actor=actor, now=timezone.now())
            elif request.POST.get("take_back") == place.part.key:
                services.take_back_assessment(place.part, student, actor=actor)
    except Refusal as refusal:
        return [refusal]
    return []


def saved_in_place(scheme: GradingScheme, student: Participant, actor: User, revisions: dict[str, int]) -> JsonResponse:
    """The answer to a page that saves while one types: the new revisions, the sums, and the result with its steps."""
    sums = {
        place.prefix: points_of(place.options()["stored"], place.part) for place in places_of(scheme, student, actor)
    }
    result = render_to_string("grading/includes/result.html", {"computed": queries.compute(scheme, [student])[0]})
    return JsonResponse({"revisions": revisions, "sums": sums, "result": result})


def refused_in_place(forms: Iterable[BaseForm], refusals: list[Refusal]) -> JsonResponse:
    """Why a page that saves while one types was not saved."""
    if refusals:
        worst = max(refusals, key=lambda refusal: refusal.status)
        sentences = " ".join(str(refusal.message) for refusal in refusals)
        return JsonResponse({"code": worst.code, "message": sentences}, status=worst.status)
    errors = [str(sentence) for form in forms for each in form.errors.values() for sentence in each]
    return JsonResponse({"code": "form_invalid", "message": " ".join(errors)}, status=400)


def after_saving(request: HttpRequest, scheme: GradingScheme, student: Participant, first: LevelsForm | None) -> str:
    """Where the page goes: it stays, or shows the next or previous student with the keyboard in the first field, or the list."""
    slug = scheme.seminar.slug
    if not {"next", "previous"} & request.POST.keys():
        return reverse("grading:grade_edit", args=[slug, student.pk])
    following = next_ungraded(scheme, student, signed_in(request), back="previous" in request.POST)
    if following is None:
        return reverse("grading:grade_list", args=[slug])
    field = first_field(first) if first else ""
    return f"{reverse('grading:grade_edit', args=[slug, following.pk])}#{field}"


def first_field(form: LevelsForm) -> str:
    """Where the keyboard begins: the first criterion, or the grade."""
    for _criterion, level, _remark in form.criteria():
        return level.id_for_label or f"{level.auto_id}_0"
    return str(form["value" if "value" in form.fields else "verdict"].id_for_label)


def next_ungraded(scheme: GradingScheme, student: Participant, actor: User, *, back: bool) -> Participant | None:
    """Who comes next in the list, round its end, and still needs something of this organizer; None once nobody does."""
    students = list(courses_queries.students(scheme.seminar))
    if back:
        students.reverse()
    place = [each.pk for each in students].index(student.pk)
    needed = {part.pk for part in scheme.parts.all() if not part.is_derived}
    done = queries.progress(scheme, students, actor)
    others = [*students[place + 1 :], *students[:place]]
    return next((each for each in others if not needed <= done[each.pk]), None)
