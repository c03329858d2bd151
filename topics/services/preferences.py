"""What a student prefers: saved as a whole, or refused with the earlier list in force."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.domain.refusals import Conflict, Refusal
from courses.models import Participant
from courses.services import record, write_to
from milestones.queries import deadline_of
from milestones.services import accepts
from topics import queries
from topics.domain.ballot import Ranking, as_ranking, as_text
from topics.models import PairKind, Preference, PreferenceList, PreferenceRule, Topic


@transaction.atomic
def save_preferences(
    participant: Participant,
    rule: PreferenceRule,
    entries: Sequence[int | Sequence[int]],
    *,
    arrived_at: datetime,
    any_topic: bool = False,
    shown: str | None = None,
) -> PreferenceList:
    """Replace the participant's preferences by these topic numbers, best first; several in one entry share a rank.

    Without entries, `any_topic` must say that the student has no preference. `shown` is the list that the page showed, in one line;
    where another tab has saved since, nothing is overwritten (409). The same list twice is one effect.
    """
    ranking = _open_ranking(participant, rule, entries, arrived_at)
    if not ranking and not any_topic:
        raise Refusal("no_preference", _("Please choose at least one topic. %(kept)s") % {"kept": _kept()})
    topics = _checked(participant, rule, ranking)
    existing, old = _locked(participant)
    new = as_text(ranking)
    if existing is not None and old == new:
        return existing
    _refuse_stale(shown, old, new)
    was = _in_history(existing, old)
    if existing is None:
        existing = PreferenceList.objects.create(participant=participant, received_at=arrived_at)
    existing.preferences.all().delete()
    Preference.objects.bulk_create(
        Preference(preference_list=existing, topic=topics[number], rank=rank)
        for rank, numbers in enumerate(ranking, 1)
        for number in numbers
    )
    existing.received_at = arrived_at
    existing.save(update_fields=["received_at"])
    _note(participant, was, _in_history(existing, new), arrived_at)
    return existing


@transaction.atomic
def clear_preferences(
    participant: Participant, rule: PreferenceRule, *, arrived_at: datetime, shown: str | None = None
) -> None:
    """Take the participant's list back: nothing has been said."""
    _open_ranking(participant, rule, [], arrived_at)
    existing, old = _locked(participant)
    if existing is not None:
        _refuse_stale(shown, old, "–")
        existing.delete()
        _note(participant, _in_history(existing, old), "", arrived_at)


def send_receipt(participant: Participant, *, now: datetime) -> None:
    """Mail the participant the list in force; each list once."""
    stored = PreferenceList.objects.filter(participant=participant).first()
    if stored is None:
        raise Refusal("no_preference", _("There is nothing to confirm yet: please choose at least one topic."))
    key = f"preferences:{participant.pk}:{stored.received_at:%Y%m%dT%H%M%S%f}"
    ranking = queries.preferences_of(participant)
    received_at = stored.received_at
    write_to(participant, key, "topics/email/preferences_received", now=now, ranking=ranking, received_at=received_at)


def _kept() -> str:
    return _("Your earlier list, if there is one, stays as it was.")


def _open_ranking(
    participant: Participant, rule: PreferenceRule, entries: Sequence[int | Sequence[int]], arrived_at: datetime
) -> Ranking:
    due = deadline_of(rule.milestone, participant)
    accepted, _on_time = accepts(rule.milestone, due, arrived_at)
    if not accepted:
        raise Refusal(
            "deadline_passed",
            _("The deadline for preferences has passed. Your earlier list, if there is one, stays as it was."),
            status=403,
        )
    ranking = as_ranking(entries)
    return ranking if rule.ranked or not ranking else as_ranking([[number for rank in ranking for number in rank]])


def _locked(participant: Participant) -> tuple[PreferenceList | None, str]:
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    existing = PreferenceList.objects.filter(participant=participant).first()
    return existing, as_text(queries.ranking_of(participant)) if existing else ""


def _refuse_stale(shown: str | None, old: str, new: str) -> None:
    if shown is not None and shown != old:
        raise Conflict(
            "preferences_changed",
            _(
                "Your list was changed in another window meanwhile: it is now %(theirs)s. This one, %(yours)s, was not saved."
            )
            % {"theirs": old or "–", "yours": new},
        )


def _in_history(existing: PreferenceList | None, text: str) -> str:
    """A list as the history names it; one without entries is no missing one."""
    return text or ("any" if existing else "")


def _note(participant: Participant, old: str, new: str, at: datetime) -> None:
    record(
        participant.seminar,
        "preferences",
        now=at,
        actor=participant.user,
        participant=participant,
        old=old,
        new=new,
    )


def _checked(participant: Participant, rule: PreferenceRule, ranking: Ranking) -> dict[int, Topic]:
    """Topic number → topic, of a ranking that the seminar's rule allows."""
    kept = _kept()
    numbers = [number for rank in ranking for number in rank]
    if len(numbers) > rule.count:
        sentence = ngettext(
            "One preference is asked for; you sent %(sent)d. %(kept)s",
            "%(count)d preferences are asked for; you sent %(sent)d. %(kept)s",
            rule.count,
        )
        raise Refusal("too_many_preferences", sentence % {"count": rule.count, "sent": len(numbers), "kept": kept})
    if len(set(numbers)) < len(numbers):
        raise Refusal("topic_chosen_twice", _("You chose the same topic twice. %(kept)s") % {"kept": kept})
    if rule.ranked and not rule.ties and len(ranking) < len(numbers):
        raise Refusal("ranks_shared", _("In this seminar, no two topics share a rank. %(kept)s") % {"kept": kept})
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=rule.seminar_id, number__in=numbers)}
    if len(topics) < len(numbers):
        raise Refusal(
            "unknown_topic", _("One of these topics does not exist in this seminar. %(kept)s") % {"kept": kept}
        )
    excluded = participant.pairs.filter(kind=PairKind.EXCLUDED, topic__in=topics.values()).select_related("topic")
    for pair in excluded:
        raise Refusal(
            "topic_excluded",
            _("Topic %(topic)s is not open to you: “%(reason)s” %(kept)s")
            % {"topic": pair.topic.number, "reason": pair.reason, "kept": kept},
        )
    return topics
