"""What staff prove themselves with, and their sessions: a database of its own beside the ledger.

The journal is for ever and goes to others; a secret is erased with its owner and goes nowhere (P8). Small and slow to
change: each call is one transaction, meant to run in a thread. A command on the box may write while the shop runs.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import apsw

from paybooth.domain.account import Link, Passkey, Proofs, Session
from paybooth.ports import LedgerFault

from .ledger import connect

_SCHEMA = """
CREATE TABLE IF NOT EXISTS proofs (name TEXT PRIMARY KEY, password TEXT NOT NULL, totp TEXT NOT NULL,
  totp_step INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sessions (number INTEGER PRIMARY KEY AUTOINCREMENT, hash TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL, how TEXT NOT NULL, agent TEXT NOT NULL, address TEXT NOT NULL, began_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL, proved_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS links (hash TEXT PRIMARY KEY, name TEXT NOT NULL, ends_ms INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passkeys (id TEXT PRIMARY KEY, name TEXT NOT NULL, label TEXT NOT NULL, site TEXT NOT NULL,
  public_key BLOB NOT NULL, uses INTEGER NOT NULL, made_ms INTEGER NOT NULL, used_ms INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
"""
_PASSKEYS_OF = (
    "SELECT id, name, label, site, public_key, uses, made_ms, used_ms FROM passkeys WHERE name = ? ORDER BY made_ms, id"
)
_PASSKEY = "SELECT id, name, label, site, public_key, uses, made_ms, used_ms FROM passkeys WHERE id = ?"
_KEEP_PASSKEY = (
    "INSERT OR REPLACE INTO passkeys (id, name, label, site, public_key, uses, made_ms, used_ms)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_FORGET = (
    "DELETE FROM proofs WHERE name = ?",
    "DELETE FROM passkeys WHERE name = ?",
    "DELETE FROM sessions WHERE name = ?",
    "DELETE FROM links WHERE name = ?",
)


class Vault:
    """ports.Vault in `staff.db`, which the service alone may read. Calls may come from any thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Raises LedgerFault where the file cannot be opened."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.close(handle)
        self._lock = threading.Lock()
        try:
            self._db = connect(path)
            self._db.execute(_SCHEMA)
        except apsw.Error as error:
            raise LedgerFault("vault", str(error)) from error

    def close(self) -> None:
        self._db.close()

    def _do(self, sql: str, *values: str | int | bytes) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return list(self._db.execute(sql, values))
        except apsw.Error as error:
            raise LedgerFault("vault", str(error)) from error

    # ------------------------------------------------------------ proofs

    def proofs(self, name: str) -> Proofs:
        rows = self._do("SELECT password, totp, totp_step FROM proofs WHERE name = ?", name)
        return Proofs(*rows[0]) if rows else Proofs()

    def keep_proofs(self, name: str, proofs: Proofs) -> None:
        values = (name, proofs.password, proofs.totp, proofs.totp_step)
        self._do("INSERT OR REPLACE INTO proofs (name, password, totp, totp_step) VALUES (?, ?, ?, ?)", *values)

    def passkeys(self, name: str) -> list[Passkey]:
        return [Passkey(*row) for row in self._do(_PASSKEYS_OF, name)]

    def passkey(self, id_: str) -> Passkey | None:
        rows = self._do(_PASSKEY, id_)
        return Passkey(*rows[0]) if rows else None

    def keep_passkey(self, passkey: Passkey) -> None:
        p = passkey
        values = (p.id, p.name, p.label, p.site, p.public_key, p.uses, p.made_ms, p.used_ms)
        self._do(_KEEP_PASSKEY, *values)

    def drop_passkey(self, name: str, id_: str) -> bool:
        return bool(self._do("DELETE FROM passkeys WHERE name = ? AND id = ? RETURNING 1", name, id_))

    # ------------------------------------------------------------ sessions and links

    def open_session(self, hash_: str, session: Session) -> int:
        """Its number; that of `session` counts for nothing."""
        s = session
        values = (hash_, s.name, s.how, s.agent, s.address, s.began_ms, s.seen_ms, s.proved_ms)
        sql = (
            "INSERT INTO sessions (hash, name, how, agent, address, began_ms, seen_ms, proved_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
        )
        ((number,),) = self._do(sql, *values)
        return int(number)

    def sessions(self) -> dict[str, Session]:
        """By the hash of their token, oldest first."""
        rows = self._do(
            "SELECT hash, number, name, how, agent, address, began_ms, seen_ms, proved_ms FROM sessions ORDER BY number"
        )
        return {row[0]: Session(*row[1:]) for row in rows}

    def seen(self, session: Session) -> None:
        sql = "UPDATE sessions SET seen_ms = ?, proved_ms = ? WHERE number = ?"
        self._do(sql, session.seen_ms, session.proved_ms, session.number)

    def close_session(self, number: int) -> None:
        self._do("DELETE FROM sessions WHERE number = ?", number)

    def put_link(self, hash_: str, link: Link) -> None:
        """The one link of that name: an older one is void."""
        self._do("DELETE FROM links WHERE name = ?", link.name)
        self._do("INSERT INTO links (hash, name, ends_ms) VALUES (?, ?, ?)", hash_, link.name, link.ends_ms)

    def link(self, hash_: str) -> Link | None:
        rows = self._do("SELECT name, ends_ms FROM links WHERE hash = ?", hash_)
        return Link(*rows[0]) if rows else None

    def take_link(self, hash_: str) -> bool:
        """Use it up; False where somebody was quicker."""
        return bool(self._do("DELETE FROM links WHERE hash = ? RETURNING 1", hash_))

    def forget(self, name: str) -> None:
        """Everything of somebody."""
        for sql in _FORGET:
            self._do(sql, name)
