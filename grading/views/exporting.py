"""The way out for organizers: plain tables of grades, and the seminar's report."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Seminar
from courses.permissions import seminar_page
from courses.services import table_format, table_response
from grading import services
from grading.domain.codes import read_code
from grading.models import DocumentKind, IssuedDocument
from grading.views.documents import printed
from grading.views.entering import scheme_or_404
from submissions.domain.naming import canonical_alias


@seminar_page("grading.grades_download")
@require_safe
def grades_download(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    scheme, wish = scheme_or_404(seminar), table_format(request.GET.get("format", ""))
    content = services.grades_csv(scheme) if wish == "csv" else services.grades_xlsx(scheme)
    return table_response(content, canonical_alias(f"{seminar.slug} grades", f".{wish}"), wish)


@seminar_page("grading.report_detail")
@require_safe
def report_detail(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """The report as it would be now, and those that were issued."""
    scheme = scheme_or_404(seminar)
    issued = IssuedDocument.objects.filter(seminar=seminar, kind=DocumentKind.REPORT).defer("facts").order_by("-pk")
    context: dict[str, object] = {"seminar": seminar, "issued": list(issued)}
    try:
        context["said"] = services.report_facts(scheme)
    except Refusal as refusal:
        context["refusal"] = refusal
    return render(request, "grading/report_detail.html", context)


@seminar_page("grading.report_issue")
@require_POST
def report_issue(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    services.issue_report(scheme_or_404(seminar), actor=signed_in(request), now=timezone.now())
    return redirect("grading:report_detail", seminar.slug)


@seminar_page("grading.report_download")
@require_safe
def report_download(request: HttpRequest, seminar: Seminar, code: str) -> HttpResponse:
    reports = IssuedDocument.objects.select_related("seminar").filter(seminar=seminar, kind=DocumentKind.REPORT)
    if (read := read_code(code)) is None:
        raise Http404
    return printed(request, get_object_or_404(reports, code=read), "")
