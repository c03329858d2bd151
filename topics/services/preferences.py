"""What a student prefers: saved as a whole, or refused with the earlier list in force."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.domain.refusals import Refusal
from courses.models import Participant
from milestones.queries import deadline_of
from milestones.services import accepts
from topics.models import Preference, PreferenceList, PreferenceRule, Topic


@transaction.atomic
def save_preferences(
    participant: Participant, rule: PreferenceRule, numbers: Sequence[int], *, arrived_at: datetime
) -> PreferenceList:
    """Replace the participant's preferences by topics with these numbers, best first. The same list twice is one effect."""
    due = deadline_of(rule.milestone, participant)
    accepted, _on_time = accepts(rule.milestone, due, arrived_at)
    if not accepted:
        raise Refusal(
            "deadline_passed",
            _("The deadline for preferences has passed. Your earlier list, if there is one, stays as it was."),
            status=403,
        )
    topics = _checked(rule, numbers)
    Participant.objects.select_for_update().get(pk=participant.pk)
    existing, created = PreferenceList.objects.get_or_create(
        participant=participant, defaults={"received_at": arrived_at}
    )
    wanted = [(topic.pk, rank if rule.ranked else 1) for rank, topic in enumerate(topics, 1)]
    if not created and wanted == list(
        existing.preferences.values_list("topic_id", "rank").order_by("rank", "topic__number")
    ):
        return existing
    existing.preferences.all().delete()
    Preference.objects.bulk_create(
        Preference(preference_list=existing, topic_id=topic_id, rank=rank) for topic_id, rank in wanted
    )
    existing.received_at = arrived_at
    existing.save(update_fields=["received_at"])
    return existing


def _checked(rule: PreferenceRule, numbers: Sequence[int]) -> list[Topic]:
    kept = _("Your earlier list, if there is one, stays as it was.")
    if not numbers:
        raise Refusal("no_preference", _("Please choose at least one topic. %(kept)s") % {"kept": kept})
    if len(numbers) > rule.count:
        sentence = ngettext(
            "One preference is asked for; you sent %(sent)d. %(kept)s",
            "%(count)d preferences are asked for; you sent %(sent)d. %(kept)s",
            rule.count,
        )
        raise Refusal("too_many_preferences", sentence % {"count": rule.count, "sent": len(numbers), "kept": kept})
    if len(set(numbers)) < len(numbers):
        raise Refusal("topic_chosen_twice", _("You chose the same topic twice. %(kept)s") % {"kept": kept})
    by_number = {topic.number: topic for topic in Topic.objects.filter(seminar=rule.seminar_id, number__in=numbers)}
    if len(by_number) < len(numbers):
        raise Refusal(
            "unknown_topic", _("One of these topics does not exist in this seminar. %(kept)s") % {"kept": kept}
        )
    topics = [by_number[number] for number in numbers]
    return topics if rule.ranked else sorted(topics, key=lambda topic: topic.number)
