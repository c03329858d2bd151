"""What a student reads of their grade, and organizers with them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.models import ReleasedGrade
from submissions.domain.naming import canonical_alias
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


@seminar_page("grading.record_download")
@require_safe
def record_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    student = student_or_404(request, seminar, pk)
    released = last_release(student)
    if released is None:
        raise Refusal("not_released", _("There is no record yet: the grades have not been released."), status=404)
    pdf = services.record_pdf(released, now=timezone.now())
    name = canonical_alias(f"{seminar.slug} {student.user.family_name} record", ".pdf")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
