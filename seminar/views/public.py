"""What everybody may see: the seminars, and each one's public page."""

from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.permissions import permission
from courses import queries as courses_queries
from courses.models import Role, Seminar
from courses.permissions import membership, seminar_page
from courses.services import outside_window
from grading.queries import scheme_of
from milestones.queries import deadlines, milestones_of
from seminar import queries
from submissions.queries import published_versions
from topics.queries import catalogue, topic_of


@permission("seminar.home", public=True)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    mine = queries.my_seminars(request.user.pk, timezone.now()) if isinstance(request.user, User) else []
    known = {row.participant.seminar_id for row in mine}
    seminars = courses_queries.with_places(courses_queries.visible_seminars(request.user).exclude(pk__in=known))
    seminars = seminars.order_by("-pk")  # grouping has dropped the order of the model
    return render(request, "seminar/home.html", {"mine": mine, "seminars": seminars})


@seminar_page("seminar.seminar_detail", public=True)
@require_safe
def seminar_detail(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    member = membership(request.user, seminar)
    student = member if member and member.role == Role.STUDENT and member.is_active else None
    topic = topic_of(student) if student else None
    own_dues = None
    if student:
        own_dues = {key[0]: due for key, due in deadlines(milestones_of(seminar), [student.pk]).items()}
    organizers = list(courses_queries.organizers(seminar))
    references: dict[str, list[object]] = {}
    for reference in seminar.references.all():
        references.setdefault(reference.list_title, []).append(reference)
    contact = next((row.user for row in organizers if row.is_contact), None)
    topics = catalogue(seminar)
    now = timezone.now()
    today = now.astimezone(seminar.zone).date()
    days = queries.schedule(seminar, topic.pk if topic else None, own_dues)
    context = {
        "seminar": seminar,
        "today": today,
        "member": member,
        "organizers": organizers,
        "contact": contact,
        "contact_link": f"mailto:{contact.email}?subject={quote(f'[{seminar.tag}] ')}" if contact else "",
        "works": published_versions(seminar).exists(),
        "free": courses_queries.free_places(seminar),
        "waiting": courses_queries.in_line(seminar).exists(),
        "closed": outside_window(seminar, now),
        "days": days,
        "next_day": next((day for day in days if day.on >= today), None),
        "undated": queries.undated(seminar),
        "topics": topics,
        "holders": {each.pk: each.holders for each in topics},  # type: ignore[attr-defined]
        "own_topic": topic,
        "sees_names": member is not None and member.is_active,
        "sections": list(seminar.sections.all()),
        "prerequisites": list(seminar.prerequisites.all()),
        "news": list(courses_queries.announcements(seminar, member)),
        "notices": list(seminar.notices.all()),
        "references": references,
        "scheme": scheme_of(seminar),
    }
    return render(request, "seminar/seminar_detail.html", context)


@permission("seminar.language", public=True)
@require_POST
def language_update(request: HttpRequest) -> HttpResponse:
    """Remember the language somebody chose at the foot of a page."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = redirect(target)
    if request.POST.get("language") in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            request.POST["language"],
            max_age=365 * 24 * 3600,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
    return response
