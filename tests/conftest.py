"""What all tests share: one async backend, and nothing may be left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A test that leaves a thread of its own running fails."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        served = "process_request_thread" in thread.name  # the gallery's server ends its own
        if not served and not thread.name.startswith(("asyncio_", "AnyIO", "ThreadPoolExecutor")):
            thread.join(2)
            assert not thread.is_alive(), f"thread left behind: {thread.name}"
