"""The rule of the grade: what it would make of grades, and how organizers change it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Conflict, Refusal
from accounts.permissions import signed_in
from courses.models import Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.forms import RuleForm, WhatIfForm
from grading.models import GradingScheme
from grading.views.entering import scheme_or_404

EDITED = ("rounding", "fail_any_part", "tie_break", "undecided_margin", "missing", "missing_date", "missing_time")


@seminar_page("grading.rule_detail")
@require_safe
def rule_detail(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """What the rule makes of grades that are in the address, so that one can keep it; nothing is saved."""
    scheme = scheme_or_404(seminar)
    form, result = WhatIfForm(request.GET or None, scheme=scheme), None
    if form.is_valid():
        over = form.cleaned_data.get("over", False)
        result = queries.what_if(scheme, form.values(), over=over, now=timezone.now())
    context = {"seminar": seminar, "scheme": scheme, "form": form, "result": result}
    return render(request, "grading/rule_detail.html", context, status=400 if form.errors else 200)


@seminar_page("grading.rule_edit")
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """Show first what a change would do, then save it with a reason."""
    scheme, now = scheme_or_404(seminar), timezone.now()
    form = RuleForm(request.POST or None, scheme=scheme, initial=initial_of(scheme))
    effect = refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            effect = services.effect_of(seminar, form.edit(), now=now)
            if "save" in request.POST:
                save(request, seminar, form)
                return redirect("grading:rule_detail", seminar.slug)
        except Refusal as error:
            refusal = error
            if isinstance(error, Conflict):  # the next press of the button is about what is shown now
                form.data = {**request.POST.dict(), "shown": services.rule_number(scheme)}
    context = {"seminar": seminar, "form": form, "effect": effect, "refusal": refusal}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "grading/rule_edit.html", context, status=status)


def initial_of(scheme: GradingScheme) -> dict[str, object]:
    initial: dict[str, object] = {name: getattr(scheme, name) for name in EDITED}
    initial["shown"] = services.rule_number(scheme)
    initial["undecided_margin"] = f"{scheme.undecided_margin.normalize():f}"
    for part in scheme.parts.all():
        initial[f"weight_{part.key}"] = f"{(part.weight * 100).normalize():f}"
        initial[f"must_{part.key}"] = part.must_pass
    return initial


def save(request: HttpRequest, seminar: Seminar, form: RuleForm) -> None:
    version = services.change_rule(
        seminar,
        form.edit(),
        shown=form.cleaned_data["shown"],
        reason=form.cleaned_data["reason"],
        actor=signed_in(request),
        now=timezone.now(),
    )
    if version is None:
        messages.info(request, _("The rule was like this already; nothing was changed."))
    elif version.announced:
        messages.success(request, _("The rule is changed. Everybody who takes part is told."))
    else:
        messages.success(request, _("The rule is changed. Nobody takes part yet, so nobody is told."))
