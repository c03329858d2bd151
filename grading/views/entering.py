"""What an organizer does with grades."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from courses import queries as courses_queries
from courses.models import Role, Seminar
from courses.permissions import own_row, seminar_page
from grading import queries
from grading.models import GradingScheme
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
