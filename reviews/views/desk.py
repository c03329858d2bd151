"""Reviews as their writers and authors meet them, and the works they are about."""

import io
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from milestones.queries import deadline_of
from milestones.services import accepts
from reviews import queries, services
from reviews.forms import FilledForm, ReviewForm
from reviews.models import Review, ReviewRound, ReviewState
from reviews.views.ledger import points_context
from reviews.views.plan import review_matrix
from submissions.models import Version
from submissions.services.downloads import attachment, sealed
from submissions.views.reading import frame_of, reading_context
from submissions.views.uploads import wants_json


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
        "open_points": queries.open_points(row),
    }
    return render(request, "reviews/review_list.html", context)


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
        "organizes": row.role == Role.ORGANIZER,
        "receives": review.author_id == row.pk and row.is_active,
        "delivered_at": queries.delivered_at(review, row),
        "letter": None if review.author_id == row.pk else services.letter_to_author(review),
        "together": None if review.handed_over_at else queries.together_due(review.round),
        **points_context(seminar, review, row),
    }
    return render(request, "reviews/review_detail.html", context)


@seminar_page("reviews.document_download")
@require_safe
def document_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponseBase:
    row = own_row(request, seminar)
    review = get_object_or_404(queries.visible_reviews(row.user, seminar), pk=pk)
    pdf = io.BytesIO(services.review_pdf(review, row))
    return sealed(FileResponse(pdf, content_type="application/pdf"), services.document_name(review))


@seminar_page("reviews.length_detail")
@require_safe
def length_detail(request: HttpRequest, seminar: Seminar, pk: int) -> JsonResponse:
    """How many pages the saved text fills, for the page that one writes on."""
    review, row = review_to_write(request, seminar, pk)
    pages = services.pages_of(review, row)
    count = ngettext("%(count)d page on paper.", "%(count)d pages on paper.", pages) % {"count": pages}
    least, most = review.round.pages_min, review.round.pages_max
    advice = ""
    if pages > most:
        advice = _("That is more than was asked for (%(least)d to %(most)d).") % {"least": least, "most": most}
    elif pages < least:
        advice = _("That is less than was asked for (%(least)d to %(most)d).") % {"least": least, "most": most}
    return JsonResponse({"pages": pages, "message": f"{count} {advice}".strip()})


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
    if request.method == "POST" and wants_json(request):
        return saved_in_place(request, review, form)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return save_and_deliver(request, seminar, review, form)
        except Refusal as error:
            refusal = error
            # Both texts are on the page now: who saves once more has compared them.
            stored = Review.objects.filter(pk=review.pk).values_list("revision", flat=True).first()
            form.data = {**request.POST.dict(), "revision": stored}
    due = deadline_of(review.round.milestone, row)
    context = {
        "seminar": seminar,
        "review": review,
        "form": form,
        "refusal": refusal,
        "due": due,
        "is_open": accepts(review.round.milestone, due, request.began_at)[0],  # type: ignore[attr-defined]
        "author_name": queries.author_name(review, row),
        "together": queries.together_due(review.round),
        **work_context(request, seminar, review),
        "stored": list(review.answers.select_related("prompt")) if refusal and refusal.status == 409 else [],
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "reviews/review_edit.html", context, status=status)


def work_context(request: HttpRequest, seminar: Seminar, review: Review) -> dict[str, Any]:
    """The work beside its review, once it is there."""
    for _review, version in queries.works([review]):
        place = "cell" if version.extension == ".ipynb" else "slide"
        frame = reverse("reviews:work_frame", args=[seminar.slug, review.pk])
        return {"place": place, **reading_context(request, version, frame)}
    return {}


def saved_in_place(request: HttpRequest, review: Review, form: ReviewForm) -> JsonResponse:
    """The answer to a page that saves while one writes: the new revision, or why nothing was saved. Delivers nothing."""
    if not form.is_valid():
        sentences = [str(sentence) for each in form.errors.values() for sentence in each]
        return JsonResponse({"code": "form_invalid", "message": " ".join(sentences)}, status=400)
    try:
        saved = services.save_review(
            review,
            form.texts(),
            revision=form.cleaned_data["revision"],
            arrived_at=request.began_at,  # type: ignore[attr-defined]
        )
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": str(refusal.message)}, status=refusal.status)
    return JsonResponse({"revision": saved.revision})


def save_and_deliver(request: HttpRequest, seminar: Seminar, review: Review, form: ReviewForm) -> HttpResponse:
    """Save first, so that a delivery that is refused loses nothing."""
    arrived_at = request.began_at  # type: ignore[attr-defined]
    saved = services.save_review(review, form.texts(), revision=form.cleaned_data["revision"], arrived_at=arrived_at)
    if "deliver" not in request.POST:
        messages.success(request, _("Saved, not yet delivered."))
        return redirect("reviews:review_edit", seminar.slug, review.pk)
    delivered = services.deliver_review(saved, arrived_at=arrived_at, now=timezone.now())
    if delivered.handed_over_at:
        messages.success(request, _("Your review is delivered: the author and the organizers have it."))
    else:
        messages.success(
            request, _("Your review is delivered: the organizers have it, the author gets it with all others.")
        )
    return redirect("reviews:review_detail", seminar.slug, review.pk)


@seminar_page("reviews.form_download")
@require_safe
def form_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponseBase:
    review, row = review_to_write(request, seminar, pk)
    title = _("Review of %(name)s") % {"name": queries.author_name(review, row)}
    form = io.BytesIO(services.form_of(review, title).encode())
    return sealed(FileResponse(form, content_type="text/markdown; charset=utf-8"), f"review-{review.pk}.md")


@seminar_page("reviews.form_edit")
@require_http_methods(["GET", "POST"])
def form_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """Writing without a connection: the form to fill in, and its way back."""
    review, row = review_to_write(request, seminar, pk)
    form = FilledForm(request.POST or None, request.FILES or None)
    problems: list[str] = []
    status = 200
    if request.method == "POST":
        status = 400
        try:
            if form.is_valid():
                content = form.cleaned_data["file"].read()
                _saved, problems = services.fill_in(review, content, arrived_at=request.began_at)  # type: ignore[attr-defined]
                if not problems:
                    messages.success(request, _("The form is read and saved, not yet delivered."))
                    return redirect("reviews:review_edit", seminar.slug, review.pk)
        except Refusal as refusal:
            problems, status = [str(refusal.message)], refusal.status
    context = {"seminar": seminar, "review": review, "form": form, "problems": problems}
    context["author_name"] = queries.author_name(review, row)
    return render(request, "reviews/form_edit.html", context, status=status)


def work_under_review(request: HttpRequest, seminar: Seminar, pk: int) -> tuple[Version, str]:
    """The version that a review is about, with the name its reader may know it by."""
    row = own_row(request, seminar)
    reviews = queries.visible_reviews(row.user, seminar) if row.role == Role.ORGANIZER else queries.written_by(row)
    review = get_object_or_404(reviews, pk=pk)
    for _review, version in queries.works([review]):
        return version, queries.work_name(review, version)
    raise Http404


@seminar_page("reviews.work_download")
@require_safe
def work_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponseBase:
    return attachment(*work_under_review(request, seminar, pk))


@seminar_page("reviews.work_frame")
@require_safe
def work_frame(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    return frame_of(request, *work_under_review(request, seminar, pk))


@seminar_page("reviews.archive_download")
@require_safe
def archive_download(request: HttpRequest, seminar: Seminar) -> HttpResponseBase:
    reviews = list(queries.written_by(own_row(request, seminar)))
    if not reviews:
        raise Http404
    response = FileResponse(services.work_archive(reviews), content_type="application/zip")
    return sealed(response, f"{seminar.slug}-reviews.zip")
