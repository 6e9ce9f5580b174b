from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from .oracle_world import World, open_world


@pytest.fixture
async def world(anyio_backend: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as made:
        yield made
