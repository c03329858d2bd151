"""The way out to the examination office: its own sheet, filled in."""

import base64
import io

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Seminar
from courses.permissions import seminar_page
from grading import services
from submissions.services.downloads import sealed

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORDS = {
    "no_number": _("has no matriculation number"),
    "twice": _("this matriculation number stands in the sheet twice"),
    "unknown": _("is not in this seminar"),
    "ambiguous": _("two students of this seminar have this matriculation number"),
    "not_released": _("has no released grade"),
    "formula": _("the cell holds a formula, which stays"),
    "other_name": _("has another family name here; please look whether it is the same person"),
}


@seminar_page("grading.office_sheet")
@require_http_methods(["GET", "POST"])
def office_sheet(request: HttpRequest, seminar: Seminar) -> HttpResponseBase:
    context: dict[str, object] = {"seminar": seminar}
    status = 200
    if request.method == "POST":
        try:
            content = services.content_of(request.FILES.get("file"), request.POST.get("content", ""))
            if "shown" in request.POST:
                actor, shown = signed_in(request), request.POST["shown"]
                filled = services.fill(seminar, content, shown=shown, actor=actor, now=timezone.now())
                return sealed(FileResponse(io.BytesIO(filled), content_type=XLSX), f"{seminar.slug}-grades.xlsx")
            office = services.compare(seminar, content)
            lines = [(line, WORDS.get(line.problem, "")) for line in office.lines]
            context |= {"office": office, "lines": lines, "content": base64.b64encode(content).decode()}
        except Refusal as refusal:
            context |= {"refusal": refusal}
            status = refusal.status
    return render(request, "grading/office_sheet.html", context, status=status)
