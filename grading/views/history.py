"""The history of every grade."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.permissions import signed_in
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries, services
from submissions.domain.naming import canonical_alias

PER_PAGE = 100


def chosen_student(request: HttpRequest, students: QuerySet[Participant]) -> Participant | None:
    """The student in the address, if one is named there."""
    named = request.GET.get("student", "")
    return get_object_or_404(students, pk=named if named.isdecimal() else 0) if named else None


@seminar_page("grading.history_list")
@require_safe
def history_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """Who gave, changed or released which grade, when and why, a page at a time."""
    students = queries.visible_students(signed_in(request), seminar)
    chosen, titles = chosen_student(request, students), services.part_titles(seminar)
    page = Paginator(services.grade_history(seminar, chosen), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "seminar": seminar,
        "students": students.order_by("user__family_name", "user__given_names", "pk"),
        "chosen": chosen,
        "page": page,
        "lines": [(each, services.subject_word(each.subject, titles), *services.values_of(each)) for each in page],
    }
    return render(request, "grading/history_list.html", context)


@seminar_page("grading.history_download")
@require_safe
def history_download(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    chosen = chosen_student(request, queries.visible_students(signed_in(request), seminar))
    # The mark in front tells Excel that this is UTF-8.
    response = HttpResponse(f"\ufeff{services.history_csv(seminar, chosen)}", content_type="text/csv; charset=utf-8")
    name = canonical_alias(f"{seminar.slug} grade history", ".csv")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
