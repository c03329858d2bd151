"""What students say themselves about whom they should not review."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from courses.models import Participant
from reviews import queries
from reviews.models import PairRule, PairRuleKind, ReviewRound
from reviews.services.editing import set_pair_rule
from topics.models import Topic

MOST_STATED = 3  # topics; whoever knows everybody too well has to talk to the organizers


@transaction.atomic
def state_exclusion(round_: ReviewRound, student: Participant, topic: Topic, *, reason: str, now: datetime) -> None:
    """Keep a student and those who have a topic from reviewing each other, in every plan to come."""
    others = queries.others_with_topics(student).get(topic, [])
    pairs = [pair for other in others for pair in ((student, other), (other, student))]
    stated = {rule.author_id for rule in queries.stated_by(round_, student)}
    if not others or not reason.strip():
        raise Refusal("incomplete", _("Please choose a topic and give a reason; nothing was saved."))
    if not stated & {other.pk for other in others} and len(stated) >= MOST_STATED:
        raise Refusal(
            "too_many",
            _(
                "%(count)d topics are the most that you can name here; nothing was saved. Please write to the organizers."
            )
            % {"count": MOST_STATED},
        )
    for reviewer, author in pairs:
        rule = PairRule.objects.filter(round=round_, reviewer=reviewer, author=author).first()
        if rule is not None and rule.decided_by_id != student.user_id:
            raise Refusal(
                "decided",
                _("The organizers have decided about this one themselves; nothing was saved. Please write to them."),
            )
        set_pair_rule(round_, reviewer, author, kind=PairRuleKind.EXCLUDED, reason=reason, actor=student.user, now=now)


@transaction.atomic
def take_back_exclusion(round_: ReviewRound, student: Participant, topic: Topic, *, now: datetime) -> None:
    """Take back what the student has stated about a topic; what the organizers have decided stays."""
    for other in queries.others_with_topics(student).get(topic, []):
        for reviewer, author in ((student, other), (other, student)):
            rules = PairRule.objects.filter(round=round_, reviewer=reviewer, author=author)
            if rules.filter(decided_by=student.user).exists():
                set_pair_rule(round_, reviewer, author, kind="", reason="", actor=student.user, now=now)
