"""Redis as a cache whose absence is no failure: what it cannot say is answered as if it held nothing."""

import logging
import time
from typing import Any

import redis
from django.core.cache.backends.redis import RedisCache

log = logging.getLogger(__name__)
# After a failure nobody asks for so long: a sign-in asks twenty times, and a silent Redis lets each wait for its two seconds.
PAUSE = 10.0
_asked_again_at: dict[str, float] = {}  # by the clock that only runs forward
# operation → answer while Redis is away; rate limits then let people in, because the site must work without it
ANSWERS: dict[str, Any] = {
    "add": True,
    "get": None,
    "set": None,
    "touch": False,
    "delete": False,
    "get_many": {},
    "has_key": False,
    "incr": 1,
    "set_many": [],
    "delete_many": None,
    "clear": False,
}


class ForgivingRedisCache(RedisCache):
    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return _forgiving(name, found, str(super().__getattribute__("_servers"))) if name in ANSWERS else found


def _forgiving(name: str, operation: Any, server: str) -> Any:
    def attempt(*args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _asked_again_at.get(server, 0.0):
            try:
                return operation(*args, **kwargs)
            except redis.RedisError as error:
                _asked_again_at[server] = time.monotonic() + PAUSE
                log.warning("The cache did not answer (%s): %s", name, type(error).__name__)
        # `get(key, default)` names its default either way; sign-in counts its attempts in the list that it gives here.
        return kwargs.get("default", *args[1:2]) if name == "get" else ANSWERS[name]

    return attempt
