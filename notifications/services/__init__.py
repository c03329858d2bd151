from notifications.services.attachments import MAKERS, Attached, attached
from notifications.services.choosing import choose_letters, read_token, thinner_address
from notifications.services.outbox import (
    Draft,
    beat,
    drop_letters,
    message_id,
    post_letter,
    post_text,
    render,
    retry_failed,
    retry_letter,
)
from notifications.services.rendering import Rendered, render_letter
from notifications.services.sending import LEASE, as_mail, drain
from notifications.services.sources import SOURCES, Fresh
from notifications.services.superseding import take_back, waiting_letters

__all__ = [
    "LEASE",
    "MAKERS",
    "SOURCES",
    "Attached",
    "Draft",
    "Fresh",
    "Rendered",
    "as_mail",
    "attached",
    "beat",
    "choose_letters",
    "drain",
    "drop_letters",
    "message_id",
    "post_letter",
    "post_text",
    "read_token",
    "render",
    "render_letter",
    "retry_failed",
    "retry_letter",
    "take_back",
    "thinner_address",
    "waiting_letters",
]
