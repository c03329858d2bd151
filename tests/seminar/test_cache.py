"""A cache whose Redis is away answers as if it held nothing."""

import pytest

from seminar.cache import ForgivingRedisCache

pytestmark = pytest.mark.once


@pytest.fixture
def cache() -> ForgivingRedisCache:
    """Of a Redis that is not there."""
    return ForgivingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 1}})


def test_cache_without_redis_lets_people_in(cache: ForgivingRedisCache) -> None:
    assert (cache.add("key", 1), cache.get("key"), cache.get("key", version=2), cache.has_key("key")) == (
        True,
        None,
        None,
        False,
    )


def test_cache_without_redis_answers_with_the_default_however_it_is_named(cache: ForgivingRedisCache) -> None:
    """The first is how allauth asks for the attempts to sign in; None there was a server error at every sign-in."""
    given: list[float] = []
    assert cache.get("key", given) is given
    assert cache.get("key", default=given) is given
