"""Releasing grades, whole or part by part."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.models import GradingScheme
from grading.views.entering import scheme_or_404


@seminar_page("grading.grade_release")
@require_http_methods(["GET", "POST"])
def grade_release(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """What a release would show to whom; and the release, of all complete grades or of one part."""
    scheme = scheme_or_404(seminar)
    if request.method == "POST":
        count = release(request, scheme)
        sentence = ngettext("%(count)d grade is released.", "%(count)d grades are released.", count)
        messages.success(request, sentence % {"count": count} if count else _("There was nothing new to release."))
        return redirect("grading:grade_release" if request.POST.get("part") else "grading:grade_list", seminar.slug)
    return render(request, "grading/grade_release.html", {"seminar": seminar, **overview(scheme)})


def release(request: HttpRequest, scheme: GradingScheme) -> int:
    actor, now, key = signed_in(request), timezone.now(), request.POST.get("part")
    if not key:
        return services.release_grades(scheme, actor=actor, now=now)
    part = next((part for part in scheme.parts.all() if part.key == key), None)
    if part is None:
        raise Http404
    return services.release_part(scheme, part, actor=actor, now=now)


def overview(scheme: GradingScheme) -> dict[str, object]:
    """How many grades there are, were shown and are new, for the whole and for each part that is entered."""
    students = list(courses_queries.students(scheme.seminar))
    computed = queries.compute(scheme, students, now=timezone.now())
    whole, single = queries.released(students), queries.released_parts(students)
    parts = [
        {
            "part": part,
            "ready": sum(1 for each in computed if each.values[part.key] is not None),
            "shown": sum(1 for pk in (s.pk for s in students) if pk in whole or part.pk in single.get(pk, {})),
            "new": sum(1 for _row in services.pending_part(part, computed, whole, single)),
        }
        for part in scheme.parts.all()
        if not part.is_derived
    ]
    return {
        "parts": parts,
        "total": len(students),
        "ready": sum(1 for each in computed if each.result.grade is not None),
        "shown": len(whole),
        "new": sum(1 for _pair in services.pending_grades(scheme, computed, whole)),
        "missed": [each for each in computed if any(each.values[key] is None for key in each.result.failed)],
    }
