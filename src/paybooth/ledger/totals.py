"""The totals as the tables have them: one walk over everything, for whoever carries them on fact by fact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from paybooth.domain.payment import State
from paybooth.domain.totals import Totals


def read(db: apsw.Connection) -> Totals:
    """All tables as of one journal row; `db` is in a transaction, or is its file's only one."""

    def rows(sql: str) -> list[Any]:
        return db.execute(sql).fetchall()

    ((seq,),) = rows("SELECT coalesce(max(seq), 0) FROM journal")
    ((sales, paid),) = rows("SELECT count(*), coalesce(sum(total), 0) FROM sales WHERE phase = 'paid'")
    ((refunded,),) = rows("SELECT coalesce(sum(amount), 0) FROM refunds WHERE status = 'done'")
    live = rows("SELECT number, state, opened_ms FROM attempts WHERE state NOT IN ('paid', 'declined', 'reversed')")
    return Totals(
        seq=seq,
        sales=sales,
        paid=paid,
        refunded=refunded,
        attempts=dict(rows("SELECT state, count(*) FROM attempts GROUP BY state")),
        receipts=dict(rows("SELECT state, count(*) FROM receipts GROUP BY state")),
        open_attempts={number: (State(state), opened_ms) for number, state, opened_ms in live},
        open_receipts=dict(rows("SELECT receipt, state FROM receipts WHERE settled_ms IS NULL")),
        open_refunds=dict(rows("SELECT number, amount FROM refunds WHERE status = 'open'")),
    )


def read_beside(path: Path) -> Totals:
    """The same on a connection of its own. Blocks for as long as a walk takes: a second for a million sales."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        db.set_busy_timeout(5000)
        db.execute("BEGIN")
        return read(db)
    finally:
        db.close(force=True)
