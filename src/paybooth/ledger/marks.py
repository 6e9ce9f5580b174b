"""Where each webhook stands: one small file each, beside the ledger, replaced whole.

Not a table: the ledger's tables are what the journal folds to and nothing else, and its one writer is the sales' lane.
A file of its own is synced on a thread of its own, may be erased or restored without touching the books, and a box that
loses it only tells things twice.
"""

from __future__ import annotations

import errno
import json
from pathlib import Path

from paybooth.ports import LedgerFault
from paybooth.ports_machines import Mark

from .disk import write_whole


class MarkFolder:
    """See ports_machines.MarkKeeper."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def mark(self, name: str) -> Mark | None:
        path = self._path(name)
        try:
            found = json.loads(path.read_text("utf-8"))
            return Mark(int(found["after"]), int(found["until"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LedgerFault("broken", f"{path.name}: {error}; remove it to begin anew") from error

    def keep(self, name: str, mark: Mark) -> None:
        path = self._path(name)
        try:
            write_whole(path, json.dumps({"after": mark.after, "until": mark.until}).encode())
        except OSError as error:
            reason = "full" if error.errno == errno.ENOSPC else "readonly"
            raise LedgerFault(reason, f"{path.name}: {error.strerror}") from error
