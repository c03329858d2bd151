"""People: one account each, named by e-mail address."""

from datetime import time
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):  # type: ignore[type-arg]  # not subscriptable at run time
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email__iexact=username)
        return user


class Degree(models.TextChoices):
    BACHELOR = "bachelor", _("Bachelor")
    MASTER = "master", _("Master")
    GRADUATE = "graduate", _("Graduate school")
    OTHER = "other", _("Other")


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail address"), unique=True, error_messages={"unique": _("This address is taken.")})
    display_name = models.CharField(_("name shown to others"), max_length=120, blank=True)
    given_names = models.CharField(_("given names"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100, blank=True)
    matriculation_number = models.CharField(_("matriculation number"), max_length=20, blank=True)
    programme = models.CharField(_("study programme"), max_length=120, blank=True)
    degree = models.CharField(_("degree"), max_length=10, choices=Degree.choices, blank=True)
    language = models.CharField(
        _("language of letters"), max_length=2, choices=[("en", "English"), ("de", "Deutsch")], default="en"
    )
    time_zone = models.CharField(_("time zone of letters"), max_length=60, blank=True)
    quiet_from = models.TimeField(_("no reminders from"), default=time(22))
    quiet_to = models.TimeField(_("no reminders until"), default=time(7))
    calendar_key = models.CharField(max_length=43, null=True, blank=True, unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="one_account_per_address")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.display_name or f"{self.given_names} {self.family_name}".strip() or self.email.partition("@")[0]

    def get_full_name(self) -> str:
        return self.name
