"""When the shop was last backed up: said beside the ledger by whoever made the archive, read by the running shop."""

from __future__ import annotations

from pathlib import Path

import msgspec

from paybooth.ports_console import Backup

from .disk import write_whole

NAME = "backup.json"


def note_backup(data: Path, made: Backup) -> None:
    """Raises OSError."""
    write_whole(data / NAME, msgspec.json.encode(made))


def last_backup(data: Path) -> Backup | None:
    """None for none yet, and where what was said cannot be read."""
    try:
        return msgspec.json.decode((data / NAME).read_bytes(), type=Backup)
    except (OSError, msgspec.DecodeError):
        return None
