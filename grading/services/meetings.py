"""Meetings with one student each: organizers offer times, students book, move and cancel, and the outcome is kept."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses import queries as courses_queries
from courses.models import DroppedEntry, Participant, Seminar
from courses.services import drop_entry, dropped_entry, letter_calendar, record, write_to
from grading.models import Meeting, Outcome
from grading.services.entries import meeting_entry, meeting_numbers
from notifications.models import LetterChoice
from notifications.queries import choices_of
from notifications.services import drop_letters

MOST_AT_ONCE = 60
REMINDED = timedelta(hours=24)


@transaction.atomic
def offer_meetings(
    seminar: Seminar, *, day: date, begins: time, ends: time, minutes: int, place: str, actor: User, now: datetime
) -> int:
    """Offer times of equal length, one after the other, on a day in the seminar's zone; return how many are new."""
    start, end = datetime.combine(day, begins, seminar.zone), datetime.combine(day, ends, seminar.zone)
    length = timedelta(minutes=minutes)
    count = int((end - start) / length) if end > start else 0
    if not count or count > MOST_AT_ONCE:
        raise Refusal(
            "no_times",
            _("There is no time for a meeting between these two, or for more than %(most)d; nothing was saved.")
            % {"most": MOST_AT_ONCE},
        )
    if start <= now:
        raise Refusal("past", _("These times lie in the past; nothing was saved."))
    Seminar.objects.select_for_update(no_key=True).get(pk=seminar.pk)
    taken = list(Meeting.objects.filter(seminar=seminar, begins_at__lt=end, ends_at__gt=start))
    times = [(start + number * length, start + (number + 1) * length) for number in range(count)]
    free = [(one, other) for one, other in times if not any(m.begins_at < other and m.ends_at > one for m in taken)]
    Meeting.objects.bulk_create(
        Meeting(seminar=seminar, begins_at=one, ends_at=other, place=place, offered_by=actor) for one, other in free
    )
    return len(free)


@transaction.atomic
def book_meeting(meeting: Meeting, student: Participant, *, now: datetime) -> Meeting:
    """Book a free time. Who has another one to come gives that back; one time has one student."""
    Participant.objects.select_for_update(no_key=True).get(pk=student.pk)
    own = Meeting.objects.filter(participant=student, outcome="").first()
    if own is not None and own.pk == meeting.pk:
        return own
    if own is not None and own.begins_at <= now:
        raise Conflict("meeting_begun", _("Your meeting has begun; please write to the organizers."))
    if Meeting.objects.filter(participant=student, outcome=Outcome.HELD).exists():
        raise Conflict("meeting_held", _("Your meeting has taken place; nothing was booked."))
    if own is not None:
        _free(own, now)
    free = Meeting.objects.filter(pk=meeting.pk, participant=None, begins_at__gt=now)
    if not free.update(participant=student, booked_at=now):
        raise Conflict("meeting_taken", _("This time is no longer free; nothing was changed. Please choose another."))
    why = "Another time was booked since."
    drop_letters(student.user, scope=student.seminar.slug, kinds=("meeting_cancelled",), reason=why)
    booked = Meeting.objects.select_related("seminar").get(pk=meeting.pk)
    entry = record(
        student.seminar,
        gettext_noop("meeting"),
        now=now,
        actor=student.user,
        participant=student,
        old=_line(own) if own else "",
        new=_line(booked),
    )
    _write(student, f"meeting:{entry.pk}", "grading/email/meeting_booked", booked, now=now)
    return booked


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, actor: User, now: datetime, reason: str = "") -> None:
    """Give a booked time back: the student's own, or, with a reason for the letter, by an organizer."""
    stored = Meeting.objects.select_for_update(of=("self",)).select_related("seminar").get(pk=meeting.pk)
    student = stored.participant
    if student is None:
        return
    if stored.outcome or (student.user == actor and stored.begins_at <= now):
        raise Conflict("meeting_begun", _("This meeting has begun or is over; nothing was changed."))
    if student.user != actor and not reason.strip():
        raise Refusal("reason_missing", _("Please give a reason; nothing was saved."))
    _free(stored, now)
    entry = record(
        student.seminar,
        gettext_noop("meeting"),
        now=now,
        actor=actor,
        participant=student,
        old=_line(stored),
        reason=reason.strip(),
    )
    template = "grading/email/meeting_cancelled"
    _write(student, f"meeting:{entry.pk}", template, stored, now=now, reason=reason.strip())


@transaction.atomic
def note_outcome(meeting: Meeting, outcome: str, notes: str, *, actor: User, now: datetime) -> None:
    """Keep how a booked meeting went. Only organizers read it."""
    stored = Meeting.objects.select_for_update(of=("self",)).select_related("seminar").get(pk=meeting.pk)
    if stored.participant is None or outcome not in ("", *Outcome.values):
        raise Refusal("not_possible", _("Nobody has booked this time, or there is no such outcome; nothing was saved."))
    others = Meeting.objects.filter(participant=stored.participant, outcome="").exclude(pk=stored.pk)
    if not outcome and others.exists():
        raise Conflict("meeting_other", _("The student has booked another time since; nothing was saved."))
    old, stored.outcome, stored.notes = stored.outcome, outcome, notes.strip()
    stored.save()
    if old != outcome:
        record(
            stored.seminar,
            gettext_noop("outcome"),
            now=now,
            actor=actor,
            participant=stored.participant,
            old=old,
            new=outcome,
        )


@transaction.atomic
def withdraw_offer(meeting: Meeting) -> None:
    """Take back a time that nobody has booked."""
    if not Meeting.objects.filter(pk=meeting.pk, participant=None).delete()[0]:
        raise Conflict("meeting_taken", _("Somebody has booked this time meanwhile; cancel it with a reason instead."))


def remind_of_meetings(now: datetime) -> int:
    """Write to those whose meeting is within a day, once for each time; return to how many that were booked."""
    soon = Meeting.objects.filter(
        participant__isnull=False, outcome="", begins_at__gt=now, begins_at__lte=now + REMINDED
    )
    # Who has booked within the last day knows it from that letter.
    rows = [m for m in soon.select_related("seminar", "participant__user", "participant__seminar") if m.is_early]
    choices = choices_of("meeting_reminder", [m.participant.user_id for m in rows if m.participant])
    rows = [m for m in rows if m.participant and choices.get(m.participant.user_id) != LetterChoice.NONE]
    for meeting in rows:
        if meeting.participant and meeting.booked_at:
            key = f"meeting_reminder:{meeting.pk}:{meeting.participant_id}:{meeting.booked_at.timestamp():.0f}"
            template = "grading/email/meeting_reminder"
            write_to(
                meeting.participant,
                key,
                template,
                now=now,
                about=f"meeting:{meeting.pk}",
                expires_at=meeting.begins_at,
                meeting=meeting,
            )
    return len(rows)


def give_back_meetings(student: Participant, *, now: datetime) -> int:
    """Free the times to come of somebody who leaves; what has taken place stays."""
    coming = Meeting.objects.select_for_update(of=("self",)).filter(participant=student, outcome="", begins_at__gt=now)
    meetings = list(coming.select_related("seminar"))
    for meeting in meetings:
        _free(meeting, now)
        record(
            student.seminar,
            gettext_noop("meeting"),
            now=now,
            participant=student,
            old=_line(meeting),
            reason=gettext_noop("left the seminar"),
        )
    return len(meetings)


def _free(meeting: Meeting, now: datetime) -> None:
    """Nobody has this time any more: calendars are told so, and letters that count on it stay at home."""
    student = meeting.participant
    if student is not None:
        why = "The meeting was cancelled or moved."
        drop_letters(student.user, scope=student.seminar.slug, kinds=("meeting_booked", "meeting_reminder"), reason=why)
        number = meeting_numbers([student.pk])[meeting.pk]
        drop_entry(
            student.seminar,
            f"meeting:{number}",
            title=gettext_noop("Meeting"),
            begins=meeting.begins_at,
            ends=meeting.ends_at,
            place=meeting.place,
            participant=student,
            now=now,
        )
    Meeting.objects.filter(pk=meeting.pk).update(participant=None, booked_at=None)


def _write(student: Participant, key: str, template: str, meeting: Meeting, *, now: datetime, reason: str = "") -> None:
    """Tell the student, with the entry for their calendar as it is now: booked, or cancelled."""
    found = courses_queries.changes([], [student.pk])
    changed = courses_queries.changed(found, student.seminar_id, "meeting", participant_id=student.pk)
    numbers = meeting_numbers([student.pk])
    with translation.override(student.user.language):
        if meeting.pk in numbers:
            entry = meeting_entry(meeting, student, numbers[meeting.pk], changed)
        else:
            dropped = DroppedEntry.objects.select_related("seminar").filter(participant=student)
            row = dropped.get(name=f"meeting:{len(numbers)}")
            entry = dropped_entry(row, changed, owner=f"-{student.pk}")
        calendar = letter_calendar([entry], courses_queries.contact(student.seminar))
    write_to(
        student,
        key,
        template,
        now=now,
        about=f"meeting:{meeting.pk}",
        calendar=calendar,
        meeting=meeting,
        reason=reason,
    )


def _line(meeting: Meeting) -> str:
    return f"{meeting.begins_at.astimezone(meeting.seminar.zone):%Y-%m-%d %H:%M} {meeting.place}".strip()
