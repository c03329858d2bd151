from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import signed_in
from courses.models import Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones import queries, services
from milestones.forms import DeadlineForm, ExtensionForm
from milestones.models import Milestone, Origin, OwnDeadline


@seminar_page("milestones.milestone_list")
@require_safe
def milestone_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row = own_row(request, seminar)
    milestones = list(queries.milestones_of(seminar))
    dues = queries.deadlines(milestones, [row.pk])
    context = {
        "seminar": seminar,
        "rows": [(milestone, dues[milestone.pk, row.pk]) for milestone in milestones],
        "organizes": row.role == Role.ORGANIZER,
    }
    return render(request, "milestones/milestone_list.html", context)


@seminar_page("milestones.milestone_edit")
@require_http_methods(["GET", "POST"])
def milestone_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    milestone = get_object_or_404(queries.milestones_of(seminar), key=key)
    initial = {
        "due_date": milestone.due_date,
        "due_time": milestone.due_time,
        "expected": str(queries.wall_time(milestone) or ""),
    }
    form = DeadlineForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.move_milestone(milestone, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("The deadline is moved. Everybody it concerns is told."))
        return redirect("milestones:milestone_edit", seminar.slug, key)
    extensions = OwnDeadline.objects.filter(milestone=milestone, origin=Origin.EXTENSION)
    context = {
        "seminar": seminar,
        "milestone": milestone,
        "due": queries.general_deadline(milestone),
        "form": form,
        "extension_form": ExtensionForm(seminar=seminar, initial=initial),
        "extensions": extensions.select_related("participant__user", "granted_by"),
    }
    return render(request, "milestones/milestone_edit.html", context, status=400 if form.errors else 200)


@seminar_page("milestones.extension_create")
@require_http_methods(["GET", "POST"])
def extension_create(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    milestone: Milestone = get_object_or_404(queries.milestones_of(seminar), key=key)
    form = ExtensionForm(request.POST or None, seminar=seminar)
    if request.method == "POST" and form.is_valid():
        services.grant_extension(milestone, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
        name = form.cleaned_data["participant"].user.name
        messages.success(request, _("%(name)s has more time and is told.") % {"name": name})
        return redirect("milestones:milestone_edit", seminar.slug, key)
    context = {"seminar": seminar, "milestone": milestone, "form": form}
    return render(request, "milestones/extension_create.html", context, status=400 if form.errors else 200)
