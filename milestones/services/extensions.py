"""More time than others have: asked for, granted or declined."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from courses.services import record, write_to
from milestones.models import REQUEST_TRANSITIONS, ExtensionRequest, Milestone, Origin, OwnDeadline, RequestState
from milestones.queries import deadline_of, deadlines, own_wall_time


@transaction.atomic
def grant_extension(
    milestone: Milestone,
    participant: Participant,
    *,
    due_date: date,
    due_time: time,
    reason: str,
    actor: User,
    now: datetime,
) -> None:
    """Give one person more time, tell them, and note who gave it and why."""
    old = own_wall_time(milestone, participant, Origin.EXTENSION)
    new = datetime.combine(due_date, due_time)
    if old == new:
        return
    OwnDeadline.objects.update_or_create(
        milestone=milestone,
        participant=participant,
        origin=Origin.EXTENSION,
        defaults={
            "due_date": due_date,
            "due_time": due_time,
            "reason": reason,
            "granted_by": actor,
            "granted_at": now,
        },
    )
    entry = record(
        milestone.seminar,
        f"extension:{milestone.key}",
        now=now,
        actor=actor,
        participant=participant,
        old=old or "",
        new=new,
        reason=reason,
    )
    key = f"extension:{entry.pk}"
    due = deadline_of(milestone, participant)
    write_to(
        participant,
        key,
        "milestones/email/extension",
        now=now,
        about=f"milestone:{milestone.pk}",
        milestone=milestone,
        due=due,
        reason=reason,
    )


@transaction.atomic
def grant_extensions(
    milestone: Milestone,
    participants: Sequence[Participant],
    *,
    due_date: date,
    due_time: time,
    reason: str,
    actor: User,
    now: datetime,
) -> list[Participant]:
    """Give some people more time; return who keeps a deadline that is no earlier. One person alone gets what is said, also less."""
    until = datetime.combine(due_date, due_time)
    dues = deadlines([milestone], [participant.pk for participant in participants])
    kept = []
    for participant in participants:
        wall = dues[milestone.pk, participant.pk].wall
        if len(participants) > 1 and wall is not None and wall >= until:
            kept.append(participant)
            continue
        grant_extension(
            milestone, participant, due_date=due_date, due_time=due_time, reason=reason, actor=actor, now=now
        )
    return kept


@transaction.atomic
def ask_extension(
    milestone: Milestone, participant: Participant, *, due_date: date, due_time: time, reason: str, now: datetime
) -> ExtensionRequest:
    """Put a wish for more time before the organizers. While one is open, asking again changes its date and reason."""
    Participant.objects.select_for_update(no_key=True).get(pk=participant.pk)
    due = deadline_of(milestone, participant)
    if due.wall is None or datetime.combine(due_date, due_time) <= due.wall:
        raise Refusal(
            "not_later", _("The new date must lie after your deadline; nothing was sent. Please choose a later one.")
        )
    asked = ExtensionRequest.objects.filter(
        milestone=milestone, participant=participant, state=RequestState.ASKED
    ).first()
    request = asked or ExtensionRequest(milestone=milestone, participant=participant, asked_at=now)
    wished = (due_date, due_time, reason)
    if asked is not None and (asked.due_date, asked.due_time, asked.reason) == wished:
        return asked
    request.due_date, request.due_time, request.reason = wished
    request.asked_at = now
    request.save()
    entry = record(
        milestone.seminar,
        f"extension_request:{milestone.key}",
        now=now,
        actor=participant.user,
        participant=participant,
        new=datetime.combine(due_date, due_time),
        reason=reason,
    )
    for organizer in courses_queries.organizers(milestone.seminar).select_related("seminar"):
        key, template = f"extension_request:{entry.pk}:{organizer.pk}", "milestones/email/extension_asked"
        write_to(
            organizer,
            key,
            template,
            now=now,
            about=f"extension_request:{request.pk}",
            milestone=milestone,
            asks=participant,
            request=request,
            due=due,
        )
    return request


@transaction.atomic
def decide_request(
    request: ExtensionRequest,
    state: str,
    *,
    actor: User,
    now: datetime,
    due_date: date | None = None,
    due_time: time | None = None,
    answer: str = "",
) -> ExtensionRequest:
    """Grant (until the day asked for, or another), decline or take back. A second equal decision changes nothing."""
    stored = ExtensionRequest.objects.select_for_update().get(pk=request.pk)
    request = ExtensionRequest.objects.select_related(
        "milestone__seminar", "participant__user", "participant__seminar"
    ).get(pk=stored.pk)
    if request.state == state:
        return request
    if state not in REQUEST_TRANSITIONS[request.state]:
        raise Conflict(
            "request_closed",
            _("This request is closed: %(state)s. Nothing was changed.") % {"state": request.get_state_display()},
        )
    request.state, request.decided_by, request.decided_at, request.answer = state, actor, now, answer
    request.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    if state == RequestState.GRANTED:
        grant_extension(
            request.milestone,
            request.participant,
            due_date=due_date or request.due_date,
            due_time=due_time or request.due_time,
            reason=answer or request.reason,
            actor=actor,
            now=now,
        )
    elif state == RequestState.DECLINED:
        key, template = f"extension_request:{request.pk}:declined", "milestones/email/extension_declined"
        write_to(
            request.participant,
            key,
            template,
            now=now,
            about=f"milestone:{request.milestone_id}",
            milestone=request.milestone,
            answer=answer,
        )
    return request
