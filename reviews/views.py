from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones.queries import deadline_of, deadlines
from milestones.services import accepts
from reviews import queries, services
from reviews.forms import ReviewForm
from reviews.models import Review, ReviewRound, ReviewState
from submissions.services.downloads import attachment, sealed


@seminar_page("reviews.review_list")
@require_safe
def review_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    row, round_ = own_row(request, seminar), queries.round_of(seminar)
    if round_ is None:
        return render(request, "reviews/review_none.html", {"seminar": seminar})
    show = review_matrix if row.role == Role.ORGANIZER else own_reviews
    return show(request, seminar, round_, row)


def own_reviews(request: HttpRequest, seminar: Seminar, round_: ReviewRound, row: Participant) -> HttpResponse:
    written = list(queries.written_by(row))
    versions = {review.pk: version for review, version in queries.works(written)}
    context = {
        "seminar": seminar,
        "round": round_,
        "due": deadline_of(round_.milestone, row),
        "to_write": [(review, queries.author_name(review, row), versions.get(review.pk)) for review in written],
        "received": [(review, queries.reviewer_name(review, row)) for review in queries.received_by(row)],
    }
    return render(request, "reviews/review_list.html", context)


def review_matrix(request: HttpRequest, seminar: Seminar, round_: ReviewRound, _row: Participant) -> HttpResponse:
    students = list(courses_queries.students(seminar))
    reviews = {(r.reviewer_id, r.author_id): r for r in queries.all_reviews().filter(round=round_)}
    dues = deadlines([round_.milestone], [student.pk for student in students])
    rows = []
    for reviewer in students:
        cells = [(author, reviews.get((reviewer.pk, author.pk))) for author in students]
        delivered = sum(1 for _a, review in cells if review and review.state == ReviewState.DELIVERED)
        planned = sum(1 for _a, review in cells if review)
        rows.append((reviewer, dues[round_.milestone.pk, reviewer.pk], cells, delivered, planned))
    received = [
        sum(1 for r in reviews.values() if r.author_id == author.pk and r.state == ReviewState.DELIVERED)
        for author in students
    ]
    context = {
        "seminar": seminar,
        "round": round_,
        "rows": rows,
        "authors": list(zip(students, received, strict=True)),
        "count": len(reviews),
        "delivered": sum(received),
    }
    return render(request, "reviews/review_matrix.html", context)


@seminar_page("reviews.review_plan")
@require_http_methods(["GET", "POST"])
def review_plan(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    round_ = queries.round_of(seminar)
    if round_ is None:
        raise Http404
    if request.method == "POST":
        new = services.publish_plan(
            round_, digest=request.POST.get("digest", ""), actor=signed_in(request), now=timezone.now()
        )
        messages.success(request, _("%(count)d reviews are assigned; the reviewers are told.") % {"count": new})
        return redirect("reviews:review_list", seminar.slug)
    plan = services.draw_plan(round_)
    by_reviewer: dict[int, list[Participant]] = {}
    for reviewer, author in plan.pairs:
        by_reviewer.setdefault(reviewer, []).append(plan.people[author])
    rows = [(plan.people[reviewer], authors) for reviewer, authors in by_reviewer.items()]
    context = {"seminar": seminar, "round": round_, "plan": plan, "rows": rows}
    return render(request, "reviews/review_plan.html", context)


@seminar_page("reviews.review_detail")
@require_safe
def review_detail(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    row = own_row(request, seminar)
    review = get_object_or_404(queries.visible_reviews(row.user, seminar), pk=pk)
    context = {
        "seminar": seminar,
        "review": review,
        "answers": review.answers.select_related("prompt"),
        "reviewer_name": queries.reviewer_name(review, row),
        "author_name": queries.author_name(review, row),
        "writes": review.reviewer_id == row.pk,
    }
    return render(request, "reviews/review_detail.html", context)


def review_to_write(request: HttpRequest, seminar: Seminar, pk: int) -> tuple[Review, Participant]:
    row = own_row(request, seminar)
    return get_object_or_404(queries.written_by(row), pk=pk), row


@seminar_page("reviews.review_edit")
@require_http_methods(["GET", "POST"])
def review_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    review, row = review_to_write(request, seminar, pk)
    if review.state == ReviewState.DELIVERED and request.method != "POST":
        return redirect("reviews:review_detail", seminar.slug, review.pk)
    initial = {f"prompt{answer.prompt_id}": answer.text for answer in review.answers.all()}
    form = ReviewForm(request.POST or None, review=review, initial={**initial, "revision": review.revision})
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return save_and_deliver(request, seminar, review, form)
        except Refusal as error:
            refusal = error
    due = deadline_of(review.round.milestone, row)
    context = {
        "seminar": seminar,
        "review": review,
        "form": form,
        "refusal": refusal,
        "due": due,
        "is_open": accepts(review.round.milestone, due, request.began_at)[0],  # type: ignore[attr-defined]
        "author_name": queries.author_name(review, row),
        "stored": list(review.answers.select_related("prompt")) if refusal and refusal.status == 409 else [],
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "reviews/review_edit.html", context, status=status)


def save_and_deliver(request: HttpRequest, seminar: Seminar, review: Review, form: ReviewForm) -> HttpResponse:
    """Save first, so that a delivery that is refused loses nothing."""
    arrived_at = request.began_at  # type: ignore[attr-defined]
    saved = services.save_review(review, form.texts(), revision=form.cleaned_data["revision"], arrived_at=arrived_at)
    if "deliver" not in request.POST:
        messages.success(request, _("Saved, not yet delivered."))
        return redirect("reviews:review_edit", seminar.slug, review.pk)
    form.data = {**request.POST.dict(), "revision": saved.revision}
    services.deliver_review(saved, arrived_at=arrived_at, now=timezone.now())
    messages.success(request, _("Your review is delivered: the author and the organizers have it."))
    return redirect("reviews:review_detail", seminar.slug, review.pk)


@seminar_page("reviews.work_download")
@require_safe
def work_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponseBase:
    row = own_row(request, seminar)
    reviews = queries.visible_reviews(row.user, seminar) if row.role == Role.ORGANIZER else queries.written_by(row)
    review = get_object_or_404(reviews, pk=pk)
    for _review, version in queries.works([review]):
        return attachment(version, queries.work_name(review, version))
    raise Http404


@seminar_page("reviews.archive_download")
@require_safe
def archive_download(request: HttpRequest, seminar: Seminar) -> HttpResponseBase:
    reviews = list(queries.written_by(own_row(request, seminar)))
    if not reviews:
        raise Http404
    response = FileResponse(services.work_archive(reviews), content_type="application/zip")
    return sealed(response, f"{seminar.slug}-reviews.zip")
