"""Topics that students propose."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses.models import Role, Seminar
from courses.permissions import own_row, seminar_page
from topics import services
from topics.forms import ProposalForm
from topics.models import PreferenceRule, ProposalState, TopicProposal


@seminar_page("topics.proposal_list")
@require_http_methods(["GET", "POST"])
def proposal_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """All proposals for an organizer; one's own, and the form for a new one, for a student."""
    row = own_row(request, seminar)
    organizes = row.role == Role.ORGANIZER
    proposals = TopicProposal.objects.filter(participant__seminar=seminar).select_related("participant__user", "topic")
    if not organizes:
        proposals = proposals.filter(participant=row)
    rule = PreferenceRule.objects.filter(seminar=seminar).first()
    allowed = rule is not None and rule.proposals and not organizes
    if rule is None or (not rule.proposals and not proposals.exists()):
        raise Http404
    form = ProposalForm(request.POST or None)
    if request.method == "POST":
        if not allowed:
            raise Refusal("no_proposals", _("Only students propose topics; add yours under Topics."), status=403)
        if form.is_valid():
            services.propose_topic(row, form.save(commit=False), now=timezone.now())
            messages.success(request, _("Your proposal is in. The organizers decide; you will get a letter."))
            return redirect("topics:proposal_list", seminar.slug)
    context = {
        "seminar": seminar,
        "proposals": proposals,
        "organizes": organizes,
        "form": form if allowed else None,
    }
    return render(request, "topics/proposal_list.html", context, status=400 if form.errors else 200)


@seminar_page("topics.proposal_update")
@require_POST
def proposal_update(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """An organizer accepts or declines; a student takes back what is theirs."""
    row = own_row(request, seminar)
    proposals = TopicProposal.objects.filter(participant__seminar=seminar).select_related("participant__user")
    choices = {"accept": ProposalState.ACCEPTED, "decline": ProposalState.DECLINED}
    if row.role != Role.ORGANIZER:
        proposals, choices = proposals.filter(participant=row), {"take_back": ProposalState.WITHDRAWN}
    proposal = get_object_or_404(proposals, pk=pk)
    state = choices.get(request.POST.get("do", ""))
    if state is None:
        raise Refusal("unreadable", _("That could not be read; nothing was changed."))
    reason = request.POST.get("reason", "").strip()[:250]
    if state == ProposalState.DECLINED and not reason:
        raise Refusal("reason_missing", _("Please give the reason: the student will read it. Nothing was changed."))
    services.decide_proposal(proposal, state, reason=reason, actor=signed_in(request), now=timezone.now())
    messages.success(request, _("Saved."))
    return redirect("topics:proposal_list", seminar.slug)
