"""The ledger: points, what their author did, and what changed because of them."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain.refusals import Refusal
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from reviews import queries, services
from reviews.forms import PointForm, RatingForm
from reviews.models import PointState, Review, ReviewPoint, ReviewState
from submissions.models import Version
from submissions.services import changes_between


def points_context(seminar: Seminar, review: Review, reader: Participant) -> dict[str, Any]:
    """The points of a review for `reviews/includes/points.html`, with the address where the places of each are read."""
    context: dict[str, Any] = {"points": list(review.points.select_related("prompt")), "place": "cell"}
    if version := queries.reviewed_version(review):
        context["place"] = "cell" if version.extension == ".ipynb" else "slide"
        if reader.pk == review.author_id:
            context["read_at"] = reverse("submissions:version_detail", args=[seminar.slug, version.receipt]) + "?at="
        else:
            context["read_at"] = reverse("reviews:work_frame", args=[seminar.slug, review.pk]) + "#"
        context["revised"] = version.extension == ".ipynb" and queries.revision_of(version) is not None
    return context


@seminar_page("reviews.point_list")
@require_safe
def point_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """All points that others made about one's own work, in the order of their reviews."""
    row = own_row(request, seminar)
    reviews = list(queries.received_by(row))
    points: dict[int, list[ReviewPoint]] = {review.pk: [] for review in reviews}
    for point in queries.points_to_answer(row).order_by("number"):
        points[point.review_id].append(point)
    every = [point for each in points.values() for point in each]
    context = {
        "seminar": seminar,
        "open": sum(point.state == PointState.OPEN for point in every),
        "count": len(every),
        "reviews": [(review, queries.reviewer_name(review, row), points[review.pk]) for review in reviews],
        **(points_context(seminar, reviews[0], row) if reviews else {}),
    }
    return render(request, "reviews/point_list.html", context)


@seminar_page("reviews.point_edit")
@require_http_methods(["GET", "POST"])
def point_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    row = own_row(request, seminar)
    point = get_object_or_404(queries.points_to_answer(row), pk=pk)
    initial = {
        "revision": point.revision,
        "state": point.state,
        "reason": point.reason,
        "cells": ", ".join(map(str, point.cells)),
    }
    form, refusal = PointForm(request.POST or None, initial=initial), None
    if request.method == "POST" and form.is_valid():
        try:
            services.answer_point(point, now=timezone.now(), **form.cleaned_data)
        except Refusal as error:
            refusal = error
            form.data = {**request.POST.dict(), "revision": point.revision}
        else:
            messages.success(request, _("Point %(number)d is answered.") % {"number": point.number})
            return redirect(f"{reverse('reviews:point_list', args=[seminar.slug])}#point-{point.pk}")
    context = {
        "seminar": seminar,
        "point": point,
        "form": form,
        "refusal": refusal,
        "reviewer_name": queries.reviewer_name(point.review, row),
        **points_context(seminar, point.review, row),
    }
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "reviews/point_edit.html", context, status=status)


@seminar_page("reviews.rating_edit")
@require_http_methods(["GET", "POST"])
def rating_edit(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    row = own_row(request, seminar)
    review = get_object_or_404(queries.received_by(row), pk=pk)
    form = RatingForm(request.POST or None, initial={"helpful": review.helpful, "reason": review.helpful_reason})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            services.rate_review(review, **form.cleaned_data)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("Thank you, this is noted."))
            return redirect("reviews:review_detail", seminar.slug, review.pk)
    context = {"seminar": seminar, "review": review, "form": form, "refusal": refusal}
    context["reviewer_name"] = queries.reviewer_name(review, row)
    return render(request, "reviews/rating_edit.html", context, status=refusal.status if refusal else 200)


def reviewed_and_revised(review: Review) -> tuple[Version, Version | None]:
    version = queries.reviewed_version(review)
    if version is None or version.extension != ".ipynb":
        raise Http404
    return version, queries.revision_of(version)


@seminar_page("reviews.work_diff")
@require_safe
def work_diff(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """What changed since the version under review, beside the points: for the author, the reviewer and the organizers."""
    row = own_row(request, seminar)
    review = get_object_or_404(queries.visible_reviews(row.user, seminar), pk=pk, state=ReviewState.DELIVERED)
    old, new = reviewed_and_revised(review)
    context = {
        "seminar": seminar,
        "review": review,
        "author_name": queries.author_name(review, row),
        "reviewer_name": queries.reviewer_name(review, row),
        "comparison": changes_between(old, new) if new else None,
        # Only those who may open the version itself get links into it.
        "new": new if row.role == Role.ORGANIZER or row.pk == review.author_id else None,
        **points_context(seminar, review, row),
    }
    return render(request, "reviews/work_diff.html", context)
