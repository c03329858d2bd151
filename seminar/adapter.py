"""Sign-in letters go through the post office like all others: a mail server that is away delays them, no more."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.models import User
from notifications.services import post_text, shape


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message: EmailMultiAlternatives = self.render_mail(template_prefix, email, context)
        post_text(
            key=f"account:{uuid.uuid4()}",
            kind=template_prefix.rpartition("/")[2],
            user=User.objects.filter(email__iexact=email).first(),
            to_email=email,
            **shape(str(message.subject), str(message.body))._asdict(),
            now=timezone.now(),
        )
