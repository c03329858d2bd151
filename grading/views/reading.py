"""What a student reads of their grade, and organizers with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import signed_in
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries
from grading.models import ReleasedGrade
from topics.queries import topic_of


def student_or_404(request: HttpRequest, seminar: Seminar, pk: int) -> Participant:
    return get_object_or_404(queries.visible_students(signed_in(request), seminar), pk=pk)


def last_release(student: Participant) -> ReleasedGrade | None:
    return queries.released([student]).get(student.pk)


@seminar_page("grading.grade_detail")
@require_safe
def grade_detail(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    student = student_or_404(request, seminar, pk)
    context = {
        "seminar": seminar,
        "student": student,
        "topic": topic_of(student),
        "scheme": queries.scheme_of(seminar),
        "released": last_release(student),
        "parts": queries.released_parts([student]).get(student.pk, {}).values(),
        "own": student.user == request.user,
    }
    return render(request, "grading/grade_detail.html", context)
