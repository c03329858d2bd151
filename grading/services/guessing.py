"""Whoever types many wrong codes waits; a cache that is away lets people in, because the site must work without it."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal

MOST_WRONG = 30
TEN_MINUTES = 600


def refuse_guessing(meta: Mapping[str, Any]) -> None:
    """Refuse somebody who has typed too many codes that are none."""
    if int(cache.get(_key(meta)) or 0) >= MOST_WRONG:
        sentence = _(
            "Too many codes from here were wrong. Please wait ten minutes, and type the code as it stands on the document."
        )
        raise Refusal("too_many", sentence, status=429)


def note_guess(meta: Mapping[str, Any]) -> None:
    """Count a code that is none."""
    key = _key(meta)
    cache.add(key, 0, TEN_MINUTES)
    try:
        cache.incr(key)
    except ValueError:  # it ran out in between
        cache.set(key, 1, TEN_MINUTES)


def _key(meta: Mapping[str, Any]) -> str:
    return f"wrong-codes:{_address(meta)}"


def _address(meta: Mapping[str, Any]) -> str:
    """Where a request comes from; behind a proxy that is trusted, what the proxy says, of IPv6 only the network."""
    try:
        address = ipaddress.ip_address(meta.get("REMOTE_ADDR", ""))
        if any(address in ipaddress.ip_network(network) for network in settings.TRUSTED_PROXIES):
            address = ipaddress.ip_address(meta.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip())
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
