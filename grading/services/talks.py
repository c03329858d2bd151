"""What an organizer keeps of a talk while it is given."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict
from accounts.models import User
from courses.models import Participant
from grading.models import Part, TalkRecord


@transaction.atomic
def save_talk(
    part: Part, participant: Participant, *, seconds: int | None, notes: str, revision: int, actor: User
) -> TalkRecord | None:
    """Write the organizer's own record of a talk; a stale page gets 409 with both values."""
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    row = TalkRecord.objects.filter(part=part, participant=participant, organizer=actor).first()
    new = TalkRecord(part=part, participant=participant, organizer=actor, seconds=seconds, notes=notes)
    stored = row or TalkRecord(notes="")
    if (stored.seconds, stored.notes) == (seconds, notes):
        return row
    if revision != stored.revision:
        raise Conflict(
            "talk_changed",
            _(
                "In another window you have meanwhile entered %(theirs)s; here you entered %(yours)s. Nothing was "
                "overwritten."
            )
            % {"theirs": _in_full(stored), "yours": _in_full(new)},
        )
    new.pk, new.revision = stored.pk, stored.revision + 1
    new.save()
    return new


def _in_full(row: TalkRecord) -> str:
    return f"{row.length or '–'} “{row.notes}”"
