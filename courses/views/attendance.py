"""Who was there."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import signed_in
from courses import queries, services
from courses.forms import AttendanceForm
from courses.models import AttendanceStatus, Seminar, Session, SessionKind
from courses.permissions import seminar_page


@seminar_page("courses.attendance_list")
@require_safe
def attendance_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    counts = {status.value: Count("attendances", filter=Q(attendances__status=status)) for status in AttendanceStatus}
    sessions = Session.objects.filter(seminar=seminar).exclude(kind=SessionKind.NONE).annotate(**counts)
    sessions = sessions.order_by("date", "starts_at", "pk")  # a grouped query drops the model's own order
    return render(request, "courses/attendance_list.html", {"seminar": seminar, "sessions": sessions})


@seminar_page("courses.attendance_edit")
@require_http_methods(["GET", "POST"])
def attendance_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    sessions = Session.objects.filter(seminar=seminar).exclude(kind=SessionKind.NONE).select_related("seminar")
    session = get_object_or_404(sessions, key=key)
    students = list(queries.students(seminar))
    noted = dict(session.attendances.values_list("participant_id", "status"))
    form = AttendanceForm(
        request.POST or None,
        participants=[student.pk for student in students],
        initial={f"p{pk}": status for pk, status in noted.items()},
    )
    if request.method == "POST" and form.is_valid():
        others = AttendanceStatus.PRESENT if "others" in request.POST else ""
        services.save_attendance(session, form.statuses(), others=others, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("Attendance is saved."))
        return redirect("courses:attendance_list", seminar.slug)
    rows = [(student, form[f"p{student.pk}"]) for student in students]
    context = {"seminar": seminar, "session": session, "rows": rows, "form": form}
    return render(request, "courses/attendance_edit.html", context, status=400 if form.errors else 200)
