"""The plan changed by hand: one pair at a time, every rule asked before anything is saved."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import Participant
from courses.services import record
from reviews.models import PairRule, PairRuleKind, Review, ReviewRound, ReviewState
from reviews.services.plan import announce
from submissions.queries import latest_versions


def objections(round_: ReviewRound, reviewer: Participant, author: Participant) -> list[str]:
    """Why this reviewer cannot be given this author now, as sentences; empty where they can."""
    rows = Review.objects.filter(round=round_)
    rule = PairRule.objects.filter(round=round_, reviewer=reviewer, author=author).first()
    written, received = rows.filter(reviewer=reviewer).count(), rows.filter(author=author).count()
    names = {"reviewer": reviewer.user.name, "author": author.user.name}
    checks = (
        (reviewer.pk == author.pk, _("Nobody reviews their own work.")),
        (not (reviewer.is_active and author.is_active), _("One of the two is no longer in the seminar.")),
        (rows.filter(reviewer=reviewer, author=author).exists(), _("%(reviewer)s reviews %(author)s already.")),
        (
            rule is not None and rule.kind == PairRuleKind.EXCLUDED,
            _("%(reviewer)s must not review %(author)s: %(reason)s"),
        ),
        (
            written >= round_.per_reviewer,
            _("%(reviewer)s has %(written)d reviews already; take one away first."),
        ),
        (
            received >= round_.per_submission,
            _("%(author)s gets %(received)d reviews already; take one away first."),
        ),
        (
            (round_.slot_id, author.pk) not in latest_versions([round_.slot], [author.pk]),
            _("%(author)s has not handed anything in yet."),
        ),
    )
    values = {**names, "written": written, "received": received, "reason": rule.reason if rule else ""}
    return [sentence % values for holds, sentence in checks if holds]


@transaction.atomic
def add_review(
    round_: ReviewRound, reviewer: Participant, author: Participant, *, actor: User, now: datetime
) -> Review:
    """Give a reviewer one more work, and tell them; refused with every reason that stands against it."""
    round_ = _locked(round_)
    if found := objections(round_, reviewer, author):
        raise Refusal("not_possible", " ".join([*found, _("Nothing was changed.")]))
    review = Review.objects.create(round=round_, reviewer=reviewer, author=author, assigned_at=now)
    entry = record(
        round_.milestone.seminar, "review_plan", now=now, actor=actor, participant=reviewer, new=f"+ {author.pk}"
    )
    announce(round_, reviewer, entry.pk, now)
    return review


@transaction.atomic
def drop_review(review: Review, *, actor: User, now: datetime) -> None:
    """Take a planned review out of the plan; what was begun stays."""
    round_ = _locked(review.round)
    stored = Review.objects.select_for_update(of=("self",)).filter(pk=review.pk).first()
    if stored is None:
        return
    if stored.state != ReviewState.PLANNED:
        raise Conflict("review_begun", _("This review was begun meanwhile and stays where it is. Nothing was changed."))
    author, reviewer = stored.author_id, review.reviewer
    stored.delete()
    record(round_.milestone.seminar, "review_plan", now=now, actor=actor, participant=reviewer, old=f"- {author}")


@transaction.atomic
def set_pair_rule(
    round_: ReviewRound,
    reviewer: Participant,
    author: Participant,
    *,
    kind: str,
    reason: str,
    actor: User,
    now: datetime,
) -> None:
    """Exclude or fix a pair for every plan to come, with a reason; no kind takes the rule back. Reviews that exist stay."""
    round_ = _locked(round_)
    if kind and not reason.strip():
        raise Refusal("reason_missing", _("Please give a reason; nothing was saved."))
    if kind and (kind not in PairRuleKind.values or reviewer.pk == author.pk):
        raise Refusal("not_possible", _("There is no such rule for these two; nothing was saved."))
    rules = PairRule.objects.filter(round=round_, reviewer=reviewer, author=author)
    old = rules.first()
    if kind:
        values = {"kind": kind, "reason": reason.strip(), "decided_by": actor, "decided_at": now}
        PairRule.objects.update_or_create(round=round_, reviewer=reviewer, author=author, defaults=values)
    else:
        rules.delete()
    record(
        round_.milestone.seminar,
        gettext_noop("review pair"),
        now=now,
        actor=actor,
        participant=reviewer,
        old=f"{author.pk}: {old.kind}" if old else "",
        new=f"{author.pk}: {kind}" if kind else "",
        reason=reason.strip(),
    )


def _locked(round_: ReviewRound) -> ReviewRound:
    rounds = ReviewRound.objects.select_for_update(of=("self",))
    return rounds.select_related("milestone__seminar", "slot").get(pk=round_.pk)
