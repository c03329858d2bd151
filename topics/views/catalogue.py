"""The catalogue: read by everybody, edited and imported by organizers."""

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Conflict, Refusal
from accounts.permissions import signed_in
from courses.models import Role, Seminar, Strength
from courses.permissions import membership, seminar_page
from courses.services import pack, unpack
from topics import queries, services
from topics.domain.catalogue import Entry
from topics.forms import TopicForm
from topics.models import PreferenceRule, Topic


@seminar_page("topics.topic_list", public=True)
@require_safe
def topic_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    member = membership(request.user, seminar)
    active = member is not None and member.is_active
    context = {
        "seminar": seminar,
        "topics": queries.catalogue(seminar),
        "sees_names": active,
        "organizes": active and member is not None and member.role == Role.ORGANIZER,
        "rule": PreferenceRule.objects.filter(seminar=seminar).first() if active else None,
        "published": queries.published_run(seminar) if active else None,
    }
    return render(request, "topics/topic_list.html", context)


@seminar_page("topics.topic_create")
@require_http_methods(["GET", "POST"])
def topic_create(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    return _edit(request, seminar, Topic(seminar=seminar, number=services.next_number(seminar)))


@seminar_page("topics.topic_edit")
@require_http_methods(["GET", "POST"])
def topic_edit(request: HttpRequest, seminar: Seminar, number: int) -> HttpResponse:
    return _edit(request, seminar, get_object_or_404(Topic, seminar=seminar, number=number))


def _edit(request: HttpRequest, seminar: Seminar, topic: Topic) -> HttpResponse:
    initial: dict[str, object] = {"shown": services.state_of_topic(topic)}
    if topic.pk:
        initial |= {"seats": topic.seats.count()}
        for strength in Strength.values:
            initial[strength] = "\n".join(topic.prerequisites.filter(strength=strength).values_list("text", flat=True))
    form = TopicForm(request.POST or None, instance=topic, initial=initial)
    status = 400
    if request.method == "POST" and form.is_valid():
        try:
            services.save_topic(
                form.save(commit=False),
                seats=form.cleaned_data["seats"],
                prerequisites=form.prerequisites(),
                shown=form.cleaned_data["shown"],
                actor=signed_in(request),
                now=timezone.now(),
            )
        except Conflict as stale:  # what was typed stays on the page
            form.add_error(None, stale.message)
            status = stale.status
        else:
            messages.success(request, _("Saved."))
            return redirect("topics:topic_list", seminar.slug)
    context = {"seminar": seminar, "form": form, "new": topic.pk is None}
    return render(request, "topics/topic_edit.html", context, status=status if form.errors else 200)


@seminar_page("topics.topic_import")
@require_http_methods(["GET", "POST"])
def topic_import(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    purpose = f"topics.catalogue:{seminar.pk}"
    if "payload" in request.POST:
        sent = unpack(request.POST["payload"], purpose)
        head, rows = sent[0], [Entry(**{**row, "problems": ()}) for row in sent[1:]]
        count = services.import_topics(
            seminar, rows, head["fields"], shown=head["shown"], actor=signed_in(request), now=timezone.now()
        )
        sentence = ngettext("%(count)d topic is new or changed.", "%(count)d topics are new or changed.", count)
        messages.success(request, sentence % {"count": count})
        return redirect("topics:topic_list", seminar.slug)
    context: dict[str, object] = {"seminar": seminar}
    if request.method == "POST":
        try:
            catalogue = services.catalogue_of(request.FILES.get("file"))
        except Refusal as refusal:
            return render(request, "topics/topic_import.html", {**context, "refusal": refusal}, status=refusal.status)
        fates = services.topic_fates(seminar, catalogue.entries, catalogue.fields)
        # Rows come back with the numbers that were shown, so that sending the form twice makes no topic twice.
        head = {"fields": catalogue.fields, "shown": services.digest_of(fates)}
        sent = [head, *({**asdict(fate.row), "number": fate.number} for fate in fates)]
        broken = any(fate.code == "broken" for fate in fates)
        context |= {
            "fates": fates,
            "broken": broken,
            "changes": sum(1 for fate in fates if fate.code in {"new", "changes"}),
            "ignored": catalogue.ignored_columns,
            "payload": "" if broken else pack(sent, purpose),
        }
    return render(request, "topics/topic_import.html", context)
