"""A seminar and what its public page says about it."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Mode(models.TextChoices):
    IN_PERSON = "in_person", _("in person")
    ONLINE = "online", _("online")
    HYBRID = "hybrid", _("hybrid")


class Admission(models.TextChoices):
    DECIDE = "decide", _("the organizers decide on each application")
    DIRECT = "direct", _("who enters first has the place")


class Seminar(models.Model):
    slug = models.SlugField(max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    subtitle = models.CharField(_("subtitle"), max_length=200, blank=True)
    tag = models.CharField(_("tag of outgoing mail"), max_length=40)
    term = models.CharField(_("term"), max_length=60)
    language = models.CharField(_("language of the course"), max_length=40, default="English")
    ects = models.DecimalField("ECTS", max_digits=4, decimal_places=1, validators=[MinValueValidator(0)])
    eligibility = models.CharField(_("open to"), max_length=250, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    capacity = models.PositiveIntegerField(_("places"))
    weekday = models.PositiveSmallIntegerField(_("weekday"))
    starts_at = models.TimeField(_("begins"))
    ends_at = models.TimeField(_("ends"))
    room = models.CharField(_("room"), max_length=120, blank=True)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.IN_PERSON)
    availability_text = models.CharField(_("confirmation on entry"), max_length=250, blank=True)
    registration_text = models.TextField(_("registration with the examination office"), blank=True)
    thesis_text = models.TextField(_("notice on theses"), blank=True)
    registration_until = models.DateField(_("register with the examination office until"), null=True, blank=True)
    admission = models.CharField(_("admission"), max_length=8, choices=Admission.choices, default=Admission.DECIDE)
    entry_opens_on = models.DateField(_("entry from"), null=True, blank=True)
    entry_closes_on = models.DateField(_("entry until"), null=True, blank=True)
    offer_hours = models.PositiveSmallIntegerField(
        _("hours to accept an offered place"), default=48, help_text=_("0: places are not offered by themselves")
    )
    absences_allowed = models.PositiveSmallIntegerField(_("absences allowed"), null=True, blank=True)
    attendance = models.BooleanField(_("attendance is noted"), default=True)
    check_in = models.BooleanField(_("students check in with a code"), default=False)
    discussion_notes = models.BooleanField(_("discussions are judged session by session"), default=False)
    names_public = models.BooleanField(_("ask for public names"), default=True)
    published = models.BooleanField(_("public page is visible"), default=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_is_a_day"),
            models.CheckConstraint(
                condition=models.Q(attendance=True) | models.Q(check_in=False, discussion_notes=False),
                name="check_in_and_discussion_go_with_attendance",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def hue(self) -> int:
        """One of twelve accent hues, the same for ever for one slug."""
        return sum(position * ord(letter) for position, letter in enumerate(self.slug, 1)) % 12


class SeminarPart(models.Model):
    """Something a seminar's page lists in an order of its own."""

    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering: ClassVar = ["position", "pk"]


class Section(SeminarPart):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="sections")
    key = models.SlugField(max_length=40)
    title = models.CharField(max_length=120)
    body = models.TextField()

    class Meta(SeminarPart.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["seminar", "key"], name="one_section_per_key")]

    def __str__(self) -> str:
        return self.title


class Strength(models.TextChoices):
    REQUIRED = "required", _("required")
    RECOMMENDED = "recommended", _("strongly recommended")
    HELPFUL = "helpful", _("helpful")


class Prerequisite(SeminarPart):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="prerequisites")
    strength = models.CharField(max_length=12, choices=Strength.choices)
    text = models.CharField(max_length=250)

    def __str__(self) -> str:
        return self.text


class Notice(SeminarPart):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="notices")
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title


class Reference(SeminarPart):
    seminar = models.ForeignKey(Seminar, on_delete=models.CASCADE, related_name="references")
    list_title = models.CharField(max_length=120)
    title = models.CharField(max_length=250)
    authors = models.CharField(max_length=250, blank=True)
    url = models.URLField(max_length=300, blank=True)
    note = models.CharField(max_length=250, blank=True)

    def __str__(self) -> str:
        return self.title
