"""What an organizer does with grades."""

from decimal import Decimal

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from accounts.models import User
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from grading import queries, services
from grading.forms import PartGradeForm
from grading.models import GradingScheme, PartGrade
from reviews.queries import written_and_answered
from topics.queries import topics_of_participants

VERDICT_WORDS = {True: "yes", False: "no", None: ""}


def scheme_or_404(seminar: Seminar) -> GradingScheme:
    scheme = queries.scheme_of(seminar)
    if scheme is None:
        raise Http404
    return scheme


@seminar_page("grading.grade_list")
@require_safe
def grade_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row = own_row(request, seminar)
    if row.role != Role.ORGANIZER:
        return redirect("grading:grade_detail", seminar.slug, row.pk)
    scheme = scheme_or_404(seminar)
    students = list(courses_queries.students(seminar))
    released, topics = queries.released(students), topics_of_participants(s.pk for s in students)
    single = queries.released_parts(students)
    rows = []
    for computed in queries.compute(scheme, students):
        shown = released.get(computed.participant.pk)
        some = single.get(computed.participant.pk, {}).values()
        changed = queries.is_changed(computed, shown, some)
        cells = [computed.values[part.key] for part in scheme.parts.all()]
        rows.append((computed, topics.get(computed.participant.pk), cells, shown, changed, some))
    context = {
        "seminar": seminar,
        "scheme": scheme,
        "rows": rows,
        "ready": sum(1 for c, *_rest in rows if c.result.grade is not None),
        "released": len(released),
    }
    return render(request, "grading/grade_list.html", context)


@seminar_page("grading.grade_edit")
@require_http_methods(["GET", "POST"])
def grade_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    scheme = scheme_or_404(seminar)
    student = get_object_or_404(courses_queries.students(seminar).select_related("seminar"), pk=pk)
    rows = {row.part_id: row for row in PartGrade.objects.filter(part__scheme=scheme, participant=student)}
    forms = part_forms(request, scheme, rows)
    refusals: list[Refusal] = []
    if request.method == "POST" and all(form.is_valid() for form in forms):
        refusals = save_forms(forms, student, signed_in(request))
        if not refusals:
            messages.success(request, _("%(name)s: grades are saved.") % {"name": student.user.name})
            return redirect(after_saving(request, scheme, student, forms[0]))
    bad = request.method == "POST" and not refusals
    context = {
        "seminar": seminar,
        "scheme": scheme,
        "student": student,
        "topic": topics_of_participants([student.pk]).get(student.pk),
        "reviews": written_and_answered(student),
        "forms": forms,
        "refusals": refusals,
        "seen": queries.shown_parts(student),
        "computed": queries.compute(scheme, [student])[0],
    }
    status = refusals[0].status if refusals else 400 if bad else 200
    return render(request, "grading/grade_edit.html", context, status=status)


def after_saving(request: HttpRequest, scheme: GradingScheme, student: Participant, first: PartGradeForm) -> str:
    """Where the page goes: it stays, or shows the next student with the keyboard in the first field, or the list."""
    slug = scheme.seminar.slug
    if "next" not in request.POST:
        return reverse("grading:grade_edit", args=[slug, student.pk])
    following = next_ungraded(scheme, student)
    if following is None:
        return reverse("grading:grade_list", args=[slug])
    field = first["value" if "value" in first.fields else "verdict"]
    return f"{reverse('grading:grade_edit', args=[slug, following.pk])}#{field.id_for_label}"


def next_ungraded(scheme: GradingScheme, student: Participant) -> Participant | None:
    """Who comes next in the list, from the top again after its end, and still lacks a part; None once nobody does."""
    students = list(courses_queries.students(scheme.seminar))
    place = [each.pk for each in students].index(student.pk)
    rows = queries.compute(scheme, [*students[place + 1 :], *students[:place]])
    return next((computed.participant for computed in rows if computed.result.missing), None)


def part_forms(request: HttpRequest, scheme: GradingScheme, rows: dict[int, PartGrade]) -> list[PartGradeForm]:
    forms = []
    for part in scheme.parts.all():
        if part.is_derived:
            continue
        row = rows.get(part.pk)
        initial: dict[str, object] = {"revision": row.revision if row else 0}
        if row is not None:
            levels = {f"c{mark.criterion_id}": str(mark.level) for mark in row.marks.all()}
            value = next(
                (step for step in scheme.scale if row.value is not None and Decimal(step) == row.value), row.value
            )
            initial |= {"value": value, "verdict": VERDICT_WORDS[row.passed], "comment": row.comment, **levels}
        forms.append(PartGradeForm(request.POST or None, part=part, scheme=scheme, initial=initial))
    return forms


def save_forms(forms: list[PartGradeForm], student: Participant, actor: User) -> list[Refusal]:
    """Save every part that can be saved; a part that somebody else changed is refused by itself."""
    refusals = []
    for form in forms:
        try:
            services.save_part_grade(
                form.part,
                student,
                form.entry(),
                revision=form.cleaned_data["revision"],
                actor=actor,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refusal:
            refusals.append(refusal)
    return refusals
