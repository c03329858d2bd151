from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import signed_in
from courses.models import Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones import queries, services
from milestones.domain.reminders import write_schedule
from milestones.forms import DeadlineForm, ExtensionForm, ReminderForm, RequestForm
from milestones.models import ExtensionRequest, Milestone, Origin, OwnDeadline, RequestState


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
        "asked": {each.milestone_id: each for each in ExtensionRequest.objects.filter(participant=row)},
    }
    return render(request, "milestones/milestone_list.html", context)


@seminar_page("milestones.milestone_edit")
@require_http_methods(["GET", "POST"])
def milestone_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    milestone = get_object_or_404(queries.milestones_of(seminar), key=key)
    form = DeadlineForm(request.POST or None, initial=shown(milestone))
    if request.method == "POST" and form.is_valid():
        services.move_milestone(milestone, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
        messages.success(request, _("The deadline is moved. Everybody it concerns is told."))
        return redirect("milestones:milestone_edit", seminar.slug, key)
    return edit_page(request, seminar, milestone, form=form)


@seminar_page("milestones.reminder_update")
@require_POST
def reminder_update(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    milestone = get_object_or_404(queries.milestones_of(seminar), key=key)
    form = ReminderForm(request.POST)
    if not form.is_valid():
        return edit_page(request, seminar, milestone, reminder_form=form)
    services.set_reminders(milestone, **form.cleaned_data, actor=signed_in(request), now=timezone.now())
    messages.success(request, _("Saved: from now on people are reminded at these times."))
    return redirect("milestones:milestone_edit", seminar.slug, key)


def shown(milestone: Milestone) -> dict[str, object]:
    return {
        "due_date": milestone.due_date,
        "due_time": milestone.due_time,
        "expected": str(queries.wall_time(milestone) or ""),
    }


def edit_page(request: HttpRequest, seminar: Seminar, milestone: Milestone, **forms: Form) -> HttpResponse:
    """A milestone as organizers see it; `forms` are those that were sent."""
    extensions = OwnDeadline.objects.filter(milestone=milestone, origin=Origin.EXTENSION)
    schedule = write_schedule(milestone.reminder_hours)
    context = {
        "seminar": seminar,
        "milestone": milestone,
        "due": queries.general_deadline(milestone),
        "form": DeadlineForm(initial=shown(milestone)),
        "reminder_form": ReminderForm(initial={"hours": schedule, "shown": schedule}),
        "extension_form": ExtensionForm(seminar=seminar, initial=shown(milestone)),
        "extensions": extensions.select_related("participant__user", "granted_by"),
        "requests": queries.open_requests(seminar).filter(milestone=milestone),
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "milestones/milestone_edit.html", context, status=400 if wrong else 200)


@seminar_page("milestones.request_edit")
@require_http_methods(["GET", "POST"])
def request_edit(request: HttpRequest, seminar: Seminar, key: str) -> HttpResponse:
    """A student asks for more time, changes what they ask for, or takes it back."""
    milestone, row = get_object_or_404(queries.milestones_of(seminar), key=key), own_row(request, seminar)
    due = queries.deadline_of(milestone, row)
    mine = ExtensionRequest.objects.filter(milestone=milestone, participant=row)
    asked = mine.filter(state=RequestState.ASKED).first()
    if request.method == "POST" and "take_back" in request.POST:
        if asked is not None:
            services.decide_request(asked, RequestState.TAKEN_BACK, actor=row.user, now=timezone.now())
        messages.success(request, _("Taken back; your deadline is as before."))
        return redirect("milestones:milestone_list", seminar.slug)
    initial = {"due_time": milestone.due_time, "due_date": asked.due_date if asked else None}
    form = RequestForm(request.POST or None, initial={**initial, "reason": asked.reason if asked else ""})
    if request.method == "POST" and form.is_valid():
        services.ask_extension(milestone, row, **form.cleaned_data, now=timezone.now())
        messages.success(request, _("Your request is in. Until it is decided, your deadline is as before."))
        return redirect("milestones:request_edit", seminar.slug, key)
    context = {"seminar": seminar, "milestone": milestone, "due": due, "form": form, "asked": asked, "mine": mine}
    return render(request, "milestones/request_edit.html", context, status=400 if form.errors else 200)
