"""The disk: a file written whole, and whether a sync is honest (too fast to be true, and a power cut loses sales)."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from pathlib import Path

TRIES = 50
HONEST_S = 0.0005
"""A consumer drive cannot sync 2,000 times a second; a server drive with power-loss protection can."""


def measure_sync(folder: Path, tries: int = TRIES) -> list[float]:
    """Seconds of each of `tries` writes of 4 KiB with fdatasync, in a file that is gone afterwards. Raises OSError."""
    block = os.urandom(4096)
    took = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".sync-", buffering=0) as file:
        for _ in range(tries):
            began = time.perf_counter()
            file.write(block)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return took


def sync_warning(took: list[float]) -> str | None:
    """What to tell the owner of a disk with these sync times; None for a believable one."""
    median = statistics.median(took)
    if median >= HONEST_S:
        return None
    return (
        f"the disk answers a sync in {median * 1000:.3f} ms. A server SSD with power-loss protection may be that fast;"
        " any other disk, a RAM disk, or a virtual disk that ignores syncs loses paid sales in a power cut."
        " Make sure which one it is"
    )


def write_whole(path: Path, content: bytes) -> None:
    """Whole or not at all, and for good: written beside, synced, renamed, and the folder synced. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".new")
    with partial.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    partial.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
