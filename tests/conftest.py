"""What all tests share: one async backend, and nothing may be left behind."""

from __future__ import annotations

import asyncio
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
        if not thread.name.startswith(("asyncio_", "AnyIO", "ThreadPoolExecutor")):
            thread.join(2)
            assert not thread.is_alive(), f"thread left behind: {thread.name}"


@pytest.fixture
def lingering_tasks() -> Iterator[None]:
    """For async tests: all tasks but the test's own must be done at the end."""
    yield
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        return
    assert not [task for task in asyncio.all_tasks(loop) if not task.done()] if loop.is_running() else True
