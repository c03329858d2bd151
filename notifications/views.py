"""Which letters a person gets."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.permissions import permission, signed_in
from notifications import queries, services
from notifications.forms import LABELS, ChoicesForm
from notifications.models import CHOICES, LetterChoice


@permission("notifications.choice_edit")
@require_http_methods(["GET", "POST"])
def choice_edit(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = ChoicesForm(request.POST or None, instance=user, chosen=queries.chosen_by(user))
    if request.method == "POST" and form.is_valid():
        form.save()
        services.choose_letters(user, form.choices())
        messages.success(request, _("Saved."))
        return redirect("notifications:choice_edit")
    return render(request, "notifications/choice_edit.html", {"form": form}, status=400 if form.errors else 200)


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the address is the proof
@permission("notifications.choice_update", public=True)
@require_http_methods(["GET", "POST"])
def choice_update(request: HttpRequest, token: str) -> HttpResponse:
    """Fewer letters of a kind, by the address in one of them; looking at it changes nothing."""
    found = services.read_token(token)
    if found is None:
        raise Http404
    user, kind = found
    thinner = LetterChoice(CHOICES[kind][-1])
    if request.method == "POST":
        services.choose_letters(user, {kind: thinner})
    context = {"kind": LABELS[kind], "choice": thinner.label, "done": request.method == "POST"}
    response = render(request, "notifications/choice_update.html", context)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
