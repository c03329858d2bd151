from notifications.services.attachments import MAKERS, Attached, attached
from notifications.services.outbox import (
    LEASE,
    Draft,
    as_mail,
    beat,
    drain,
    drop_letters,
    message_id,
    post_letter,
    post_text,
    retry_failed,
    retry_letter,
)
from notifications.services.superseding import take_back

__all__ = [
    "LEASE",
    "MAKERS",
    "Attached",
    "Draft",
    "as_mail",
    "attached",
    "beat",
    "drain",
    "drop_letters",
    "message_id",
    "post_letter",
    "post_text",
    "retry_failed",
    "retry_letter",
    "take_back",
]
