"""A whole copy of a database that others go on writing: SQLite's own backup inside one read transaction."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import apsw

from paybooth.ports import LedgerFault

from .codec import GENESIS
from .ledger import connect

PAGES = 1024
"""Copied between two words to the progress bar."""


def copy_database(source: Path, target: Path, progress: Callable[[int, int], None] = lambda *_: None) -> None:
    """Copy as of now to a new file that its owner alone may read, synced. Raises LedgerFault, NewerSchemaError.

    The read transaction keeps the writer's later commits out; without it each of them would begin the copy anew.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    reader = connect(source, read_only=True)
    writer = apsw.Connection(str(target), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        with writer.backup("main", reader, "main") as copying:
            while not copying.done:
                copying.step(PAGES)
                progress(copying.page_count - copying.remaining, copying.page_count)
    except apsw.FullError as error:
        raise LedgerFault("full", f"{target}: {error}") from error
    except apsw.Error as error:
        raise LedgerFault("broken", f"{source}: {error}") from error
    finally:
        writer.close(force=True)
        reader.close(force=True)
    with target.open("rb") as file:
        os.fsync(file.fileno())


def head_of(path: Path) -> tuple[int, bytes, int]:
    """(number, hash, schema) at the end of a ledger file's journal. Raises LedgerFault, NewerSchemaError."""
    db = connect(path, read_only=True)
    try:
        (schema,) = db.execute("PRAGMA user_version").fetchone() or (0,)
        row = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    except apsw.Error as error:
        raise LedgerFault("broken", f"{path}: {error}") from error
    finally:
        db.close(force=True)
    return (int(row[0]), bytes(row[1]), int(schema)) if row else (0, GENESIS, int(schema))
