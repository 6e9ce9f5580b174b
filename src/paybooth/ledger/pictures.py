"""Pictures of products as files beside the ledger, named by what is in them: the same photo is one file for ever."""

from __future__ import annotations

import errno
import hashlib
import re
import time
from collections.abc import Set as AbstractSet
from pathlib import Path

from paybooth.ports import LedgerFault

from .disk import write_whole

PICTURES_MOST = 10_000
YOUNG_S = 3600.0
"""A picture this young may be meant for a product that is saved in a moment."""
_NAME = re.compile(r"[0-9a-f]{32}\.webp", re.ASCII)


class PictureFolder:
    """See ports_console.PictureKeeper."""

    def __init__(self, folder: Path, most: int = PICTURES_MOST) -> None:
        self._folder = folder
        self._most = most

    def keep(self, content: bytes, used: AbstractSet[str]) -> str | None:
        name = f"{hashlib.sha256(content).hexdigest()[:32]}.webp"
        path = self._folder / name
        if path.is_file():
            path.touch()  # young again: it is about to be used
            return name
        there = list(self._folder.glob("*.webp"))
        if len(there) >= self._most and not self._swept(there, used):
            return None
        try:
            write_whole(path, content)
        except OSError as error:
            reason = "full" if error.errno == errno.ENOSPC else "readonly"
            raise LedgerFault(reason, f"{path}: {error.strerror}") from error
        return name

    def path(self, name: str) -> Path | None:
        path = self._folder / name
        return path if _NAME.fullmatch(name) and path.is_file() else None

    def _swept(self, there: list[Path], used: AbstractSet[str]) -> bool:
        """Whether room was made: what no product shows and is not young goes."""
        young = time.time() - YOUNG_S
        unused = [each for each in there if each.name not in used and each.stat().st_mtime < young]
        for each in unused:
            each.unlink(missing_ok=True)
        return bool(unused)
