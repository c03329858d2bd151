"""Sending what organizers write: whom it concerns is asked again at that moment, at once or when it is due."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.domain.placeholders import filled
from courses.models import Mailing, MailingState
from courses.services import post_mailing
from notifications.services import Rendered, render_letter
from seminar.services.audiences import CHOSEN, Recipient, names, recipients

log = logging.getLogger(__name__)


@transaction.atomic
def send_mailing(mailing: Mailing, *, shown: Collection[int], actor: User, now: datetime) -> int:
    """Send a draft to those who are ticked. Somebody who is done since the page was shown, or new, is a conflict that names them.

    A second time changes nothing; returns how many letters were written.
    """
    stored = Mailing.objects.select_for_update(of=("self",)).select_related("seminar").get(pk=mailing.pk)
    if stored.state == MailingState.SENT:
        return 0
    people = recipients(stored, now)
    _refuse_if_changed(stored, people, set(shown))
    ticked = [each for each in people if each.ticked]
    if not ticked:
        raise Refusal("nobody", _("Nobody is ticked, so nothing was sent. The draft is kept."))
    return post_mailing(stored, ((each.participant, each.values()) for each in ticked), actor=actor, now=now)


def _refuse_if_changed(mailing: Mailing, people: list[Recipient], shown: set[int]) -> None:
    by_hand = mailing.audience == CHOSEN
    meant = set(mailing.chosen) if by_hand else shown
    gone = mailing.seminar.participants.filter(pk__in=meant - {each.pk for each in people}).select_related("user")
    new = names(each.participant.user.name for each in people if not by_hand and each.pk not in shown)
    done = names(row.user.name for row in gone)
    sentences = []
    if done:
        sentences.append(_("No longer concerned, and left out: %(names)s.") % {"names": done})
    if new:
        sentences.append(_("New in the list: %(names)s.") % {"names": new})
    if sentences:
        sentences.append(_("Nothing was sent yet. Please look at the list and send again."))
        raise Conflict("audience_changed", " ".join(sentences))


def send_due_mailings(now: datetime) -> int:
    """Send what was scheduled for now, to those whom it concerns now; return how many letters were written."""
    due = Mailing.objects.filter(state=MailingState.SCHEDULED, send_at__lte=now).select_related("seminar")
    count = 0
    for mailing in due:
        people = [(each.participant, each.values()) for each in recipients(mailing, now) if each.ticked]
        try:
            count += post_mailing(mailing, people, actor=None, now=now)
        except Conflict:
            log.info("Mailing %s was called back or sent by somebody else in this moment", mailing.pk)
    return count


def letter_to(mailing: Mailing, recipient: Recipient) -> Rendered:
    """The letter exactly as this person would get it."""
    values, user = recipient.values(), recipient.participant.user
    words = {"subject": filled(mailing.subject, values), "text": filled(mailing.text, values)}
    context = {"seminar": mailing.seminar, "participant": recipient.participant, "user": user, **words}
    return render_letter("courses/email/mailing", context, language=user.language, tag=mailing.seminar.tag)
