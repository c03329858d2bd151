"""Who reviews whom: the matrix, the plan, and a pair changed by hand. For organizers."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Seminar
from courses.permissions import own_row, seminar_page
from milestones.domain.progress import Due
from milestones.queries import deadlines
from reviews import queries, services
from reviews.forms import ExclusionForm, PairForm
from reviews.models import PairRule, Review, ReviewRound, ReviewState

LARGEST_SQUARE = 30  # students; beyond that a square of all pairs is mostly empty, and a list says the same


@dataclass
class Row:
    """A reviewer's line of the matrix; cells: each author with the review of the two, where there is one."""

    reviewer: Participant
    due: Due
    cells: list[tuple[Participant, Review | None]]
    is_late: bool

    @property
    def planned(self) -> list[tuple[Participant, Review | None]]:
        return [cell for cell in self.cells if cell[1]]

    @property
    def delivered(self) -> int:
        return sum(1 for _author, review in self.planned if review and review.state == ReviewState.DELIVERED)


def review_matrix(request: HttpRequest, seminar: Seminar, round_: ReviewRound, _row: Participant) -> HttpResponse:
    now = timezone.now()
    students = list(courses_queries.students(seminar))
    reviews = {(r.reviewer_id, r.author_id): r for r in queries.all_reviews().filter(round=round_)}
    dues = deadlines([round_.milestone], [student.pk for student in students])
    undelivered = {r.reviewer_id for r in reviews.values() if r.state != ReviewState.DELIVERED}
    rows = []
    for reviewer in students:
        due = dues[round_.milestone.pk, reviewer.pk]
        cells = [(author, reviews.get((reviewer.pk, author.pk))) for author in students]
        is_late = reviewer.pk in undelivered and due.closes is not None and due.closes < now
        rows.append(Row(reviewer, due, cells, is_late))
    rules = PairRule.objects.filter(round=round_).select_related("reviewer__user", "author__user", "decided_by")
    excluded = queries.excluded_but_planned(round_)
    planned = Counter(author for _reviewer, author in reviews)
    delivered = Counter(r.author_id for r in reviews.values() if r.state == ReviewState.DELIVERED)
    context = {
        "seminar": seminar,
        "round": round_,
        "rows": rows,
        "is_square": len(students) <= LARGEST_SQUARE,
        "authors": [(author, delivered[author.pk], planned[author.pk]) for author in students],
        "pair": PairForm(seminar=seminar),
        "rules": [(rule, (rule.reviewer_id, rule.author_id) in excluded) for rule in rules],
        "count": len(reviews),
        "delivered": delivered.total(),
        "late": sum(row.is_late for row in rows),
        "parked": queries.parked(round_, students) if reviews else queries.Parked(),
        "together": queries.together_due(round_),
        "excluded": len(excluded),
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


@seminar_page("reviews.pair_edit")
@require_http_methods(["GET", "POST"])
def pair_edit(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """One reviewer and one author: what stands between them, and what can be changed."""
    round_ = queries.round_of(seminar)
    pair = PairForm(request.GET, seminar=seminar)
    if round_ is None or not pair.is_valid():
        raise Http404
    reviewer, author = pair.cleaned_data["reviewer"], pair.cleaned_data["author"]
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            change_pair(request, round_, reviewer, author)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The plan is changed."))
            return redirect(request.get_full_path())
    context = {
        "seminar": seminar,
        "reviewer": reviewer,
        "author": author,
        "review": Review.objects.filter(round=round_, reviewer=reviewer, author=author).first(),
        "rule": PairRule.objects.filter(round=round_, reviewer=reviewer, author=author).first(),
        "objections": services.objections(round_, reviewer, author),
        "refusal": refusal,
    }
    return render(request, "reviews/pair_edit.html", context, status=refusal.status if refusal else 200)


def change_pair(request: HttpRequest, round_: ReviewRound, reviewer: Participant, author: Participant) -> None:
    actor, now, action = signed_in(request), timezone.now(), request.POST.get("action", "")
    if action == "add":
        services.add_review(round_, reviewer, author, actor=actor, now=now)
    elif action == "drop":
        for review in queries.all_reviews().filter(round=round_, reviewer=reviewer, author=author):
            services.drop_review(review, actor=actor, now=now)
    elif action in {"excluded", "fixed", "free"}:
        kind, reason = action.replace("free", ""), request.POST.get("reason", "")
        services.set_pair_rule(round_, reviewer, author, kind=kind, reason=reason, actor=actor, now=now)
    else:
        raise Refusal("not_possible", _("Please choose what to change; nothing was changed."))


@seminar_page("reviews.exclusion_edit")
@require_http_methods(["GET", "POST"])
def exclusion_edit(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """What a student says about whom they should not review."""
    row, round_ = own_row(request, seminar), queries.round_of(seminar)
    if round_ is None:
        raise Http404
    topics = queries.others_with_topics(row)
    takes_back = "take_back" in request.POST
    form = ExclusionForm(request.POST or None, topics=topics)
    form.fields["reason"].required = not takes_back
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        topic, reason = form.cleaned_data["topic"], form.cleaned_data["reason"]
        try:
            if takes_back:
                services.take_back_exclusion(round_, row, topic, now=timezone.now())
            else:
                services.state_exclusion(round_, row, topic, reason=reason, now=timezone.now())
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("Taken back.") if takes_back else _("Saved; the organizers see it."))
            return redirect(request.path)
    rules = {rule.author_id: rule.reason for rule in queries.stated_by(round_, row)}
    stated = [(topic, rules[others[0].pk]) for topic, others in topics.items() if others[0].pk in rules]
    context = {"seminar": seminar, "form": form, "refusal": refusal, "stated": stated}
    status = refusal.status if refusal else 400 if form.errors else 200
    return render(request, "reviews/exclusion_edit.html", context, status=status)
