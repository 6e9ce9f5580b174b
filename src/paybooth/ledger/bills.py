"""The channels' bills as files beside the ledger, unchanged for auditors. Named by day and by what is in them."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

from paybooth.ports import BillFile, LedgerFault

from .disk import write_whole

SHOWN = 16
"""Hex digits of the digest in a file's name."""


class BillFolder:
    """See ports.BillKeeper."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, file: BillFile) -> str:
        digest = hashlib.sha256(file.content).hexdigest()
        stem, _, ending = file.name.rpartition(".")
        path = self._folder / f"{stem}.{digest[:SHOWN]}.{ending}"
        if self.kept(digest) is None:
            try:
                write_whole(path, file.content)
            except OSError as error:
                reason = "full" if error.errno == errno.ENOSPC else "readonly"
                raise LedgerFault(reason, f"{path}: {error.strerror}") from error
        return digest

    def kept(self, digest: str) -> bytes | None:
        for path in self._folder.glob(f"*.{digest[:SHOWN]}.*"):
            content = path.read_bytes()
            if path.suffix != ".new" and hashlib.sha256(content).hexdigest() == digest:
                return content
        return None
