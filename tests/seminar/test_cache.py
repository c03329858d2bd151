"""A cache whose Redis is away answers as if it held nothing, and at once."""

import socket
from collections.abc import Iterator

import pytest

from seminar.cache import ForgivingRedisCache
from tests.factories.smtp import free_port

pytestmark = pytest.mark.once
QUICK = {"OPTIONS": {"socket_connect_timeout": 0.2, "socket_timeout": 0.2}}


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port at which somebody answers the call and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def calls(server: socket.socket) -> int:
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_cache_without_redis_lets_people_in() -> None:
    cache = ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", QUICK)
    answers = (
        cache.add("key", 1),
        cache.get("key"),
        cache.get("key", version=2),
        cache.has_key("key"),
        cache.incr("key"),
    )
    assert answers == (True, None, None, False, 1)


def test_cache_without_redis_answers_with_the_default_however_it_is_named() -> None:
    """The first is how allauth asks for the attempts to sign in; None there was a server error at every sign-in."""
    cache = ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", QUICK)
    given: list[float] = []
    assert cache.get("key", given) is given
    assert cache.get("key", default=given) is given


def test_cache_does_not_ask_a_silent_redis_again_and_again(
    silent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ForgivingRedisCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", QUICK)
    assert [cache.get("key", 7) for _ in range(10)] == [7] * 10
    once = calls(silent)
    assert once in {1, 2}  # a client may try again by itself
    monkeypatch.setattr("seminar.cache._asked_again_at", {})  # the pause is over
    cache.get("key")
    assert calls(silent) == once
