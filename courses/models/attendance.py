"""Who is expected at a session, who was there, and what became of it when somebody was not."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.participant import Participant
from courses.models.session import Session


class Expectation(models.Model):
    """That somebody is expected at a session beyond what holds for everybody.

    `named`: the session is for some only, and the person is one of them; the app that knows why writes it down.
    `by_hand`: an organizer's own choice, which goes before everything else.
    """

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="expectations")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="expectations")
    named = models.BooleanField(default=False)
    by_hand = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "participant"], name="one_expectation_per_session"),
            models.CheckConstraint(
                condition=models.Q(named=True) | models.Q(by_hand__isnull=False), name="an_expectation_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session}: {self.participant}"


class AttendanceStatus(models.TextChoices):
    PRESENT = "present", _("present")
    EXCUSED = "excused", _("excused")
    ABSENT = "absent", _("absent")


class Attendance(models.Model):
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="attendances")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="attendances")
    status = models.CharField(max_length=8, choices=AttendanceStatus.choices)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "participant"], name="one_attendance_per_session")
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.status}"


class ExcuseState(models.TextChoices):
    ASKED = "asked", _("waits for the organizers")
    GRANTED = "granted", _("granted")
    DECLINED = "declined", _("declined")
    TAKEN_BACK = "taken_back", _("taken back")


# state → states that may follow; `courses.services` is the only writer.
EXCUSE_TRANSITIONS: dict[str, tuple[str, ...]] = {
    ExcuseState.ASKED: (ExcuseState.GRANTED, ExcuseState.DECLINED, ExcuseState.TAKEN_BACK),
    ExcuseState.GRANTED: (),
    ExcuseState.DECLINED: (),
    ExcuseState.TAKEN_BACK: (),
}


class Excuse(models.Model):
    """A student asks to be excused from a session; the organizers decide. There is no place for a diagnosis."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="excuses")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="excuses")
    state = models.CharField(max_length=10, choices=ExcuseState.choices, default=ExcuseState.ASKED)
    reason = models.CharField(_("reason"), max_length=250, blank=True)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=250, blank=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["session", "participant"],
                condition=models.Q(state=ExcuseState.ASKED),
                name="one_open_excuse_per_session",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ExcuseState.ASKED, decided_at__isnull=True)
                | (~models.Q(state=ExcuseState.ASKED) & models.Q(decided_at__isnull=False)),
                name="a_closed_excuse_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.session}"


class MakeUp(models.Model):
    """Work that makes up for a session missed; once it is done, the absence does not count."""

    attendance = models.OneToOneField(Attendance, on_delete=models.PROTECT, related_name="make_up")
    task = models.CharField(_("task"), max_length=500)
    until = models.DateField(_("until"))
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    done_on = models.DateField(_("done on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["until", "pk"]

    def __str__(self) -> str:
        return self.task


class CheckIn(models.Model):
    """A session's check-in: whoever types the code of the minute is there. `opened_at` to `closes_at`, then never again."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="check_in")
    secret = models.CharField(max_length=64)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closes_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(closes_at__gte=models.F("opened_at")), name="a_check_in_closes_after_it_opens"
            )
        ]

    def __str__(self) -> str:
        return str(self.session)


class WrongCode(models.Model):
    """How often somebody has typed a wrong code of late."""

    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="wrong_codes")
    count = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.participant}: {self.count}"


class DiscussionLevel(models.IntegerChoices):
    NONE = 0, pgettext_lazy("discussion", "none")
    SOME = 1, _("some")
    GOOD = 2, _("good")
    VERY_GOOD = 3, _("very good")


class DiscussionNote(models.Model):
    """How somebody took part in the discussion of a session; for the organizers' eyes."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="discussion_notes")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="discussion_notes")
    level = models.PositiveSmallIntegerField(choices=DiscussionLevel.choices)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "participant"], name="one_discussion_note_per_session"),
            models.CheckConstraint(condition=models.Q(level__lte=3), name="discussion_level_exists"),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.get_level_display()}"
