"""Claims and swaps."""

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.domain.refusals import Refusal
from accounts.permissions import signed_in
from courses import queries as courses_queries
from courses.models import Participant, Role, Seminar
from courses.permissions import own_row, seminar_page
from topics import queries, services
from topics.forms import ExchangeForm
from topics.models import Exchange, ExchangeKind, ExchangePolicy, ExchangeState, PairKind, Topic
from topics.views.preferences import rule_of


@seminar_page("topics.exchange_list")
@require_http_methods(["GET", "POST"])
def exchange_list(request: HttpRequest, seminar: Seminar) -> HttpResponse:
    """Free topics to claim, fellow students to swap with, and one's open requests."""
    row, rule = own_row(request, seminar), rule_of(seminar)
    if queries.published_run(seminar) is None:
        raise Http404
    others = courses_queries.students(seminar).exclude(pk=row.pk).select_related("seminar")
    if request.method == "POST":
        form = ExchangeForm(request.POST, topics=Topic.objects.filter(seminar=seminar), partners=others)
        if not form.is_valid():
            raise Refusal("unreadable", _("Please choose a topic or a fellow student; nothing was changed."))
        exchange = _start(row, form)
        messages.success(request, sentence_of(exchange))
        return redirect("topics:exchange_list", seminar.slug)
    topic = queries.topic_of(row)
    topics = queries.catalogue(seminar)
    days = queries.talk_days(seminar)
    excluded = set(row.pairs.filter(kind=PairKind.EXCLUDED).values_list("topic", flat=True))
    held = queries.topics_of_participants(other.pk for other in others)
    context = {
        "seminar": seminar,
        "rule": rule,
        "topic": topic,
        "talk": days.get(topic.pk) if topic else None,
        "free": [(each, days.get(each.pk)) for each in topics if each.free > 0 and each.pk not in excluded],  # type: ignore[attr-defined]
        "market_open": queries.market_open(seminar, timezone.now()) and rule.exchanges != ExchangePolicy.OFF,
        "partners": [(other, held[other.pk], days.get(held[other.pk].pk)) for other in others if other.pk in held],
        "mine": queries.open_exchanges(seminar).filter(proposer=row).first(),
        "asked": queries.open_exchanges(seminar).filter(partner=row),
    }
    return render(request, "topics/exchange_list.html", context)


def _start(row: Participant, form: ExchangeForm) -> Exchange:
    data, now = form.cleaned_data, timezone.now()
    if data["kind"] == ExchangeKind.CLAIM:
        return services.claim_topic(row, data["topic"], now=now)
    return services.ask_swap(row, data["partner"], kind=data["kind"], message=data["message"], now=now)


def sentence_of(exchange: Exchange) -> str:
    sentences = {
        ExchangeState.ASKED: _("Your request is on its way; nothing changes until the other student agrees."),
        ExchangeState.AGREED: _("Agreed. The organizers have to approve it; you will get a letter."),
        ExchangeState.DONE: _("Done."),
        ExchangeState.DECLINED: _("Declined; nothing has changed."),
        ExchangeState.TAKEN_BACK: _("Taken back; nothing has changed."),
    }
    return sentences[ExchangeState(exchange.state)]


@seminar_page("topics.exchange_update")
@require_POST
def exchange_update(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponse:
    """Agree, decline, approve or take back: each person only what is theirs to say."""
    row, now = own_row(request, seminar), timezone.now()
    rows = Exchange.objects.filter(proposer__seminar=seminar).select_related("proposer__user", "partner__user")
    organizes = row.role == Role.ORGANIZER
    exchange = get_object_or_404(rows if organizes else rows.filter(Q(proposer=row) | Q(partner=row)), pk=pk)
    do, reason = request.POST.get("do", ""), request.POST.get("reason", "").strip()[:250]
    if organizes and do in {"approve", "decline"}:
        exchange = services.decide_exchange(
            exchange, approves=do == "approve", reason=reason, actor=signed_in(request), now=now
        )
    elif exchange.partner == row and do in {"agree", "decline"}:
        exchange = services.answer_swap(exchange, agrees=do == "agree", reason=reason, now=now)
    elif exchange.proposer == row and do == "take_back":
        exchange = services.take_back_exchange(exchange, now=now)
    else:
        raise Refusal("unreadable", _("That could not be read; nothing was changed."))
    messages.success(request, sentence_of(exchange))
    return redirect("topics:allocation_detail" if organizes else "topics:exchange_list", seminar.slug)
