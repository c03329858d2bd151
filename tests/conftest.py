"""What every test may use: a fixed term, people in every role, and clients signed in as them."""

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import User
from tests.factories.world import World, build_world
from tests.settings import SCRATCH

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


DATABASE = {"db", "transactional_db", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks no database, or is marked `once`, is asked once: in the pass on SQLite.

    What needs services is asked where dev.py has found them.
    """
    on_services = bool(os.environ.get("TEST_REDIS_URL"))

    def belongs(item: pytest.Item) -> bool:
        if item.get_closest_marker("services"):
            return on_services
        asks = item.get_closest_marker("django_db") or DATABASE & set(getattr(item, "fixturenames", ()))
        return not on_services or (bool(asks) and not item.get_closest_marker("once"))

    deselected = [item for item in items if not belongs(item)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if belongs(item)]
    # What takes minutes begins first: the other workers must not wait for it at the end.
    items.sort(key=lambda item: item.get_closest_marker("minutes") is None)


@pytest.fixture(autouse=True)
def _own_storage(settings: Any) -> None:
    """Uploads of one test are not seen by another."""
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": str(SCRATCH / uuid.uuid4().hex)}}
    settings.STORAGES = {**settings.STORAGES, "default": files}


@pytest.fixture
def now() -> datetime:
    """Friday of the kick-off, an hour after it: preferences are open, everything else is ahead."""
    return datetime(2023, 10, 27, 15, 0, tzinfo=UTC)


@pytest.fixture
def world(db: None, now: datetime) -> World:
    return build_world(now)


@pytest.fixture
def signed_in() -> Callable[[User | None], Client]:
    def client_of(user: User | None, **headers: str) -> Client:
        client = Client(headers=headers or None)
        if user is not None:
            client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
        return client

    return client_of
