"""The seminar's outbox."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.models import Seminar
from courses.permissions import seminar_page
from notifications.models import Letter, LetterState
from notifications.services import retry_letter


@seminar_page("courses.message_list")
@require_safe
def message_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    letters = Letter.objects.filter(scope=seminar.slug).select_related("user")[:400]
    return render(request, "courses/message_list.html", {"seminar": seminar, "letters": letters})


@seminar_page("courses.message_retry")
@require_POST
def message_retry(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter, pk=pk, scope=seminar.slug)
    if letter.state == LetterState.FAILED:
        retry_letter(letter, now=timezone.now())
        messages.success(request, _("The letter will be sent again."))
    return redirect("courses:message_list", seminar.slug)
