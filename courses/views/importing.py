"""A roster in two steps: what would happen to each row, and then that."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import services
from courses.domain.roster import Entry
from courses.models import Seminar
from courses.permissions import seminar_page


@seminar_page("courses.roster_import")
@require_http_methods(["GET", "POST"])
def roster_import(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    purpose = f"courses.roster:{seminar.pk}"
    if "payload" in request.POST:
        entries = [Entry(**row) for row in services.unpack(request.POST["payload"], purpose)]
        count = services.import_roster(
            seminar, entries, shown=request.POST.get("shown", ""), actor=signed_in(request), now=timezone.now()
        )
        sentence = ngettext("%(count)d person was imported.", "%(count)d people were imported.", count)
        messages.success(request, sentence % {"count": count} if count else _("Saved."))
        return redirect("courses:participant_list", seminar.slug)
    context: dict[str, object] = {"seminar": seminar}
    if request.method == "POST":
        try:
            roster = services.roster_of(request.FILES.get("file"))
        except Refusal as refusal:
            return render(request, "courses/roster_import.html", {**context, "refusal": refusal}, status=refusal.status)
        run = services.dry_run(seminar, roster.entries)
        payload = "" if run.broken else services.pack([asdict(entry) for entry in roster.entries], purpose)
        context |= {"run": run, "ignored": roster.ignored_columns, "payload": payload}
    return render(request, "courses/roster_import.html", context)
