"""The seminar's outbox."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.models import Mailing, MailingState, Seminar
from courses.permissions import seminar_page
from notifications.models import Letter, LetterState
from notifications.queries import failed_letters, letters_of
from notifications.services import retry_letter

PAGE, SHOWN_MAILINGS, SHOWN_FAILURES = 50, 10, 20


@seminar_page("courses.message_list")
@require_safe
def message_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    wanted = {name: request.GET.get(name, "")[:100] for name in ("state", "words", "person")}
    page = Paginator(letters_of(seminar.slug, **wanted), PAGE).get_page(request.GET.get("page"))
    mailings = Mailing.objects.filter(seminar=seminar).select_related("created_by")
    open_mailings = mailings.exclude(state=MailingState.SENT)
    failures = failed_letters(seminar.slug)
    context = {
        "seminar": seminar,
        "page": page,
        "wanted": wanted,
        "query": urlencode({name: value for name, value in wanted.items() if value}),
        "states": LetterState.choices,
        "failures": [] if any(wanted.values()) or page.number > 1 else failures[:SHOWN_FAILURES],
        "failed": failures.count(),
        "open_mailings": open_mailings,
        "mailings": mailings.filter(state=MailingState.SENT).order_by("-sent_at")[:SHOWN_MAILINGS],
    }
    return render(request, "courses/message_list.html", context)


@seminar_page("courses.message_retry")
@require_POST
def message_retry(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    letter = get_object_or_404(Letter.objects.select_related("user"), pk=pk, scope=seminar.slug)
    if letter.state == LetterState.FAILED:
        retry_letter(letter, now=timezone.now())
        messages.success(request, _("The letter will be sent again."))
    return redirect("courses:message_list", seminar.slug)
