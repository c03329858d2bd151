"""Topics that students propose: put before the organizers, accepted into the catalogue, declined or taken back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import Participant, Seminar
from courses.services import write_to
from topics.models import PROPOSAL_TRANSITIONS, PreferenceRule, ProposalState, Topic, TopicProposal
from topics.services.catalogue import next_number, save_topic

MOST_OPEN_PROPOSALS = 3


@transaction.atomic
def propose_topic(participant: Participant, proposal: TopicProposal, *, now: datetime) -> TopicProposal:
    """Put a student's own topic before the organizers. The same proposal twice is one effect."""
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    rule = PreferenceRule.objects.filter(seminar=participant.seminar_id).first()
    if rule is None or not rule.proposals:
        raise Refusal("no_proposals", _("This seminar takes no proposals of topics."), status=403)
    mine = list(TopicProposal.objects.filter(participant=participant, state=ProposalState.PROPOSED))
    same = next((each for each in mine if each.title == proposal.title), None)
    if same is not None:
        return same
    if len(mine) >= MOST_OPEN_PROPOSALS:
        raise Refusal(
            "too_many_proposals",
            _("You have %(count)d proposals waiting; please take one back first. Nothing was saved.")
            % {"count": len(mine)},
        )
    proposal.participant, proposal.proposed_at, proposal.state = participant, now, ProposalState.PROPOSED
    proposal.save()
    return proposal


@transaction.atomic
def decide_proposal(proposal: TopicProposal, state: str, *, reason: str, actor: User, now: datetime) -> TopicProposal:
    """Accept (the topic enters the catalogue with one seat), decline, or take back. A second equal decision changes nothing."""
    seminar = Seminar.objects.select_for_update(no_key=True).get(pk=proposal.participant.seminar_id)
    fresh = TopicProposal.objects.select_related("participant__user", "participant__seminar").get(pk=proposal.pk)
    if fresh.state == state:
        return fresh
    if state not in PROPOSAL_TRANSITIONS[fresh.state]:
        raise Conflict(
            "proposal_closed",
            _("This proposal is closed: %(state)s. Nothing was changed.") % {"state": fresh.get_state_display()},
        )
    if state == ProposalState.ACCEPTED:
        topic = Topic(seminar=seminar, number=next_number(seminar))
        topic.title, topic.authors, topic.url, topic.abstract = fresh.title, fresh.authors, fresh.url, fresh.abstract
        fresh.topic = save_topic(topic, seats=1, prerequisites={}, actor=actor, now=now)
    fresh.state, fresh.decided_at, fresh.decided_by, fresh.reason = state, now, actor, reason
    fresh.save()
    if actor != fresh.participant.user:
        key = f"proposal:{fresh.pk}:{state}"
        write_to(fresh.participant, key, "topics/email/proposal_decided", now=now, proposal=fresh)
    return fresh
