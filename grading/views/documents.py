"""A student's documents as PDF, and the public page on which anybody who holds one verifies it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import permission, signed_in
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.domain.codes import read_code
from grading.models import DocumentKind, IssuedDocument
from submissions.domain.naming import canonical_alias


@seminar_page("grading.record_download")
@require_safe
def record_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    return student_document(request, seminar, pk, DocumentKind.RECORD)


@seminar_page("grading.certificate_download")
@require_safe
def certificate_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    return student_document(request, seminar, pk, DocumentKind.CERTIFICATE)


def student_document(request: HttpRequest, seminar: Seminar, pk: int, kind: DocumentKind) -> HttpResponse:
    student = get_object_or_404(queries.visible_students(signed_in(request), seminar), pk=pk)
    document = queries.documents_of(student).get(kind)
    if document is None:
        raise missing(student, kind)
    return printed(request, document, student.user.family_name)


def missing(student: Participant, kind: DocumentKind) -> Refusal:
    """Why there is no such document of a student."""
    released = queries.released([student]).get(student.pk)
    if released is None:
        sentence = _("There is no document yet: the grades have not been released.")
        return Refusal("not_released", sentence, status=404)
    if kind == DocumentKind.CERTIFICATE and not released.passed:
        sentence = _(
            "There is no certificate, because the seminar was not passed. The record says how the grade came about."
        )
        return Refusal("not_passed", sentence, status=404)
    sentence = _("The document is being prepared; please try again in a minute.")
    return Refusal("not_ready", sentence, status=404)


def printed(request: HttpRequest, document: IssuedDocument, whose: str) -> HttpResponse:
    """The document in the language of the address, or else the reader's."""
    wish = request.GET.get("language", "")
    language = wish if wish in dict(settings.LANGUAGES) else translation.get_language()
    with translation.override(language):
        pdf = services.print_document(document)
    name = canonical_alias(f"{document.seminar.slug} {whose} {document.kind}", ".pdf")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


@seminar_page("grading.document_issue")
@require_POST
def document_issue(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """An organizer has a student's documents issued anew, because a name or a number was wrong."""
    student = get_object_or_404(queries.visible_students(signed_in(request), seminar), pk=pk)
    if services.issue_again(student, actor=signed_in(request), now=timezone.now()):
        messages.success(
            request, _("The documents are issued anew; the codes of the old ones say that they were replaced.")
        )
    else:
        messages.success(request, _("Nothing has changed since the documents were issued, so they stay."))
    return redirect("grading:grade_detail", seminar.slug, student.pk)


@permission("grading.document_search", public=True)
@require_safe
def document_search(request: HttpRequest) -> HttpResponse:
    """A form for the code of a document; what was typed leads to the document's own page."""
    typed = request.GET.get("code", "")
    if typed:
        return redirect("document_check", read_code(typed) or "-")
    return unlisted(render(request, "grading/document_search.html"))


@permission("grading.document_check", public=True)
@require_http_methods(["GET", "POST"])
def document_check(request: HttpRequest, code: str) -> HttpResponse:
    """What the document with this code says, to whoever holds the code; whether it is in force, and whether a file is it."""
    services.refuse_guessing(request.META)
    document = queries.document_of_code(code)
    if document is None:
        services.note_guess(request.META)
        return unlisted(render(request, "grading/document_search.html", {"unknown": True}, status=404))
    file = request.FILES.get("file")
    context = {
        "document": document,
        "said": document.facts,
        "replaced": queries.replaced_by(document),
        "compared": file is not None,
        "language": dict(settings.LANGUAGES).get(services.language_of_file(document, file)) if file else None,
    }
    return unlisted(render(request, "grading/document_check.html", context))


def unlisted(response: HttpResponse) -> HttpResponse:
    """No search engine keeps the page, no cache, and no other site learns its address."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
