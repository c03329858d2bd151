"""What an organizer holds in the hand while a student speaks: the clock, the criteria as taps, and notes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.models import User
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.permissions import seminar_page
from grading import queries, services
from grading.forms import LevelsForm, TalkForm
from grading.models import GradingScheme, TalkRecord
from grading.views.entering import scheme_or_404
from grading.views.marking import refused_in_place
from grading.views.places import Place, places_of
from submissions.views.uploads import wants_json
from topics.queries import topic_of


@seminar_page("grading.talk_edit")
@require_http_methods(["GET", "POST"])
def talk_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """`?part=` chooses among the parts that have a talk; the first of them by itself."""
    scheme, actor = scheme_or_404(seminar), signed_in(request)
    student = get_object_or_404(courses_queries.students(seminar).select_related("seminar"), pk=pk)
    place, others = place_of_talk(request, scheme, student, actor)
    record = TalkRecord.objects.filter(part=place.part, participant=student, organizer=actor).first()
    talk = talk_form(request, record)
    marks = None if place.is_handed_in else LevelsForm(request.POST or None, **place.options())
    forms: list[LevelsForm | TalkForm] = [talk, *([marks] if marks else [])]
    valid = request.method == "POST" and all(form.is_valid() for form in forms)
    refusals: list[Refusal] = []
    if valid:
        revisions, refusals = save_both(talk, marks, place, student, actor)
        if wants_json(request) and not refusals:
            return JsonResponse({"revisions": revisions})
        if not refusals:
            messages.success(request, _("Saved."))
            return redirect(request.get_full_path())
    if request.method == "POST" and wants_json(request):
        return refused_in_place(forms, refusals)
    topic = topic_of(student)
    context = {
        "seminar": seminar,
        "student": student,
        "topic": topic,
        "part": place.part,
        "others": others,
        "talk": talk,
        "marks": marks,
        "refusals": refusals,
        "target": queries.talk_target(place.part, topic),
    }
    status = max((refusal.status for refusal in refusals), default=200 if request.method == "GET" else 400)
    return render(request, "grading/talk_edit.html", context, status=status)


def place_of_talk(
    request: HttpRequest, scheme: GradingScheme, student: Participant, actor: User
) -> tuple[Place, list[tuple[str, str]]]:
    """The part whose talk this is, and address and title of the other talks."""
    places = [place for place in places_of(scheme, student, actor) if place.part.talk]
    wanted = request.GET.get("part", places[0].part.key if places else "")
    place = next((place for place in places if place.part.key == wanted), None)
    if place is None:
        raise Http404
    address = reverse("grading:talk_edit", args=[scheme.seminar.slug, student.pk])
    others = [
        (f"{address}?part={each.part.key}", str(each.part.get_talk_display())) for each in places if each is not place
    ]
    return place, others


def talk_form(request: HttpRequest, record: TalkRecord | None) -> TalkForm:
    initial: dict[str, Any] = {"revision": record.revision if record else 0}
    if record is not None:
        initial |= {"length": record.length, "notes": record.notes}
    return TalkForm(request.POST or None, prefix="talk", initial=initial)


def save_both(
    talk: TalkForm, marks: LevelsForm | None, place: Place, student: Participant, actor: User
) -> tuple[dict[str, int], list[Refusal]]:
    """Save length and notes, and the levels; what somebody else changed is refused by itself."""
    revisions: dict[str, int] = {}
    refusals: list[Refusal] = []
    data = talk.cleaned_data
    try:
        fields = {"seconds": data["length"], "notes": data["notes"].strip(), "revision": data["revision"]}
        record = services.save_talk(place.part, student, **fields, actor=actor)
        revisions["talk-revision"] = record.revision if record else 0
    except Refusal as refusal:
        refusals.append(refusal)
        current = TalkRecord.objects.filter(part=place.part, participant=student, organizer=actor).first()
        talk.data = {**dict(talk.data.items()), "talk-revision": current.revision if current else 0}
    if marks is not None:
        try:
            revisions[marks.add_prefix("revision")] = place.save(marks, student, actor)
        except Refusal as refusal:
            refusals.append(refusal)
            now = place.revision_now(student, actor)
            marks.data = {**dict(marks.data.items()), marks.add_prefix("revision"): now}
    return revisions, refusals
