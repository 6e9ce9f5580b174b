"""`paybooth about`: what this program and this shop are, for scripts that update and watch a box. Changes nothing."""

from __future__ import annotations

import json
from typing import Any

import apsw

from . import __version__
from .config import Config
from .ledger.migrate import migrations
from .terminal import ConfigPath, load_config


def about(config: ConfigPath) -> None:
    """One JSON object: versions, where the data is, and how far its ledger got. Reads a newer Paybooth's ledger too."""
    print(json.dumps(tell_about(load_config(config)), ensure_ascii=False))


def tell_about(config: Config) -> dict[str, Any]:
    """`schema` is the ledger's, `knows` the newest this program can open; null where there is no ledger yet."""
    schema: int | None = None
    head: int | None = None
    path = config.data / "ledger.db"
    if path.is_file():
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            db.set_busy_timeout(5000)
            (schema,) = db.execute("PRAGMA user_version").fetchone() or (0,)
            (head,) = db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone() or (0,)
        except apsw.Error:
            pass  # what could be read is told; what the file lacks, `fsck` names
        finally:
            db.close()
    return {
        "shop": config.shop.code,
        "version": __version__,
        "data": str(config.data),
        "url": f"http://127.0.0.1:{config.web.port}",
        "schema": schema,
        "knows": len(migrations()),
        "head": head,
    }
