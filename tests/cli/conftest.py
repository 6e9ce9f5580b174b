from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_of_one_test() -> Iterator[None]:
    """A command sets the process's logs up; here many tests share the process."""
    yield
    structlog.reset_defaults()
