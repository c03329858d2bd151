"""Sign-in letters go through the post office like all others: a mail server that is away delays them, no more."""

import uuid
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from notifications.services import post_text, render_letter

LIFETIMES = {"login_code": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT}  # kind of letter → seconds that it is good for


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Post the letter in the language of the page on which it was asked for: a new account has chosen none yet."""
        now, kind = timezone.now(), template_prefix.rpartition("/")[2]
        seconds = LIFETIMES.get(kind, 0)
        values = {"email": email, "minutes": seconds // 60, **context}
        letter = render_letter(template_prefix, values, language=get_language() or "en")
        post_text(
            key=f"account:{uuid.uuid4()}",
            kind=kind,
            expires_at=now + timedelta(seconds=seconds) if seconds else None,
            user=User.objects.filter(email__iexact=email).first(),
            to_email=email,
            **letter._asdict(),
            now=now,
        )
