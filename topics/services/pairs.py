"""Pairs of a student and a topic that the organizers pin or exclude, each with its reason."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Participant, Seminar
from courses.services import record, write_to
from topics.models import Pair, PairKind, Topic


@transaction.atomic
def set_pair(participant: Participant, topic: Topic, *, kind: str, reason: str, actor: User, now: datetime) -> Pair:
    """Pin or exclude; a pin replaces the student's earlier one. The student is told of an exclusion and its reason."""
    Seminar.objects.select_for_update(no_key=True).get(pk=participant.seminar_id)
    if not reason.strip():
        raise Refusal("reason_missing", _("Please give the reason: the student will read it. Nothing was changed."))
    if kind == PairKind.PINNED:
        for earlier in Pair.objects.filter(participant=participant, kind=PairKind.PINNED).exclude(topic=topic):
            remove_pair(earlier, actor=actor, now=now)
    pair = Pair.objects.filter(participant=participant, topic=topic).first()
    old = f"{pair.kind} {topic.number}: {pair.reason}" if pair else ""
    new = f"{kind} {topic.number}: {reason}"
    if old == new and pair is not None:
        return pair
    fields = {"kind": kind, "reason": reason.strip(), "decided_by": actor, "decided_at": now}
    pair, _created = Pair.objects.update_or_create(participant=participant, topic=topic, defaults=fields)
    entry = record(participant.seminar, "pair", now=now, actor=actor, participant=participant, old=old, new=new)
    if kind == PairKind.EXCLUDED:
        write_to(participant, f"pair:{entry.pk}", "topics/email/topic_excluded", now=now, topic=topic, reason=reason)
    return pair


@transaction.atomic
def remove_pair(pair: Pair, *, actor: User, now: datetime) -> None:
    """Neither pinned nor excluded any more. A second request changes nothing."""
    old = f"{pair.kind} {pair.topic.number}: {pair.reason}"
    deleted, _rows = Pair.objects.filter(pk=pair.pk).delete()
    if deleted:
        record(pair.participant.seminar, "pair", now=now, actor=actor, participant=pair.participant, old=old)
