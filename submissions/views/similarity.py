"""Works that share more than they should: the list, two of them side by side, and the record of a case. For organizers only."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Seminar
from courses.permissions import seminar_page
from submissions import queries, services
from submissions.forms import CaseForm, TemplateForm
from submissions.models import SimilarityCase, TemplateFile, Version


@seminar_page("submissions.similarity_list")
@require_safe
def similarity_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    context = {
        "seminar": seminar,
        "ranking": services.rank_works(seminar, signed_in(request)),
        "cases": SimilarityCase.objects.filter(seminar=seminar).select_related(
            "first__submission__participant__user", "second__submission__participant__user"
        ),
        "templates": TemplateFile.objects.filter(slot__milestone__seminar=seminar).select_related("slot"),
        "form": TemplateForm(seminar=seminar),
    }
    return render(request, "submissions/similarity_list.html", context)


@seminar_page("submissions.similarity_detail")
@require_http_methods(["GET", "POST"])
def similarity_detail(request: HttpRequest, seminar: Seminar, receipt: str) -> HttpResponse:
    """A work of this seminar beside another (`?with=` its receipt); posting opens a case, or goes to the one there is."""
    user = signed_in(request)
    known = queries.comparable_versions(user)
    first = get_object_or_404(known, receipt=receipt, submission__participant__seminar=seminar)
    second = partner(request, first)
    if second is None or second.submission.participant.user_id == first.submission.participant.user_id:
        raise Http404
    match, passages = services.compare_works(seminar, user, first, second)
    if request.method == "POST":
        case = services.open_case(seminar, first, second, match, by=user, now=timezone.now())
        return redirect("submissions:case_edit", seminar.slug, case.pk)
    context = {"seminar": seminar, "first": first, "second": second, "match": match, "passages": passages[:60]}
    return render(request, "submissions/similarity_detail.html", context)


def partner(request: HttpRequest, first: Version) -> Version | None:
    """The other work that the address names."""
    wanted = request.GET.get("with", "")
    rows = {str(version.receipt): version for version in queries.comparable_versions(signed_in(request))}
    return rows.get(wanted) if wanted != str(first.receipt) else None


@seminar_page("submissions.template_create")
@require_POST
def template_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    form = TemplateForm(request.POST, seminar=seminar)
    if not form.is_valid():
        raise Refusal("slot_missing", _("Please choose the upload that the template is for."))
    file = request.FILES.get("file")
    services.add_template(form.cleaned_data["slot"], file, by=signed_in(request), now=timezone.now())
    messages.success(request, _("The template is noted; what it holds no longer counts as shared."))
    return redirect("submissions:similarity_list", seminar.slug)


@seminar_page("submissions.case_edit")
@require_http_methods(["GET", "POST"])
def case_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    cases = SimilarityCase.objects.filter(seminar=seminar).select_related(
        "first__submission__participant__user",
        "first__submission__participant__seminar",
        "second__submission__participant__user",
        "second__submission__participant__seminar",
        "opened_by",
        "decided_by",
    )
    case = get_object_or_404(cases, pk=pk)
    form = CaseForm(request.POST or None, instance=case, initial={"seen": case.revision})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        words = {name: form.cleaned_data[name] for name in ("statement", "decision", "effect")}
        try:
            services.save_case(
                SimilarityCase(pk=case.pk),
                words,
                state=form.cleaned_data["verdict"],
                revision=form.cleaned_data["seen"],
                by=signed_in(request),
                now=timezone.now(),
            )
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The case is saved."))
            return redirect("submissions:case_edit", seminar.slug, pk)
    stored = SimilarityCase.objects.get(pk=pk) if refusal else None
    context = {"seminar": seminar, "case": case, "form": form, "refusal": refusal, "stored": stored}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "submissions/case_edit.html", context, status=status)
