"""The thread in which a grade is looked at again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.forms import AppealForm
from grading.models import Appeal, AppealState, ReleasedGrade
from grading.views.reading import last_release, student_or_404


@seminar_page("grading.appeal_edit")
@require_http_methods(["GET", "POST"])
def appeal_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    student = student_or_404(request, seminar, pk)
    own = student.user == request.user
    released, appeals = last_release(student), list(queries.appeals_of(student))
    current = next((appeal for appeal in appeals if appeal.state == AppealState.OPEN), None)
    form, refusal = AppealForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            act(request, student, released, current, form)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("Sent."))
            return redirect(request.path)
    until = queries.appeal_until(released) if released and not queries.was_decided(released) else None
    context = {
        "seminar": seminar,
        "student": student,
        "own": own,
        "released": released,
        "appeals": appeals,
        "current": current,
        "until": until,
        "may_open": own and not current and until is not None and timezone.now() <= until,
        "form": form,
        "refusal": refusal,
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "grading/appeal_edit.html", context, status=status)


def act(
    request: HttpRequest,
    student: Participant,
    released: ReleasedGrade | None,
    current: Appeal | None,
    form: AppealForm,
) -> None:
    """Open a thread, add to it, or close it: the student's part and the organizers' are not the same."""
    own, now, author = student.user == request.user, timezone.now(), signed_in(request)
    text, decision = form.cleaned_data["text"], form.cleaned_data["decision"]
    closes = decision in ({AppealState.TAKEN_BACK} if own else {AppealState.KEPT, AppealState.CHANGED})
    if decision and not closes:
        raise Refusal("not_possible", _("Please choose how it is decided; nothing was saved."))
    if current is not None:
        if decision:
            services.decide_appeal(current, decision, text, author=author, now=now)
        else:
            services.reply(current, text, author=author, now=now)
    elif own and released is not None and not decision:
        services.open_appeal(released, text, now=now)
    else:
        raise Refusal("appeal_decided", _("There is nothing to answer; nothing was sent."), status=409)
