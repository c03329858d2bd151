from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.smtp import SmtpServer


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    """A server that runs, and to which Django's mail goes."""
    with SmtpServer() as server:
        server.serve(settings)
        yield server
